"""GraphQL queries, built call by call: the builders of the v3 Python client, with additions for newer servers.

The additions are ``with_rerank``, ``with_group``, the keyword-only arguments of ``with_hybrid``, ``with_bm25`` and
``with_generate``, the keys of named vectors, and the operators ``Not`` and ``ContainsNone``.
"""

from __future__ import annotations

from collections.abc import Sequence

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.additional import AdditionalProperties
from weaviate_orm.client.query.aggregate import AggregateBuilder
from weaviate_orm.client.query.get import GetBuilder
from weaviate_orm.client.query.links import LinkTo, Properties
from weaviate_orm.client.query.multi_get import MultiGetBuilder
from weaviate_orm.graphql.run import send_graphql, send_graphql_batch
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import HybridFusion, JSONObject

__all__ = [
    "AdditionalProperties",
    "AggregateBuilder",
    "GetBuilder",
    "HybridFusion",
    "LinkTo",
    "MultiGetBuilder",
    "Query",
]


class Query:
    """``/v1/graphql``. Reached as ``client.query``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, class_name: str, properties: Properties | None = None) -> GetBuilder:
        """Begin a query for objects of a class.

        Args:
            class_name: a class, or its alias.
            properties: the properties to return: names, selections such as ``location {latitude longitude}`` or
                ``inPublication {... on Publication {name}}``, and :class:`LinkTo`.

        Raises:
            QueryError: a name or a selection is not valid.
        """
        return GetBuilder(class_name, properties, self._transport)

    def multi_get(self, get_builder: Sequence[GetBuilder]) -> MultiGetBuilder:
        """Join queries into a single request. Queries for the same class need aliases."""
        return MultiGetBuilder(get_builder, self._transport)

    def aggregate(self, class_name: str) -> AggregateBuilder:
        """Begin an aggregate of a class."""
        return AggregateBuilder(class_name, self._transport)

    def raw(self, gql_query: str) -> JSONObject:
        """Send GraphQL text unchanged, and return the whole response, ``{"data": …, "errors": …}``."""
        return send_graphql(self._transport, checks.text("a query", gql_query))

    def raw_batch(self, gql_queries: str | Sequence[str]) -> list[JSONObject]:
        """Send GraphQL texts by one request, and return the whole responses in the same order.

        A text with errors does not keep the others from being run. Raises QueryError without any text.
        """
        return send_graphql_batch(self._transport, checks.texts("queries", gql_queries))
