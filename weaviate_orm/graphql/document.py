"""The nodes of a GraphQL document: fields with arguments and selections, inline fragments, and how they print.

The layout of the text (no needless space, a space behind each argument) is that of Weaviate's Python client v3, whose
``build()`` people compare with. Where v3 itself lays out a part in another way, its node says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

import attrs

from weaviate_orm.graphql.literals import Layout, Literal, print_literal

SELECTION = Layout("{", " ", "}")
_FRAGMENT = Layout(" {", " ", "}")


@attrs.frozen
class Argument:
    """``name: value``, and what stands behind it."""

    name: str
    value: Any
    colon: str = ": "
    end: str = " "

    def __str__(self) -> str:
        return f"{self.name}{self.colon}{print_literal(self.value)}{self.end}"


def _as_arguments(given: Mapping[str, Any] | Sequence[Argument]) -> tuple[Argument, ...]:
    if not given:
        return ()
    if isinstance(given, Sequence):
        return tuple(given)
    return tuple(Argument(name, value) for name, value in given.items())


@attrs.frozen
class Field:
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
class Printed:
    """A field that recurs in many documents, with its text."""

    field: Field
    text: str

    @classmethod
    def of(cls, field: Field) -> Printed:
        """A field, printed once."""
        return cls(field, str(field))


Node = Union[Field, InlineFragment, Literal, Printed]


@attrs.frozen
class Document:
    """A document that is asked for: the nodes tell what its answer has to look like."""

    root: tuple[Node, ...]

    def __str__(self) -> str:
        return print_document(self.root)


def print_document(root: Iterable[Node]) -> str:
    """The text of a document of the given top-level fields.

    >>> print_document([Field("Get", (Field("Article", (Field("title"),), {"limit": 2}),))])
    '{Get{Article(limit: 2 ){title}}}'
    """
    return print_selection(root)


def print_node(node: Node) -> str:
    """The text of one node."""
    return node.text if isinstance(node, (Literal, Printed)) else str(node)


def print_selection(nodes: Iterable[Node], layout: Layout = SELECTION) -> str:
    """``{…}``, or nothing for no nodes."""
    inside = _joined(map(print_node, nodes), layout.between)
    return f"{layout.start}{inside}{layout.end}" if inside else ""


def print_arguments(arguments: Iterable[Argument]) -> str:
    """``(name: value …)``, or nothing for no arguments."""
    inside = _joined(map(str, arguments), "")
    return f"({inside})" if inside else ""


def _joined(texts: Iterable[str], between: str) -> str:
    """The texts in a row; where nothing stands between them, a space keeps two words from becoming one."""
    if between:
        return between.join(texts)
    joined = ""
    for text in texts:
        joined += f" {text}" if _ends_in_word(joined) and _ends_in_word(text[:1]) else text
    return joined


def _ends_in_word(text: str) -> bool:
    return text[-1:].isalnum() or text[-1:] == "_"
