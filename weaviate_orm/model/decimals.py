"""Decimals: text, which keeps their digits and their scale, or numbers, which have an order."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import Scalar, shown

MOST_DIGITS: Final = 38
"""Of a decimal that is stored as text, which has a spelling for each scale; as many as SQL's numeric has."""

NUMBER_DIGITS: Final = 15
"""A 64-bit float keeps any decimal number of so many digits."""


class DecimalNumber(Decimal):
    """What stands for Decimal where a field is ``stored_as=float``."""


def _encode_text(value: object) -> str:
    decimal = _finite(value)
    _, digits, exponent = decimal.as_tuple()
    assert isinstance(exponent, int)
    if len(digits) > MOST_DIGITS or (not decimal and not -MOST_DIGITS <= exponent <= 0):
        raise ValueError(
            f"takes decimals of at most {MOST_DIGITS} digits, got {decimal}: round it, or let register_type() store a "
            f"class of yours"
        )
    return str(decimal)


def _decode_text(value: str) -> Decimal:
    try:
        decimal = Decimal(value)
    except InvalidOperation:
        raise ValueError("no decimal number") from None
    if not decimal.is_finite():
        raise ValueError("no finite number")
    return decimal


def _spellings(text: str) -> list[str]:
    """Return the texts of all decimals that equal one: 1.5 and 1.50 are equal, and are stored as they are."""
    decimal = Decimal(text)
    if not decimal:
        return [str(Decimal((sign, (0,), -scale))) for sign in (0, 1) for scale in range(MOST_DIGITS + 1)]
    sign, digits, exponent = decimal.as_tuple()
    assert isinstance(exponent, int)
    while digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    return [
        str(Decimal((sign, (*digits, *[0] * zeros), exponent - zeros)))
        for zeros in range(MOST_DIGITS - len(digits) + 1)
    ]


def _encode_number(value: object) -> float:
    decimal = _finite(value)
    number = float(decimal) + 0.0  # not -0.0, which Weaviate tells from 0
    if Decimal(repr(number)) != decimal:
        raise ValueError(
            f"takes decimals of at most {NUMBER_DIGITS} digits, which a number keeps, got {decimal}; without "
            f"stored_as=float it has {MOST_DIGITS} digits, and no order"
        )
    return number


def _decode_number(value: float) -> Decimal:
    return Decimal(repr(float(value)).removesuffix(".0"))


def _rounded(value: float) -> Decimal:
    """Return a computed number without the digits that a float adds: 0.1 + 0.2 is 0.3."""
    return Decimal(f"{float(value):.{NUMBER_DIGITS}g}")


def _finite(value: object) -> Decimal:
    if not isinstance(value, Decimal):
        raise ValueError(f"needs a Decimal, got {shown(value)}{_hint(value)}")
    if not value.is_finite():
        raise ValueError(f"needs a finite Decimal, got {value}")
    return value


def _hint(value: object) -> str:
    return f"; that is Decimal({str(value)!r})" if type(value) in (int, float) else ""


DECIMAL: Final = Scalar(
    DataType.TEXT,
    _encode_text,
    _decode_text,
    True,
    unordered=(
        "a Decimal is stored as text, which keeps its scale and has no order of numbers: with field(stored_as=float) "
        f"it is a number of at most {NUMBER_DIGITS} digits, which has"
    ),
    spellings=_spellings,
)
DECIMAL_NUMBER: Final = Scalar(DataType.NUMBER, _encode_number, _decode_number, figure=_rounded)
