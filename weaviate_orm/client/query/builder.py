"""The base class of the builders, which sends the built document."""

from __future__ import annotations

from abc import ABC, abstractmethod

from weaviate_orm.graphql.run import send_graphql
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject


class Builder(ABC):
    """A query that is built call by call. Calls change the builder and return it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @abstractmethod
    def build(self) -> str:
        """Return the GraphQL text of the query. Raises QueryError when the query is incomplete."""

    def do(self) -> JSONObject:
        """Run the query, and return the whole response, ``{"data": …}``.

        The server's errors are in it, under ``"errors"``. As in v3, they are not raised.

        Raises:
            QueryError: the query is incomplete; nothing was sent.
            TransportError: there was no response, or it is none to a GraphQL query.
        """
        return send_graphql(self._transport, self.build())
