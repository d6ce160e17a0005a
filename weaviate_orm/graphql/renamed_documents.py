"""Collections of documents under their physical names, and answers under the logical ones. Pure.

A document names collections in three places: fields below ``Get`` and ``Aggregate``, types of fragments, and every
second step of a filter's path. Renamed fields keep the logical name as their alias, so that the answer is keyed by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import is_
from typing import Any

from weaviate_orm.graphql.document import Argument, Document, FieldNode, InlineFragment, Node
from weaviate_orm.schema.renaming import Rename, renamed_filter

_NAMES = {"Get": "__typename", "Aggregate": "pointingTo"}
"""The fields whose values are names of collections, by the field at the root."""


def renamed_document(document: Document, rename: Rename) -> Document:
    """Return a document with other names of collections.

    >>> articles = FieldNode("Article", (FieldNode("title"),))
    >>> str(renamed_document(Document((FieldNode("Get", (articles,)),)), lambda name: f"{name}_2"))
    '{Get{Article: Article_2{title}}}'
    """
    return Document(tuple(_renamed_root(field, rename) for field in document.root))


def _renamed_root(root: Node, rename: Rename) -> Node:
    if not isinstance(root, FieldNode):
        return root
    return FieldNode(root.name, tuple(_renamed_class(field, rename) for field in root.selection))


def _renamed_class(field: Node, rename: Rename) -> Node:
    if not isinstance(field, FieldNode):
        return field
    name = rename(field.name)
    alias = field.name if field.alias is None and name != field.name else field.alias
    arguments = tuple(_renamed_argument(argument, rename) for argument in field.arguments)
    return FieldNode(name, _renamed_selection(field.selection, rename), arguments, alias, field.layout)


def _renamed_selection(nodes: tuple[Node, ...], rename: Rename) -> tuple[Node, ...]:
    return tuple([_renamed_node(node, rename) for node in nodes])


def _renamed_node(node: Node, rename: Rename) -> Node:
    # nodes without names, which are most, are not made again
    if isinstance(node, InlineFragment):
        return InlineFragment(rename(node.on), _renamed_selection(node.selection, rename), node.layout)
    if isinstance(node, FieldNode) and node.selection:
        selection = _renamed_selection(node.selection, rename)
        if not all(map(is_, selection, node.selection)):
            return FieldNode(node.name, selection, node.arguments, node.alias, node.layout)
    return node


def _renamed_argument(argument: Argument, rename: Rename) -> Argument:
    if argument.name != "where":
        return argument
    return Argument(argument.name, renamed_filter(argument.value, rename), argument.colon, argument.end)


def rename_answer(data: Mapping[str, Any], root: Iterable[Node], rename: Rename) -> None:
    """Put other names of collections into the data of a response, which has the shape of its document."""
    for field in root:
        if isinstance(field, FieldNode) and field.name in _NAMES:
            name = _NAMES[field.name]
            if _holds(field.selection, name):
                _rename_values([data[_key(field)]], field.selection, name, rename)


def _holds(nodes: Iterable[Node], name: str) -> bool:
    return any(
        _is_leaf(node, name) or (isinstance(node, (FieldNode, InlineFragment)) and _holds(node.selection, name))
        for node in nodes
    )


def _is_leaf(node: Node, name: str) -> bool:
    return isinstance(node, FieldNode) and node.name == name and not node.selection


def _rename_values(values: Sequence[Any], nodes: Sequence[Node], name: str, rename: Rename) -> None:
    for node in nodes:
        if isinstance(node, InlineFragment):
            _rename_values(values, node.selection, name, rename)
        elif isinstance(node, FieldNode) and _holds((node,), name):
            key = _key(node)
            for value in _objects(values):
                if key not in value:  # an object of another fragment
                    continue
                if _is_leaf(node, name):
                    value[key] = _renamed_value(value[key], rename)
                else:
                    _rename_values([value[key]], node.selection, name, rename)


def _objects(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            yield from _objects(value)


def _renamed_value(value: Any, rename: Rename) -> Any:
    if isinstance(value, str):
        return rename(value)
    return [_renamed_value(item, rename) for item in value] if isinstance(value, list) else value


def _key(field: FieldNode) -> str:
    return field.alias if field.alias is not None else field.name
