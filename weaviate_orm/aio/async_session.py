"""The asynchronous session."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from os import PathLike
from types import TracebackType
from typing import Any, Literal, TypeVar
from uuid import UUID

import anyio
import anyio.from_thread
from typing_extensions import ParamSpec, Self

from weaviate_orm.aio.async_queryset import AsyncQuerySet
from weaviate_orm.aio.bound_session import BoundSession
from weaviate_orm.aio.thread_calls import THREADS, ThreadCalls
from weaviate_orm.client.client import Client
from weaviate_orm.model.model import Model
from weaviate_orm.session.blocks import Block, begin_block, end_block
from weaviate_orm.session.bulk import Progress
from weaviate_orm.session.flush.plan import OnDuplicate
from weaviate_orm.session.session import Session
from weaviate_orm.types import ConsistencyLevel, Tenant

M = TypeVar("M", bound=Model)
P = ParamSpec("P")
T = TypeVar("T")


class AsyncSession:
    """A session whose calls to the server run in threads, and are awaited.

    ::

        async with AsyncSession(client) as session:
            article = await session.query(Article).near_text("novels").first()
            article.title = "Emma"
            await session.commit()

    Its objects are those of a :class:`~weaviate_orm.Session`: what sends nothing is called as there, what sends is
    awaited. A value that is not loaded is loaded by :meth:`load`; reading it, and ``Model.query``, would block the
    event loop, and raise NotLoadedError.

    One call of a session runs at a time; others wait. A call whose task is cancelled frees the task at once; its
    request ends in its thread, and the next call waits for that.

    Args:
        client: by default the one of :func:`~weaviate_orm.configure`.
        tenant, consistency_level, batch_size, workers, freeze_timeout, wire: as a ``Session`` has them.
        limiter: the most threads of several sessions; by default 40 for each event loop.
    """

    def __init__(
        self,
        client: Client | None = None,
        *,
        tenant: str | Tenant | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        limiter: anyio.CapacityLimiter | None = None,
        **options: Any,
    ) -> None:
        self._calls = ThreadCalls(limiter)
        self._session = BoundSession(self._calls, client, tenant=tenant, consistency_level=consistency_level, **options)
        self._session.client.transport.allow_connections(THREADS)
        self._blocks: list[Block] = []

    def __repr__(self) -> str:
        return repr(self._session).replace("<Session", "<AsyncSession", 1)

    async def __aenter__(self) -> Self:
        self._blocks.append(begin_block(self._session))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end_block(self._blocks.pop())
        await self.close()

    async def close(self) -> None:
        """Wait for the call that is running, and remove every object, as ``Session.close()`` does."""
        with anyio.CancelScope(shield=True):
            await self._calls.finish(self._session.close)

    @property
    def client(self) -> Client:
        """The client."""
        return self._session.client

    @property
    def executor(self) -> Any:
        """What runs the queries of this session, within a call."""
        return self._session._executor

    async def run(self, function: Callable[..., T], /, *arguments: Any, **options: Any) -> T:
        """Call a function in a thread, where ``Model.query`` and lazy loading work, by this session.

        ::

            await session.run(lambda: Article.query.where(author__name="Jane").update(draft=False))
        """
        return await self._run(partial(function, *arguments, **options))

    async def _run(self, function: Callable[[], T]) -> T:
        return await self._calls.run(partial(self._within, function))

    def _within(self, function: Callable[[], T]) -> T:
        block = begin_block(self._session)
        try:
            return function()
        finally:
            end_block(block)

    # -- what sends nothing

    def __contains__(self, instance: object) -> bool:
        return instance in self._session

    def __iter__(self) -> Iterator[Model]:
        """Iterate over the objects of the session: the new ones, then the stored ones."""
        return iter(self._session)

    @property
    def new(self) -> tuple[Model, ...]:
        """The objects that the next flush creates."""
        return self._session.new

    @property
    def dirty(self) -> tuple[Model, ...]:
        """The stored objects that differ from their snapshots."""
        return self._session.dirty

    @property
    def deleted(self) -> tuple[Model, ...]:
        """The objects that the next flush deletes."""
        return self._session.deleted

    @property
    def no_autoflush(self) -> AbstractContextManager[Session]:
        """A block in which queries do not flush first: ``with session.no_autoflush: …``."""
        return self._session.no_autoflush

    def add(self, instance: Model, *, tenant: str | Tenant | None = None) -> None:
        """Queue an object, as ``Session.add()`` does."""
        self._session.add(instance, tenant=tenant)

    def add_all(self, instances: Iterable[Model]) -> None:
        """Queue objects. For more than fit into memory, await :meth:`bulk_insert`."""
        self._session.add_all(instances)

    def delete(self, instance: Model) -> None:
        """Delete an object at the next flush."""
        self._session.delete(instance)

    def expunge(self, instance: Model) -> None:
        """Remove an object and its pending changes."""
        self._session.expunge(instance)

    def expire(self, instance: Model, *attributes: str) -> None:
        """Forget the values of an object; :meth:`refresh` or :meth:`load` brings them back."""
        self._session.expire(instance, *attributes)

    def expire_all(self) -> None:
        """Forget the values of all stored objects."""
        self._session.expire_all()

    def rollback(self) -> None:
        """Forget pending changes."""
        self._session.rollback()

    def query(self, model: type[M]) -> AsyncQuerySet[M]:
        """Return ``Model.query`` for this session; what reads is awaited."""
        begun = model.query
        return AsyncQuerySet(begun._query, self, type(begun))

    # -- what waits for the server

    async def flush(self) -> None:
        """Send pending changes. Raises as ``Session.flush()`` does."""
        await self._run(self._session.flush)

    async def commit(self) -> None:
        """Make the server equal to the objects of this session. Raises as ``Session.commit()`` does."""
        await self._run(self._session.commit)

    async def get(self, model: type[M], uuid: UUID | str, /, *, tenant: str | Tenant | None = None) -> M | None:
        """Return the object of an id: the session's, else the server's, else None."""
        return await self._run(lambda: self._session.get(model, uuid, tenant=tenant))

    async def refresh(self, instance: Model) -> None:
        """Reload the properties of an object. Raises NotFoundError when it is not on the server any more."""
        await self._run(lambda: self._session.refresh(instance))

    async def load(self, instance: M, *attributes: str) -> M:
        """Load attributes of an object that are not loaded, and those of the objects of its query with them.

        ::

            await session.load(article, "author", "of_title")
            article.author
        """
        await self._run(lambda: [getattr(instance, attribute) for attribute in attributes])
        return instance

    async def merge(self, instance: M) -> M:
        """Copy an object of no session into the session's object of its id, as ``Session.merge()`` does."""
        return await self._run(lambda: self._session.merge(instance))

    async def upsert(
        self,
        instances: Iterable[M],
        *,
        update: Collection[str] | None = None,
        on_duplicate: OnDuplicate = "last",
    ) -> list[M]:
        """Queue objects of which some may be stored already, as ``Session.upsert()`` does."""
        return await self._run(lambda: self._session.upsert(instances, update=update, on_duplicate=on_duplicate))

    async def bulk_insert(
        self,
        instances: Iterable[Model] | AsyncIterable[Model],
        *,
        start: int = 0,
        on_duplicate: OnDuplicate = "error",
        on_error: Literal["report", "raise"] | None = None,
        repeated: bool = False,
        progress: Callable[[Progress], None] | Literal[True] | None = None,
        journal: str | PathLike[str] | None = None,
    ) -> Progress:
        """Store a stream of new objects in constant memory, as ``Session.bulk_insert()`` does.

        ``instances`` may be asynchronous. An iterable that is not, and ``progress``, are called in a thread.
        """
        stream = _in_thread(instances) if isinstance(instances, AsyncIterable) else instances
        return await self._run(
            lambda: self._session.bulk_insert(
                stream,
                start=start,
                on_duplicate=on_duplicate,
                on_error=on_error,
                repeated=repeated,
                progress=progress,
                journal=journal,
            )
        )


def _in_thread(instances: AsyncIterable[Model]) -> Iterator[Model]:
    """Yield what an asynchronous iterable yields, to the thread of a call."""
    iterator = instances.__aiter__()
    missing = object()

    async def step() -> Any:
        return await anext(iterator, missing)

    while (instance := anyio.from_thread.run(step)) is not missing:
        yield instance
