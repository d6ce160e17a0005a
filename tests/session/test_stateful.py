"""A session driven through random work beside a model of the store, on a line that breaks.

After each commit the server equals the model, or the difference is just what ``FlushError`` named.

``--steps N`` says how many steps are taken. Hypothesis prints the steps of a failure as a program, keeps them in its
database for the next run, and prints a blob for ``@reproduce_failure``. What is drawn does not depend on what the
server does (it takes batches in no particular order), so that steps can be repeated: each step picks by a number from
what there is, and does nothing where there is nothing to pick from.
"""

from __future__ import annotations

import copy
import gc
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from tests.session import catalogue
from tests.session.catalogue import DIMENSIONS, Book, Imprint, Person
from tests.session.line import Cut, line_to
from tests.session.machine import KINDS, Bench
from tests.session.store import BY_NAME, RELATIONS, Key, Record, Relation, read
from weaviate_orm import AuthApiKey, Client, Session, Status, TransportError, create_all, drop_all, inspect
from weaviate_orm.batch import send
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.session import flush
from weaviate_orm.testing import Server

TEXT = {"Shelf": "label", "Topic": "word", "Person": "name", "Book": "title", "Review": "text"}
STEPS_OF_ONE = 50
ATTEMPTS = 2

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
    note(f"  # {found}")
    return found


class SessionMachine(Bench):
    """The steps."""

    @initialize(
        workers=st.integers(1, 2),
        batch_size=st.sampled_from([1, 3, 500]),
        news=st.lists(
            st.tuples(st.sampled_from(list(RELATIONS)), st.lists(picks, max_size=5)), min_size=5, max_size=12
        ),
        are_stored=st.booleans(),
    )
    def begin(self, workers: int, batch_size: int, news: list[tuple[str, list[int]]], are_stored: bool) -> None:
        self.open: Callable[[], Session] = lambda: Session(self.client, workers=workers, batch_size=batch_size)
        self.is_in_turn = workers == 1
        self.session = self.open()
        for number, (kind, links) in enumerate(news):
            self.make(kind, f"{number}", None, links)
            self.add(0)
        if are_stored:
            self.send(self.session.commit)
            self.let_go()

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
        self.objects[key] = KINDS[kind](**values)
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
            if how == "set":
                book.tags = list(tags)
            elif how == "extend":
                book.tags.extend(tags)
            else:
                book.tags.clear()
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

    # -- in and out of the session

    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        stored = [key for key in self.keys() if key not in self.loose | self.pending]
        if key := pick_of(pick, [*self.new(), *stored]):
            self.session.delete(self.instance(key))
            if key in self.pending:
                self.pending.discard(key)
                self.loose.add(key)
            else:
                self.deleted.add(key)

    @rule(pick=picks)
    def keep_after_all(self, pick: int) -> None:
        if not self.flush_failed and (key := pick_of(pick, sorted(self.deleted))):
            self.session.add(self.instance(key))
            self.deleted.discard(key)

    @rule(pick=picks, text=words)
    def edit_outside(self, pick: int, text: str) -> None:
        if key := pick_of(pick, self.settled()):
            instance = self.instance(key)
            self.session.expunge(instance)
            assert instance not in self.session
            assert inspect(instance).status is Status.DETACHED
            setattr(instance, TEXT[key[0]], text)
            self.session.add(instance)
            self.set_property(key, TEXT[key[0]], text)

    @rule(pick=picks, text=words)
    def merge_a_copy(self, pick: int, text: str) -> None:
        if self.send(self.session.commit) and (key := pick_of(pick, self.settled())):
            instance = self.instance(key)
            outside = copy.deepcopy(instance)
            setattr(outside, TEXT[key[0]], text)
            assert self.session.merge(outside) is instance
            self.set_property(key, TEXT[key[0]], text)

    @rule(pick=picks, how=st.sampled_from(["expire", "refresh"]))
    def load_anew(self, pick: int, how: str) -> None:
        if key := pick_of(pick, self.settled()):
            getattr(self.session, how)(self.instance(key))

    @rule()
    def let_go(self) -> None:
        """Only the session holds them now, if it does."""
        self.objects = {key: self.objects[key] for key in self.loose | self.pending | self.deleted}
        gc.collect()

    @rule(how=st.sampled_from(["rollback", "reopen"]))
    def start_over(self, how: str) -> None:
        if how == "reopen":
            self.session.close()
            self.session = self.open()
            self.objects.clear()
        else:
            self.session.rollback()
            assert self.session.new == self.session.dirty == self.session.deleted == ()
            for key in self.loose | self.pending:
                self.objects.pop(key, None)
        self.give_all_up()

    @rule(pick=picks, text=words)
    def edit_by_another(self, pick: int, text: str) -> None:
        if self.send(self.session.commit) and (key := pick_of(pick, self.settled())):
            with Session(self.direct) as other:
                found: Any = other.get(KINDS[key[0]], UUID(int=key[1]))
                setattr(found, TEXT[key[0]], text)
                other.commit()
            self.session.expire(self.instance(key))
            self.set_property(key, TEXT[key[0]], text)
            self.stored = read(self.direct)

    # -- reading

    @rule(pick=picks, attribute=picks)
    def read_value(self, pick: int, attribute: int) -> None:
        if key := pick_of(pick, self.keys()):
            self.check_value(key, self.attribute(key, attribute))

    @rule(pick=picks, attribute=picks)
    def read_when_the_line_is_cut(self, pick: int, attribute: int) -> None:
        if key := pick_of(pick, self.settled()):
            name, instance = self.attribute(key, attribute), self.instance(key)
            self.session.expire(instance)
            with self.broken(Cut(0, 10_000, answered=False)), pytest.raises(TransportError):
                getattr(instance, name)
            self.check_value(key, name)

    def attribute(self, key: Key, pick: int) -> str:
        names = [TEXT[key[0]], *(each.name for each in RELATIONS[key[0]]), *(["vector"] if key[0] == "Book" else [])]
        return pick_of(pick, names) or names[0]

    def check_value(self, key: Key, name: str) -> None:
        value, wanted = getattr(self.instance(key), name), self.wanted.objects[key]
        if (key[0], name) in BY_NAME:
            self.agree(key, BY_NAME[key[0], name], value)
        elif name == "vector":
            assert (value and list(value)) == wanted.vector
        else:
            assert value == wanted.properties[name]

    @rule(pick=picks)
    def get(self, pick: int) -> None:
        if key := pick_of(pick, sorted(self.wanted.objects)):
            found = self.session.get(KINDS[key[0]], UUID(int=key[1]))
            # a new object is found where the server has it, and may be where its answer was lost
            may_lack = key in self.deleted or key not in self.stored.objects
            assert found is None if key in self.deleted else found is self.instance(key) or (may_lack and found is None)

    @rule(kind=st.sampled_from(list(RELATIONS)))
    def query_without_flush(self, kind: str) -> None:
        with self.session.no_autoflush:
            found: list[Any] = self.session.query(KINDS[kind]).all()
        self.same_objects(found, {key for key in self.stored.objects if key[0] == kind})

    @rule(text=words)
    def query(self, text: str) -> None:
        found: list[Any] = []
        if self.send(lambda: found.extend(self.session.query(Person).where(name=text))):
            people = {key: each for key, each in self.stored.objects.items() if key[0] == "Person"}
            self.same_objects(found, {key for key, each in people.items() if each.properties["name"] == text})

    @rule()
    def query_with_references(self) -> None:
        found: list[Any] = []
        query = self.session.query(Book).include("shelf", "topics", "cites").with_vector()
        if self.send(lambda: found.extend(query.all())):
            self.same_objects(found, {key for key in self.stored.objects if key[0] == "Book"})

    # -- to the server

    @rule()
    def commit(self) -> None:
        self.send(self.session.commit)

    @rule(passing=st.integers(0, 5), count=st.integers(1, ATTEMPTS + 1))
    def commit_and_lose_requests(self, passing: int, count: int) -> None:
        self.send(self.session.commit, self.cut(passing, count, answered=False))

    @rule(passing=st.integers(0, 5), count=st.integers(1, ATTEMPTS + 1))
    def commit_and_lose_answers(self, passing: int, count: int) -> None:
        self.send(self.session.commit, self.cut(passing, count, answered=True))

    @rule(passing=st.integers(0, 5), answered=st.booleans())
    def commit_and_lose_the_server(self, passing: int, answered: bool) -> None:
        self.send(self.session.commit, self.cut(passing, 10_000, answered))


