"""What a GraphQL document asks for, under the names of introspection.py: ``Get nearText.moveTo.force``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import parse
from graphql.language import (
    ArgumentNode,
    EnumValueNode,
    FieldNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

from tests.query.introspection import OWN, PROVIDED

SENT: dict[str, set[str]] = {}
"""The documents that each test of this folder has sent in this run, by ``test_searches::test_groups``."""


def asked(document: str) -> set[str]:
    """Every argument, operator and piece of metadata that a document names."""
    found: set[str] = set()
    for operation in parse(document).definitions:
        assert isinstance(operation, OperationDefinitionNode)
        for root in _fields(operation.selection_set):
            for collection in _fields(root.selection_set):
                name = root.name.value
                found |= {f"{name} {path}" for path in _arguments(collection.arguments)}
                if name == "Aggregate":
                    found |= {f"Aggregate {path}" for path in _figures(collection)}
                else:
                    found |= {f"_additional {path}" for path in _metadata(collection)}
    return found


def _arguments(nodes: Sequence[ArgumentNode | ObjectFieldNode] | None, above: str = "") -> Iterator[str]:
    for node in nodes or ():
        name = node.name.value
        if above in PROVIDED and name not in OWN:
            yield f"{above}.<provider>"
            continue
        nested = name == "operands" and above.endswith("operands")  # operands within operands are no more than operands
        path = above if nested else f"{above}.{name}".lstrip(".")
        yield path
        for value in _values(node.value):
            if isinstance(value, ObjectValueNode):
                yield from _arguments(value.fields, path)
            elif isinstance(value, EnumValueNode) and name == "operator":
                yield f"{path} {value.value}"


def _values(value: ValueNode) -> Iterator[ValueNode]:
    if isinstance(value, ListValueNode):
        yield from value.values
    else:
        yield value


def _figures(collection: FieldNode) -> Iterator[str]:
    for member in _fields(collection.selection_set):
        name = member.name.value
        group = name if name in ("meta", "groupedBy") else "<property>"
        for figure in _fields(member.selection_set):
            yield f"{group}.{figure.name.value}"
            for argument in figure.arguments or ():
                yield f"{group}.{figure.name.value}({argument.name.value})"


def _metadata(within: FieldNode | InlineFragmentNode) -> Iterator[str]:
    for field in _fields(within.selection_set):
        if field.name.value != "_additional":
            yield from _metadata(field)
            continue
        for told in _fields(field.selection_set):
            name = told.name.value
            yield name
            yield from (f"{name}.{path}" for path in _arguments(told.arguments))
            for member in _fields(told.selection_set):
                provider = name == "generate" and member.name.value not in (*PROVIDED, "error", "debug")
                yield f"{name}.{'<provider>' if provider else member.name.value}"
            yield from _metadata(told)


def _fields(selections: SelectionSetNode | None) -> Iterator[FieldNode]:
    for selection in selections.selections if selections is not None else ():
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set)
