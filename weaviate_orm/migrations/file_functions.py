"""Functions that a migration file defines: written by makemigrations, for people to complete. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs

from weaviate_orm.migrations.conversions import as_list, conversion, keeps_json
from weaviate_orm.schema.properties import PropertySpec


@attrs.frozen
class FileFunction:
    """A function of a file that is to be written.

    Attributes:
        name: of the function.
        purpose: its docstring.
        lines: its body, which has ``value``.
    """

    name: str
    purpose: str
    lines: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether it needs no people."""
        return not any("NotImplementedError" in line for line in self.lines)

    def __call__(self, value: Any) -> Any:
        """Call what would be written, for who migrates without files."""
        return _compiled(self.source(), self.name)(value)

    def source(self) -> str:
        """Return its definition."""
        body = "".join(f"    {line}\n" for line in self.lines)
        return f'def {self.name}(value):\n    """{self.purpose}"""\n{body}'


@lru_cache
def _compiled(source: str, name: str) -> Callable[[Any], Any]:
    # the source is of this module, with the names of properties, which are checked to be words
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102
    function: Callable[[Any], Any] = namespace[name]
    return function


def unwritten_conversion(collection: str, old: PropertySpec, new: PropertySpec, name: str) -> FileFunction:
    """Return the head of the function that converts a property, with a body that raises."""
    purpose = f"Return the {new.data_type} in place of a stored {old.data_type} of {collection}.{old.name}."
    return FileFunction(name, purpose, (_unwritten(f"{collection}.{new.name}"),))


def _unwritten(path: str) -> str:
    return f'raise NotImplementedError("write what becomes of {path}")'


def nested_conversion(
    collection: str, old: PropertySpec, new: PropertySpec, renames: Mapping[str, str], name: str
) -> FileFunction | None:
    """Return the function that converts a nested object, or a list of them; None when its values stay as they are.

    Args:
        collection: that the property belongs to.
        old: the property before.
        new: the property after; of the same type.
        renames: the new names of nested members, by their paths before, which begin with the property's name.
        name: of the function.
    """
    lines = [*_lines("value", old, new, renames, old.name, f"{collection}.{new.name}", 0)]
    if not lines:
        return None
    return FileFunction(name, f"Convert the value of {collection}.{new.name}.", (*lines, "return value"))


def _lines(
    place: str, old: PropertySpec, new: PropertySpec, renames: Mapping[str, str], path: str, shown: str, depth: int
) -> Iterator[str]:
    """Yield the statements that convert the nested object, or the list, at a place of the value."""
    if old.data_type.is_array:
        item = "item" if not depth else f"item{depth + 1}"
        inner = [*_member_lines(item, old.nested, new.nested, renames, path, shown, depth + 1)]
        if inner:
            yield f"for {item} in {place}:"
            yield from _indented(inner)
    else:
        yield from _member_lines(place, old.nested, new.nested, renames, path, shown, depth)


def _member_lines(
    place: str,
    old: Sequence[PropertySpec],
    new: Sequence[PropertySpec],
    renames: Mapping[str, str],
    path: str,
    shown: str,
    depth: int,
) -> Iterator[str]:
    after = {member.name: member for member in new}
    for member in old:
        name = renames.get(f"{path}.{member.name}", member.name)
        if name not in after:
            yield f'{place}.pop("{member.name}", None)'
            continue
        if name != member.name:
            yield f'if "{member.name}" in {place}:'
            yield f'    {place}["{name}"] = {place}.pop("{member.name}")'
        inner = [*_value_lines(f'{place}["{name}"]', member, after[name], renames, path, f"{shown}.{name}", depth)]
        if inner:
            yield f'if {place}.get("{name}") is not None:'
            yield from _indented(inner)


def _value_lines(
    place: str, old: PropertySpec, new: PropertySpec, renames: Mapping[str, str], path: str, shown: str, depth: int
) -> Iterator[str]:
    if old.nested and old.data_type is new.data_type:
        yield from _lines(place, old, new, renames, f"{path}.{old.name}", shown, depth)
    elif not keeps_json(old.data_type, new.data_type):
        function = conversion(old.data_type, new.data_type)
        if function is None or old.nested:
            yield _unwritten(shown)
        elif function is as_list:
            yield f"{place} = [{place}]"
        else:
            yield f"{place} = {function.__name__}({place})"


def _indented(lines: Sequence[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
