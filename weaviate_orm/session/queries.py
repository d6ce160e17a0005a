"""Queries of one session: compiled, sent, and made into models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from weaviate_orm.client.graphql import run_graphql
from weaviate_orm.exceptions import QueryError, ResultError
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.state import state_of
from weaviate_orm.query.compiler import compile_count, compile_get
from weaviate_orm.query.entity import Entity, Property, Reference
from weaviate_orm.query.executor import Hit
from weaviate_orm.query.filters import Comparison, Operator, Path
from weaviate_orm.query.tree import Query, Selection
from weaviate_orm.session.beacons import leads_out, load_by_beacons, refuse_leading_out
from weaviate_orm.session.loading import Loader, Row
from weaviate_orm.session.scope import Scope

PAGE = 10_000
"""The most objects of one answer (QUERY_MAXIMUM_RESULTS)."""


class SessionExecutor:
    """Runs queries for a session; ``before`` is called first, to flush."""

    def __init__(self, transport: Transport, scope: Scope, loader: Loader, before: Callable[[], None]) -> None:
        self._transport = transport
        self._scope = scope
        self._loader = loader
        self._before = before

    def fetch(self, query: Query) -> list[Any]:
        """The objects of a query; one request for up to 10,000.

        Raises ResultError when a query without a limit has more than can be had.
        """
        query = self._scope.apply(query)
        self._before()
        return self.select(query)

    def select(self, query: Query) -> list[Any]:
        """The same, with what is pending left pending."""
        query = self._scope.apply(query)
        if query.limit == 0:
            return []
        if query.limit is not None or query.search is not None:
            return self._page(query)[0]
        if query.offset >= PAGE:
            raise QueryError(f"Weaviate skips fewer than {PAGE:,} objects; narrow the query by where() instead")
        objects, ids = self._page(attrs.evolve(query, limit=PAGE - query.offset))
        while len(ids) == PAGE - query.offset:
            if not query.is_bare:
                raise ResultError(
                    f"this query matches {PAGE:,} {query.entity.label} objects or more, which is all that Weaviate "
                    f"yields for one: narrow it by where(), or set a limit"
                )
            more, ids = self._page(attrs.evolve(query, limit=PAGE, after=ids[-1]))
            objects += more
        return objects

    def fetch_hits(self, query: Query) -> list[Hit[Any]]:
        """The objects of a query, each with what the search says of it."""
        query = self._scope.apply(query)
        self._before()
        if query.limit == 0:
            return []
        rows, guards = self._rows(query)
        metadata = [row["_additional"].copy() for row in rows]
        objects = self._loader.load(query.entity, rows, query.selection, guards, query.tenant)
        return [
            Hit(
                each,
                distance=found.get("distance"),
                certainty=found.get("certainty"),
                score=float(found["score"]) if found.get("score") else None,
                explain_score=found.get("explainScore") or None,
            )
            for each, found in zip(objects, metadata, strict=True)
        ]

    def count(self, query: Query) -> int:
        """How many objects a query has, cut by its limit and offset."""
        query = self._scope.apply(query)
        self._before()
        found = run_graphql(self._transport, compile_count(query))["Aggregate"][query.entity.collection.name]
        count: int = max(found[0]["meta"]["count"] - query.offset, 0)
        return count if query.limit is None else min(count, query.limit)

    def find(self, model: Any, tenant: str | None, ids: Sequence[str]) -> list[Any]:
        """The objects of ids, those that the session knows without asking. Does not flush."""
        tenant = self._scope.tenant_in(model, tenant)
        known = [each for each in map(self._loader.identity.of(model, tenant).get, ids) if each is not None]
        found = {str(each.id) for each in known}
        missing = [id for id in ids if id not in found]
        return known + self._load(model.__mapper__.entity, tenant, missing, Selection())

    def existing(self, entity: Entity, tenant: str | None, ids: Sequence[str]) -> set[str]:
        """Those of some ids that the server has; nothing is loaded."""
        where = Comparison(Path(entity, (), "id"), Operator.CONTAINS_ANY, list(ids))
        nothing = Selection(properties=())
        query = self._scope.apply(Query(entity, where=where, limit=len(ids), selection=nothing, tenant=tenant))
        return {row["_additional"]["id"] for row in self._rows(query)[0]}

    def load_attribute(self, entity: Entity, instances: Sequence[Any], attribute: str | None) -> None:
        """Load one attribute of stored instances of one tenant, or all properties.

        Does not flush: nothing pending matters to it.
        """
        member = entity.member(attribute) if attribute is not None else None
        if member is None:
            selection = Selection()
        elif isinstance(member, Reference) and leads_out(entity, member):
            load_by_beacons(self._transport, self._scope, instances, member, self.find)
            return
        elif isinstance(member, Reference):
            selection = Selection(properties=(), references=((member, Selection()),))
        elif isinstance(member, Property):
            selection = Selection(properties=(member,))
        else:
            selection = Selection(properties=(), vectors=(member,))
        ids = [instance.__mapper__.id_of(instance) for instance in instances]
        self._load(entity, state_of(instances[0]).tenant, ids, selection)

    def _load(self, entity: Entity, tenant: str | None, ids: Sequence[str], selection: Selection) -> list[Any]:
        loaded: list[Any] = []
        for begin in range(0, len(ids), PAGE):
            part = list(ids[begin : begin + PAGE])
            where = Comparison(Path(entity, (), "id"), Operator.CONTAINS_ANY, part)
            query = Query(entity, where=where, limit=len(part), selection=selection, tenant=tenant)
            loaded += self._page(self._scope.apply(query))[0]
        return loaded

    def _page(self, query: Query) -> tuple[list[Any], list[str]]:
        rows, guards = self._rows(query)
        ids = [row["_additional"]["id"] for row in rows]
        return self._loader.load(query.entity, rows, query.selection, guards, query.tenant), ids

    def _rows(self, query: Query) -> tuple[list[Row], dict[str, Any]]:
        refuse_leading_out(query.entity, query.selection)
        answer = run_graphql(self._transport, compile_get(query))["Get"]
        rows: list[Row] = answer.pop(query.entity.collection.name) or []
        return rows, answer
