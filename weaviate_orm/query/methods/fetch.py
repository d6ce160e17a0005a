"""Methods that send a query: they end the chain with objects, hits, groups or counts."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator
from inspect import GEN_CREATED, getgeneratorstate
from itertools import islice
from typing import Any, overload
from uuid import UUID

import attrs
from typing_extensions import Self

from weaviate_orm.batch.engine import batched
from weaviate_orm.exceptions import MultipleResultsError, NotFoundError, QueryError, WeaviateORMError
from weaviate_orm.query.embedded_search import is_moved_by_objects
from weaviate_orm.query.exact_text import is_exact, literal, needs_check, server_part
from weaviate_orm.query.execution import document_of
from weaviate_orm.query.filters import join
from weaviate_orm.query.lookups import lookup
from weaviate_orm.query.methods.base import BaseQuerySet, M, validate_count
from weaviate_orm.query.paging import MOST, Method, choose_reading, first_page
from weaviate_orm.query.previews import PREVIEW_SIZE, preview_caption, preview_query
from weaviate_orm.query.results import Explanation, Groups, Hits
from weaviate_orm.query.table_columns import columns_of, query_of
from weaviate_orm.shown_values import html_note, html_table


class FetchMixin(BaseQuerySet[M]):
    """Send a query."""

    __slots__ = ()

    def all(self) -> list[M]:
        """Return the objects."""
        self._refuse_merged()
        if self._query.group_by is not None:
            return [hit.object for group in self.groups() for hit in group.hits]
        return self._executor.fetch(self._query)

    def __iter__(self) -> Iterator[M]:
        objects = self.all()
        reading = (instance for instance in objects)
        self._reading = threading.get_ident(), weakref.ref(reading), len(objects)
        return reading

    def __len__(self) -> int:
        """Return how many objects there are: by :meth:`count`, or where that may differ, as for searches, by reading
        them. Nothing is kept: to read and to count, take ``len()`` of :meth:`all`."""
        if self._reading is not None:
            # list() asks for the length after it has the iterator; another thread may read at the same time
            thread, reading, length = self._reading
            iterator = reading() if thread == threading.get_ident() else None
            if iterator is not None and getgeneratorstate(iterator) == GEN_CREATED:
                return length
        query = self._query
        is_counted = query.search is None and not query.needs_single_response and not self._is_skipping
        return self.count() if is_counted else len(self.all())

    def hits(self) -> Hits[M]:
        """Return the objects with their metadata: distance, certainty, score, and the results of :meth:`rerank`,
        :meth:`generate`, :meth:`with_metadata` and the like."""
        self._refuse_merged()
        if self._query.group_by is not None:
            raise QueryError("grouped results are read by groups(), each of which has hits")
        return self._executor.fetch_hits(attrs.evolve(self._query, metadata=True))

    def groups(self) -> Groups[M]:
        """Return the groups of :meth:`group_by`, each with its hits."""
        if self._query.group_by is None:
            raise QueryError("groups() reads what group_by() groups; call that first")
        return self._executor.fetch_groups(self._query)

    def iterator(self, chunk_size: int = 1000, *, method: Method | None = None) -> Iterator[M]:
        """Yield the objects, of any number, with one page of them in memory.

        A bare class is read by ``"listing"``, REST's, where it has no lists of references and nothing is left out, else
        by GraphQL's ``"cursor"``; one with a filter by ``"keyset"`` (ids beyond the last one's); all without end.

        A search, an order or an offset is read by ``"pages"``, which end at 10,000; what would be left out raises a
        ResultError there. :meth:`explain` says which. What is stored meanwhile may be seen or not.

        Args:
            chunk_size: so many a request, at most 10,000. By keyset the server sorts all that match for each request,
                so larger ones are faster there.
            method: insist on one.
        """
        self._refuse_merged()
        size = validate_count("chunk_size", chunk_size, minimum=1)
        if size > MOST:
            raise QueryError(f"a chunk_size is at most {MOST}, the most that Weaviate returns for a request")
        reading = choose_reading(server_part(self._query), method)
        return self._executor.iterate(self._query, reading, size)

    def first(self) -> M | None:
        """Return the first object, or None."""
        objects = self._head(1)
        return objects[0] if objects else None

    def one(self) -> M:
        """Return the only object; raises NotFoundError or MultipleResultsError when there is not exactly one.

        Texts are compared as Python compares them, where the filter says ``==``, ``!=`` or ``in_()`` of them, whatever
        the tokenization: what only has the words is another object.
        """
        instance = self.one_or_none()
        if instance is None:
            literal_query = self._literally()
            whole = (
                "; its texts are compared as a whole, first() takes what has the words"
                if needs_check(literal_query._query.where)
                else ""
            )
            raise NotFoundError(f"no {self._query.entity.label} matches {literal_query._shown_document}{whole}")
        return instance

    def one_or_none(self) -> M | None:
        """Return the only object, or None; raises MultipleResultsError for several. Compares as :meth:`one`."""
        objects = self._literally()._head(2)
        if len(objects) > 1:
            raise MultipleResultsError(f"several {self._query.entity.label} objects match {self._shown_document}")
        return objects[0] if objects else None

    def get(self, id: UUID | str | None = None, /, **lookups: Any) -> M:
        """Return the one object of an id, or of lookups as in :meth:`where`, compared as by :meth:`one`.

        Raises NotFoundError or MultipleResultsError when there is not exactly one.
        """
        if id is not None:
            lookups["id"] = id
        return self._narrowed(**lookups).one()

    def in_bulk(self, ids: Iterable[UUID | str]) -> dict[UUID, M]:
        """Return the objects of these ids, by id; ids of none are left out. One request for each 10,000.

        Of more than 20, ids that are not found are asked for once more, 500 at a time: other programs may have spelled
        them in another way.
        """
        unique = list(dict.fromkeys(item if isinstance(item, UUID) else _uuid(item) for item in ids))
        by_id: dict[UUID, M] = {}
        for part in batched(unique, MOST):
            for item in self._narrowed(id__in=part)._evolve(limit=len(part), unsure=True).all():
                by_id[item.id] = item  # type: ignore[attr-defined]
        return {id: by_id[id] for id in unique if id in by_id}

    def count(self) -> int:
        """Return how many objects there are; as the server counts, in one request, cut by limit and offset.

        Where whole texts are compared, by ``exact()``, what the server finds is read and counted here.
        """
        return self._executor.count(self._query)

    def exists(self) -> bool:
        """Return whether there is any."""
        none_loaded = attrs.evolve(self._query.selection, properties=(), references=(), vectors=())
        return bool(self._evolve(selection=none_loaded)._head(1))

    def explain(self) -> Explanation:
        """Return how the query is run: how all of it is read, by which wire, and why; and where the server's time goes.

        It is run once, for one page and without making models, to learn the last; not where it asks for nothing.
        """
        query = server_part(self._query)
        if query.is_empty:
            why = "it asks for no object"
            return Explanation(
                document=document_of(query), reading="nothing", why=why, profile=(), wire="none", why_wire=why
            )
        if query.needs_single_response or (query.limit is not None and query.limit <= MOST) or query.search is not None:
            how, why = "one request", "it has a limit, or is a search, which the server limits"
        else:
            reading = choose_reading(query)
            how, why = reading.method, reading.why
            query = first_page(query, reading, MOST)
        executor = self._executor
        wire, why_wire = executor.wire_of(query)
        profile = executor.profile(attrs.evolve(query, metadata=True, named=(*query.named, "query_profile")))
        return Explanation(
            document=document_of(query, embeds=not is_moved_by_objects(query)),
            reading=how,
            why=why,
            profile=profile,
            wire=wire,
            why_wire=why_wire,
        )

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> M | Self:
        if isinstance(index, int):
            if index < 0:
                raise QueryError("a query set has no negative indexes; reverse its order instead")
            if self._query.needs_single_response or self._is_skipping:
                objects = self._head(index + 1)[index:]
            else:
                objects = self[index : index + 1].all()
            if not objects:
                raise IndexError(f"the query set has no object at {index}")
            return objects[0]
        if index.step is not None:
            raise QueryError("a query set is cut without a step")
        start = validate_count("slice", index.start) if index.start is not None else 0
        stop = validate_count("slice", index.stop) if index.stop is not None else None
        remaining = None if self._query.limit is None else max(self._query.limit - start, 0)
        length = None if stop is None else max(stop - start, 0)
        limits = [bound for bound in (remaining, length) if bound is not None]
        return self._evolve(offset=self._query.offset + start, limit=min(limits) if limits else None)

    def _repr_html_(self) -> str:
        """Return the first objects as a table, for notebooks: by one request, which is not flushed for."""
        query = preview_query(self._query)
        columns = columns_of(query, ())
        try:
            values = self._executor.preview(query_of(query, columns), columns)
        except WeaviateORMError as error:
            return html_note(repr(self), f"The objects could not be read: {error}")
        rows = [*zip(*values, strict=True)]
        return html_table(
            [column.name for column in columns], rows[:PREVIEW_SIZE], preview_caption(self._query, len(rows))
        )

    # -- inside

    def _literally(self, *, writes: bool = False) -> Self:
        """Return the query with texts compared as Python compares them."""
        where = self._query.where
        condition = None if where is None else literal(where, writes=writes)
        return self._evolve(where=condition) if is_exact(condition) else self

    def _head(self, size: int) -> list[M]:
        limit = self._query.limit
        if self._query.needs_single_response:
            # the server reranks, groups and cuts what the limit left: another limit would give other results
            return self.all()[:size]
        if self._is_skipping:
            return list(islice(self.iterator(100), size))
        return self._evolve(limit=size if limit is None else min(size, limit)).all()

    @property
    def _is_skipping(self) -> bool:
        """Whether objects are left out here, so that the first one of the server need not be the first."""
        return self._query.selection.on_error not in ("raise", "defer")

    def _narrowed(self, **lookups: Any) -> Self:
        where = self._query.where
        for name, value in lookups.items():
            condition = lookup(self._query.entity, name, value)
            where = join(where, condition)
        return self._evolve(where=where)

    def _refuse_merged(self) -> None:
        if self._query.similar is not None and self._query.similar.merge:
            raise QueryError("merged results are no objects, they have no id: read them by values()")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise QueryError(f"{text!r} is no UUID") from None
