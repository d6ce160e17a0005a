"""Python values as the server's JSON and back, by data type. Wrong ones are refused here, before anything is sent.

``encode`` and ``decode`` serve properties (through the model's codec) and filters alike, so that a value which can be
stored can be searched for. They raise ValueError with the rule; who calls them adds the object and the field.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from numbers import Integral, Real
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.types import GeoCoordinates, PhoneNumber

LARGEST_INT = 2**53 - 1
"""Beyond it the server loses precision: it keeps ints as 64-bit floats (measured on Weaviate 1.39)."""

LARGEST_LOSSY_INT = 2**63 - 513
"""The largest whose nearest 64-bit float, as the server writes it, is an int of 64 bits, which is what it takes."""

EARLIEST_ORDERED_DATE = datetime(1677, 9, 21, 0, 12, 43, 145225, timezone.utc)
LATEST_ORDERED_DATE = datetime(2262, 4, 11, 23, 47, 16, 854775, timezone.utc)
"""Between them the server compares dates rightly: they are those of 64-bit nanoseconds since 1970."""

Encode = Callable[[Any], Any]
Decode = Callable[[Any], Any]


@attrs.frozen
class Scalar:
    """A type's data type and its two ways, which raise ValueError. ``decode`` is None where JSON already is the value.

    ``is_whole``: text of it is to be compared as a whole and not by its words.
    ``unordered``: why the server's order is not that of the values, and what to do; None where it is.
    ``spellings``: the JSON of all values that equal one, by its JSON, the usual first; None where there is one.
    ``figure``: makes a sum, a mean or a median of the server's number; None where that is the number itself.
    ``no_aggregates``: those of the data type that mean nothing for the type.
    ``json_types``: what its JSON is read as; that of the data type, unless it says otherwise.
    """

    data_type: DataType
    encode: Encode
    decode: Decode | None
    is_whole: bool = False
    unordered: str | None = None
    spellings: Callable[[Any], list[Any]] | None = None
    figure: Callable[[float], Any] | None = None
    no_aggregates: frozenset[str] = frozenset()
    json_types: frozenset[type] = attrs.field(
        default=attrs.Factory(lambda scalar: SCALAR_TYPES[scalar.data_type].json_types, takes_self=True)
    )


_FRACTION = re.compile(r"\.(\d+)")


def encode_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"needs a str, got {shown(value)}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"holds half of a surrogate pair, which is no Unicode text: {value[:80]!r}") from None
    return value


def encode_str(value: Any) -> str:
    """Text of a field: not the members of an enumeration, of which the bare text would come back."""
    if type(value) is str and value.isascii():
        return value
    return encode_text(_no_member(value, "str"))


def encode_int(value: Any) -> int:
    number = value if type(value) is int else _int(value)
    if not -LARGEST_INT <= number <= LARGEST_INT:
        raise ValueError(
            f"takes ints between -2^53 and 2^53, which Weaviate keeps exactly; got {number}. A field with lossy=True "
            f"takes larger ones, rounded to 64-bit floats"
        )
    return number


def encode_lossy_int(value: Any) -> int:
    """Round an int to a 64-bit float, and return the decimal number that the server writes for it."""
    number = _int(value)
    if not -LARGEST_LOSSY_INT <= number <= LARGEST_LOSSY_INT:
        raise ValueError(
            f"takes ints between -2^63 + 512 and 2^63 - 512, those that fit 64 bits when they are rounded; got {number}"
        )
    return int(Decimal(repr(float(number))))


def decode_lossy_int(value: float) -> int:
    """Return the int of the float that the server stores; the number that it writes has fewer digits."""
    return int(float(value))


def _int(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, (int, Integral)):
        raise ValueError(f"needs an int, got {shown(value)}")
    return int(_no_member(value, "int"))


def encode_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (float, int, Real)):
        raise ValueError(f"needs a float, got {shown(value)}")
    try:
        number = float(_no_member(value, "float"))
    except OverflowError:
        raise ValueError("needs a finite number, and is an int that no float holds") from None
    if not math.isfinite(number):
        raise ValueError(f"needs a finite number, got {number}")
    return number


def encode_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.bool_):
        return bool(value)
    raise ValueError(f"needs a bool, got {shown(value)}")


def _parse_boolean(value: Any) -> bool:
    return value in (True, "true")


def encode_date(value: Any) -> str:
    """RFC 3339 with its zone, as the server demands."""
    if not isinstance(value, datetime):
        raise ValueError(f"needs a datetime, got {shown(value)}")
    offset = value.utcoffset()
    if offset is None:
        raise ValueError(
            f"needs a datetime with a timezone, got the naive {value!r}; use datetime.now(timezone.utc), or "
            f"value.replace(tzinfo=…) where the zone is known"
        )
    if offset.total_seconds() % 60:  # RFC 3339 has no seconds in an offset
        try:
            value = value.astimezone(timezone.utc)
        except OverflowError:
            raise ValueError(
                f"needs a datetime whose time in UTC is between the years 1 and 9999; got {value!r}"
            ) from None
    text: str = value.isoformat()
    return text


def decode_date(value: str) -> datetime:
    """Parse the server's date: Go's form, with a Z and up to nine digits of a second, of which a datetime holds six."""
    text = f"{value[:-1]}+00:00" if value.endswith("Z") else value
    if "." in text:
        text = _FRACTION.sub(lambda match: f".{match[1]:0<6.6}", text, count=1)
    return datetime.fromisoformat(text)


def is_ordered_date(encoded: str) -> bool:
    """Return whether Weaviate can order a date.

    It compares dates as 64-bit nanoseconds, which overflow in silence (measured on Weaviate 1.39: 2500 is before 2020).
    Equal dates of whole microseconds are equal all the same.
    """
    try:
        moment = decode_date(encoded)
    except ValueError:  # no date of Python: the server says what is wrong, but takes the year 0
        return not encoded.startswith("0000-")
    return moment.tzinfo is None or EARLIEST_ORDERED_DATE <= moment <= LATEST_ORDERED_DATE


def check_ordered_date(encoded: str) -> None:
    """Refuse a date that Weaviate cannot order."""
    if not is_ordered_date(encoded):
        raise ValueError(
            f"Weaviate orders dates from 1677-09-21 to 2262-04-11 only, and would find other objects by {encoded}; "
            f"leave out an open end"
        )


def decode_unix_time(milliseconds: int | str) -> datetime:
    """Return the time of ``creationTimeUnix`` and ``lastUpdateTimeUnix``: ints in REST, text in GraphQL."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, timezone.utc)


