"""The field ``_additional``: metadata of objects, beside their properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union

import attrs

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.layouts import ADDITIONAL
from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import Argument, FieldNode, Node, print_arguments, print_node
from weaviate_orm.graphql.literals import RawText, check_name
from weaviate_orm.graphql.selections import check_field, check_selection


@attrs.frozen
class AdditionalProperties:
    """The metadata to return, under v3's names; the server calls ``uuid`` ``id``."""

    uuid: bool = False
    vector: bool = False
    creationTimeUnix: bool = False  # noqa: N815 - the names are v3's
    lastUpdateTimeUnix: bool = False  # noqa: N815
    distance: bool = False
    certainty: bool = False
    score: bool = False
    explainScore: bool = False  # noqa: N815

    def names(self) -> tuple[str, ...]:
        """Return the server's names of the selected metadata."""
        flags = attrs.asdict(self)
        return tuple("id" if name == "uuid" else name for name, is_selected in flags.items() if is_selected)

    def __str__(self) -> str:
        """Return the field as GraphQL, between spaces, as in v3, so that it can be appended to properties."""
        return f" _additional{{{' '.join(self.names())}}} " if self.names() else ""


Additional = Union[
    str,
    list[str],
    Mapping[str, Union[str, list[str]]],
    tuple[Mapping[str, Any], Mapping[str, Any]],
    AdditionalProperties,
]
"""A name, a list of names, ``{name: subfields}``, ``({name: subfields}, {setting: value})``, or the class."""


class AdditionalFields:
    """A collection of additional properties, which prints them in v3's order: the alphabetical one."""

    def __init__(self) -> None:
        self._flags: tuple[str, ...] = ()
        self._plain: dict[str, Node] = {}
        self._nested: dict[str, Node] = {}

    def add(self, properties: Additional) -> None:
        """Add properties in any of v3's forms."""
        if isinstance(properties, AdditionalProperties):
            self._flags = tuple(dict.fromkeys((*self._flags, *properties.names())))
        elif isinstance(properties, Mapping):
            for name, subfields in properties.items():
                self._add_nested(name, subfields, ())
        elif isinstance(properties, tuple):
            self._add_with_settings(properties)
        else:
            for name in checks.texts("the additional properties", properties):
                self._plain[name] = check_selection(name)

    def add_field(self, field: FieldNode) -> None:
        """Add a field with arguments."""
        text = print_node(field)
        self._plain[text] = RawText(text)

    @property
    def has_only_flags(self) -> bool:
        """Whether it has only the flags of AdditionalProperties, which v3 prints in another layout."""
        return bool(self._flags) and not self._plain and not self._nested

    def nodes(self) -> tuple[FieldNode, ...]:
        """Return the node ``_additional``, or no node where nothing was added."""
        if self.has_only_flags:
            return (FieldNode("_additional", tuple(map(FieldNode, self._flags))),)
        plain: dict[str, Node] = {**{name: FieldNode(name) for name in self._flags}, **self._plain}
        fields = [nodes[text] for nodes in (plain, self._nested) for text in sorted(nodes)]
        return (FieldNode("_additional", tuple(fields), layout=ADDITIONAL),) if fields else ()

    def _add_with_settings(self, pair: tuple[Any, ...]) -> None:
        shape = "({name: subfields}, {setting: value, …})"
        if len(pair) != 2 or not all(isinstance(part, Mapping) and part for part in pair) or len(pair[0]) != 1:
            raise QueryError(f"additional properties with settings are a tuple {shape}; got {pair!r}")
        ((name, subfields),) = pair[0].items()
        settings = [Argument(check_name(key), pair[1][key]) for key in sorted(pair[1])]
        self._add_nested(name, subfields, settings)

    def _add_nested(self, name: str, subfields: Any, settings: Sequence[Argument]) -> None:
        head = print_node(check_field(checks.text("an additional property", name)))
        texts = sorted(checks.texts(f"the list of subfields of {name}", subfields))
        nodes = tuple(check_selection(text) for text in dict.fromkeys(texts))
        key = f"{head}{print_arguments(settings)}"
        check_field(f"{key} {{id}}")  # the name may have arguments, as text, but no selection
        # Printed now, as the user may change the settings later.
        self._nested[key] = RawText(print_node(FieldNode(head, nodes, settings, layout=ADDITIONAL)))
