"""The verbs that narrow, order and cut."""

from __future__ import annotations

from typing import Any

from typing_extensions import Self

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.boosts import Boost, boosting
from weaviate_orm.query.expressions import Expression, Order
from weaviate_orm.query.filters import Filter, join
from weaviate_orm.query.lookups import Q, lookup, order
from weaviate_orm.query.methods.base import BaseQuerySet, M, validate_count
from weaviate_orm.query.module_options import Diversity, GroupBy, Rerank, Similar
from weaviate_orm.query.resolve import group_key_of, text_of
from weaviate_orm.types import Tenant


class FilterMixin(BaseQuerySet[M]):
    """Filters, orders, limits, groups."""

    __slots__ = ()

    def where(self, *conditions: Filter | Q, **lookups: Any) -> Self:
        """Keep only the objects for which every condition holds.

        Conditions are expressions, ``Article.word_count > 1000``, joined by ``& | ~``; or lookups,
        ``word_count__gt=1000``, ``publication__name="Vogue"``; or lookups joined, ``Q(…) | Q(…)``. Text is compared by
        its tokens, as the property's ``tokenization`` makes them: with the default, "word", ``name == "the vogue"``
        finds "Vogue, The".

        Raises:
            UnknownNameError: a field or lookup that does not exist, with the nearest that does.
            QueryError: an operator or a value that the field cannot be compared by.
        """
        entity = self._query.entity
        where = self._query.where
        for argument in (*conditions, *(lookup(entity, name, value) for name, value in lookups.items())):
            condition = argument.resolve(entity) if isinstance(argument, Q) else argument
            if condition is None:
                continue
            if not isinstance(condition, Filter):
                raise QueryError(f"where() takes comparisons of fields and lookups, not {condition!r}")
            where = join(where, condition)
        return self._evolve(where=where)

    def order_by(self, *keys: str | Expression[Any] | Order) -> Self:
        """Sort by names (``"-word_count"`` descending) or expressions; nulls come first. Replaces what was set."""
        order_keys: list[Order] = []
        for key in keys:
            if isinstance(key, str):
                order_keys.append(order(self._query.entity, key))
            elif isinstance(key, Order):
                order_keys.append(key)
            else:
                order_keys.append(key.asc())
        return self._evolve(order_by=tuple(order_keys))

    def tenant(self, tenant: str | Tenant) -> Self:
        """Read objects of a tenant, in place of the session's."""
        if not self._query.entity.collection.is_multi_tenant:
            raise QueryError(f"{self._query.entity.label} is not multi-tenant: all its objects are in one place")
        try:
            name = tenant.name if isinstance(tenant, Tenant) else Tenant(tenant).name
        except ValueError as error:
            raise QueryError(str(error)) from None
        return self._evolve(tenant=name)

    def limit(self, limit: int) -> Self:
        """Return at most this many objects."""
        return self._evolve(limit=validate_count("limit", limit))

    def offset(self, offset: int) -> Self:
        """Leave out the first ones. The server refuses limit + offset beyond 10,000 (QUERY_MAXIMUM_RESULTS)."""
        return self._evolve(offset=validate_count("offset", offset))

    def autocut(self, jumps: int) -> Self:
        """Cut the results of a search where their distances or scores jump for the so-manieth time."""
        return self._evolve(autocut=validate_count("number of jumps", jumps, minimum=1))

    def group_by(self, key: Any, *, groups: int = 5, objects_per_group: int = 5) -> Self:
        """Group the results of a vector or hybrid search by equal values; read by :meth:`groups`.

        Args:
            key: a property or a reference, by name or as an expression. Of a list, each element is a value.
            groups: how many at most, the best first.
            objects_per_group: how many objects of each.
        """
        member = group_key_of(self._query.entity, key, "group_by")
        return self._evolve(group_by=GroupBy(member, groups, objects_per_group))

    def group_similar(self, force: float, *, merge: bool = False) -> Self:
        """Reduce results that are near each other to the nearest to the query, or merge all of them.

        Args:
            force: how near that is; 0 groups nothing, 1 everything.
            merge: texts joined and numbers averaged. What comes has no id and is no object: read it by ``values()``.
        """
        return self._evolve(similar=Similar(force, merge))

    def boost(self, *boosts: Boost | Filter | Q, weight: float | None = None, depth: int | None = None) -> Self:
        """Move results up or down by their values; none is left out. Goes by gRPC only (Weaviate 1.38).

        ::

            Article.query.bm25("silk").boost(
                Article.is_pinned == True,
                Boost.time_decay(Article.published, scale=timedelta(days=30), weight=2),
                weight=0.3,
            )

        Of each result the scores of all boosts become a mean, by their weights; that and the search's own score, both
        from 0 to 1 among the results that are looked at, become ``hit.score``. Without a search, boosts alone make the
        order. Replaces what was set.

        Args:
            boosts: conditions, and what :class:`~weaviate_orm.Boost` makes; 20 at most.
            weight: of the boosts, 0 to 1, where 1 leaves nothing of the search's own order; the server's default is
                0.5.
            depth: how many results are looked at, 10,000 at most, and at least ``offset`` + ``limit``; the server's
                default is 100 (QUERY_BOOST_DEFAULT_DEPTH). Of a query without a limit, 100 come back.
        """
        return self._evolve(boosting=boosting(self._query.entity, boosts, weight, depth))

    def diversify(self, limit: int, *, balance: float = 0.5) -> Self:
        """Choose, of the results up to the query's limit, so many that differ from each other; the best one is first.

        By Maximal Marginal Relevance: each next object is near the query, and far from those before it, by the vector
        that is searched. For searches by text, by vector, by object and hybrid, of one vector. Goes by gRPC only
        (Weaviate 1.37; of hybrid searches 1.38.6). How far objects are from each other is wrong where distances are
        cosine and the stored vectors are of other lengths than 1 (measured on Weaviate 1.39).

        Args:
            limit: how many. ``limit()`` says out of how many, by default 100; ``offset()`` leaves out so many of those.
            balance: 1 for those nearest to the query, 0 for those farthest from each other.
        """
        return self._evolve(diversity=Diversity(limit, balance))

    def rerank(self, property: Any, query: str | None = None) -> Self:
        """Put the results in the order of the collection's reranker: ``hit.rerank_score``.

        Args:
            property: the text that it reads.
            query: what it compares with; by default that of the search.

        A limit says which objects are reranked, not which of the reranked ones come back.
        """
        member = text_of(self._query.entity, property, "rerank")
        return self._evolve(rerank=Rerank(member, query))
