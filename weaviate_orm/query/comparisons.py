"""How a comparison is made from a path, an operator and a Python value; wrong combinations are refused here."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from math import inf
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.operators import Operand, Operator
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.filters import EVERYTHING, NOTHING, Comparison, Exact, Filter, Path
from weaviate_orm.query.word_search import check_compared
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import (
    SCALAR_TYPES,
    check_ordered_date,
    encode_date,
    encode_geo_coordinates,
    encode_int,
    encode_text,
)
from weaviate_orm.types import GeoCoordinates

_CONTAINERS = (list, tuple, set, frozenset, dict)


@attrs.frozen
class GeoRange:
    """A circle on the Earth: a place, and a distance in metres.

    Raises QueryError for anything else than a place, or than a number of metres from 0.

    >>> GeoRange(GeoCoordinates(51.51, -0.09), 2000)
    GeoRange(center=GeoCoordinates(latitude=51.51, longitude=-0.09), distance=2000)
    """

    center: GeoCoordinates
    distance: float

    def __attrs_post_init__(self) -> None:
        try:
            encode_geo_coordinates(self.center)
        except ValueError as error:
            raise QueryError(f"the center of a geo range {error}") from None
        if (
            isinstance(self.distance, bool)
            or not isinstance(self.distance, (int, float))
            or not 0 <= self.distance < inf
        ):
            raise QueryError(f"the distance of a geo range is in metres, from 0; got {self.distance!r}")


def compare(path: Path, operator: Operator, value: Any) -> Filter:
    """Compare a path with a value, which is encoded.

    None means null: ``== None`` and ``!= None`` become IsNull. An empty list has the logic of sets: no value is in it,
    every list contains all and none of it. ``== []`` compares the length with 0.

    Raises:
        QueryError: the member does not allow this operator, or this value.
    """
    if value is None:
        if operator is Operator.EQUAL:
            return compare(path, Operator.IS_NULL, True)
        if operator is Operator.NOT_EQUAL:
            return compare(path, Operator.IS_NULL, False)
        raise QueryError(f"{path} cannot be compared with None by {operator.value}; only == and != ask for null")
    if operator in (Operator.EQUAL, Operator.NOT_EQUAL) and _is_empty_list(path, value):
        length = attrs.evolve(path, length=True)
        return compare(length, Operator.EQUAL if operator is Operator.EQUAL else Operator.GREATER_THAN, 0)
    if operator is Operator.IN and not _is_text(path):
        operator = Operator.CONTAINS_ANY  # the same of all that the server compares as a whole
    try:
        _need_index(path, operator)
        encoded = _encoded(path, operator, value)
    except ValueError as error:
        raise QueryError(f"{path} {operator.value}: {error}") from error
    if operator.takes_many and not encoded:
        return _of_no_values(path, operator)
    member = path.member
    if isinstance(member, Property) and member.scalar is not None and member.scalar.spellings is not None:
        return _compare_spellings(path, operator, encoded, member.scalar.spellings)
    return Comparison(path, operator, encoded)


def _compare_spellings(path: Path, operator: Operator, encoded: Any, spellings: Callable[[Any], list[Any]]) -> Filter:
    """Compare with all JSON that equal values have."""
    if path.length or operator.operand in (Operand.FLAG, Operand.PATTERN):
        return Comparison(path, operator, encoded)
    values = encoded if operator.takes_many else [encoded]
    if path.references and operator is Operator.NOT_EQUAL:
        raise QueryError(
            f"{path}: across a reference, Weaviate asks what differs of one text only, and equal values have several: "
            f"use ~ and ==, which find objects that refer to none of the value"
        )
    if operator.operand is Operand.ALL_OF:
        if path.references and len(values) > 1:
            raise QueryError(
                f"{path}: across a reference, an object is asked for one value at a time: join contains_any() of each"
            )
        parts: list[Filter] = [Comparison(path, Operator.IN, spellings(value)) for value in values]
        return functools.reduce(Filter.__and__, parts)
    texts = list(dict.fromkeys(text for value in values for text in spellings(value)))
    return Comparison(path, operator.of_many, texts)


def _is_text(path: Path) -> bool:
    member = path.member
    return isinstance(member, Property) and member.spec.data_type.element is DataType.TEXT and not path.length


def _is_empty_list(path: Path, value: Any) -> bool:
    is_list = isinstance(path.member, Property) and path.member.spec.data_type.is_array and not path.length
    return is_list and isinstance(value, _CONTAINERS) and not value


def _of_no_values(path: Path, operator: Operator) -> Filter:
    """Compare with no values. Across a reference, "all of" needs an object, and "none of" an object without them."""
    if operator.operand is Operand.ANY_OF:
        return NOTHING
    if operator.operand is Operand.NONE_OF or not path.references:
        return EVERYTHING
    *before, (reference, _) = path.references
    return Comparison(Path(path.root, tuple(before), reference), Operator.GREATER_THAN, 0)


def compare_exact(path: Path, value: Any, *, ignore_case: bool = False) -> Filter:
    """Compare a whole text with ``value`` as Python does; a list with a whole list, or its elements with a text.

    Other types are compared by ``==``, which the server does as a whole.

    Raises:
        QueryError: ``value`` is no value of the member, or case is to be ignored where there is none.
    """
    member = path.member
    data_type = member.spec.data_type if isinstance(member, Property) and not path.length else None
    is_whole_list = data_type is not None and data_type.is_array and isinstance(value, (list, tuple))
    if data_type is None or (data_type.element is not DataType.TEXT and not (is_whole_list and not value)):
        if ignore_case:
            raise QueryError(f"{path} is no text, whose case could be ignored: use ==")
        if is_whole_list:
            raise QueryError(f"{path}: whole lists are compared of text only; use contains_all() and length")
        return compare(path, Operator.EQUAL, value)
    if value is None:
        return compare(path, Operator.IS_NULL, True)
    assert isinstance(member, Property)
    try:
        _need_filterable(member, Operator.EQUAL)
        assert member.scalar is not None
        encode = encode_text if ignore_case else member.scalar.encode
        encoded = [encode(item) for item in value] if is_whole_list else encode(value)
    except ValueError as error:
        raise QueryError(f"{path} exact: {error}") from error
    spellings = member.scalar.spellings
    if spellings is None:
        return Exact(path, Operator.IN, (encoded,), ignore_case)
    if is_whole_list:
        raise QueryError(
            f"{path}: whole lists are not compared of values that are spelled in several ways; use contains_all()"
        )
    return Exact(path, Operator.IN, tuple(spellings(encoded)))


def match_text(path: Path, text: Any, *, before: str, after: str) -> Filter:
    """Match texts that contain ``text``, with wildcards before and after it.

    Raises:
        QueryError: ``text`` holds ``*`` or ``?``: in Weaviate's patterns nothing makes them stand for themselves, a
            backslash least of all (measured on 1.39).
    """
    if isinstance(text, str) and (wildcard := next((sign for sign in "*?" if sign in text), None)):
        raise QueryError(
            f"{path}: {text!r} holds {wildcard!r}, and Weaviate has no way to write it in a pattern; like() with '?' "
            f"in its place finds any one character there"
        )
    if text == "":
        raise QueryError(f"{path}: every text holds the empty one; leave out the condition")
    if isinstance(text, str) and f"{before}{text}{after}" != f"{before}{text}{after}".strip():
        raise QueryError(f"{path}: Weaviate trims texts and patterns: none begins or ends with the space of {text!r}")
    condition = compare(path, Operator.LIKE, f"{before}{text}{after}" if isinstance(text, str) else text)
    # what is no letter separates the wildcards, and each of them alone is every word
    check_compared(path, Operator.LIKE, (text,))
    return condition


def compare_reference(path: Path, operator: Operator, value: Any) -> Filter:
    """Compare a reference with an object, with several of which it leads to one, or with None: it leads nowhere.

    Raises:
        QueryError: references are compared by ==, !=, in and isnull only.
    """
    assert isinstance(path.member, Reference)
    if operator is Operator.IS_NULL:
        return compare(path, Operator.EQUAL if value else Operator.GREATER_THAN, 0)
    if operator is Operator.NOT_EQUAL:
        return ~compare_reference(path, Operator.EQUAL, value)
    if operator not in (Operator.EQUAL, Operator.IN):
        raise QueryError(f"{path} is a reference: compare it with an object by == or in, or a field of its class")
    if value is None:
        return compare(path, Operator.EQUAL, 0)
    objects: Iterable[Any] = value if operator is Operator.IN else (value,)
    ids = [getattr(item, "id", item) for item in objects]
    paths = (Path(path.root, (*path.references, (path.member, target)), "id") for target in path.member.targets)
    return functools.reduce(Filter.__or__, (compare(target_path, Operator.IN, ids) for target_path in paths))


def _need_index(path: Path, operator: Operator) -> None:
    """Refuse what the inverted index of the class that is asked cannot answer; its settings cannot be changed later."""
    index = path.owner.collection.inverted_index
    if operator is Operator.IS_NULL:
        setting, asks = "index_null_state", "null"
    elif path.length:
        setting, asks = "index_property_length", "the length"
    elif path.member in ("created_at", "updated_at"):
        setting, asks = "index_timestamps", "times"
    else:
        return
    if isinstance(path.member, str) and operator is Operator.IS_NULL:
        raise ValueError("is never null")
    if index is None or not getattr(index, setting):
        raise ValueError(
            f"{path.owner.label} does not index {asks}: declare {setting}=True, in Meta: inverted_index = "
            f"InvertedIndexSpec({setting}=True), when the collection is created"
        )


def _need_filterable(member: Property, operator: Operator) -> None:
    if member.spec.index_filterable is False and not (operator.is_order and member.spec.index_range_filters):
        raise ValueError("the property was declared with index_filterable=False; such a property cannot be filtered by")


def _encoded(path: Path, operator: Operator, value: Any) -> Any:
    if operator is Operator.IS_NULL:
        if not isinstance(value, bool):
            raise ValueError(f"needs True or False, got {value!r}")
        return value
    if path.length or isinstance(path.member, Reference):
        if operator.operand not in (Operand.VALUE, Operand.BOUND):
            raise ValueError("a count is compared with ==, !=, <, <=, > or >=")
        return encode_int(value)
    if isinstance(path.member, Property):
        return _encoded_property(path, path.member, operator, value)
    if path.member == "id":
        return _encode_all(_encode_id, operator, value)
    encoded = _encode_all(encode_date, operator, value)
    if operator.is_order:
        check_ordered_date(encoded)
    return encoded


def _encoded_property(path: Path, member: Property, operator: Operator, value: Any) -> Any:
    data_type = member.spec.data_type
    element = data_type.element
    if operator is Operator.WITHIN_GEO_RANGE:
        if data_type is not DataType.GEO_COORDINATES or not isinstance(value, GeoRange):
            raise ValueError(f"asks for geoCoordinates within a GeoRange; this is {data_type.value} and {value!r}")
        return value
    row = SCALAR_TYPES.get(element)
    if row is None or row.compared_as is None:
        raise ValueError(f"Weaviate cannot filter by {data_type.value} in this way")
    if operator is Operator.LIKE and element is not DataType.TEXT:
        raise ValueError(f"asks for text, and this is {data_type.value}")
    if operator.is_order and data_type.is_array:
        raise ValueError(f"cannot order {data_type.value}; use contains_any or contains_all")
    if data_type.is_array and operator in (Operator.EQUAL, Operator.NOT_EQUAL) and isinstance(value, _CONTAINERS):
        raise ValueError(f"compares one value with those of {data_type.value}; for several use contains_any or _all")
    _need_filterable(member, operator)
    assert member.scalar is not None  # objects have no order
    if operator.is_order and member.scalar.unordered is not None:
        raise ValueError(f"has no right answer: {member.scalar.unordered}")
    encoded = _encode_all(encode_text if operator is Operator.LIKE else member.scalar.encode, operator, value)
    if element is DataType.TEXT:
        check_compared(path, operator, encoded if operator.takes_many else (encoded,))
    elif element is DataType.DATE and operator.is_order:
        check_ordered_date(encoded)
    return encoded


def _encode_all(encode: Callable[[Any], Any], operator: Operator, value: Any) -> Any:
    if not operator.takes_many:
        return encode(value)
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ValueError(f"needs a list of values, got {value!r}")
    return [encode(item) for item in value]


def _encode_id(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        return str(UUID(value))
    raise ValueError(f"needs a uuid.UUID, got {value!r}")
