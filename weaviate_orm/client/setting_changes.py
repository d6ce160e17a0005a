"""Changes of a collection's settings: checked before they are sent, and compared afterwards. Pure.

Weaviate accepts some changes with status 200 and does not make them, and one that destroys the collection (measured on
Weaviate 1.39).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weaviate_orm.exceptions import ValidationError
from weaviate_orm.schema.indexes import QUANTIZERS

EMPTY: tuple[Any, ...] = (None, False, 0, "", [], {})
"""Values that the server leaves out of what it stores."""


def check_quantizers(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> None:
    """Raise ValidationError if a quantizer is replaced or switched off, at any level; ``where`` names the level."""
    before, after = _quantizers(old), _quantizers(new)
    if before and after != before:
        replaced = after - before
        consequence = (
            "a collection whose quantizer is replaced is not loaded after the next restart of the server"
            if replaced
            else "the server answers 200, and the index stays compressed"
        )
        raise ValidationError(
            f"{where}: {' and '.join(sorted(before))} cannot be "
            f"{'replaced by ' + ' and '.join(sorted(replaced)) if replaced else 'switched off'}; {consequence}. Create "
            f"a collection with other settings, and copy the objects",
            field=where,
        )
    for key, value in new.items():
        old_value = old.get(key)
        if isinstance(old_value, Mapping) and isinstance(value, Mapping):
            check_quantizers(old_value, value, f"{where}.{key}")


def unchanged(
    new: Mapping[str, Any], old: Mapping[str, Any], stored: Mapping[str, Any], where: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the changes that were not made: the path, the new value, and the old one, which is still stored.

    A value that the server stores in another form is a change that was made.

    >>> list(unchanged({"a": {"b": 1, "c": 2}}, {"a": {"b": 0}}, {"a": {"b": 0, "c": 2}}))
    [('a.b', 1, 0)]
    """
    for key, value in new.items():
        path = f"{where}.{key}" if where else key
        value, old_value, stored_value = _by_name(value), _by_name(old.get(key)), _by_name(stored.get(key))
        if isinstance(value, Mapping) and isinstance(stored_value, Mapping):
            yield from unchanged(value, old_value if isinstance(old_value, Mapping) else {}, stored_value, path)
        elif value is None and where == "moduleConfig" and key in stored:
            yield path, value, old_value  # a module without settings, and no removed module
        elif not _same(value, old_value) and _same(stored_value, old_value):
            yield path, value, old_value


def _quantizers(settings: Mapping[str, Any]) -> set[str]:
    return {
        name for name in QUANTIZERS if isinstance(settings.get(name), Mapping) and settings[name].get("enabled") is True
    }


def _by_name(value: Any) -> Any:
    """Return a list of named parts, such as properties, by their names: the server changes their order."""
    if (
        isinstance(value, (list, tuple))
        and value
        and all(isinstance(part, Mapping) and "name" in part for part in value)
    ):
        return {part["name"]: part for part in value}
    return value


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, str) and isinstance(other, str):
        return value.casefold() == other.casefold()
    return bool(value == other) or (value in EMPTY and other in EMPTY)
