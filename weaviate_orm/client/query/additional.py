"""What a query returns about each object beside its properties: ``_additional``."""

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
    """The metadata to return, as v3 names it; ``uuid`` is what the server calls ``id``."""

    uuid: bool = False
    vector: bool = False
    creationTimeUnix: bool = False  # noqa: N815 - the names are v3's
    lastUpdateTimeUnix: bool = False  # noqa: N815
    distance: bool = False
    certainty: bool = False
    score: bool = False
    explainScore: bool = False  # noqa: N815

    def names(self) -> tuple[str, ...]:
        """The server's names of what is wanted."""
        wanted = attrs.asdict(self)
        return tuple("id" if name == "uuid" else name for name, asked in wanted.items() if asked)

    def __str__(self) -> str:
        """What stands for it in a query; in spaces, as v3 has it, so that it can be joined to the properties."""
        return f" _additional{{{' '.join(self.names())}}} " if self.names() else ""


Additional = Union[
    str,
    list[str],
    Mapping[str, Union[str, list[str]]],
    tuple[Mapping[str, Any], Mapping[str, Any]],
    AdditionalProperties,
]
"""A name, several, ``{name: what is below it}``, ``({name: what is below it}, {setting: value})``, or the class."""


class AdditionalFields:
    """Collects what is asked for; prints it in v3's order, which is that of the alphabet."""

    def __init__(self) -> None:
        self._chosen: tuple[str, ...] = ()
        self._plain: dict[str, Node] = {}
        self._nested: dict[str, Node] = {}

    def add(self, given: Additional) -> None:
        if isinstance(given, AdditionalProperties):
            self._chosen = tuple(dict.fromkeys((*self._chosen, *given.names())))
        elif isinstance(given, Mapping):
            for name, below in given.items():
                self._nest(name, below, ())
        elif isinstance(given, tuple):
            self._add_with_settings(given)
        else:
            for each in checks.texts("the additional properties", given):
                self._plain[each] = check_selection(each)

    def add_field(self, field: FieldNode) -> None:
        text = print_node(field)
        self._plain[text] = RawText(text)

    @property
    def only_chosen(self) -> bool:
        """Whether there is nothing but an :class:`AdditionalProperties`, for which v3 has a layout of its own."""
        return bool(self._chosen) and not self._plain and not self._nested

    def nodes(self) -> tuple[FieldNode, ...]:
        """The one node ``_additional``, or none."""
        if self.only_chosen:
            return (FieldNode("_additional", tuple(map(FieldNode, self._chosen))),)
        plain: dict[str, Node] = {**{name: FieldNode(name) for name in self._chosen}, **self._plain}
        inside = [each[text] for each in (plain, self._nested) for text in sorted(each)]
        return (FieldNode("_additional", tuple(inside), layout=ADDITIONAL),) if inside else ()

    def _add_with_settings(self, given: tuple[Any, ...]) -> None:
        shape = "({name: what is below it}, {setting: value, …})"
        if len(given) != 2 or not all(isinstance(part, Mapping) and part for part in given) or len(given[0]) != 1:
            raise QueryError(f"additional properties with settings are a tuple {shape}; got {given!r}")
        ((name, below),) = given[0].items()
        settings = [Argument(check_name(key), given[1][key]) for key in sorted(given[1])]
        self._nest(name, below, settings)

    def _nest(self, name: str, below: Any, settings: Sequence[Argument]) -> None:
        head = print_node(check_field(checks.text("an additional property", name)))
        inside = sorted(checks.texts(f"what is below {name}", below))
        nodes = tuple(check_selection(each) for each in dict.fromkeys(inside))
        key = f"{head}{print_arguments(settings)}"
        check_field(f"{key} {{id}}")  # the name may bring arguments, as text, but no selection
        # Printed now: the settings are the user's own, and may be changed later.
        self._nested[key] = RawText(print_node(FieldNode(head, nodes, settings, layout=ADDITIONAL)))
