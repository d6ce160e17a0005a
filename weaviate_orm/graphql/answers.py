"""Whether the answer to a document has what the document asks for. Pure.

Checked is what holds the values: that rows are objects, each with the fields that were asked for; and the values that
are read before anybody looks at a model, as ids and counts. Stored values are checked when they are decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from weaviate_orm.graphql.document import Field, InlineFragment, Node, Printed
from weaviate_orm.ids import are_ids

_NONE: type = type(None)
_FIGURE: frozenset[type] = frozenset({int, float, _NONE})
_TEXT: frozenset[type] = frozenset({str, _NONE})
_LIST: frozenset[type] = frozenset({list, _NONE})

_LEAVES: Mapping[str, frozenset[type]] = {
    "id": _TEXT,
    "count": frozenset({int}),
    "vector": _LIST,
    "distance": _FIGURE,
    "certainty": _FIGURE,
    "minDistance": _FIGURE,
    "maxDistance": _FIGURE,
    "score": frozenset({int, float, str, _NONE}),
    "explainScore": _TEXT,
    "queryProfile": _TEXT,
    "creationTimeUnix": frozenset({int, str, _NONE}),
    "lastUpdateTimeUnix": frozenset({int, str, _NONE}),
    "isConsistent": frozenset({bool, _NONE}),
}
"""What the server itself says of an object, below ``_additional``."""


class AnswerError(ValueError):
    """An answer that is not one to the document."""


def check_answer(data: Any, root: Iterable[Node]) -> dict[str, Any]:
    """The ``data`` of an answer; raises AnswerError unless it has the shape of the document.

    >>> check_answer({"Get": {"Article": [{"title": "A"}]}}, [Field("Get", (Field("Article", (Field("title"),)),))])
    {'Get': {'Article': [{'title': 'A'}]}}
    """
    nodes = tuple(root)
    _check_object(data, nodes, "data")
    for field in _fields(nodes):
        found, name = data[_key(field)], f"data.{_key(field)}"
        _check_object(found, field.selection, name)
        for inside in _fields(field.selection):
            rows: Any = found[_key(inside)]
            if rows is not None and not isinstance(rows, list):
                raise AnswerError(f"{name}.{_key(inside)} is not a list")
            if rows:
                _Check(field.name, inside).rows(rows, inside.selection, f"{name}.{_key(inside)}")
    checked: dict[str, Any] = data
    return checked


def _check_object(value: Any, nodes: Iterable[Node], where: str) -> None:
    if not isinstance(value, dict):
        raise AnswerError(f"{where} is not an object")
    missing = {_key(field) for field in _fields(nodes)} - value.keys()
    if missing:
        raise AnswerError(f"{where} has no {min(missing)!r}")


class _Check:
    """The check of what was answered of one class."""

    def __init__(self, root: str, asked: Field) -> None:
        # where the server itself speaks; a property may be called meta
        self._own = "meta" if root == "Aggregate" else "_additional"
        # objects that were merged have no ids
        self._may_lack_ids = any(argument.name == "group" for argument in asked.arguments)

    def rows(self, rows: Sequence[Any], nodes: Sequence[Node], where: str) -> None:
        """Check objects that were asked for the same fields, and give all of them one order of their members."""
        if not rows:
            return
        if set(map(type, rows)) != {dict}:
            raise AnswerError(f"{where} is not an object, or not each of them is")
        fields = {_key(field): field for field in _fields(nodes)}
        orders = set(map(tuple, rows))
        for order in orders:
            missing = fields.keys() - set(order)
            if missing:
                raise AnswerError(f"{where} has no {min(missing)!r}")
        if len(orders) > 1:
            _put_in_order(rows, [*fields, *(set().union(*orders) - fields.keys())])
        for key, field in fields.items():
            if field.selection:
                self._below([row[key] for row in rows], field, f"{where}.{key}")

    def _told(self, rows: Sequence[Any], nodes: Sequence[Node], where: str) -> None:
        """Check what the server itself says of each object; the order of that means nothing."""
        for field in _fields(nodes):
            key = _key(field)
            try:
                values = [row[key] for row in rows]
            except (LookupError, TypeError):
                raise AnswerError(f"{where} has no {key!r}, or is not an object") from None
            if field.name == "vectors":
                _check_vectors(values, f"{where}.{key}")
            elif field.selection:
                self._below(values, field, f"{where}.{key}")
            else:
                self._leaves(values, field.name, f"{where}.{key}")

    def _below(self, values: Sequence[Any], field: Field, where: str) -> None:
        if field.name == self._own:
            self._told(values, field.selection, where)
            return
        kinds = set(map(type, values))
        several = [node for node in field.selection if isinstance(node, InlineFragment)]
        if kinds - {dict, list, _NONE} or (several and dict in kinds):
            raise AnswerError(f"{where} is neither an object nor a list of such")
        if list in kinds or _NONE in kinds:
            values = [
                held
                for value in values
                if value is not None
                for held in (value if isinstance(value, list) else (value,))
            ]
        if len(several) < 2:
            self.rows(values, field.selection, where)
            return
        for fragment, of_type in _by_type(values, several, where):
            self.rows(of_type, fragment.selection, where)

    def _leaves(self, values: Sequence[Any], name: str, where: str) -> None:
        _check_leaves(values, _LEAVES.get(name), where)
        if name == "id":
            ids = [value for value in values if value] if self._may_lack_ids else values
            if not are_ids(ids):
                raise AnswerError(f"{where} is not the id of an object")


def _by_type(
    values: Sequence[Any], fragments: Sequence[InlineFragment], where: str
) -> Iterator[tuple[InlineFragment, list[Any]]]:
    by_type: dict[str, list[Any]] = {fragment.on: [] for fragment in fragments}
    for value in values:
        of_type = by_type.get(str(value.get("__typename"))) if isinstance(value, dict) else None
        if of_type is None:
            raise AnswerError(f"{where} has an object of no class that was asked for")
        of_type.append(value)
    yield from ((fragment, by_type[fragment.on]) for fragment in fragments)


def _check_vectors(values: Sequence[Any], where: str) -> None:
    named = [value for value in values if value is not None]
    if not all(isinstance(value, dict) for value in named):
        raise AnswerError(f"{where} is not an object")
    _check_leaves([vector for value in named for vector in value.values()], _LIST, where)


def _check_leaves(values: Sequence[Any], allowed: frozenset[type] | None, where: str) -> None:
    if allowed is not None and not allowed.issuperset(map(type, values)):
        raise AnswerError(f"{where} is not what Weaviate has there")


def _put_in_order(rows: Sequence[dict[str, Any]], order: Sequence[str]) -> None:
    for row in rows:
        ordered = {key: row.get(key) for key in order}
        row.clear()
        row.update(ordered)


def _fields(nodes: Iterable[Node]) -> Iterator[Field]:
    """The fields that each object was asked for, those of a single fragment among them."""
    for node in nodes:
        if isinstance(node, Printed):
            yield node.field
        elif isinstance(node, Field):
            yield node
        elif isinstance(node, InlineFragment):
            yield from _fields(node.selection)


def _key(field: Field) -> str:
    return field.alias if field.alias is not None else field.name
