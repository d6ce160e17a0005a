"""What every builder does with the document that it has built."""

from __future__ import annotations

from abc import ABC, abstractmethod

from weaviate_orm.graphql.run import send_graphql
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject


class Builder(ABC):
    """A query that is put together call by call. A call changes the builder and returns it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @abstractmethod
    def build(self) -> str:
        """The GraphQL text of the query; raises QueryError when it is not complete."""

    def do(self) -> JSONObject:
        """Run the query.

        Returns the server's whole answer, ``{"data": …}``. What it says against the query stands there too, under
        ``"errors"``: it is not raised, as in v3.

        Raises:
            QueryError: the query is not complete; nothing was sent.
            TransportError: there was no answer, or one that is no answer to a query.
        """
        return send_graphql(self._transport, self.build())
