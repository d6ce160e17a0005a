"""The nodes of a GraphQL document: fields with arguments and selections, inline fragments, and how they print.

The layout of the text (no needless space, a space behind each argument) is that of Weaviate's Python client v3, whose
``build()`` people compare with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Union

import attrs

from weaviate_orm.graphql.literals import Literal, print_literal


@attrs.frozen
class Field:
    """``alias: name(arguments){selection}``."""

    name: str
    selection: tuple[Node, ...] = ()
    arguments: Mapping[str, Any] = attrs.field(factory=dict)
    alias: str | None = None

    def __str__(self) -> str:
        alias = f"{self.alias}: " if self.alias is not None else ""
        return f"{alias}{self.name}{print_arguments(self.arguments)}{print_selection(self.selection)}"


@attrs.frozen
class InlineFragment:
    """``... on Type {selection}``."""

    on: str
    selection: tuple[Node, ...]

    def __str__(self) -> str:
        return f"... on {self.on} {print_selection(self.selection)}"


Node = Union[Field, InlineFragment, Literal]


def print_document(root: Iterable[Node]) -> str:
    """The text of a document of the given top-level fields.

    >>> print_document([Field("Get", (Field("Article", (Field("title"),), {"limit": 2}),))])
    '{Get{Article(limit: 2 ){title}}}'
    """
    return print_selection(root)


def print_selection(nodes: Iterable[Node]) -> str:
    """``{…}``, or nothing for no nodes."""
    inner = " ".join(node.text if isinstance(node, Literal) else str(node) for node in nodes)
    return f"{{{inner}}}" if inner else ""


def print_arguments(arguments: Mapping[str, Any]) -> str:
    """``(name: value …)``, or nothing for no arguments."""
    if not arguments:
        return ""
    return f"({''.join(f'{name}: {print_literal(value)} ' for name, value in arguments.items())})"
