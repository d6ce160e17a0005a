"""What a query returns of each object: properties, and what references lead to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import SELECTION, FieldNode, InlineFragment, Node, print_node
from weaviate_orm.graphql.literals import check_name
from weaviate_orm.graphql.selections import check_selection

Properties = Union[str, "LinkTo", Sequence[Union[str, "LinkTo"]]]
"""A property, a :class:`LinkTo`, or several of them. A property may be any selection, as ``location {latitude}``."""


def _several(given: Properties | None) -> tuple[str | LinkTo, ...]:
    if given is None:
        return ()
    if isinstance(given, (str, LinkTo)):
        return (given,)
    if isinstance(given, Sequence) and all(isinstance(each, (str, LinkTo)) for each in given):
        return tuple(given)
    raise QueryError(f"properties are a str, a LinkTo, or a list of these; got {given!r}")


@attrs.frozen
class LinkTo:
    """The properties of the objects that a reference leads to; they may be links again, four levels deep.

    Args:
        link_on: the reference.
        linked_class: the class of the objects.
        properties: theirs.

    >>> client.query.get("Article", ["title", LinkTo("inPublication", "Publication", ["name"])]).build()
    '{Get{Article{title inPublication{... on Publication{name}}}}}'
    """

    link_on: str
    linked_class: str
    properties: tuple[str | LinkTo, ...] = attrs.field(converter=_several)

    def __attrs_post_init__(self) -> None:
        if not self.properties:
            raise QueryError(f"the link on {self.link_on} needs at least one property to return")

    def __str__(self) -> str:
        return print_node(_link(self))


def property_nodes(given: Properties | None) -> tuple[Node, ...]:
    """The nodes of properties; raises QueryError for a text that is no whole field."""
    return tuple(_link(each) if isinstance(each, LinkTo) else check_selection(each) for each in _several(given))


def _link(link: LinkTo) -> FieldNode:
    inside = InlineFragment(check_name(link.linked_class), property_nodes(link.properties), SELECTION)
    return FieldNode(check_name(link.link_on), (inside,))
