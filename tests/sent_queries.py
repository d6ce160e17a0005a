"""Which requests are queries, by whichever wire."""

from __future__ import annotations

from weaviate_orm.http.transport import Request


def is_query(request: Request) -> bool:
    """Whether a request is a document of GraphQL, or a query by gRPC."""
    return request.url.endswith(("/v1/graphql", "/Search", "/Aggregate"))