def _imprint(imprint: Imprint) -> dict[str, Any]:
    return {"publisher": imprint.publisher} | ({} if imprint.year is None else {"year": imprint.year})


@contextmanager
def collected_when_told() -> Iterator[None]:
    """What a session holds weakly is let go at the same step whenever steps are repeated."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


@pytest.mark.timeout(1800)  # a failure is made small before it is told
def test_a_session_and_a_model_of_the_store(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    steps = request.config.getoption("--steps") or (2000 if request.config.getoption("--heavy") else 300)
    policy = RetryPolicy(attempts=ATTEMPTS, first_wait=0, longest_wait=0)
    monkeypatch.setattr(send, "BATCH_RETRY", policy)
    monkeypatch.setattr(flush, "BATCH_RETRY", policy)
    chosen = settings(
        stateful_step_count=STEPS_OF_ONE,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    drop_all(client, catalogue.MODELS)
    create_all(client, catalogue.MODELS)
    catalogue.anchor(client)
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with line_to(server.url) as line, Client(line.url, auth_client_secret=secret) as broken:
        broken.transport.retry = policy

        class Machine(SessionMachine):
            pass

        Machine.line, Machine.client, Machine.direct = line, broken, client
        with collected_when_told():
            while Machine.steps < steps:
                examples = math.ceil((steps - Machine.steps) / STEPS_OF_ONE)
                run_state_machine_as_test(Machine, settings=settings(chosen, max_examples=examples))
    drop_all(client, catalogue.MODELS)
