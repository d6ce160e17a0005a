"""What pages read of the server. Each method says how many requests it sends; none depends on how much is stored.

What several collections are asked for goes by GraphQL, in one request; gRPC carries one query in each. The server
allows GraphQL to those who may read all collections: for others the queries go by gRPC, one by one, where the client
has that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import read_classes
from weaviate_orm.exceptions import NotFoundError, PermissionDeniedError
from weaviate_orm.explorer.catalogue import Catalogue, CatalogueEntry, catalogue_of
from weaviate_orm.operators import Operator
from weaviate_orm.query.comparisons import compare
from weaviate_orm.query.entity import Reference
from weaviate_orm.query.filters import Path
from weaviate_orm.query.query import Query
from weaviate_orm.query.queryset import QuerySet
from weaviate_orm.query.rows import Page
from weaviate_orm.query.table_columns import columns_of, query_of
from weaviate_orm.session.reads.row_columns import column_values, restore_all
from weaviate_orm.session.reads.wires import open_wire
from weaviate_orm.session.request_options import RequestOptions
from weaviate_orm.types import JSONObject, Tenant

MOST_REFERRING: Final = 20
"""The most objects that are shown of those that refer to one, by one reference."""


@attrs.frozen
class ObjectTable:
    """Objects of a collection, column by column, with the values as they are stored.

    Attributes:
        entry: the collection.
        ids: of the objects.
        columns: the other values, by attribute; what a search says is ``hit__distance`` and the like.
    """

    entry: CatalogueEntry
    ids: Sequence[str]
    columns: Mapping[str, Sequence[Any]]

    def rows(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the objects row by row, each with its id."""
        values = zip(*self.columns.values(), strict=True) if self.columns else (() for _ in self.ids)
        return [(id, dict(zip(self.columns, row, strict=True))) for id, row in zip(self.ids, values, strict=True)]


@attrs.frozen
class Referring:
    """The objects that refer to one by one reference, the first ``MOST_REFERRING`` of them."""

    attribute: str
    table: ObjectTable
    has_more: bool


class LiveReads:
    """Reads by one client. Thread-safe, as the client is."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._wire = open_wire(client.transport, RequestOptions())
        self._has_grpc = client.transport.rpc is not None
        self._wire_of_several = open_wire(client.transport, RequestOptions(wire="graphql"))

    def catalogue(self) -> Catalogue:
        """Return the collections. Two requests."""
        return catalogue_of(read_classes(self._client).values(), self._client.alias.list_all())

    def counts(self, entries: Iterable[CatalogueEntry]) -> dict[str, int]:
        """Return how many objects collections without tenants have, by their names, as far as the key may know it.

        One request, or none; of a key that may not read all collections, one for each.
        """
        counted = [entry for entry in entries if not entry.spec.is_multi_tenant]
        if not counted:
            return {}
        fields = " ".join(f"{entry.name}{{meta{{count}}}}" for entry in counted)
        try:
            answer = self._client.query.raw(f"{{Aggregate{{{fields}}}}}")["data"]["Aggregate"]
        except PermissionDeniedError:
            return {entry.name: count for entry in counted if (count := self._count_by_grpc(entry)) is not None}
        return {entry.name: answer[entry.name][0]["meta"]["count"] for entry in counted}

    def _count_by_grpc(self, entry: CatalogueEntry) -> int | None:
        try:
            return self.count(entry.query()) if self._has_grpc else None
        except PermissionDeniedError:
            return None

    def count(self, query: QuerySet[Any]) -> int:
        """Return how many objects a query finds, whatever its limit. One request."""
        return self._wire.count(query._query).value

    def tenants(self, entry: CatalogueEntry) -> list[Tenant]:
        """Return the tenants in the order of their names. One request."""
        tenants = self._client.tenants.get(entry.name)
        return [tenants[name] for name in sorted(tenants)]

    def tenant_counts(self, entry: CatalogueEntry) -> dict[str, int]:
        """Return how many objects tenants have, as far as they are loaded and the key may know it. One request."""
        counts: Counter[str] = Counter()
        try:
            nodes = self._client.cluster.get_nodes_status(entry.name, "verbose")
        except PermissionDeniedError:
            return {}
        for node in nodes:
            for shard in node.get("shards") or ():
                counts[shard["name"]] = max(counts[shard["name"]], shard.get("objectCount") or 0)  # replicas
        return counts

    def table(self, entry: CatalogueEntry, query: QuerySet[Any], names: Sequence[str] = ()) -> ObjectTable:
        """Return the objects of a query. One request, and one more where there are ints beyond 32 bits.

        Args:
            entry: the collection that is searched.
            query: with a limit.
            names: of the columns; by default all that the query loads, and what its search says.
        """
        columns = columns_of(query._query, names)
        rows = self._wire.fetch(query_of(query._query, columns)).rows
        restore_all(rows)
        values = {column.name: column_values(rows, column) for column in columns if column.name != "id"}
        return ObjectTable(entry, rows.ids, values)

    def stored(self, entry: CatalogueEntry, id: UUID, tenant: str | None) -> JSONObject:
        """Return the server's JSON of an object with its vectors. One request. Raises NotFoundError."""
        body = self._client.data_object.get_by_id(id, class_name=entry.name, with_vector=True, tenant=tenant)
        if body is None:
            raise NotFoundError(f"{entry.name} has no object {id}")
        return body

    def referring(self, catalogue: Catalogue, entry: CatalogueEntry, id: UUID, tenant: str | None) -> list[Referring]:
        """Return the objects that refer to one, for each reference that may lead there.

        One request, or none; of a key that may not read all collections, one for each reference.
        """
        references = catalogue.referring(entry)
        queries = [_referring_query(other, reference, entry, id, tenant) for other, reference in references]
        if not queries:
            return []
        pages = self._fetch_several([query._query for query in queries])
        groups = []
        for (other, reference), query, page in zip(references, queries, pages, strict=True):
            columns = [column for column in columns_of(query._query, ()) if column.name != "id"]
            count = min(len(page.rows), MOST_REFERRING)
            values = {column.name: column_values(page.rows, column)[:count] for column in columns}
            table = ObjectTable(other, page.rows.ids[:count], values)
            groups.append(Referring(reference.attribute, table, len(page.rows) > count))
        return groups

    def _fetch_several(self, queries: Sequence[Query]) -> list[Page]:
        try:
            return self._wire_of_several.fetch_several(queries)
        except PermissionDeniedError:
            if not self._has_grpc:
                raise
            return self._wire.fetch_several(queries)


def _referring_query(
    other: CatalogueEntry, reference: Reference, entry: CatalogueEntry, id: UUID, tenant: str | None
) -> QuerySet[Any]:
    path = Path(other.entity, ((reference, entry.entity),), "id")
    query = other.query(tenant).where(compare(path, Operator.EQUAL, id)).limit(MOST_REFERRING + 1)
    return query.only(*([other.title.attribute] if other.title else []))
