"""``client.query.aggregate``: counts and other aggregates of a class."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import Self

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.layouts import CONCATENATED
from weaviate_orm.client.query.search_builder import NEAR, SearchBuilder
from weaviate_orm.exceptions import BuilderError
from weaviate_orm.graphql.document import Argument, FieldNode, Node, print_document
from weaviate_orm.graphql.selections import check_selection
from weaviate_orm.http.transport import Transport


class AggregateBuilder(SearchBuilder):
    """An aggregate of a class. A search needs ``certainty``, ``distance`` or :meth:`with_object_limit`.

    >>> client.query.aggregate("Article").with_meta_count().with_fields("wordCount {mean}").build()
    '{Aggregate{Article{meta{count}wordCount {mean}}}}'
    """

    ORDER = ("where", "groupBy", *NEAR, "hybrid", "objectLimit", "tenant", "limit")

    def __init__(self, class_name: str, transport: Transport) -> None:
        super().__init__(class_name, transport)
        self._counts_objects = False
        self._fields: list[Node] = []

    def with_meta_count(self) -> Self:
        """Count the objects, under ``meta``."""
        self._counts_objects = True
        return self

    def with_fields(self, field: str) -> Self:
        """Return aggregates of a property, ``wordCount {mean maximum}``, or ``groupedBy {value}``. Calls add up."""
        self._fields.append(check_selection(checks.text("a field", field)))
        return self

    def with_group_by_filter(self, properties: Sequence[str]) -> Self:
        """Group by the values of the property with this path."""
        paths = checks.texts("the properties of group_by_filter", properties)
        return self._with(Argument("groupBy", paths, end=""))

    def with_limit(self, limit: int) -> Self:
        """Limit the number of groups."""
        return self._with(Argument("limit", checks.integer("a limit", limit, least=1), end=""))

    def with_object_limit(self, limit: int) -> Self:
        """Aggregate only the first results of a search. Ignored without a search, as in v3."""
        return self._with(Argument("objectLimit", checks.integer("an object limit", limit, least=1), end=""))

    def build(self) -> str:
        """Return the GraphQL text. Raises BuilderError when the aggregate selects no field."""
        count: tuple[Node, ...] = (FieldNode("meta", (FieldNode("count"),)),) if self._counts_objects else ()
        if not count and not self._fields:
            raise BuilderError(
                f"the aggregate of {self._class_name} returns nothing; use with_meta_count or with_fields"
            )
        arguments = self._arguments()
        if not any(argument.name in (*NEAR, "hybrid") for argument in arguments):
            arguments = tuple(argument for argument in arguments if argument.name != "objectLimit")
        node = FieldNode(self._class_name, (*count, *self._fields), arguments, layout=CONCATENATED)
        return print_document([FieldNode("Aggregate", (node,))])
