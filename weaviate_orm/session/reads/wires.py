"""The choice of the wire by which a query goes.

gRPC takes half of the time of GraphQL, and carries ints of 64 bits (measured on Weaviate 1.39).
"""

from __future__ import annotations

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.embedded_search import with_query_vectors, without_objects
from weaviate_orm.query.graphql.compiler import compile_get
from weaviate_orm.query.graphql.graphql_wire import GraphQLWire
from weaviate_orm.query.query import Query
from weaviate_orm.query.wire import Wire
from weaviate_orm.query.wire_rules import beyond_graphql
from weaviate_orm.session.request_options import RequestOptions


def open_wire(transport: Transport, options: RequestOptions) -> Wire:
    """Return the wire of a session; what allows a REST listing is read by that in its place.

    Raises ConfigurationError for ``wire="grpc"`` with a client that has no gRPC.
    """
    level = options.consistency_level
    graphql = GraphQLWire(transport, level.value if level is not None else None)
    rpc = transport.rpc
    # a forked child imports nothing here: another thread of its parent may have been about to
    if options.wire == "graphql" or (options.wire is None and (rpc is None or not rpc.is_own)):
        return graphql
    if rpc is None:
        raise ConfigurationError('a session by wire="grpc" needs a client that has gRPC: Client(url, grpc=50051)')
    from weaviate_orm.session.reads.grpc_first import GrpcFirst  # most programs that have no gRPC need not import it

    return GrpcFirst(transport, rpc, None if options.wire == "grpc" else graphql)


def document_of(query: Query, embeds: bool) -> str:
    """Return the GraphQL document of a query; a comment names what GraphQL lacks."""
    sent = with_query_vectors(query, without_objects) if embeds else query
    document, lacking = str(compile_get(sent)), beyond_graphql(query)
    return document if lacking is None else f"{document} # and by gRPC {lacking}"
