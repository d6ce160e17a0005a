"""A session driven through random work beside a model of the store, on a line that breaks.

After each commit the server equals the model, or the difference is just what ``FlushError`` named.

``--steps N`` says how many steps are taken. Hypothesis prints the steps of a failure as a program, keeps them in its
database for the next run, and prints a blob for ``@reproduce_failure``.
"""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.session import catalogue
from tests.session.catalogue import DIMENSIONS, Book, Imprint, Person, Review, Shelf, Topic
from tests.session.line import Cut, Line, line_to
from tests.session.store import BY_NAME, RELATIONS, Key, Record, Relation, Store, read, write_references
from weaviate_orm import (
    AuthApiKey,
    Client,
    FlushError,
    ItemError,
    Model,
    Session,
    Status,
    TransportError,
    create_all,
    drop_all,
    inspect,
)
from weaviate_orm.batch import send
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.session import flush
from weaviate_orm.testing import Server, recorded_requests

KINDS: dict[str, type[Model]] = {"Shelf": Shelf, "Topic": Topic, "Person": Person, "Book": Book, "Review": Review}
TEXT = {"Shelf": "label", "Topic": "word", "Person": "name", "Book": "title", "Review": "text"}
STEPS_OF_ONE = 50
ATTEMPTS = 2

T = TypeVar("T")

words = st.sampled_from(["one", "two", "three", "ä \"'\\ 😀", "  "])
numbers = st.none() | st.integers(-3, 2**40)
floats = st.integers(-4, 4).map(float)
vectors = st.lists(floats, min_size=DIMENSIONS, max_size=DIMENSIONS).filter(any)
wrong_vectors = st.lists(floats, min_size=1, max_size=DIMENSIONS - 1)
imprints = st.none() | st.builds(Imprint, publisher=words, year=numbers)


def held(pick: Callable[[SessionMachine], list[T]]) -> st.SearchStrategy[T]:
    """One of what the machine has at the moment."""
    return st.runner().flatmap(lambda machine: st.sampled_from(pick(machine)))


def known(*kinds: str) -> st.SearchStrategy[Key]:
    return held(lambda machine: machine.keys(*kinds))


def having(*kinds: str) -> Any:
    """A precondition: there is an object of these kinds."""
    return precondition(lambda machine: bool(machine.keys(*kinds)))


def references(*, many: bool) -> st.SearchStrategy[tuple[Key, str]]:
    """A reference of an object that there is."""
    return held(lambda machine: machine.references_of(many))


def key_of(instance: Model) -> Key:
    return type(instance).__name__, instance.id.int


def targets_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


