"""The base of the stateful test: a session on a connection that breaks, a model of the store, and their comparison."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.session.cutting_relay import Cut, CuttingRelay
from tests.session.stateful import models
from tests.session.stateful.models import DIMENSIONS, Book, Person, Review, Shelf, Topic
from tests.session.stateful.store import BY_NAME, RELATIONS, Key, Relation, Store, read, write_references
from weaviate_orm import Client, FlushError, ItemError, Model, NotFoundError, Session, Status, TransportError, inspect
from weaviate_orm.model.instance_codec import encode_properties
from weaviate_orm.testing import recorded_requests

KINDS: dict[str, type[Model]] = {"Shelf": Shelf, "Topic": Topic, "Person": Person, "Book": Book, "Review": Review}


def key_of(instance: Model) -> Key:
    return type(instance).__name__, instance.id.int


def targets_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


class BaseMachine(RuleBasedStateMachine):
    """A session and a model of the store; the rules that work on them are added by who inherits from this.

    Attributes:
        relay: the session's way to the server; ``client`` goes by it, and ``direct`` goes past it.
        stored: what the server held when it was last read.
        wanted: what it should hold after the next flush, and what no session knows yet.
        before: what it held before the last flush that failed.
        objects: the instances that are held.
        pending: the objects that the next flush creates.
        loose: those that no session knows; a flush takes those that others lead to.
        steps: how many were made by all machines of a class.
        changed_unasked: those that changed by lists which were handed out before the last flush. A session follows them
            as long as somebody holds the object.
        deleted: those that it deletes. What this brings with it, is not in ``wanted`` before the flush.
        flush_failed: the last flush has left something undone.
    """

    relay: CuttingRelay
    client: Client
    direct: Client
    session: Session
    is_in_turn: bool
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        models.empty(self.direct)
        self.stored = Store()
        self.wanted = Store()
        self.objects: dict[Key, Any] = {}
        self.pending: set[Key] = set()
        self.loose: set[Key] = set()
        self.deleted: set[Key] = set()
        self.before = Store()
        self.given_tags: dict[Key, list[str]] = {}
        self.changed_unasked: set[Key] = set()
        self.last_number = 0
        self.flush_failed = False

    def teardown(self) -> None:
        self.relay.cut(None)
        if hasattr(self, "session"):
            self.session.close()
        gc.collect()

    # -- what there is

    def keys(self, *kinds: str) -> list[Key]:
        """The objects that there are, of some kinds or of all, without those that are to be deleted."""
        of_kinds = (key for key in self.wanted.objects if key[0] in (kinds or RELATIONS))
        return sorted(key for key in of_kinds if key not in self.deleted)

    def references(self, *, many: bool) -> list[tuple[Key, Relation]]:
        return [(key, each) for key in self.keys() for each in RELATIONS[key[0]] if each.many == many]

    def settled(self) -> list[Key]:
        """The stored objects that nothing is pending of."""
        stored = [key for key in self.keys() if key not in self.pending]
        return [key for key in stored if self.wanted.objects[key] == self.stored.objects.get(key)]

    def new(self) -> list[Key]:
        """The pending objects of which the server holds nothing: a flush before may have stored some, unanswered."""
        return sorted(self.pending - self.stored.objects.keys())

    def in_session(self) -> list[Any]:
        return [each for each in self.session if each.id != models.ANCHOR]

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

    def new_beyond(self, *roots: Key) -> set[Key]:
        """The loose objects that new ones lead to."""
        return self.wanted.reached_from(roots, self.loose | self.pending) & self.loose

    def misfits(self) -> set[Key]:
        """The books that the server refuses."""
        return {
            key
            for key in self.keys("Book")
            if (vector := self.wanted.objects[key].vector) is not None and len(vector) != DIMENSIONS
        }

    def value(self, key: Key, relation: Relation) -> Any:
        """The value of a reference, from which deleted objects are taken out: a list that holds some is not written."""
        instance = self.instance(key)
        value = getattr(instance, relation.name)
        if any(inspect(each).status is Status.DELETED for each in targets_of(value)):
            left = [each for each in targets_of(value) if inspect(each).status is not Status.DELETED]
            setattr(instance, relation.name, left if relation.many else None)
        return getattr(instance, relation.name)

    # -- what is given up

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
            for each in self.in_session():
                if key_of(each) not in self.stored.objects:  # a deletion was never answered
                    with pytest.raises(NotFoundError, match="not on the server any more"):
                        self.session.refresh(each)
                    self.session.expunge(each)
                    self.objects.pop(key_of(each), None)
            self.flush_failed = False

    # -- to the server, and what is there then

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
                before, self.pending = self.pending, {key_of(each) for each in self.session.new}
                assert self.pending <= before | self.loose
                assert before - self.pending <= self.wanted.doomed_by(self.deleted)
                self.loose = (self.loose | before) - self.pending
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
        self.loose -= taken
        doomed = self.wanted.objects.keys() - expected.objects.keys() - self.loose
        self.pending = {key_of(each.object) for each in failures if each.operation == "create"}
        self.deleted = {key_of(each.object) for each in failures if each.operation == "delete"}
        previous, self.stored = self.stored, actual
        if failures:
            self.before, self.flush_failed = previous, True
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
        roots = [key for key in self.wanted.objects if key not in self.loose | self.deleted]
        taken = self.wanted.reached_from(roots, self.loose | self.pending) & self.loose
        expected = self.wanted.copy()
        for key in self.loose - taken:
            del expected.objects[key]
        expected.remove(expected.doomed_by(self.deleted))
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
        changed = {key_of(each.object) for each in failures if each.operation not in ("create", "delete")}
        dirty = {key_of(each): inspect(each).changes for each in self.session.dirty}
        assert dirty.keys() == changed - new, f"{dirty} is left"
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
        self.relay.cut(cut)
        try:
            yield
        finally:
            self.relay.cut(None)

    # -- what always holds

    @invariant()
    def memory_agrees(self) -> None:
        if not hasattr(self, "session"):
            return
        type(self).steps += 1
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
        encoded = encode_properties(instance)
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

    def same_objects(self, found: list[Any], expected: set[Key]) -> None:
        expected.discard(("Book", models.ANCHOR.int))
        by_key = {key_of(each): each for each in found if each.id != models.ANCHOR}
        assert by_key.keys() == expected
        for key in by_key.keys() & self.objects.keys():
            assert by_key[key] is self.objects[key], f"two objects for {key}"
