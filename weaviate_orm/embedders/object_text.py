"""The text of an object that a vectorizer reads, as the server's modules make it. Pure.

After ``usecases/modulecomponents/vectorizer/object_texts.go`` of Weaviate 1.39; texts of base64, which the server would
read as well, are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9]+")
_FRACTION = re.compile(r"\.[0-9]+")

_NUMBERS = (DataType.INT, DataType.NUMBER)
_OBJECTS = (DataType.OBJECT, DataType.OBJECT_ARRAY)

TEXTS = (DataType.TEXT, DataType.TEXT_ARRAY)
"""The data types that a vectorizer reads where it is not told which properties to read."""


def object_text(
    collection: str,
    values: Iterable[tuple[PropertySpec, Any]],
    *,
    vectorize_class_name: bool,
    lowercase: bool,
    names_sources: bool,
) -> str:
    """Return the text of an object: the name of its collection, then the values in the order of their names.

    Args:
        collection: the name of the collection.
        values: the properties that are read, each with its JSON; None is left out.
        vectorize_class_name: whether the name of the collection begins the text.
        lowercase: whether all of it is in lower case.
        names_sources: whether the properties were named; else an object without text has the name of its collection.

    >>> title = PropertySpec("title", DataType.TEXT)
    >>> object_text("BlogPost", [(title, "On Go")], vectorize_class_name=True, lowercase=False, names_sources=False)
    'Blog Post On Go'
    """
    parts = [separate_words(collection)] if vectorize_class_name else []
    for spec, value in sorted(values, key=lambda pair: pair[0].name):
        if value is not None:
            name = f"{separate_words(spec.name)} " if spec.vectorize_name else ""
            parts += [f"{name}{text}" for text in _texts(spec.data_type, value)]
    if not parts and not names_sources:
        parts = [separate_words(collection)]
    text = " ".join(parts)
    return text.lower() if lowercase else text


def separate_words(name: str) -> str:
    """Separate the words of a name in camel case.

    >>> separate_words("PDFLoader2"), separate_words("wordCount")
    ('PDF Loader 2', 'word Count')
    """
    return " ".join(word for word in _WORDS.findall(name) if word != " ")


def _texts(data_type: DataType, value: Any) -> Iterator[str]:
    if data_type in _OBJECTS:
        if value:
            yield _json(value)
        return
    for single in value if isinstance(value, list) else [value]:
        if data_type.element is DataType.TEXT:
            yield single
        elif data_type.element is DataType.BOOLEAN:
            yield "true" if single else "false"
        elif data_type.element in _NUMBERS:
            yield _number(single)
        elif data_type is DataType.DATE:
            yield _FRACTION.sub("", single).replace("+00:00", "Z")


def _number(value: float, *, least: int = -4, beyond: int = 6, exponent_digits: int = 2) -> str:
    """Write a number as Go does: the fewest digits, in powers of ten from 1,000,000 and below 0.0001."""
    number = Decimal(repr(float(value))).normalize()
    exponent = number.adjusted()
    if not number or least <= exponent < beyond:
        return format(number, "f")
    digits = "".join(map(str, number.as_tuple().digits))
    sign, fraction = "-" if number < 0 else "", f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):0{exponent_digits}}"


def _json(value: Any) -> str:
    """Write nested objects as Go does: sorted, the text safe within HTML, and numbers in fewer powers of ten."""
    if isinstance(value, dict):
        members = (f"{_json(name)}:{_json(value[name])}" for name in sorted(value))
        return f"{{{','.join(members)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_json, value))}]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value, least=-6, beyond=21, exponent_digits=1)
    text = json.dumps(value, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