class SessionMachine(RuleBasedStateMachine):
    """Steps on a session and on a model of the store.

    ``stored`` is what the server held when it was last read, ``wanted`` what it should hold after the next flush,
    with what no session knows yet: ``loose`` objects, which a flush takes where others lead to them.
    """

    line: Line
    client: Client
    direct: Client

    def __init__(self) -> None:
        super().__init__()
        catalogue.empty(self.direct)
        self.stored = Store()
        self.wanted = Store()
        self.objects: dict[Key, Any] = {}
        self.pending: set[Key] = set()
        self.loose: set[Key] = set()
        self.deleted: set[Key] = set()
        self.last_number = 0
        self.flush_failed = False

    @initialize(
        workers=st.integers(1, 2),
        batch_size=st.sampled_from([1, 3, 500]),
        kinds=st.lists(st.sampled_from(list(RELATIONS)), min_size=5, max_size=12),
        are_stored=st.booleans(),
        data=st.data(),
    )
    def begin(self, workers: int, batch_size: int, kinds: list[str], are_stored: bool, data: st.DataObject) -> None:
        self.open: Callable[[], Session] = lambda: Session(self.client, workers=workers, batch_size=batch_size)
        self.is_in_turn = workers == 1
        self.session = self.open()
        for number, kind in enumerate(kinds):
            self.make(kind, f"{number}", None, True, data)
        if are_stored:
            self.send(self.session.commit)
            self.let_go()

    def teardown(self) -> None:
        self.line.cut(None)
        if hasattr(self, "session"):
            self.session.close()

    # -- what there is

    def keys(self, *kinds: str) -> list[Key]:
        return sorted(key for key in self.wanted.objects if key[0] in kinds and key not in self.deleted)

    def references_of(self, many: bool) -> list[tuple[Key, str]]:
        return [(key, each.name) for key in self.keys(*RELATIONS) for each in RELATIONS[key[0]] if each.many == many]

    def settled(self) -> list[Key]:
        """The stored objects that nothing is pending of."""
        stored = [key for key in self.keys(*RELATIONS) if key not in self.pending]
        return [key for key in stored if self.wanted.objects[key] == self.stored.objects.get(key)]

    def is_clean(self) -> bool:
        return not (self.pending or self.loose or self.deleted) and self.wanted == self.stored

    def in_session(self) -> list[Any]:
        return [each for each in self.session if each.id != catalogue.ANCHOR]

    def instance(self, key: Key) -> Any:
        if key not in self.objects:
            self.objects[key] = self.session.get(KINDS[key[0]], UUID(int=key[1]))
            assert self.objects[key] is not None, f"{key} is stored, and not found"
        return self.objects[key]

    def forget(self, keys: Iterable[Key]) -> None:
        """Loose objects are let go, with others that refer to them."""
        leaving = set(keys)
        while (
            more := {key for key, _, target in self.wanted.edges() if target in leaving and key in self.loose} - leaving
        ):
            leaving |= more
        self.loose -= leaving
        self.wanted.remove(leaving)
        for key in leaving:
            self.objects.pop(key, None)

    # -- new objects

    @rule(text=words, vector=st.none() | vectors | vectors | wrong_vectors, is_added=st.booleans(), data=st.data())
    def make_book(self, text: str, vector: list[float] | None, is_added: bool, data: st.DataObject) -> None:
        self.make("Book", text, vector, is_added, data)

    @rule(
        kind=st.sampled_from([kind for kind in RELATIONS if kind != "Book"]),
        text=words,
        is_added=st.booleans(),
        data=st.data(),
    )
    def make_other(self, kind: str, text: str, is_added: bool, data: st.DataObject) -> None:
        self.make(kind, text, None, is_added, data)

    def make(self, kind: str, text: str, vector: list[float] | None, is_added: bool, data: st.DataObject) -> None:
        self.last_number += 1
        key = kind, self.last_number
        chosen: dict[str, list[Key]] = {}
        for relation in RELATIONS[kind]:
            among = self.keys(relation.target)
            if among and data.draw(st.booleans(), label=relation.name):
                chosen[relation.name] = data.draw(self.targets(relation, among), label=relation.name)
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
        if is_added:
            self.add(key)

    def targets(self, relation: Relation, among: list[Key]) -> st.SearchStrategy[list[Key]]:
        """What a reference may lead to; twice to one object where no inverse has to follow."""
        most = 4 if relation.many else 1
        return st.lists(st.sampled_from(among), min_size=1, max_size=most, unique=relation.inverse is not None)

    @precondition(lambda self: self.loose)
    @rule(key=held(lambda self: sorted(self.loose)))
    def add(self, key: Key) -> None:
        self.session.add(self.objects[key])
        taken = {key} | self.new_beyond(key)
        self.loose -= taken
        self.pending |= taken

    def new_beyond(self, *roots: Key) -> set[Key]:
        """The loose objects that new ones lead to."""
        return self.wanted.reached_from(roots, self.loose | self.pending) & self.loose

    # -- values

    @having(*RELATIONS)
    @rule(key=known(*RELATIONS), text=words)
    def set_text(self, key: Key, text: str) -> None:
        setattr(self.instance(key), TEXT[key[0]], text)
        self.wanted.objects[key].properties[TEXT[key[0]]] = text

    def set_property(self, key: Key, name: str, value: Any) -> None:
        properties = self.wanted.objects[key].properties
        properties.pop(name, None)
        if value not in (None, []):
            properties[name] = value

    @having("Book")
    @rule(key=known("Book"), pages=numbers)
    def set_pages(self, key: Key, pages: int | None) -> None:
        self.instance(key).pages = pages
        self.set_property(key, "pages", pages)

    @having("Book")
    @rule(key=known("Book"), tags=st.lists(words, max_size=3))
    def set_tags(self, key: Key, tags: list[str]) -> None:
        self.instance(key).tags = list(tags)
        self.set_property(key, "tags", tags)

    @having("Book")
    @rule(key=known("Book"), tag=words)
    def append_tag(self, key: Key, tag: str) -> None:
        self.instance(key).tags.append(tag)
        self.set_property(key, "tags", [*self.wanted.objects[key].properties.get("tags", ()), tag])

    @having("Book")
    @rule(key=known("Book"))
    def clear_tags(self, key: Key) -> None:
        self.instance(key).tags.clear()
        self.set_property(key, "tags", [])

    @having("Book")
    @rule(key=known("Book"), imprint=imprints)
    def set_imprint(self, key: Key, imprint: Imprint | None) -> None:
        self.instance(key).imprint = copy.copy(imprint)
        self.set_property(key, "imprint", imprint and _imprint(imprint))

    @having("Book")
    @rule(key=known("Book"), year=numbers)
    def change_imprint(self, key: Key, year: int | None) -> None:
        imprint = self.instance(key).imprint
        if imprint is not None:
            imprint.year = year
            self.set_property(key, "imprint", _imprint(imprint))

    @having("Book")
    @rule(key=known("Book"), vector=vectors | vectors | wrong_vectors)
    def set_vector(self, key: Key, vector: list[float]) -> None:
        self.instance(key).vector = list(vector)
        self.wanted.objects[key].vector = vector

    @having("Book")
    @rule(key=known("Book"), number=floats)
    def change_vector(self, key: Key, number: float) -> None:
        vector = self.instance(key).vector
        assert (vector and list(vector)) == self.wanted.objects[key].vector
        if vector is not None and any([number, *vector[1:]]):
            vector[0] = number
            self.wanted.objects[key].vector = list(vector)

    @precondition(lambda self: self.misfits())
    @rule(key=held(lambda self: sorted(self.misfits())), vector=vectors)
    def mend_vector(self, key: Key, vector: list[float]) -> None:
        self.set_vector(key, vector)

    def misfits(self) -> set[Key]:
        """The books that the server refuses."""
        return {
            key
            for key in self.keys("Book")
            if (vector := self.wanted.objects[key].vector) is not None and len(vector) != DIMENSIONS
        }

    # -- references

    @having("Person", "Book", "Review")
    @rule(reference=references(many=False), data=st.data())
    def set_reference(self, reference: tuple[Key, str], data: st.DataObject) -> None:
        key, relation = reference[0], BY_NAME[reference[0][0], reference[1]]
        target = data.draw(st.none() | st.sampled_from(self.keys(relation.target) or [None]), label="target")
        setattr(self.instance(key), relation.name, None if target is None else self.instance(target))
        self.wanted.assign(key, relation.name, [] if target is None else [target])

    @having("Shelf", "Topic", "Person", "Book")
    @rule(reference=references(many=True), data=st.data())
    def set_references(self, reference: tuple[Key, str], data: st.DataObject) -> None:
        key, relation = reference[0], BY_NAME[reference[0][0], reference[1]]
        targets = data.draw(st.just([]) | self.targets(relation, self.keys(relation.target) or [key]), label="targets")
        if not {each[0] for each in targets} <= {relation.target}:
            return
        setattr(self.instance(key), relation.name, [self.instance(each) for each in targets])
        self.wanted.assign(key, relation.name, targets)

    @having("Shelf", "Topic", "Person", "Book")
    @rule(reference=references(many=True), data=st.data())
    def append_reference(self, reference: tuple[Key, str], data: st.DataObject) -> None:
        key, relation = reference[0], BY_NAME[reference[0][0], reference[1]]
        before = self.wanted.objects[key].references[relation.name]
        among = [each for each in self.keys(relation.target) if relation.inverse is None or each not in before]
        if among:
            target = data.draw(st.sampled_from(among), label="target")
            self.value(key, relation).append(self.instance(target))
            self.wanted.assign(key, relation.name, [*before, target])

    @having("Shelf", "Topic", "Person", "Book")
    @rule(reference=references(many=True), data=st.data())
    def remove_reference(self, reference: tuple[Key, str], data: st.DataObject) -> None:
        key, relation = reference[0], BY_NAME[reference[0][0], reference[1]]
        among = [each for each in self.wanted.objects[key].references[relation.name] if each in self.keys(*RELATIONS)]
        if among:
            target = data.draw(st.sampled_from(among), label="target")
            self.value(key, relation).remove(self.instance(target))
            after = list(self.wanted.objects[key].references[relation.name])
            after.remove(target)
            self.wanted.assign(key, relation.name, after)

    @having("Shelf", "Topic", "Person", "Book")
    @rule(reference=references(many=True))
    def reverse_references(self, reference: tuple[Key, str]) -> None:
        key, relation = reference[0], BY_NAME[reference[0][0], reference[1]]
        value = self.value(key, relation)
        value[:] = value[::-1]
        self.wanted.assign(key, relation.name, self.wanted.objects[key].references[relation.name][::-1])

    def value(self, key: Key, relation: Relation) -> Any:
        """The value of a reference, from which deleted objects are taken out: a list that holds some is not written."""
        instance = self.instance(key)
        value = getattr(instance, relation.name)
        if any(inspect(each).status is Status.DELETED for each in targets_of(value)):
            left = [each for each in targets_of(value) if inspect(each).status is not Status.DELETED]
            setattr(instance, relation.name, left if relation.many else None)
        return getattr(instance, relation.name)

    # -- in and out of the session

    @having(*RELATIONS)
    @rule(key=known(*RELATIONS))
    def delete(self, key: Key) -> None:
        if key in self.loose:
            return
        self.session.delete(self.instance(key))
        if key in self.pending:
            self.pending.discard(key)
            self.loose.add(key)
            self.give_up(key)
        else:
            self.deleted.add(key)

    def give_up(self, key: Key) -> None:
        """A new object was let go. The flush before may have stored it, and its answer been lost."""
        if key in self.stored.objects:
            self.forget([key])
            self.wanted.objects[key] = copy.deepcopy(self.stored.objects[key])

    @precondition(lambda self: self.deleted and not self.flush_failed)
    @rule(key=held(lambda self: sorted(self.deleted)))
    def keep_after_all(self, key: Key) -> None:
        self.session.add(self.instance(key))
        self.deleted.discard(key)

    @precondition(lambda self: self.pending)
    @rule(key=held(lambda self: sorted(self.pending)))
    def expunge_new(self, key: Key) -> None:
        self.session.expunge(self.objects[key])
        self.pending.discard(key)
        self.loose.add(key)
        self.give_up(key)

    @precondition(lambda self: self.settled())
    @rule(key=held(lambda self: self.settled()), text=words)
    def edit_outside(self, key: Key, text: str) -> None:
        instance = self.instance(key)
        self.session.expunge(instance)
        assert instance not in self.session
        assert inspect(instance).status is Status.DETACHED
        setattr(instance, TEXT[key[0]], text)
        self.session.add(instance)
        self.set_property(key, TEXT[key[0]], text)

    @precondition(lambda self: self.is_clean() and self.keys(*RELATIONS))
    @rule(key=known(*RELATIONS), text=words)
    def merge_a_copy(self, key: Key, text: str) -> None:
        instance = self.instance(key)
        outside = copy.deepcopy(instance)
        setattr(outside, TEXT[key[0]], text)
        assert self.session.merge(outside) is instance
        self.set_property(key, TEXT[key[0]], text)

    @precondition(lambda self: self.settled())
    @rule(key=held(lambda self: self.settled()))
    def expire(self, key: Key) -> None:
        self.session.expire(self.instance(key))

    @precondition(lambda self: self.settled())
    @rule(key=held(lambda self: self.settled()))
    def refresh(self, key: Key) -> None:
        self.session.refresh(self.instance(key))

    @precondition(lambda self: self.objects.keys() - self.loose - self.pending - self.deleted)
    @rule()
    def let_go(self) -> None:
        """Only the session holds them now, if it does."""
        self.objects = {key: self.objects[key] for key in self.loose | self.pending | self.deleted}
        gc.collect()

    @precondition(lambda self: self.objects)
    @rule()
    def reopen(self) -> None:
        self.session.close()
        self.session = self.open()
        self.objects.clear()
        self.give_all_up()

    @precondition(lambda self: not self.is_clean())
    @rule()
    def roll_back(self) -> None:
        self.session.rollback()
        assert self.session.new == self.session.dirty == self.session.deleted == ()
        for key in self.loose | self.pending:
            self.objects.pop(key, None)
        self.give_all_up()

    def give_all_up(self) -> None:
        """Nothing is pending; what failed half way may have left references whose inverses do not lead back."""
        self.wanted = self.stored.copy()
        self.pending.clear()
        self.loose.clear()
        self.deleted.clear()
        if self.flush_failed:
            while found := self.stored.one_sided():
                key, relation, target = found[0]
                left = [each for each in self.stored.objects[key].references[relation.name] if each != target]
                write_references(self.direct, key, relation.name, left)
                self.stored.objects[key].references[relation.name] = left
            self.wanted = read(self.direct)
            assert self.wanted == self.stored
            self.session.expire_all()
            self.objects = {key: each for key, each in self.objects.items() if key in self.stored.objects}
            self.flush_failed = False

    @precondition(lambda self: self.is_clean() and self.keys(*RELATIONS))
    @rule(key=known(*RELATIONS), text=words)
    def edit_by_another(self, key: Key, text: str) -> None:
        with Session(self.direct) as other:
            found: Any = other.get(KINDS[key[0]], UUID(int=key[1]))
            setattr(found, TEXT[key[0]], text)
            other.commit()
        self.session.expire(self.instance(key))
        self.set_property(key, TEXT[key[0]], text)
        self.stored = read(self.direct)
        assert self.stored == self.wanted

    # -- reading

    @having(*RELATIONS)
    @rule(key=known(*RELATIONS), data=st.data())
    def read_value(self, key: Key, data: st.DataObject) -> None:
        if key in self.loose:
            return
        attribute = data.draw(st.sampled_from([TEXT[key[0]], *(each.name for each in RELATIONS[key[0]])]), label="name")
        value = getattr(self.instance(key), attribute)
        if attribute == TEXT[key[0]]:
            assert value == self.wanted.objects[key].properties[attribute]
        else:
            self.agree(key, BY_NAME[key[0], attribute], value)

    @having("Book")
    @rule(key=known("Book"))
    def read_vector(self, key: Key) -> None:
        vector = self.instance(key).vector
        assert (vector and list(vector)) == self.wanted.objects[key].vector

    @having(*RELATIONS)
    @rule(key=known(*RELATIONS))
    def get(self, key: Key) -> None:
        found = self.session.get(KINDS[key[0]], UUID(int=key[1]))
        if key in self.stored.objects and key not in self.pending:
            assert found is self.instance(key)
        elif key not in self.stored.objects:
            assert found is None

    @precondition(lambda self: self.deleted)
    @rule(key=held(lambda self: sorted(self.deleted)))
    def get_deleted(self, key: Key) -> None:
        assert self.session.get(KINDS[key[0]], UUID(int=key[1])) is None

    @having(*RELATIONS)
    @rule(kind=st.sampled_from(list(RELATIONS)))
    def query_without_flush(self, kind: str) -> None:
        with self.session.no_autoflush:
            found: list[Any] = self.session.query(KINDS[kind]).all()
        self.same_objects(found, {key for key in self.stored.objects if key[0] == kind})

    @having("Person")
    @rule(text=words)
    def query(self, text: str) -> None:
        found: list[Any] = []
        if self.send(lambda: found.extend(self.session.query(Person).where(name=text))):
            wanted = {key for key in self.stored.objects if key[0] == "Person"}
            self.same_objects(found, {key for key in wanted if self.stored.objects[key].properties["name"] == text})

    @having("Book")
    @rule()
    def query_with_references(self) -> None:
        found: list[Any] = []
        query = self.session.query(Book).include("shelf", "topics", "cites").with_vector()
        if self.send(lambda: found.extend(query.all())):
            self.same_objects(found, {key for key in self.stored.objects if key[0] == "Book"})

    def same_objects(self, found: list[Any], expected: set[Key]) -> None:
        expected.discard(("Book", catalogue.ANCHOR.int))
        by_key = {key_of(each): each for each in found if each.id != catalogue.ANCHOR}
        assert by_key.keys() == expected
        for key in by_key.keys() & self.objects.keys():
            assert by_key[key] is self.objects[key], f"two objects for {key}"

    # -- to the server

    @precondition(lambda self: not self.is_clean())
    @rule()
    def commit(self) -> None:
        self.send(self.session.commit)

    @precondition(lambda self: not self.is_clean())
    @rule(passing=st.integers(0, 4), count=st.sampled_from([1, ATTEMPTS, ATTEMPTS + 1, 10_000]))
    def commit_and_lose_requests(self, passing: int, count: int) -> None:
        self.send(self.session.commit, self.cut(passing, count, answered=False))

    @precondition(lambda self: not self.is_clean())
    @rule(passing=st.integers(0, 4), count=st.sampled_from([1, ATTEMPTS, ATTEMPTS + 1, 10_000]))
    def commit_and_lose_answers(self, passing: int, count: int) -> None:
        self.send(self.session.commit, self.cut(passing, count, answered=True))

    def cut(self, passing: int, count: int, answered: bool) -> Cut:
        """Requests side by side come in any order; of these all are lost, so that steps can be repeated."""
        return Cut(passing, count, answered) if self.is_in_turn else Cut(0, 10_000, answered)

    def send(self, call: Callable[[], object], cut: Cut | None = None) -> bool:
        """Flush by a call, and compare; returns whether all of it was stored."""
        failures: Any = ()
        with self.broken(cut):
            try:
                call()
            except FlushError as error:
                failures = error.failures
                assert failures
            except TransportError:
                # it could not be asked what deletions bring with them; so far nothing was sent
                assert cut is not None
                assert read(self.direct) == self.stored
                self.flush_failed = bool(self.deleted) or self.flush_failed
                taken = {key_of(each) for each in self.session.new} - self.pending
                assert taken <= self.loose
                self.loose -= taken
                self.pending |= taken
                return False
        misfits = {key for key in self.misfits() if key not in self.loose}
        expected, taken = self.expected()
        actual = read(self.direct)
        differences = expected.differences(actual)
        named = dict(self.named(failures, expected))
        assert differences <= named.keys(), f"not named: {differences - named.keys()}; {failures}"
        refused = {place for place, reason in named.items() if isinstance(reason, ItemError)}
        assert {key for key, _ in refused} <= {key for key, _ in differences}, f"refused, and stored: {refused}"
        self.check_what_is_left(failures)
        if cut is None:
            misfits |= {key for key in taken if key in self.misfits()}
            causes = {key_of(each.object) for each in failures if each.operation in ("create", "merge")}
            assert causes == misfits, f"{causes} failed instead of {misfits}: {failures}"
        doomed = self.wanted.objects.keys() - expected.objects.keys() - self.loose
        self.loose -= taken
        self.pending = {key_of(each.object) for each in failures if each.operation == "create"}
        self.deleted = {key_of(each.object) for each in failures if each.operation == "delete"}
        self.stored = actual
        if failures:
            self.flush_failed = True
            self.forget({key for key, _, target in self.wanted.edges() if target in doomed} & self.loose)
            self.wanted.remove(doomed)
            for each in failures:
                key = key_of(each.object)
                if each.attribute is not None and key in self.wanted.objects:
                    self.value(key, BY_NAME[key[0], each.attribute])
            return False
        self.flush_failed = False
        self.settle(doomed)
        return True

    def expected(self) -> tuple[Store, set[Key]]:
        """What the server should hold if nothing fails, and the loose objects that the flush takes."""
        expected = self.wanted.copy()
        doomed = expected.doomed_by(self.deleted)
        expected.remove(doomed)
        roots = [key for key in expected.objects if key not in self.loose]
        taken = expected.reached_from(roots, self.loose | self.pending) & self.loose
        for key in self.loose - taken:
            del expected.objects[key]
        return expected, taken

    def named(self, failures: Any, expected: Store) -> Iterator[tuple[tuple[Key, str], Exception]]:
        """The differences that failures account for."""
        for each in failures:
            key = key_of(each.object)
            assert inspect(each.object).error is not None
            if each.operation in ("create", "delete"):
                yield (key, ""), each.reason
            if each.operation in ("create", "merge"):
                yield (key, "properties"), each.reason
                yield (key, "vector"), each.reason
            if each.operation == "merge":
                record = expected.objects[key]
                yield from (((key, name), each.reason) for name, targets in record.references.items() if not targets)
            if each.attribute is not None:
                yield (key, each.attribute), each.reason

    def check_what_is_left(self, failures: Any) -> None:
        """What failed is pending, and nothing else is."""
        left = {key_of(each.object) for each in failures}
        new = {key_of(each) for each in self.session.new}
        assert new == {key_of(each.object) for each in failures if each.operation == "create"}
        assert {key_of(each) for each in self.session.dirty} == {
            key_of(each.object) for each in failures if each.operation not in ("create", "delete")
        } - new
        assert {key_of(each) for each in self.session.deleted} <= left

    def settle(self, doomed: Iterable[Key]) -> None:
        """All is stored: the model takes over the order of references, and whatever is dangling."""
        for key in doomed:
            instance = self.objects.pop(key, None)
            assert instance is None or instance not in self.session
        # what refers to a deleted object cannot be stored any more
        gone = set(doomed)
        self.forget({key for key, _, target in self.wanted.edges() if target in gone} & self.loose)
        for key, relation, target in self.stored.edges():
            assert relation.kept or target in self.stored.objects, f"{key}.{relation.name} leads to {target}"
        self.wanted = Store({**self.stored.copy().objects, **{key: self.wanted.objects[key] for key in self.loose}})
        for each in self.in_session():
            for name in inspect(each).loaded & {relation.name for relation in RELATIONS[type(each).__name__]}:
                there = [key for key in map(key_of, targets_of(vars(each)[name])) if key in self.stored.objects]
                live = [key for key in self.stored.objects[key_of(each)].references[name] if key in self.stored.objects]
                assert there == live, f"{key_of(each)}.{name} has another order"
        with recorded_requests(self.client) as requests:
            self.session.commit()
        assert not requests, "a second commit sends something"

    @contextmanager
    def broken(self, cut: Cut | None) -> Iterator[None]:
        self.line.cut(cut)
        try:
            yield
        finally:
            self.line.cut(None)

    # -- what always holds

    @invariant()
    def memory_agrees(self) -> None:
        if not hasattr(self, "session"):
            return
        seen: dict[Key, Any] = {}
        ignored = self.wanted.doomed_by(self.deleted)
        for each in self.in_session():
            key = key_of(each)
            if key in ignored:
                continue
            assert seen.setdefault(key, each) is each, f"two objects for {key}"
            assert key in self.wanted.objects, f"{key} is in the session"
            assert self.objects.get(key, each) is each, f"another object for {key}"
            self.agree_all(key, each)
        dirty = {key_of(each) for each in self.session.dirty}
        changed = {key for key, _ in self.wanted.differences(self.stored)} & self.stored.objects.keys()
        assert changed - ignored - self.pending - self.loose <= dirty, f"{changed - dirty} changed unseen"

    def agree_all(self, key: Key, instance: Any) -> None:
        values, wanted = vars(instance), self.wanted.objects[key]
        encoded = instance.__mapper__.encode_properties(instance)
        for name in instance.__mapper__.properties:
            if name in values:
                value = None if encoded[name] == [] else encoded[name]
                assert value == wanted.properties.get(name), f"{key}.{name}"
        if key[0] == "Book" and "vector" in values:
            assert (values["vector"] and list(values["vector"])) == wanted.vector, f"{key}.vector"
        for relation in RELATIONS[key[0]]:
            if relation.name in values:
                self.agree(key, relation, values[relation.name])

    def agree(self, key: Key, relation: Relation, value: Any) -> None:
        """The value of a reference leads where the model says; to what is deleted it may or not."""
        here = self.wanted.objects.keys() - self.wanted.doomed_by(self.deleted)
        there = sorted(key for key in map(key_of, targets_of(value)) if key in here)
        wanted = sorted(each for each in self.wanted.objects[key].references[relation.name] if each in here)
        assert there == wanted, f"{key}.{relation.name}"


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


def _imprint(imprint: Imprint) -> dict[str, Any]:
    return {"publisher": imprint.publisher} | ({} if imprint.year is None else {"year": imprint.year})


@pytest.mark.timeout(1800)  # a failure is made small before it is told
def test_a_session_and_a_model_of_the_store(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    steps = request.config.getoption("--steps") or (2000 if request.config.getoption("--heavy") else 300)
    policy = RetryPolicy(attempts=ATTEMPTS, first_wait=0, longest_wait=0)
    monkeypatch.setattr(send, "BATCH_RETRY", policy)
    monkeypatch.setattr(flush, "BATCH_RETRY", policy)
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
            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=max(1, steps // STEPS_OF_ONE),
                    stateful_step_count=STEPS_OF_ONE,
                    deadline=None,
                    print_blob=True,
                    report_multiple_bugs=False,
                    suppress_health_check=list(HealthCheck),
                ),
            )
    drop_all(client, catalogue.MODELS)
