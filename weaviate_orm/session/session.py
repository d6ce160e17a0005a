"""The session: objects are added, changed and deleted in Python, and one commit makes the server equal to them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from os import PathLike
from types import TracebackType
from typing import Literal, TypeVar
from uuid import UUID

from typing_extensions import Self

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import ConfigurationError, SessionError, describe
from weaviate_orm.http.stored_objects import read_object
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import Status, state_of
from weaviate_orm.query.queryset import QuerySet
from weaviate_orm.session.blocks import Block, begin_block, end_block
from weaviate_orm.session.bulk import Progress, bulk_insert
from weaviate_orm.session.bulk_rows import RowSender
from weaviate_orm.session.default_client import default_client
from weaviate_orm.session.dispatch import share_listeners
from weaviate_orm.session.flush.execute import Failure
from weaviate_orm.session.flush.flusher import Flusher
from weaviate_orm.session.flush.plan import OnDuplicate, is_changed
from weaviate_orm.session.flush.refusals import check_on_duplicate, keep_one
from weaviate_orm.session.merge import merge
from weaviate_orm.session.owner import SessionOwner
from weaviate_orm.session.process import OwningProcess
from weaviate_orm.session.reads.dangling import Dangling, find_dangling, remove_dangling
from weaviate_orm.session.reads.loader import Loader
from weaviate_orm.session.reads.rest import times_of, values_of
from weaviate_orm.session.refresh import expire, not_found, overwrite, restore
from weaviate_orm.session.request_options import FREEZE_TIMEOUT, RequestOptions, address, tenant_name
from weaviate_orm.session.unit_of_work import UnitOfWork
from weaviate_orm.session.writes import StoringExecutor
from weaviate_orm.types import ConsistencyLevel, Tenant

M = TypeVar("M", bound=Model)


class Session:
    """A unit of work. Belongs to one thread at a time.

    Within ``with Session(client) as session:``, ``Model.query`` reads through this session as well. The end of the
    block closes the session; what was not committed is forgotten. Where a framework runs what opens the block, and the
    code that it is for, in different threads or contexts, ``Model.query`` raises SessionError, unless it finds the
    session for certain; ``session.query(Model)`` works everywhere.

    It belongs to the process that made it. In a forked child, ``Model.query`` does not use it, and its methods raise
    SessionError before anything is sent, as does opening a block; closing it, and leaving its block, is allowed.

    Args:
        client: the server; by default the one of :func:`~weaviate_orm.configure`.
        tenant: the tenant of objects and queries that name none, for classes with tenants.
        consistency_level: how many replicas must agree in reads and writes; the server's default is QUORUM. Queries
            send it for models whose ``Meta.replication`` has several.
        batch_size: the most objects, and the most references, in one request; of large objects one takes 16 MB.
        workers: how many requests of a flush are sent in parallel.
        freeze_timeout: the most seconds that a flush waits while collections are frozen, as they are at the end of a
            rebuild.
        wire: the protocol of all queries, ``"grpc"`` or ``"graphql"``; a query that it cannot carry is a QueryError.
            None: each goes by the fastest that carries it.

    ::

        with Session(client) as session:
            session.add(Article(title="Hello"))
            session.commit()
    """

    def __init__(
        self,
        client: Client | None = None,
        *,
        tenant: str | Tenant | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        batch_size: int = 500,
        workers: int = 2,
        freeze_timeout: float = FREEZE_TIMEOUT,
        wire: Literal["grpc", "graphql"] | None = None,
    ) -> None:
        if batch_size < 1 or workers < 1:
            raise ConfigurationError(f"batch_size and workers are at least 1; got {batch_size} and {workers}")
        self.client = client if client is not None else default_client()
        transport = self.client.transport
        self._process = OwningProcess()
        self._batch_size = batch_size
        self._workers = workers
        self._options = RequestOptions(tenant, consistency_level, freeze_timeout, wire)
        self._autoflush = True
        self._blocks: list[Block] = []
        owner = self._owner = SessionOwner(self, self._process)
        self._unit = owner.unit = UnitOfWork(owner, self._options)
        self._loader = Loader(owner, self._unit.identity)
        self._executor = StoringExecutor(
            self, self._unit, transport, self._options, self._loader, self._flush_before_query
        )
        owner.by_id = self._executor.by_id
        self._flusher = Flusher(
            self,
            self._process,
            self._unit,
            transport,
            self._options,
            self._executor.reader.ids,
            batch_size=batch_size,
            workers=workers,
            select=self._executor.select,
            stored=self._stored,
        )

    def __repr__(self) -> str:
        return f"<Session new={len(self.new)} changed={len(self.dirty)} deleted={len(self.deleted)}>"

    # -- the block and its end

    def __enter__(self) -> Self:
        self._process.require()
        self._blocks.append(begin_block(self, sys._getframe(1)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end_block(self._blocks.pop())
        self.close()

    def close(self) -> None:
        """Remove every object: pending ones become transient, stored ones detached. The client stays open."""
        self._unit.clear()

    # -- objects

    def __contains__(self, instance: object) -> bool:
        return isinstance(instance, Model) and self._unit.holds(instance)

    def __iter__(self) -> Iterator[Model]:
        """Iterate over the objects of the session: the new ones, then the stored ones."""
        return iter(self._unit)

    @property
    def new(self) -> tuple[Model, ...]:
        """The objects that the next flush creates."""
        return tuple(self._unit.new.values())

    @property
    def dirty(self) -> tuple[Model, ...]:
        """The stored objects that differ from their snapshots."""
        return tuple(instance for instance in self._unit.changeable() if is_changed(instance))

    @property
    def deleted(self) -> tuple[Model, ...]:
        """The objects that the next flush deletes."""
        return tuple(self._unit.deleted.values())

    def add(self, instance: Model, *, tenant: str | Tenant | None = None) -> None:
        """Queue an object, and all new objects that it refers to, for the next flush.

        A detached object joins the session, and with it the detached objects that it refers to, unless the session has
        others of their ids. An object that was to be deleted is kept. A new object overwrites one that the server has
        under the same id, its references included.

        A new object of a class with tenants belongs to ``tenant``; or to that of the object that refers to it; or to
        that of the session.

        Raises SessionError when the object, or the id of a stored one, belongs to another object or session.
        """
        self._process.require()
        self._unit.add(_model(instance), tenant_name(tenant))

    def add_all(
        self, instances: Iterable[Model], *, flush_every: int | None = None, on_duplicate: OnDuplicate = "error"
    ) -> None:
        """Queue many objects.

        With ``flush_every``, they are stored in steps of that size and expunged: a generator of any length takes
        constant memory. An error of a step leaves the failed objects pending, and ends the call.

        Args:
            instances: any iterable of objects.
            flush_every: the objects of a step.
            on_duplicate: of several new objects of one id, as of one key, the "last" or the "first" is stored, and
                references to the others lead to it; the others leave the session. "error" is a ValidationError of the
                flush. With ``flush_every``, objects of one step, and those of the session, are compared: a later
                object overwrites one that an earlier step stored.

        Raises FlushError as :meth:`flush` does.
        """
        check_on_duplicate(on_duplicate)
        if flush_every is None:
            for instance in instances:
                self.add(instance)
            if on_duplicate != "error":
                keep_one(self._unit, on_duplicate)
            return
        if flush_every < 1:
            raise ConfigurationError(f"flush_every is at least 1, not {flush_every}")
        with self._flusher.choosing(on_duplicate):
            for instance in instances:
                self.add(instance)
                if len(self._unit.new) >= flush_every:
                    self.flush()
            self.flush()

    def bulk_insert(
        self,
        instances: Iterable[Model],
        *,
        start: int = 0,
        on_duplicate: OnDuplicate = "error",
        on_error: Literal["report", "raise"] | None = None,
        repeated: bool = False,
        progress: Callable[[Progress], None] | Literal[True] | None = None,
        journal: str | PathLike[str] | None = None,
    ) -> Progress:
        """Store a stream of new objects, and what they refer to, in constant memory.

        ::

            session.bulk_insert(Article.from_arrow(table), progress=True, journal="articles.journal")

        Each step has a session of its own, with the listeners of this one; the objects do not join this session. Of a
        table, no objects are made where nobody would see them: without listeners, references, an embedder, and code of
        the class that makes or checks an object. The rows of the next step are read then, and sent as soon as a worker
        is free, while those of one are on the wire.

        Args:
            instances: any iterable, as a generator of millions, or the objects of a table (:meth:`Model.from_arrow` and
                the like). If it raises an error, the objects before it are stored first.
            start: how many objects to skip: the ``done`` of an earlier call that was interrupted. Objects after it may
                have been stored too, and are stored again, in the same place only under the same id: give the model a
                key, or the objects ids.
            on_duplicate: of several objects of one id, as of one key, the "last" or the "first" is stored, and
                references to the others lead to it; with "error" the first is stored, and the others are refused.
                Objects of one step are compared; a later step overwrites the objects of an earlier one.
            on_error: "report" leaves out objects that are refused, here or by the server, and rows of a table that fit
                no object, and stores the rest; "raise" ends at the first step with a refusal, and sends nothing of it
                if the refusal is ours; of a table, rows of the next step may be stored. By default "report" with a
                function as ``progress``, else "raise".
            repeated: whether any of the objects may be stored already, or be stored elsewhere at the same time, as by
                an attempt that was given up. The server stores a reference as often as it is sent, so that references
                are then compared with those stored, by one query for 500 objects, and set where they differ; objects
                that get one as an inverse are looked up. The first step after ``start``, and where a ``journal`` goes
                on, is compared anyway.
            progress: called after each step of ``batch_size`` times ``workers`` objects, with its failures. True shows
                a bar, on stderr or in a notebook; it needs rich.
            journal: a file that says after each step how far the import has come. The same call with the same objects
                goes on there, however it ended, and sends at most the last step again, or of a table the last two:
                under the same ids, for objects without a key or an id get one that depends on the journal and their
                place. The file is removed when all is done.

        Raises:
            FlushError: the server cannot be reached, or an embedder fails; or something is refused, and ``on_error`` is
                "raise". The last report to ``progress`` holds.
            ValidationError, SessionError: an object cannot be sent, and ``on_error`` is "raise".
            TableError: a row of a table fits no object, and ``on_error`` is "raise"; or the table cannot be read.
            ConfigurationError: the journal is of other objects, or cannot be written; nothing was sent.
        """
        check_on_duplicate(on_duplicate)
        if on_error not in (None, "report", "raise"):
            raise ConfigurationError(f'on_error is "report" or "raise", not {on_error!r}')
        reports = on_error == "report" if on_error is not None else callable(progress)

        def open_step(is_repeated: bool) -> tuple[Session, Callable[[Sequence[Model]], Sequence[Failure]]]:
            self._process.require()  # the iterable, or ``progress``, may have forked
            step = self._open_another()
            share_listeners(self, step)
            flusher = step._flusher
            flusher.on_duplicate, flusher.reports, flusher.repeated = on_duplicate, reports, is_repeated
            read = step._executor.reader.read_one
            return step, partial(flusher.mend_references, read) if is_repeated else _compare_nothing

        sender = RowSender(self, self._process, self.client.transport, self._options, self._batch_size, self._workers)
        return bulk_insert(
            instances,
            open_step,
            sender,
            size=self._batch_size * self._workers,
            start=start,
            reports=reports,
            repeated=repeated,
            progress=progress,
            journal_path=journal,
        )

    def delete(self, instance: Model) -> None:
        """Delete an object at the next flush; a new one is expunged."""
        self._process.require()
        self._unit.delete(_model(instance))

    def expunge(self, instance: Model) -> None:
        """Remove an object and its pending changes: a new one becomes transient, a stored one detached.

        Objects that refer to a new one add it again at the next flush.
        """
        self._unit.expunge(_model(instance))

    def expire(self, instance: Model, *attributes: str) -> None:
        """Forget the values of an object or of some attributes, changed ones too; they load when they are read.

        Sends nothing. Raises SessionError for an object that is not stored by this session.
        """
        self._require_stored(instance)
        for attribute in attributes:
            type(instance).__mapper__.entity.member(attribute)
        expire(instance, attributes or None)
        if not attributes:
            self._unit.untouch(instance)

    def expire_all(self) -> None:
        """Expire all stored objects, so that reading them shows what other programs have written."""
        for instance in self:
            if state_of(instance).is_stored:
                self.expire(instance)

    def merge(self, instance: M) -> M:
        """Copy an object of no session, or of a closed one, into the session's object of its id; return that.

        For objects of a form, a cache or another thread. What they refer to is merged with them. Stored objects that
        the session lacks are loaded, by one query for each class; the others become new objects. ``instance`` itself
        stays outside.

        All loaded values of a detached object are copied; of a transient one all properties, defaults included, and
        its references.

        Raises:
            NotFoundError: a detached object that is not on the server any more.
            StaleObjectError: a detached object of another ``Meta.version`` than the session's.
        """
        return self.upsert([instance])[0]

    def upsert(
        self,
        instances: Iterable[M],
        *,
        update: Collection[str] | None = None,
        on_duplicate: OnDuplicate = "last",
    ) -> list[M]:
        """Queue objects of which some may be stored already: these are changed, the others are new.

        Merges each as :meth:`merge` does, by one query for each class, which also reads the vectors and references
        that are set: equal values are not written, vectors compared as the server's 32-bit floats. Unlike :meth:`add`,
        it keeps stored values that are not set: references, vectors, other attributes. Returns the session's objects,
        in the order of ``instances``.

        Of more than 20 objects, those that are not found are looked up again, 500 at a time, by ids in any spelling: an
        object is new only when the server has confirmed it.

        Args:
            instances: objects of no session. Their ids tell which are stored, so the model needs a key, or they ids of
                their own.
            update: the attributes that stored objects take over; by default all properties, and the references and
                vectors that are set. New objects have all of them.
            on_duplicate: of several objects of one id, as of one key, the values of the "last" or the "first" count,
                and they have one object of the session; "error" raises ValidationError.

        An object that another program stores between this and the flush is overwritten.
        """
        check_on_duplicate(on_duplicate)
        self._process.require()
        sources = [_model(instance) for instance in instances]
        if update is not None:
            for model in {type(source) for source in sources}:
                for name in update:
                    model.__mapper__.entity.member(name)
        find = partial(self._executor.by_id.find, unsure=True)
        merged: list[M] = merge(sources, self._unit.holds, find, update, on_duplicate)
        for instance in merged:
            self.add(instance)
        return merged

    # -- to the server

    def flush(self) -> None:
        """Send pending changes: new objects, then changes, then references, then deletions.

        Raises:
            ValidationError: a value that cannot be stored; nothing was sent.
            StaleObjectError: another program changed an object with a version; nothing was sent.
            OtherEmbedderError: another embedder than the model's has made the stored vectors; nothing was sent.
            DeleteDeniedError: a reference denies that an object is deleted; nothing was sent.
            FlushError: some operations failed, and stay pending, with their reasons, such as an EmbeddingError where an
                embedder made no vector. All others are done.
            SessionError: a listener calls this in the middle of a flush.
        """
        self._flusher.flush()

    def commit(self) -> None:
        """Make the server equal to the objects of this session. Raises as :meth:`flush` does.

        Objects that listeners add or change after a flush are flushed too.
        """
        self._flusher.commit()

    def rollback(self) -> None:
        """Forget pending changes: new objects become transient, changed and deleted ones are as they were loaded.

        What a flush has stored stays stored: Weaviate has no transactions.
        """
        for instance in self._unit.forget_pending():
            if is_changed(instance):
                restore(instance)

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
        """Return ``Model.query`` for this session: its queries run here."""
        return model.query.run_by(self._executor)

    def get(self, model: type[M], uuid: UUID | str, /, *, tenant: str | Tenant | None = None) -> M | None:
        """Return the object of an id: the session's, else the server's by one request, else None.

        Raises StoredValueError for a stored value that its field cannot hold.
        """
        self._process.require()
        mapper = model.__mapper__
        try:
            text = str(UUID(str(uuid)))
        except ValueError:
            raise SessionError(f"{uuid!r} is no UUID; objects of {mapper.label} are found by their ids") from None
        name = self._options.tenant_in(model, tenant_name(tenant))
        instance: M | None = self._unit.identity.of(model, name).get(text)
        if instance is not None:
            return None if id(instance) in self._unit.deleted else instance
        body = read_object(self.client.transport, mapper.collection_name, text, self._options.params(name))
        return None if body is None else self._loader.load_body(model, text, body, name)

    def refresh(self, instance: Model) -> None:
        """Reload an object's properties, changed ones too; references and vectors load when they are read.

        Raises NotFoundError when it is not on the server any more, StoredValueError for a stored value that its field
        cannot hold; the object is then unchanged.
        """
        self._process.require()
        self._require_stored(instance)
        mapper = instance.__mapper__
        collection, id, tenant = address(instance)
        body = read_object(self.client.transport, collection, id, self._options.params(tenant))
        if body is None:
            raise not_found(instance)
        overwrite(instance, values_of(mapper, body))
        state_of(instance).times = times_of(body)
        self._unit.untouch(instance)

    def dangling(self, model: type[Model], *, remove: bool = False) -> Iterator[Dangling]:
        """Iterate over the references of a model's stored objects that lead to objects which do not exist.

        Reads all objects of the class, in the session's tenant if it has tenants, 500 at a time. With ``remove``, each
        is removed from the server before it is yielded. Objects of the session are not changed; ``expire_all()`` lets
        them load anew.
        """
        self._process.require()
        tenant = self._options.tenant_in(model)
        transport, mapper = self.client.transport, model.__mapper__
        for dangling, beacon in find_dangling(transport, self._options, mapper, tenant, self._executor.by_id.existing):
            if remove:
                remove_dangling(transport, self._options, mapper, tenant, dangling, beacon)
            yield dangling

    # -- inside

    def _flush_before_query(self) -> None:
        """Flush, unless within :attr:`no_autoflush` or a flush."""
        self._process.require()
        if self._autoflush and not self._flusher.is_flushing:
            self.flush()

    def _open_another(self) -> Session:
        """Open a session with the settings of this one."""
        return Session(
            self.client,
            tenant=self._options.tenant,
            consistency_level=self._options.consistency_level,
            batch_size=self._batch_size,
            workers=self._workers,
            freeze_timeout=self._options.freeze_timeout,
            wire=self._options.wire,
        )

    def _stored(self, model: type[Model], tenant: str | None, ids: Sequence[str]) -> list[Model]:
        """Load objects as they are on the server now, into no session."""
        with self._open_another() as other:
            other._loader.tells = False  # they are only compared
            return other._executor.by_id.find(model, tenant, ids)

    def _require_stored(self, instance: Model) -> None:
        if not self._unit.holds(_model(instance)) or state_of(instance).status is not Status.PERSISTENT:
            raise SessionError(f"{describe(instance)} is not stored by this session; flush it, or add it, first")


def _compare_nothing(instances: Sequence[Model]) -> Sequence[Failure]:
    return ()


def _model(instance: M) -> M:
    if not isinstance(instance, Model):
        raise SessionError(f"a session holds instances of models, not {instance!r}")
    return instance
