"""``client.query.multi_get``: several queries in a single request."""

from __future__ import annotations

from collections.abc import Sequence

from weaviate_orm.client.query.builder import Builder
from weaviate_orm.client.query.get import GetBuilder
from weaviate_orm.client.query.layouts import CONCATENATED
from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import FieldNode, print_document
from weaviate_orm.http.transport import Transport


class MultiGetBuilder(Builder):
    """Queries that are sent in a single request."""

    def __init__(self, get_builder: Sequence[GetBuilder], transport: Transport) -> None:
        super().__init__(transport)
        if not isinstance(get_builder, Sequence) or not all(isinstance(item, GetBuilder) for item in get_builder):
            raise QueryError(f"multi_get takes a list of queries made by client.query.get; got {get_builder!r}")
        if not get_builder:
            raise QueryError("multi_get needs at least one query")
        self.get_builder = list(get_builder)

    def build(self) -> str:
        """Return the GraphQL text. Raises QueryError when two queries return objects under the same name."""
        names: set[str] = set()
        for query in self.get_builder:
            if query.name in names:
                raise QueryError(
                    f"two queries return objects under the name {query.name!r}; give one of them with_alias"
                )
            names.add(query.name)
        nodes = tuple(query.node() for query in self.get_builder)
        return print_document([FieldNode("Get", nodes, layout=CONCATENATED)])