def encode_uuid(value: Any) -> str:
    if not isinstance(value, UUID):
        raise ValueError(f"needs a uuid.UUID, got {shown(value)}")
    return str(value)


def encode_geo_coordinates(value: Any) -> dict[str, float]:
    if not isinstance(value, GeoCoordinates):
        raise ValueError(f"needs a GeoCoordinates, got {shown(value)}")
    return {"latitude": value.latitude, "longitude": value.longitude}


def decode_geo_coordinates(value: dict[str, float]) -> GeoCoordinates:
    return GeoCoordinates(value["latitude"], value["longitude"])


def encode_phone_number(value: Any) -> dict[str, str]:
    if not isinstance(value, PhoneNumber):
        raise ValueError(f"needs a PhoneNumber, got {shown(value)}")
    if value.default_country is None and not value.input.startswith(("+", "00")):
        raise ValueError(f"needs a default_country, because {value.input!r} is not international (+…)")
    encoded = {"input": value.input}
    if value.default_country is not None:
        encoded["defaultCountry"] = value.default_country
    return encoded


def decode_phone_number(value: dict[str, Any]) -> PhoneNumber:
    return PhoneNumber(
        input=value["input"],
        default_country=value.get("defaultCountry") or None,
        international_formatted=value.get("internationalFormatted"),
        national_formatted=value.get("nationalFormatted"),
        country_code=value.get("countryCode"),
        national=value.get("national"),
        valid=value.get("valid"),
    )


def encode_blob(value: Any) -> str:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise ValueError(f"needs bytes, got {shown(value)}")
    return base64.b64encode(value).decode("ascii")


def decode_blob(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"is not base64: {error}") from error


_NUMBER_AGGREGATES = frozenset({"count", "sum", "mean", "median", "minimum", "maximum", "mode"})
_DATE_AGGREGATES = frozenset({"count", "median", "minimum", "maximum", "mode"})


