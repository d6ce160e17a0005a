"""The session: objects are added, changed and deleted in Python, and one commit makes the server equal to them."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID

from typing_extensions import Self

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import ConfigurationError, FlushError, NotFoundError, SessionError, describe
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import State, Status, state_of
from weaviate_orm.query.executor import provide_executor
from weaviate_orm.query.queryset import QuerySet
from weaviate_orm.session.cascade import transient_within
from weaviate_orm.session.default import default_client
from weaviate_orm.session.flush import Flush
from weaviate_orm.session.identity import IdentityMap
from weaviate_orm.session.loading import Loader, gone, overwrite, rest_row
from weaviate_orm.session.plan import is_changed, plan_flush
from weaviate_orm.session.queries import SessionExecutor

M = TypeVar("M", bound=Model)


class Session:
    """A unit of work. Belongs to one thread at a time.

    Within ``with Session(client) as session:``, ``Model.query`` reads through this session as well. Leaving the block
    closes the session; what was not committed is forgotten.

    Args:
        client: the server; by default the one of :func:`~weaviate_orm.configure`.
        batch_size: the most objects, and the most references, in one request.
        workers: the requests of a flush that are under way at once.

    ::

        with Session(client) as session:
            session.add(Article(title="Hello"))
            session.commit()
    """

    def __init__(self, client: Client | None = None, *, batch_size: int = 500, workers: int = 2) -> None:
        if batch_size < 1 or workers < 1:
            raise ConfigurationError(f"batch_size and workers are at least 1; got {batch_size} and {workers}")
        self.client = client if client is not None else default_client()
        self._batch_size = batch_size
        self._workers = workers
        self._identity = IdentityMap()
        self._new: dict[int, Model] = {}
        # strongly held until the next flush: what is let go cannot be compared
        self._touched: dict[int, Model] = {}
        # and weakly from then on: who was given a list may keep it, and change it after any flush
        self._watched: weakref.WeakSet[Model] = weakref.WeakSet()
        self._deleted: dict[int, Model] = {}
        self._autoflush = True
        self._tokens: list[Token[Session | None]] = []
        self._loader = Loader(self, self._identity, self.client.transport)
        self._executor = SessionExecutor(self.client.transport, self._loader, self._flush_before_query)

    def __repr__(self) -> str:
        return f"<Session new={len(self._new)} changed={len(self.dirty)} deleted={len(self._deleted)}>"

    # -- its block and its end

    def __enter__(self) -> Self:
        self._tokens.append(active_session.set(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        active_session.reset(self._tokens.pop())
        self.close()

    def close(self) -> None:
        """Forget every object: pending ones become transient, stored ones detached. The client stays open."""
        for instance in list(self._new.values()):
            self._release(instance, Status.TRANSIENT)
        for instance in list(self._identity):
            self._release(instance, Status.DETACHED)
        self._new.clear()
        self._touched.clear()
        self._watched.clear()
        self._deleted.clear()
        self._identity.clear()

    # -- what it holds

    def __contains__(self, instance: object) -> bool:
        return isinstance(instance, Model) and state_of(instance).session is self

    @property
    def new(self) -> tuple[Model, ...]:
        """The objects that the next flush creates."""
        return tuple(self._new.values())

    @property
    def dirty(self) -> tuple[Model, ...]:
        """The stored objects that differ from what the server is known to hold."""
        return tuple(instance for instance in self._changeable() if is_changed(instance))

    @property
    def deleted(self) -> tuple[Model, ...]:
        """The objects that the next flush deletes."""
        return tuple(self._deleted.values())

    # -- changing what it holds

    def add(self, instance: Model) -> None:
        """Queue an object, and all new objects that it refers to, for the next flush.

        One that is stored already joins the session; a deleted one is kept after all. A new object takes the place of
        one that the server holds under the same id, its references included.

        Raises SessionError when the object, or the id of a stored one, belongs to another object or session.
        """
        if not isinstance(instance, Model):
            raise SessionError(f"a session holds instances of models, not {instance!r}")
        state = state_of(instance)
        if state.session is not None and state.session is not self:
            raise SessionError(f"{describe(instance)} belongs to another session; close that one first")
        if state.status is Status.PERSISTENT:
            self._deleted.pop(id(instance), None)
        elif state.status is Status.DETACHED:
            self._attach(instance, state)
        else:
            if state.status is Status.DELETED:
                _forget_storage(state)
            self._adopt([instance])

    def add_all(self, instances: Iterable[Model], *, flush_every: int | None = None) -> None:
        """Queue many objects, from any iterable.

        With ``flush_every``, they are stored in steps of so many, and what is stored is let go: a generator of any
        length takes constant memory. An error of one step leaves what failed pending, and ends the call.

        Raises FlushError as :meth:`flush` does.
        """
        if flush_every is None:
            for instance in instances:
                self.add(instance)
            return
        if flush_every < 1:
            raise ConfigurationError(f"flush_every is at least 1, not {flush_every}")
        for instance in instances:
            self.add(instance)
            if len(self._new) >= flush_every:
                self.flush()
        self.flush()

    def delete(self, instance: Model) -> None:
        """Delete an object at the next flush; one that was only added is let go."""
        state = state_of(instance)
        if state.session is not self:
            raise SessionError(f"{describe(instance)} is not in this session; add it, or get it by this session")
        if state.status is Status.PENDING:
            del self._new[id(instance)]
            self._release(instance, Status.TRANSIENT)
        else:
            self._deleted[id(instance)] = instance

    # -- to the server

    def flush(self) -> None:
        """Send what is pending: new objects, then changes, then references, then deletions.

        Raises:
            ValidationError: a value that cannot be stored; nothing was sent.
            FlushError: some operations failed. All others are done; what failed is still pending, with its reason.
        """
        changeable = self._changeable()
        self._adopt([*self._new.values(), *changeable])
        if not (self._new or changeable or self._deleted):
            return
        plan = plan_flush(self._new.values(), changeable, list(self._deleted.values()))
        for create in plan.creates:
            self._refuse_known(create.instance, create.id)
        flush = Flush(
            self.client.transport,
            batch_size=self._batch_size,
            workers=self._workers,
            stored=self._now_stored,
            deleted=self._now_deleted,
        )
        failures = flush.run(plan)
        self._watched.update(each for each in self._touched.values() if type(each).__mapper__.has_changeable)
        failed = {id(failure.object): failure.object for failure in failures}
        self._touched = {key: each for key, each in failed.items() if state_of(each).status is Status.PERSISTENT}
        if failures:
            raise FlushError(failures)

    def commit(self) -> None:
        """Make the server equal to the objects of this session. Raises as :meth:`flush` does."""
        self.flush()

    def rollback(self) -> None:
        """Forget what is pending: new objects become transient, changed and deleted ones are as they were loaded.

        What a flush has stored stays stored: Weaviate has no transactions.
        """
        for instance in self._new.values():
            self._release(instance, Status.TRANSIENT)
        self._new.clear()
        self._deleted.clear()
        for instance in self._changeable():
            if is_changed(instance):
                _restore(instance)
        self._touched.clear()

    @property
    @contextmanager
    def no_autoflush(self) -> Iterator[Self]:
        """A block in which queries do not flush first: ``with session.no_autoflush: …``."""
        before, self._autoflush = self._autoflush, False
        try:
            yield self
        finally:
            self._autoflush = before

    # -- from the server

    def query(self, model: type[M]) -> QuerySet[M]:
        """Queries for a model that run in this session; they begin as ``Model.query`` does."""
        return model.query.run_by(self._executor)

    def get(self, model: type[M], uuid: UUID | str, /) -> M | None:
        """The object of an id: the one that this session holds, else the server's by one request, else None."""
        mapper = model.__mapper__
        try:
            text = str(UUID(str(uuid)))
        except ValueError:
            raise SessionError(f"{uuid!r} is no UUID; objects of {mapper.label} are found by their ids") from None
        known = self._identity.of(model).get(text)
        if known is not None:
            return None if id(known) in self._deleted else known
        body = self._fetch(mapper.collection_name, text)
        if body is None:
            return None
        placed: list[M] = self._loader.place_all(model, [text], [rest_row(mapper, body)])
        return placed[0]

    def refresh(self, instance: Model) -> None:
        """Load an object's properties anew, over what was changed; references and vectors load when they are read.

        Raises NotFoundError when it is not on the server any more.
        """
        state = state_of(instance)
        if state.session is not self or state.status is not Status.PERSISTENT:
            raise SessionError(f"{describe(instance)} is not stored by this session; only stored objects are refreshed")
        mapper = instance.__mapper__
        assert state.id is not None
        body = self._fetch(mapper.collection_name, state.id)
        if body is None:
            raise gone(instance)
        overwrite(instance, mapper, rest_row(mapper, body))
        self._touched.pop(id(instance), None)

    # -- what instances ask for

    def touch(self, instance: Model) -> None:
        """An instance of this session was changed, or may be from now on."""
        if state_of(instance).status is Status.PERSISTENT:
            self._touched[id(instance)] = instance

    def load(self, instance: Model, attribute: str) -> Any:
        """Load what an instance lacks, at once for all objects that came with it."""
        state = state_of(instance)
        assert state.id is not None
        peers = map(self._identity.of(type(instance)).get, state.siblings or (state.id,))
        lacking = [peer for peer in peers if peer is not None and attribute not in peer.__dict__]
        if instance not in lacking:
            lacking.append(instance)
        self._executor.load_attribute(type(instance).__mapper__.entity, lacking, attribute)
        if attribute not in instance.__dict__:
            raise NotFoundError(f"{describe(instance)} is not on the server any more, so {attribute} cannot be loaded")
        return instance.__dict__[attribute]

    # -- inside

    def _changeable(self) -> list[Model]:
        """The stored objects that may differ from what the server is known to hold."""
        watched = {id(instance): instance for instance in list(self._watched)}
        return [each for key, each in {**watched, **self._touched}.items() if key not in self._deleted]

    def _adopt(self, roots: Sequence[Model]) -> None:
        for instance in list(transient_within(roots)):
            state = state_of(instance)
            state.status = Status.PENDING
            state.session = self
            self._new[id(instance)] = instance

    def _attach(self, instance: Model, state: State) -> None:
        assert state.id is not None
        identities = self._identity.of(type(instance))
        if identities.get(state.id) not in (None, instance):
            raise SessionError(f"this session holds another object for {describe(instance)}; change that one")
        state.session = self
        state.status = Status.PERSISTENT
        identities.put(state.id, instance)
        self._touched[id(instance)] = instance

    def _refuse_known(self, instance: Model, text: str) -> None:
        known = self._identity.of(type(instance)).get(text)
        if known is not None and id(known) not in self._deleted:
            raise SessionError(
                f"{describe(instance)} is new, and this session holds a stored object of the same id: {known!r}; "
                f"change that one instead"
            )

    def _now_stored(self, instance: Model) -> None:
        state = state_of(instance)
        state.status = Status.PERSISTENT
        assert state.id is not None
        self._identity.of(type(instance)).put(state.id, instance)
        self._new.pop(id(instance), None)
        if type(instance).__mapper__.has_changeable:
            self._watched.add(instance)

    def _now_deleted(self, instance: Model) -> None:
        state = state_of(instance)
        assert state.id is not None
        self._identity.of(type(instance)).remove(state.id)
        self._deleted.pop(id(instance), None)
        self._touched.pop(id(instance), None)
        self._watched.discard(instance)
        self._release(instance, Status.DELETED)

    def _release(self, instance: Model, status: Status) -> None:
        state = state_of(instance)
        state.session = None
        state.status = status

    def _flush_before_query(self) -> None:
        if self._autoflush:
            self.flush()

    def _fetch(self, collection: str, uuid: str) -> dict[str, Any] | None:
        answer = self.client.transport.request("GET", f"/objects/{collection}/{uuid}", accept=frozenset({404}))
        return None if answer.status == 404 else answer.json()


def _forget_storage(state: State) -> None:
    state.status = Status.TRANSIENT
    state.snapshot = {}
    state.links = {}
    state.vectors = {}


def _restore(instance: Model) -> None:
    """Put loaded values back, and let what was only assigned be not loaded again."""
    mapper = instance.__mapper__
    state = state_of(instance)
    values = vars(instance)
    for attribute in mapper.properties:
        values.pop(attribute, None)
    values.update(mapper.decode_properties(state.snapshot))
    for attribute in (*mapper.reference_names, *state.vectors):
        values.pop(attribute, None)
    state.links = {}
    state.vectors = {}


active_session: ContextVar[Session | None] = ContextVar("active_session", default=None)
"""The session of the ``with`` block around, in this thread or task."""


def current_executor() -> SessionExecutor:
    """The executor of the ``with`` block around, or of a session of its own over the default client."""
    session = active_session.get()
    return (session if session is not None else Session())._executor


provide_executor(current_executor)
