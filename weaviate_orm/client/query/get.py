"""``client.query.get``: objects of one class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from typing_extensions import Self

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.additional import Additional, AdditionalFields
from weaviate_orm.client.query.generation import generate, rerank
from weaviate_orm.client.query.keywords import bm25
from weaviate_orm.client.query.layouts import PADDED, PADDED_AT_END, PADDED_AT_START
from weaviate_orm.client.query.links import Properties, property_nodes
from weaviate_orm.client.query.near import ask
from weaviate_orm.client.query.search_builder import NEAR, SearchBuilder
from weaviate_orm.client.query.sort_and_group import group, group_by, sort, sort_keys
from weaviate_orm.exceptions import BuilderError
from weaviate_orm.graphql.document import SELECTION, Argument, FieldNode, print_document, print_node
from weaviate_orm.graphql.literals import ObjectValue, Symbol, check_name
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import ConsistencyLevel


class GetBuilder(SearchBuilder):
    """A query for objects of a class, from ``client.query.get``.

    >>> where = {"path": ["wordCount"], "operator": "GreaterThan", "valueInt": 1000}
    >>> client.query.get("Article", ["title"]).with_where(where).with_limit(50).build()
    '{Get{Article(where: {path: ["wordCount"] operator: GreaterThan valueInt: 1000} limit: 50 ){title}}}'
    """

    ORDER = (
        *("where", "limit", "offset", *NEAR, "sort", "bm25", "hybrid", "groupBy", "group"),
        *("after", "consistencyLevel", "tenant", "autocut"),
    )

    def __init__(self, class_name: str, properties: Properties | None, transport: Transport) -> None:
        super().__init__(class_name, transport)
        self._properties = property_nodes(properties)
        self._additional = AdditionalFields()
        self._alias: str | None = None
        self._sort_keys: list[ObjectValue] = []

    @property
    def name(self) -> str:
        """The key of the objects in the response: the alias if there is one, else the class."""
        return self._alias or self._class_name

    def with_additional(self, properties: Additional) -> Self:
        """Also return metadata: ``"id"``, ``["id", "distance"]``, ``{"classification": ["basedOn", "id"]}``,
        ``({"featureProjection": "vector"}, {"dimensions": 2})``, or an :class:`AdditionalProperties`.

        Calls add up.
        """
        self._additional.add(properties)
        return self

    def with_generate(
        self,
        single_prompt: str | None = None,
        grouped_task: str | None = None,
        grouped_properties: Sequence[str] | None = None,
        *,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        debug: bool = False,
    ) -> Self:
        """Generate text from the results with a language model, under ``_additional { generate }``.

        Args:
            single_prompt: a prompt for every object; ``{title}`` is replaced by its property.
            grouped_task: a prompt for all objects together; the text is with the first of them.
            grouped_properties: the properties that are part of the grouped task; by default all of text.
            settings: the settings of a provider, in place of the collection's: ``{"openai": {"model": "…",
                "temperature": 0}}`` (docs.weaviate.io, "Model provider integrations").
            debug: also return the prompt that was sent.
        """
        field = generate(single_prompt, grouped_task, grouped_properties, settings, debug)
        self._additional.add_field(field)
        return self

    def with_rerank(self, property: str, query: str | None = None) -> Self:
        """Reorder the results with the collection's reranker, and return ``rerank {score}``.

        Args:
            property: the property that the reranker compares.
            query: the query to compare it with; by default that of the search.
        """
        self._additional.add_field(rerank(property, query))
        return self

    def with_ask(self, content: Mapping[str, Any]) -> Self:
        """Answer ``{"question": "…"}`` with a qna module.

        Further keys are ``certainty`` or ``distance``, ``properties``, ``autocorrect`` and ``rerank``.
        """
        return self._with_near(ask(content))

    def with_bm25(
        self,
        query: str,
        properties: Sequence[str] | None = None,
        *,
        search_operator: Mapping[str, Any] | None = None,
    ) -> Self:
        """Search by keywords (BM25).

        Args:
            query: the keywords.
            properties: the properties to search; ``title^2`` counts double. All of them by default.
            search_operator: ``{"operator": "And"}``, or ``{"operator": "Or", "minimumOrTokensMatch": 2}``.
        """
        return self._with(bm25(query, properties, search_operator))

    def with_limit(self, limit: int) -> Self:
        """Limit the number of objects, or of groups. ``limit`` is 1 or more."""
        return self._with(Argument("limit", checks.integer("a limit", limit, least=1)))

    def with_offset(self, offset: int) -> Self:
        """Skip the first ``offset`` objects."""
        return self._with(Argument("offset", checks.integer("an offset", offset, least=0)))

    def with_after(self, after_uuid: str | UUID) -> Self:
        """Return the objects after this id, in the order of ids. Needs a limit, and no filter, sort or search."""
        return self._with(Argument("after", checks.uuid("the id after which it begins", after_uuid), end=""))

    def with_autocut(self, autocut: int) -> Self:
        """Drop the results of a search after the ``autocut``-th jump in score or distance."""
        return self._with(Argument("autocut", checks.integer("an autocut", autocut), end=""))

    def with_sort(self, content: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Self:
        """Sort by ``{"path": ["title"], "order": "asc" or "desc"}``, or by a list of these. Calls add up."""
        self._sort_keys += sort_keys(content)
        return self._with(sort(tuple(self._sort_keys)))

    def with_group_by(self, properties: Sequence[str], groups: int, objects_per_group: int) -> Self:
        """Group the results of a search by equal values. A group's objects are in its ``_additional {group}``."""
        return self._with(group_by(properties, groups, objects_per_group))

    def with_group(self, type: str, force: float) -> Self:
        """Group the results by similarity. A group is returned as its ``closest`` object, or merged (``merge``).

        ``force``, from 0 to 1, is the similarity that a group needs.
        """
        return self._with(group(type, force))

    def with_consistency_level(self, consistency_level: ConsistencyLevel | str) -> Self:
        """Set how many replicas must answer. Only for replicated classes."""
        level = checks.convert("a consistency level", consistency_level, ConsistencyLevel)
        return self._with(Argument("consistencyLevel", Symbol(level.value)))

    def with_alias(self, alias: str) -> Self:
        """Return the objects under this name. Needed where a request queries the same class twice."""
        self._alias = check_name(checks.text("an alias", alias))
        return self

    def build(self, wrap_get: bool = True) -> str:
        """Return the GraphQL text, without the enclosing ``{Get{…}}`` when ``wrap_get`` is False.

        Raises BuilderError when the query selects no field.
        """
        return print_document([FieldNode("Get", (self.node(),))]) if wrap_get else print_node(self.node())

    def node(self) -> FieldNode:
        """Return the query as a node below ``Get``."""
        additional = self._additional.nodes()
        if not self._properties and not additional:
            raise BuilderError(
                f"the query of {self._class_name} returns nothing; name properties, or use with_additional"
            )
        if self._additional.has_only_flags:
            layout = PADDED_AT_END if self._properties else PADDED
        else:
            layout = SELECTION if self._properties else PADDED_AT_START
        selection = (*self._properties, *additional)
        return FieldNode(self._class_name, selection, self._arguments(), self._alias, layout)