@attrs.frozen(kw_only=True)
class ScalarType:
    """A data type of single values: all that the package knows of it.

    Attributes:
        data_type: the server's name of it.
        python_type: the annotation that stands for it.
        encode, decode, json_types: as of :class:`Scalar`.
        parse: returns its JSON for the text or the number that the server writes in aggregates and groups.
        compared_as: the data type that a filter names for its values; None of values that no filter compares.
        aggregates: the aggregates that the server computes of it, by the names of ``AggregateKind``.
        has_array: whether there is an array of it.
        has_range_index: whether ``index_range_filters`` serves it.
        may_be_nested: whether an object may have a member of it.
        json_members: the members of its JSON, where that is an object.
    """

    data_type: DataType
    python_type: type
    encode: Encode
    decode: Decode | None = None
    json_types: frozenset[type]
    parse: Callable[[Any], Any] = str
    compared_as: DataType | None = None
    aggregates: frozenset[str] = frozenset()
    has_array: bool = True
    has_range_index: bool = False
    may_be_nested: bool = True
    json_members: tuple[str, ...] = ()

    @property
    def scalar(self) -> Scalar:
        """The data type and its two ways alone."""
        return Scalar(self.data_type, self.encode, self.decode)


_ROWS = (
    ScalarType(
        data_type=DataType.TEXT,
        python_type=str,
        encode=encode_text,
        json_types=frozenset({str}),
        compared_as=DataType.TEXT,
        aggregates=frozenset({"count", "top"}),
    ),
    ScalarType(
        data_type=DataType.INT,
        python_type=int,
        encode=encode_int,
        json_types=frozenset({int}),
        parse=decode_lossy_int,
        compared_as=DataType.INT,
        aggregates=_NUMBER_AGGREGATES,
        has_range_index=True,
    ),
    ScalarType(
        data_type=DataType.NUMBER,
        python_type=float,
        encode=encode_number,
        decode=float,
        json_types=frozenset({int, float}),
        parse=float,
        compared_as=DataType.NUMBER,
        aggregates=_NUMBER_AGGREGATES,
        has_range_index=True,
    ),
    ScalarType(
        data_type=DataType.BOOLEAN,
        python_type=bool,
        encode=encode_boolean,
        json_types=frozenset({bool}),
        parse=_parse_boolean,
        compared_as=DataType.BOOLEAN,
        aggregates=frozenset({"count", "shares"}),
    ),
    ScalarType(
        data_type=DataType.DATE,
        python_type=datetime,
        encode=encode_date,
        decode=decode_date,
        json_types=frozenset({str}),
        compared_as=DataType.DATE,
        aggregates=_DATE_AGGREGATES,
        has_range_index=True,
    ),
    ScalarType(
        data_type=DataType.UUID,
        python_type=UUID,
        encode=encode_uuid,
        decode=UUID,
        json_types=frozenset({str}),
        compared_as=DataType.TEXT,
    ),
    ScalarType(
        data_type=DataType.GEO_COORDINATES,
        python_type=GeoCoordinates,
        encode=encode_geo_coordinates,
        decode=decode_geo_coordinates,
        json_types=frozenset({dict}),
        has_array=False,
        may_be_nested=False,
        json_members=("latitude", "longitude"),
    ),
    ScalarType(
        data_type=DataType.PHONE_NUMBER,
        python_type=PhoneNumber,
        encode=encode_phone_number,
        decode=decode_phone_number,
        json_types=frozenset({dict}),
        has_array=False,
        may_be_nested=False,
        json_members=(
            "input",
            "defaultCountry",
            "internationalFormatted",
            "nationalFormatted",
            "countryCode",
            "national",
            "valid",
        ),
    ),
    ScalarType(
        data_type=DataType.BLOB,
        python_type=bytes,
        encode=encode_blob,
        decode=decode_blob,
        json_types=frozenset({str}),
        has_array=False,
    ),
)

SCALAR_TYPES: Mapping[DataType, ScalarType] = {row.data_type: row for row in _ROWS}
"""A row for each data type of single values. An array is that of its element; objects have none."""


def check_json(value: Any, types: frozenset[type]) -> None:
    """Raise ValueError for JSON of a type that is none of ``types``."""
    if type(value) not in types:
        raise ValueError(f"needs {' or '.join(sorted(kind.__name__ for kind in types))}, got {shown(value)}")


def _no_member(value: Any, kind: str) -> Any:
    if isinstance(value, Enum):
        raise ValueError(
            f"needs a plain {kind}, got {shown(value)}, of which the bare value would come back: annotate it as "
            f"{type(value).__name__}, or take the member's value"
        )
    return value


def shown(value: Any) -> str:
    """Return the type and the ``repr`` of a value, as far as an error has room for it."""
    try:
        text = repr(value)
    except RecursionError:
        text = "that is nested too deep to be shown"
    return f"{type(value).__name__} {text if len(text) <= 80 else text[:80] + '…'}"
