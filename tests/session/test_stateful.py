"""A session driven through random work beside a model of the store, on a line that breaks.

After each commit the server equals the model, or the difference is just what ``FlushError`` named.

``--steps N`` says how many steps are taken. Hypothesis prints the steps of a failure as a program, keeps them in its
database for the next run, and prints a blob for ``@reproduce_failure``.
"""

from __future__ import annotations

import copy
import gc
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

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


class SessionMachine(Bench):
    """The steps."""

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
    @rule(key=known("Book"), tags=st.lists(words, max_size=3), how=st.sampled_from(["set", "extend", "clear"]))
    def change_tags(self, key: Key, tags: list[str], how: str) -> None:
        book = self.instance(key)
        if how == "set":
            book.tags = list(tags)
        elif how == "extend":
            book.tags.extend(tags)
        else:
            book.tags.clear()
        before = self.wanted.objects[key].properties.get("tags", [])
        self.set_property(key, "tags", {"set": tags, "extend": before + tags, "clear": []}[how])

    @having("Book")
    @rule(key=known("Book"), imprint=imprints, is_in_place=st.booleans())
    def change_imprint(self, key: Key, imprint: Imprint | None, is_in_place: bool) -> None:
        book = self.instance(key)
        if is_in_place and imprint is not None and book.imprint is not None:
            book.imprint.publisher, book.imprint.year = imprint.publisher, imprint.year
        else:
            book.imprint = copy.copy(imprint)
        self.set_property(key, "imprint", imprint and _imprint(imprint))

    @having("Book")
    @rule(key=known("Book"), vector=vectors | vectors | wrong_vectors, is_in_place=st.booleans())
    def change_vector(self, key: Key, vector: list[float], is_in_place: bool) -> None:
        book = self.instance(key)
        if is_in_place and book.vector is not None:
            book.vector[:] = vector
        else:
            book.vector = list(vector)
        self.wanted.objects[key].vector = vector

    @precondition(lambda self: self.misfits())
    @rule(key=held(lambda self: sorted(self.misfits())), vector=vectors)
    def mend_vector(self, key: Key, vector: list[float]) -> None:
        self.change_vector(key, vector, False)

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
        among = self.keys(relation.target)
        targets = data.draw(st.just([]) | self.targets(relation, among) if among else st.just([]), label="targets")
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

    # -- in and out of the session

    @precondition(lambda self: self.deletable())
    @rule(key=held(lambda self: self.deletable()))
    def delete(self, key: Key) -> None:
        self.session.delete(self.instance(key))
        if key in self.pending:
            self.pending.discard(key)
            self.loose.add(key)
        else:
            self.deleted.add(key)

    def deletable(self) -> list[Key]:
        return [*self.new(), *(key for key in self.keys(*RELATIONS) if key not in self.loose | self.pending)]

    @precondition(lambda self: self.deleted and not self.flush_failed)
    @rule(key=held(lambda self: sorted(self.deleted)))
    def keep_after_all(self, key: Key) -> None:
        self.session.add(self.instance(key))
        self.deleted.discard(key)

    @precondition(lambda self: self.new())
    @rule(key=held(lambda self: self.new()))
    def expunge_new(self, key: Key) -> None:
        self.session.expunge(self.objects[key])
        self.pending.discard(key)
        self.loose.add(key)

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
    @rule(key=held(lambda self: self.settled()), how=st.sampled_from(["expire", "refresh"]))
    def load_anew(self, key: Key, how: str) -> None:
        getattr(self.session, how)(self.instance(key))

    @precondition(lambda self: self.settled())
    @rule(key=held(lambda self: self.settled()), data=st.data())
    def read_when_the_line_is_cut(self, key: Key, data: st.DataObject) -> None:
        instance = self.instance(key)
        self.session.expire(instance)
        name = data.draw(st.sampled_from(self.attributes(key)), label="name")
        with self.broken(Cut(0, 10_000, answered=False)), pytest.raises(TransportError):
            getattr(instance, name)
        self.check_value(key, name)

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
        self.check_value(key, data.draw(st.sampled_from(self.attributes(key)), label="name"))

    def attributes(self, key: Key) -> list[str]:
        vector = ["vector"] if key[0] == "Book" else []
        return [TEXT[key[0]], *vector, *(each.name for each in RELATIONS[key[0]])]

    def check_value(self, key: Key, name: str) -> None:
        value, wanted = getattr(self.instance(key), name), self.wanted.objects[key]
        if (key[0], name) in BY_NAME:
            self.agree(key, BY_NAME[key[0], name], value)
        elif name == "vector":
            assert (value and list(value)) == wanted.vector
        else:
            assert value == wanted.properties[name]

    @having(*RELATIONS)
    @rule(key=known(*RELATIONS))
    def get(self, key: Key) -> None:
        found = self.session.get(KINDS[key[0]], UUID(int=key[1]))
        # a new object is found where the server has it, and may be where its answer was lost
        assert found is self.instance(key) or (found is None and key not in self.stored.objects)

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

    # -- to the server

    @precondition(lambda self: not self.is_clean())
    @rule()
    def commit(self) -> None:
        self.send(self.session.commit)

    @precondition(lambda self: not self.is_clean())
    @rule(passing=st.integers(0, 5), count=st.integers(1, ATTEMPTS + 1))
    def commit_and_lose_requests(self, passing: int, count: int) -> None:
        self.send(self.session.commit, self.cut(passing, count, answered=False))

    @precondition(lambda self: not self.is_clean())
    @rule(passing=st.integers(0, 5), count=st.integers(1, ATTEMPTS + 1))
    def commit_and_lose_answers(self, passing: int, count: int) -> None:
        self.send(self.session.commit, self.cut(passing, count, answered=True))

    @precondition(lambda self: not self.is_clean())
    @rule(passing=st.integers(0, 5), answered=st.booleans())
    def commit_and_lose_the_server(self, passing: int, answered: bool) -> None:
        self.send(self.session.commit, self.cut(passing, 10_000, answered))


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
