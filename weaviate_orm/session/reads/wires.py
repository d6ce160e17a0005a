"""The choice of the wire by which a query goes."""

from __future__ import annotations

from weaviate_orm.http.transport import Transport
from weaviate_orm.query.graphql.compiler import compile_get
from weaviate_orm.query.graphql.graphql_wire import GraphQLWire
from weaviate_orm.query.query import Query
from weaviate_orm.query.wire import Wire
from weaviate_orm.session.request_options import RequestOptions


def open_wire(transport: Transport, options: RequestOptions) -> Wire:
    """Return the wire of a session; what allows a REST listing is read by that in its place."""
    level = options.consistency_level
    return GraphQLWire(transport, level.value if level is not None else None)


def document_of(query: Query) -> str:
    """Return the GraphQL document of a query."""
    return str(compile_get(query))
