"""The query set of an AsyncSession: the same narrowing methods, and reading methods that are awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterable, Mapping
from itertools import islice
from typing import Any, NoReturn, Protocol, TypeVar
from uuid import UUID

from typing_extensions import Self

from weaviate_orm.exceptions import NotLoadedError, SessionError
from weaviate_orm.query.methods.base import M
from weaviate_orm.query.methods.filter import FilterMixin
from weaviate_orm.query.methods.load import LoadMixin
from weaviate_orm.query.methods.search import SearchMixin
from weaviate_orm.query.paging import Method
from weaviate_orm.query.queryset import QuerySet
from weaviate_orm.query.results import Groups, Hits

D = TypeVar("D")
T = TypeVar("T")


class Runner(Protocol):
    """Runs functions of a session in threads."""

    @property
    def executor(self) -> Any:
        """The executor of the session."""
        ...

    async def run(self, function: Callable[[], T], /) -> T:
        """Run a function in a thread."""
        ...


class AsyncQuerySet(SearchMixin[M], FilterMixin[M], LoadMixin[M]):
    """A query for the objects of one model, in an AsyncSession. It is made by ``session.query(Model)``.

    What narrows it is as in :class:`~weaviate_orm.QuerySet`; what reads is awaited, or iterated over by ``async for``.
    Methods of the model's own query set work, too: one that narrows is called as it is, one that reads is awaited.
    """

    __slots__ = ("_queries", "_runner")

    def __init__(self, query: Any, runner: Runner, queries: type[QuerySet[Any]] = QuerySet) -> None:
        super().__init__(query, None)
        self._runner = runner
        self._queries = queries

    def __reduce__(self) -> NoReturn:
        raise TypeError("an AsyncQuerySet belongs to its session; it cannot be copied to another process")

    def __len__(self) -> NoReturn:
        # no TypeError: for templates of Django, that would be a length of 0
        raise SessionError("an AsyncQuerySet has no len(): await ….count(), or take len() of what all() returns")

    def run_by(self, executor: Any) -> NoReturn:
        """Raise TypeError: it is run by its session."""
        raise TypeError("an AsyncQuerySet is run by its session")

    def _evolve(self, **changes: Any) -> Self:
        return self._with(super()._evolve(**changes)._query)

    def _with(self, query: Any) -> Self:
        return type(self)(query, self._runner, self._queries)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        # verbs of the model's own query set
        if name.startswith("_") or not callable(getattr(self._queries, name, None)):
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

        def call(*arguments: Any, **options: Any) -> Any:
            def verb() -> Any:
                return getattr(self._queries(self._query, self._runner.executor), name)(*arguments, **options)

            try:
                result = verb()
            except NotLoadedError:  # it reads
                return self._runner.run(verb)
            return self._with(result._query) if isinstance(result, QuerySet) else result

        return call

    async def _read(self, read: Callable[..., T], /, *arguments: Any, **options: Any) -> T:
        queries = self._queries(self._query, self._runner.executor)
        return await self._runner.run(lambda: read(queries, *arguments, **options))

    # -- reading

    def __await__(self) -> Generator[Any, Any, list[M]]:
        return self.all().__await__()

    async def __aiter__(self) -> AsyncIterator[M]:
        for instance in await self.all():
            yield instance

    def __getitem__(self, index: slice) -> Self:
        """Return the query with the limit and the offset of a slice. An index is no slice: ``await …[3:4].one()``."""
        if not isinstance(index, slice):
            raise TypeError("an AsyncQuerySet takes slices; to read one object: await queries[3:4].one()")
        return self._with(QuerySet[M](self._query)[index]._query)

    async def all(self) -> list[M]:
        """Return the objects."""
        return await self._read(QuerySet.all)

    async def hits(self) -> Hits[M]:
        """Return the objects with their metadata."""
        return await self._read(QuerySet.hits)

    async def groups(self) -> Groups[M]:
        """Return the groups of ``group_by()``, each with its hits."""
        return await self._read(QuerySet.groups)

    async def iterator(self, chunk_size: int = 1000, *, method: Method | None = None) -> AsyncIterator[M]:
        """Yield the objects, of any number, with one page of them in memory."""
        objects = await self._read(QuerySet.iterator, chunk_size, method=method)
        while chunk := await self._runner.run(lambda: list(islice(objects, chunk_size))):
            for instance in chunk:
                yield instance

    async def first(self) -> M | None:
        """Return the first object, or None."""
        return await self._read(QuerySet.first)

    async def one(self) -> M:
        """Return the only object. Raises NotFoundError or MultipleResultsError."""
        return await self._read(QuerySet.one)

    async def one_or_none(self) -> M | None:
        """Return the only object, or None. Raises MultipleResultsError."""
        return await self._read(QuerySet.one_or_none)

    async def get(self, id: UUID | str | None = None, /, **lookups: Any) -> M:
        """Return the only object of an id, or with some values. Raises NotFoundError or MultipleResultsError."""
        return await self._read(QuerySet.get, id, **lookups)

    async def in_bulk(self, ids: Iterable[UUID | str]) -> dict[UUID, M]:
        """Return the objects of some ids, by their ids."""
        return await self._read(QuerySet.in_bulk, ids)

    async def count(self) -> int:
        """Return how many objects there are."""
        return await self._read(QuerySet.count)

    async def exists(self) -> bool:
        """Return whether there is an object."""
        return await self._read(QuerySet.exists)

    async def aggregate(self, *aggregates: Any, **named: Any) -> Any:
        """Return aggregates, as ``QuerySet.aggregate()`` does."""
        return await self._read(QuerySet.aggregate, *aggregates, **named)

    async def aggregate_by(self, key: Any, *aggregates: Any, limit: int | None = None) -> list[Any]:
        """Return aggregates of each group, as ``QuerySet.aggregate_by()`` does."""
        return await self._read(QuerySet.aggregate_by, key, *aggregates, limit=limit)

    async def values(self, *names: Any) -> list[dict[str, Any]]:
        """Return the values of each object, without making objects."""
        return await self._read(QuerySet.values, *names)

    async def values_list(self, *names: Any, flat: bool = False) -> list[Any]:
        """Return the values of each object as tuples, or of one name as they are."""
        return await self._read(QuerySet.values_list, *names, flat=flat)

    async def into(self, cls: type[D]) -> list[D]:
        """Return instances of another class, made of the values."""
        return await self._read(QuerySet.into, cls)

    # -- writing

    async def create(self, **values: Any) -> M:
        """Store a new object, and return it."""
        return await self._read(QuerySet.create, **values)

    async def get_or_create(self, defaults: Mapping[str, Any] | None = None, **lookups: Any) -> tuple[M, bool]:
        """Return the object with some values, or store a new one; and whether it is new."""
        return await self._read(QuerySet.get_or_create, defaults, **lookups)

    async def update_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        **lookups: Any,
    ) -> tuple[M, bool]:
        """Change the object with some values, or store a new one; return it, and whether it is new."""
        return await self._read(QuerySet.update_or_create, defaults, create_defaults, **lookups)

    async def update(self, **values: Any) -> int:
        """Assign values to all objects of the query; return how many there are."""
        return await self._read(QuerySet.update, **values)

    async def embed(self, *vectors: Any, missing: bool = False) -> int:
        """Make the vectors of all objects of the query by their embedders; return how many there are."""
        return await self._read(QuerySet.embed, *vectors, missing=missing)

    async def delete(self) -> int:
        """Delete all objects of the query; return how many there were."""
        return await self._read(QuerySet.delete)
