"""``client.query.multi_get``: several queries in one request."""

from __future__ import annotations

from collections.abc import Sequence

from weaviate_orm.client.query.builder import Builder
from weaviate_orm.client.query.get import GetBuilder
from weaviate_orm.client.query.layouts import CONCATENATED
from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import FieldNode, print_document
from weaviate_orm.http.transport import Transport


class MultiGetBuilder(Builder):
    """Built by ``client.query.multi_get``."""

    def __init__(self, get_builder: Sequence[GetBuilder], transport: Transport) -> None:
        super().__init__(transport)
        if not isinstance(get_builder, Sequence) or not all(isinstance(each, GetBuilder) for each in get_builder):
            raise QueryError(f"multi_get takes a list of queries made by client.query.get; got {get_builder!r}")
        if not get_builder:
            raise QueryError("multi_get needs at least one query")
        self.get_builder = list(get_builder)

    def build(self) -> str:
        """The GraphQL text; raises QueryError when two queries would answer under one name."""
        names: set[str] = set()
        for each in self.get_builder:
            if each.name in names:
                raise QueryError(f"two queries answer under the name {each.name!r}; give one of them with_alias")
            names.add(each.name)
        return print_document([FieldNode("Get", tuple(each.node() for each in self.get_builder), layout=CONCATENATED)])
