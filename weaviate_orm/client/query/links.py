"""The properties that a query returns, and those of cross-referenced objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import SELECTION, FieldNode, InlineFragment, Node, print_node
from weaviate_orm.graphql.literals import check_name
from weaviate_orm.graphql.selections import check_selection

Properties = Union[str, "LinkTo", Sequence[Union[str, "LinkTo"]]]
"""A property, a :class:`LinkTo`, or a list. A property may be any selection, such as ``location {latitude}``."""


def _as_tuple(properties: Properties | None) -> tuple[str | LinkTo, ...]:
    if properties is None:
        return ()
    if isinstance(properties, (str, LinkTo)):
        return (properties,)
    if isinstance(properties, Sequence) and all(isinstance(item, (str, LinkTo)) for item in properties):
        return tuple(properties)
    raise QueryError(f"properties are a str, a LinkTo, or a list of these; got {properties!r}")


@attrs.frozen
class LinkTo:
    """The properties of cross-referenced objects to return; they may be links too, up to four levels deep.

    Args:
        link_on: the reference property.
        linked_class: the class of the referenced objects.
        properties: the properties of these objects.

    >>> client.query.get("Article", ["title", LinkTo("inPublication", "Publication", ["name"])]).build()
    '{Get{Article{title inPublication{... on Publication{name}}}}}'
    """

    link_on: str
    linked_class: str
    properties: tuple[str | LinkTo, ...] = attrs.field(converter=_as_tuple)

    def __attrs_post_init__(self) -> None:
        if not self.properties:
            raise QueryError(f"the link on {self.link_on} needs at least one property to return")

    def __str__(self) -> str:
        return print_node(_link_node(self))


def property_nodes(properties: Properties | None) -> tuple[Node, ...]:
    """Return the nodes of properties. Raises QueryError for a text that is not one or more whole fields."""
    return tuple(
        _link_node(item) if isinstance(item, LinkTo) else check_selection(item) for item in _as_tuple(properties)
    )


def _link_node(link: LinkTo) -> FieldNode:
    fragment = InlineFragment(check_name(link.linked_class), property_nodes(link.properties), SELECTION)
    return FieldNode(check_name(link.link_on), (fragment,))
