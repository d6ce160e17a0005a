"""Steps of the stateful test that work on objects: new ones, values, references.

What is drawn does not depend on what the server does (it takes batches in no particular order), so that steps can be
repeated: each step picks by a number from what there is, and does nothing where there is nothing to pick from.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.session.stateful.base_machine import KINDS, BaseMachine
from tests.session.stateful.models import DIMENSIONS, Imprint
from tests.session.stateful.store import BY_NAME, RELATIONS, Key, Record, Relation

TEXT = {"Shelf": "label", "Topic": "word", "Person": "name", "Book": "title", "Review": "text"}

T = TypeVar("T")

picks = st.integers(0, 2**16)
words = st.sampled_from(["one", "two", "three", "ä \"'\\ 😀", "  "])
numbers = st.none() | st.integers(-3, 2**40)
floats = st.integers(-4, 4).map(float)
vectors = st.lists(floats, min_size=DIMENSIONS, max_size=DIMENSIONS).filter(any)
wrong_vectors = st.lists(floats, min_size=1, max_size=DIMENSIONS - 1)
imprints = st.none() | st.builds(Imprint, publisher=words, year=numbers)


def pick_of(pick: int, options: Sequence[T]) -> T | None:
    """The one that a number picks, or None where there is none."""
    if not options:
        return None
    found = options[pick % len(options)]
    if currently_in_test_context():  # not in a program of fixed steps
        note(f"  # {found}")
    return found


class ObjectSteps(BaseMachine):
    """A machine whose objects are made and changed."""

    # -- new objects

    @rule(text=words, vector=st.none() | vectors | wrong_vectors, links=st.lists(picks, max_size=8))
    def make_book(self, text: str, vector: list[float] | None, links: list[int]) -> None:
        self.make("Book", text, vector, links)

    @rule(kind=st.sampled_from(list(RELATIONS)), text=words, links=st.lists(picks, max_size=5))
    def make_any(self, kind: str, text: str, links: list[int]) -> None:
        self.make(kind, text, None, links)

    def make(self, kind: str, text: str, vector: list[float] | None, links: list[int]) -> None:
        """A new object, with references that are picked by numbers."""
        self.last_number += 1
        key = kind, self.last_number
        chosen: dict[str, list[Key]] = {}
        for pick in links:
            relation = RELATIONS[kind][pick % len(RELATIONS[kind])]
            target = pick_of(pick // len(RELATIONS[kind]), self.keys(relation.target))
            others = chosen.get(relation.name, []) if relation.many else []
            if target is not None and (relation.inverse is None or target not in others):
                chosen[relation.name] = [*others, target]
        values: dict[str, Any] = {TEXT[kind]: text, "id": UUID(int=self.last_number)}
        for name, targets in chosen.items():
            found = [self.instance(each) for each in targets]
            values[name] = found if BY_NAME[kind, name].many else found[0]
        if kind == "Book":
            values["vector"] = vector
        made: Any = KINDS[kind](**values)
        self.objects[key] = made
        if kind == "Book":
            self.given_tags[key] = made.tags
        self.wanted.objects[key] = Record(
            {TEXT[kind]: text}, vector if kind == "Book" else None, {each.name: [] for each in RELATIONS[kind]}
        )
        for name, targets in chosen.items():
            self.wanted.assign(key, name, targets)
        self.loose.add(key)

    @rule(pick=picks)
    def add(self, pick: int) -> None:
        if key := pick_of(pick, sorted(self.loose)):
            self.session.add(self.objects[key])
            taken = {key} | self.new_beyond(key)
            self.loose -= taken
            self.pending |= taken

    @rule(pick=picks)
    def expunge_new(self, pick: int) -> None:
        if key := pick_of(pick, self.new()):
            self.session.expunge(self.objects[key])
            self.pending.discard(key)
            self.loose.add(key)

    # -- values

    @rule(pick=picks, text=words)
    def set_text(self, pick: int, text: str) -> None:
        if key := pick_of(pick, self.keys()):
            setattr(self.instance(key), TEXT[key[0]], text)
            self.set_property(key, TEXT[key[0]], text)

    def set_property(self, key: Key, name: str, value: Any) -> None:
        properties = self.wanted.objects[key].properties
        properties.pop(name, None)
        if value not in (None, []):
            properties[name] = value

    @rule(pick=picks, pages=numbers)
    def set_pages(self, pick: int, pages: int | None) -> None:
        if key := pick_of(pick, self.keys("Book")):
            self.instance(key).pages = pages
            self.set_property(key, "pages", pages)

    @rule(pick=picks, tags=st.lists(words, max_size=3), how=st.sampled_from(["set", "extend", "clear"]))
    def change_tags(self, pick: int, tags: list[str], how: str) -> None:
        if key := pick_of(pick, self.keys("Book")):
            book = self.instance(key)
            # who was given a list may change it at any time, without asking the object again
            given = self.given_tags.get(key)
            if given is not None and given is vars(book).get("tags"):
                value = given
                self.changed_unasked.add(key)
            else:
                value = book.tags
            if how == "set":
                book.tags = list(tags)
            elif how == "extend":
                value.extend(tags)
            else:
                value.clear()
            self.given_tags[key] = book.tags if how == "set" else value
            before = self.wanted.objects[key].properties.get("tags", [])
            self.set_property(key, "tags", {"set": tags, "extend": before + tags, "clear": []}[how])

    @rule(pick=picks, imprint=imprints, is_in_place=st.booleans())
    def change_imprint(self, pick: int, imprint: Imprint | None, is_in_place: bool) -> None:
        if key := pick_of(pick, self.keys("Book")):
            book = self.instance(key)
            if is_in_place and imprint is not None and book.imprint is not None:
                book.imprint.publisher, book.imprint.year = imprint.publisher, imprint.year
            else:
                book.imprint = copy.copy(imprint)
            self.set_property(key, "imprint", imprint and _imprint(imprint))

    @rule(pick=picks, vector=vectors | wrong_vectors, is_in_place=st.booleans())
    def change_vector(self, pick: int, vector: list[float], is_in_place: bool) -> None:
        if key := pick_of(pick, self.keys("Book")):
            self.vectorize(key, vector, is_in_place)

    @rule(pick=picks, vector=vectors, is_in_place=st.booleans())
    def mend_vector(self, pick: int, vector: list[float], is_in_place: bool) -> None:
        if key := pick_of(pick, sorted(self.misfits())):
            self.vectorize(key, vector, is_in_place)

    def vectorize(self, key: Key, vector: list[float], is_in_place: bool) -> None:
        book = self.instance(key)
        if is_in_place and book.vector is not None:
            book.vector[:] = vector
        else:
            book.vector = list(vector)
        self.wanted.objects[key].vector = vector

    # -- references

    @rule(pick=picks, to=st.none() | picks | picks)
    def set_reference(self, pick: int, to: int | None) -> None:
        if found := pick_of(pick, self.references(many=False)):
            key, relation = found
            target = None if to is None else pick_of(to, self.keys(relation.target))
            setattr(self.instance(key), relation.name, None if target is None else self.instance(target))
            self.wanted.assign(key, relation.name, [] if target is None else [target])

    @rule(pick=picks, to=st.lists(picks, max_size=4))
    def set_references(self, pick: int, to: list[int]) -> None:
        if found := pick_of(pick, self.references(many=True)):
            key, relation = found
            targets = [target for each in to if (target := pick_of(each, self.keys(relation.target)))]
            if relation.inverse is not None:
                targets = list(dict.fromkeys(targets))
            setattr(self.instance(key), relation.name, [self.instance(each) for each in targets])
            self.wanted.assign(key, relation.name, targets)

    @rule(pick=picks, to=picks)
    def append_reference(self, pick: int, to: int) -> None:
        if found := pick_of(pick, self.references(many=True)):
            key, relation = found
            before = self.wanted.objects[key].references[relation.name]
            among = [each for each in self.keys(relation.target) if relation.inverse is None or each not in before]
            if target := pick_of(to, among):
                self.value(key, relation).append(self.instance(target))
                self.wanted.assign(key, relation.name, [*before, target])

    @rule(pick=picks)
    def remove_reference(self, pick: int) -> None:
        edges = [edge for edge in self.wanted.edges() if edge[1].many and {edge[0], edge[2]} <= {*self.keys()}]
        if found := pick_of(pick, edges):
            key, relation, target = found
            self.value(key, relation).remove(self.instance(target))
            after = list(self.wanted.objects[key].references[relation.name])
            after.remove(target)
            self.wanted.assign(key, relation.name, after)

    @rule(pick=picks, to=picks)
    def set_all_references(self, pick: int, to: int) -> None:
        """Several edits of one object, which the server does not take side by side."""
        if key := pick_of(pick, self.keys("Book", "Person")):
            for relation in RELATIONS[key[0]]:
                targets = [target] if (target := pick_of(to, self.keys(relation.target))) else []
                value: Any = [self.instance(each) for each in targets]
                setattr(self.instance(key), relation.name, value if relation.many else (value or [None])[0])
                self.wanted.assign(key, relation.name, targets)

    @rule(pick=picks)
    def take_back(self, pick: int) -> None:
        """What was changed before the last flush that failed, is as it was before that flush."""
        old, new = self.before.objects, self.wanted.objects
        if key := pick_of(pick, [key for key in self.keys() if key in old and old[key] != new[key]]):
            before, instance = self.before.objects[key], self.instance(key)
            setattr(instance, TEXT[key[0]], before.properties[TEXT[key[0]]])
            self.set_property(key, TEXT[key[0]], before.properties[TEXT[key[0]]])
            if before.vector is not None:
                self.vectorize(key, before.vector, False)
            for relation in RELATIONS[key[0]]:
                targets = [each for each in before.references[relation.name] if each in self.keys()]
                value: Any = [self.instance(each) for each in targets]
                setattr(instance, relation.name, value if relation.many else (value or [None])[0])
                self.wanted.assign(key, relation.name, targets)

    @rule(pick=picks)
    def reverse_references(self, pick: int) -> None:
        lists = [(key, relation) for key, relation in self.references(many=True) if self.is_long(key, relation)]
        if found := pick_of(pick, lists):
            key, relation = found
            value = self.value(key, relation)
            value[:] = value[::-1]
            self.wanted.assign(key, relation.name, self.wanted.objects[key].references[relation.name][::-1])

    def is_long(self, key: Key, relation: Relation) -> bool:
        return len(self.wanted.objects[key].references[relation.name]) > 1


def _imprint(imprint: Imprint) -> dict[str, Any]:
    return {"publisher": imprint.publisher} | ({} if imprint.year is None else {"year": imprint.year})
