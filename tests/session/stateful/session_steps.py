"""The steps of the stateful test that work on a session: into it and out of it, to the server and back."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.empty_collections import empty_collections
from tests.session.cutting_relay import Cut, relay_to
from tests.session.stateful import models
from tests.session.stateful.base_machine import KINDS
from tests.session.stateful.models import Book, Person
from tests.session.stateful.object_steps import TEXT, ObjectSteps, pick_of, picks, vectors, words
from tests.session.stateful.store import BY_NAME, RELATIONS, Key, read
from weaviate_orm import AuthApiKey, Client, Session, Status, TransportError, inspect
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.testing import Server

ATTEMPTS = 2


class SessionMachine(ObjectSteps):
    """All steps there are. Those of a failure, as hypothesis prints them, are a program for a test of its own."""

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

    # -- in and out of the session

    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        known = [key for key in self.keys() if key not in self.loose | self.pending]
        # more often one on which others depend
        ruled = [to for _, relation, to in self.wanted.edges() if relation.on_delete != "nothing" and to in known]
        if key := pick_of(pick, [*self.new(), *known, *ruled]):
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
        self.changed_unasked -= {*self.settled()}
        held = self.loose | self.pending | self.deleted | self.changed_unasked
        self.objects = {key: instance for key, instance in self.objects.items() if key in held}
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

    @rule(pick=picks, text=words, vector=vectors)
    def edit_by_another(self, pick: int, text: str, vector: list[float]) -> None:
        if self.send(self.session.commit) and (key := pick_of(pick, self.settled())):
            with Session(self.direct) as other:
                found: Any = other.get(KINDS[key[0]], UUID(int=key[1]))
                setattr(found, TEXT[key[0]], text)
                if key[0] == "Book":
                    found.vector = vector
                    self.wanted.objects[key].vector = vector
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

    @rule(pick=picks, text=words, passing=st.integers(0, 5), count=st.integers(1, ATTEMPTS + 1))
    def commit_and_lose_requests(self, pick: int, text: str, passing: int, count: int) -> None:
        self.set_text(pick, text)
        self.send(self.session.commit, self.cut(passing, count, answered=False))

    @rule(pick=picks, text=words, passing=st.integers(0, 5), count=st.integers(1, ATTEMPTS + 1))
    def commit_and_lose_answers(self, pick: int, text: str, passing: int, count: int) -> None:
        self.set_text(pick, text)
        self.send(self.session.commit, self.cut(passing, count, answered=True))

    @rule(pick=picks, text=words, passing=st.integers(0, 5), answered=st.booleans())
    def commit_and_lose_the_server(self, pick: int, text: str, passing: int, answered: bool) -> None:
        self.set_text(pick, text)
        self.send(self.session.commit, self.cut(passing, 10_000, answered))


@contextmanager
def machine_class(server: Server, client: Client) -> Iterator[type[SessionMachine]]:
    """Machines on a relay to a server, whose collections are made for the block. What is let go is gone at once."""
    policy = RetryPolicy(attempts=ATTEMPTS, first_wait=0, longest_wait=0)
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with (
        empty_collections(client, models.MODELS),
        relay_to(server.url) as relay,
        Client(relay.url, auth_client_secret=secret) as broken,
        collected_when_told(),
    ):
        models.anchor(client)
        broken.transport.retry = broken.transport.batch_retry = policy

        class Machine(SessionMachine):
            pass

        Machine.relay, Machine.client, Machine.direct = relay, broken, client
        yield Machine


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
