"""The check of a GraphQL response against its document. Pure.

It checks the structure: rows are objects, and have the selected fields. It checks the values that are read without a
model, such as ids and counts. Stored values are checked when they are decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from weaviate_orm.graphql.document import FieldNode, InlineFragment, Node, PrintedField
from weaviate_orm.ids import are_ids

_NONE: type = type(None)
_NUMBER: frozenset[type] = frozenset({int, float, _NONE})
_TEXT: frozenset[type] = frozenset({str, _NONE})
_LIST: frozenset[type] = frozenset({list, _NONE})

_LEAVES: Mapping[str, frozenset[type]] = {
    "id": _TEXT,
    "count": frozenset({int}),
    "vector": _LIST,
    "distance": _NUMBER,
    "certainty": _NUMBER,
    "minDistance": _NUMBER,
    "maxDistance": _NUMBER,
    "score": frozenset({int, float, str, _NONE}),
    "explainScore": _TEXT,
    "queryProfile": _TEXT,
    "creationTimeUnix": frozenset({int, str, _NONE}),
    "lastUpdateTimeUnix": frozenset({int, str, _NONE}),
    "isConsistent": frozenset({bool, _NONE}),
}
"""The allowed types of the fields below ``_additional``."""


class ResponseShapeError(ValueError):
    """A response that does not have the shape of its document."""


def check_response(data: Any, root: Iterable[Node]) -> dict[str, Any]:
    """Check the ``data`` of a response, and return it. Raises ResponseShapeError unless it has the document's shape.

    >>> document = [FieldNode("Get", (FieldNode("Article", (FieldNode("title"),)),))]
    >>> check_response({"Get": {"Article": [{"title": "A"}]}}, document)
    {'Get': {'Article': [{'title': 'A'}]}}
    """
    nodes = tuple(root)
    _check_object(data, nodes, "data")
    for field in _fields(nodes):
        classes, name = data[_key(field)], f"data.{_key(field)}"
        _check_object(classes, field.selection, name)
        for class_field in _fields(field.selection):
            key = _key(class_field)
            rows: Any = classes[key]
            if rows is not None and not isinstance(rows, list):
                raise ResponseShapeError(f"{name}.{key} is not a list")
            if rows:
                _ClassCheck(field.name, class_field).check_rows(rows, class_field.selection, f"{name}.{key}")
    checked: dict[str, Any] = data
    return checked


def _check_object(value: Any, nodes: Iterable[Node], where: str) -> None:
    if not isinstance(value, dict):
        raise ResponseShapeError(f"{where} is not an object")
    missing = {_key(field) for field in _fields(nodes)} - value.keys()
    if missing:
        raise ResponseShapeError(f"{where} has no {min(missing)!r}")


class _ClassCheck:
    """The check of the rows of one class."""

    def __init__(self, root: str, class_field: FieldNode) -> None:
        # only at this root's own place: a property may be called meta
        self._metadata_field = "meta" if root == "Aggregate" else "_additional"
        # objects that were merged by group have no ids
        self._may_lack_ids = any(argument.name == "group" for argument in class_field.arguments)

    def check_rows(self, rows: Sequence[Any], nodes: Sequence[Node], where: str) -> None:
        """Check objects that have one selection, and put the members of all of them into one order."""
        if not rows:
            return
        if set(map(type, rows)) != {dict}:
            raise ResponseShapeError(f"{where} holds something other than objects")
        fields = {_key(field): field for field in _fields(nodes)}
        orders = set(map(tuple, rows))
        for order in orders:
            missing = fields.keys() - set(order)
            if missing:
                raise ResponseShapeError(f"{where} has no {min(missing)!r}")
        if len(orders) > 1:
            _put_in_order(rows, [*fields, *(set().union(*orders) - fields.keys())])
        for key, field in fields.items():
            if field.selection:
                self._check_nested([row[key] for row in rows], field, f"{where}.{key}")

    def _check_metadata(self, rows: Sequence[Any], nodes: Sequence[Node], where: str) -> None:
        """Check the metadata of objects, in whatever order their members are."""
        for field in _fields(nodes):
            key = _key(field)
            try:
                values = [row[key] for row in rows]
            except (LookupError, TypeError):
                raise ResponseShapeError(f"{where} has no {key!r}, or is not an object") from None
            if field.name == "vectors":
                _check_vectors(values, f"{where}.{key}")
            elif field.selection:
                self._check_nested(values, field, f"{where}.{key}")
            else:
                self._check_metadata_values(values, field.name, f"{where}.{key}")

    def _check_nested(self, values: Sequence[Any], field: FieldNode, where: str) -> None:
        if field.name == self._metadata_field:
            self._check_metadata(values, field.selection, where)
            return
        types = set(map(type, values))
        fragments = [node for node in field.selection if isinstance(node, InlineFragment)]
        if types - {dict, list, _NONE} or (fragments and dict in types):
            raise ResponseShapeError(f"{where} is neither an object nor a list of objects")
        if list in types or _NONE in types:
            values = [
                item
                for value in values
                if value is not None
                for item in (value if isinstance(value, list) else (value,))
            ]
        if len(fragments) < 2:
            self.check_rows(values, field.selection, where)
            return
        for fragment, rows in _by_fragment(values, fragments, where):
            self.check_rows(rows, fragment.selection, where)

    def _check_metadata_values(self, values: Sequence[Any], name: str, where: str) -> None:
        _check_leaves(values, _LEAVES.get(name), where)
        if name == "id":
            ids = [value for value in values if value] if self._may_lack_ids else values
            if not are_ids(ids):
                raise ResponseShapeError(f"{where} is not the id of an object")


def _by_fragment(
    values: Sequence[Any], fragments: Sequence[InlineFragment], where: str
) -> Iterator[tuple[InlineFragment, list[Any]]]:
    by_type: dict[str, list[Any]] = {fragment.on: [] for fragment in fragments}
    for value in values:
        of_type = by_type.get(str(value.get("__typename"))) if isinstance(value, dict) else None
        if of_type is None:
            raise ResponseShapeError(f"{where} has an object of a class that the document does not select")
        of_type.append(value)
    yield from ((fragment, by_type[fragment.on]) for fragment in fragments)


def _check_vectors(values: Sequence[Any], where: str) -> None:
    mappings = [value for value in values if value is not None]
    if not all(isinstance(mapping, dict) for mapping in mappings):
        raise ResponseShapeError(f"{where} is not an object")
    _check_leaves([vector for mapping in mappings for vector in mapping.values()], _LIST, where)


def _check_leaves(values: Sequence[Any], allowed: frozenset[type] | None, where: str) -> None:
    if allowed is not None and not allowed.issuperset(map(type, values)):
        raise ResponseShapeError(f"{where} has a value of a wrong type")


def _put_in_order(rows: Sequence[dict[str, Any]], order: Sequence[str]) -> None:
    for row in rows:
        ordered = {key: row.get(key) for key in order}
        row.clear()
        row.update(ordered)


def _fields(nodes: Iterable[Node]) -> Iterator[FieldNode]:
    """Yield the selected fields, those inside fragments included."""
    for node in nodes:
        if isinstance(node, PrintedField):
            yield node.field
        elif isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragment):
            yield from _fields(node.selection)


def _key(field: FieldNode) -> str:
    return field.alias if field.alias is not None else field.name
