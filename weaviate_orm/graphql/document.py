"""The nodes of a GraphQL document: fields with arguments and selections, and inline fragments. They print as GraphQL.

The layout of the text (no needless space, a space behind each argument) is that of Weaviate's Python client v3, so that
texts can be compared with those of its ``build()``. Nodes that v3 prints differently carry a layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

import attrs

from weaviate_orm.graphql.literals import Layout, RawText, print_literal

SELECTION = Layout("{", " ", "}")
_FRAGMENT = Layout(" {", " ", "}")


@attrs.frozen
class Argument:
    """``name: value``, with the text that follows it."""

    name: str
    value: Any
    colon: str = ": "
    end: str = " "

    def __str__(self) -> str:
        return f"{self.name}{self.colon}{print_literal(self.value)}{self.end}"


def _as_arguments(arguments: Mapping[str, Any] | Sequence[Argument]) -> tuple[Argument, ...]:
    if not arguments:
        return ()
    if isinstance(arguments, Sequence):
        return tuple(arguments)
    return tuple(Argument(name, value) for name, value in arguments.items())


@attrs.frozen
class FieldNode:
    """``alias: name(arguments){selection}``; the arguments are nodes, or a mapping of their values."""

    name: str
    selection: tuple[Node, ...] = ()
    arguments: tuple[Argument, ...] = attrs.field(default=(), converter=_as_arguments)
    alias: str | None = None
    layout: Layout = SELECTION

    def __str__(self) -> str:
        alias = f"{self.alias}: " if self.alias is not None else ""
        return f"{alias}{self.name}{print_arguments(self.arguments)}{print_selection(self.selection, self.layout)}"


@attrs.frozen
class InlineFragment:
    """``... on Type {selection}``."""

    on: str
    selection: tuple[Node, ...]
    layout: Layout = _FRAGMENT

    def __str__(self) -> str:
        return f"... on {self.on}{print_selection(self.selection, self.layout)}"


@attrs.frozen
class PrintedField:
    """A field with its text, printed once for use in many documents."""

    field: FieldNode
    text: str

    @classmethod
    def of(cls, field: FieldNode) -> PrintedField:
        """Print a field."""
        return cls(field, str(field))


Node = Union[FieldNode, InlineFragment, RawText, PrintedField]


@attrs.frozen
class Document:
    """A document. Its response is checked against its nodes."""

    root: tuple[Node, ...]

    def __str__(self) -> str:
        return print_document(self.root)


def print_document(root: Iterable[Node]) -> str:
    """Return the text of a document with these top-level fields.

    >>> print_document([FieldNode("Get", (FieldNode("Article", (FieldNode("title"),), {"limit": 2}),))])
    '{Get{Article(limit: 2 ){title}}}'
    """
    return print_selection(root)


def print_node(node: Node) -> str:
    """Return the text of a node."""
    return node.text if isinstance(node, (RawText, PrintedField)) else str(node)


def print_selection(nodes: Iterable[Node], layout: Layout = SELECTION) -> str:
    """Return ``{…}``, or an empty text where there are no nodes."""
    content = _join(map(print_node, nodes), layout.between)
    return f"{layout.start}{content}{layout.end}" if content else ""


def print_arguments(arguments: Iterable[Argument]) -> str:
    """Return ``(name: value …)``, or an empty text where there are no arguments."""
    content = _join(map(str, arguments), "")
    return f"({content})" if content else ""


def _join(texts: Iterable[str], between: str) -> str:
    """Join texts. Where ``between`` is empty, a space keeps adjacent words apart."""
    if between:
        return between.join(texts)
    joined = ""
    for text in texts:
        joined += f" {text}" if _ends_in_word(joined) and _ends_in_word(text[:1]) else text
    return joined


def _ends_in_word(text: str) -> bool:
    return text[-1:].isalnum() or text[-1:] == "_"
