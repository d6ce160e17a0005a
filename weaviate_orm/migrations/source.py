"""Migrations as Python: what a migration file says, written as people would. Pure."""

from __future__ import annotations

import builtins
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType
from typing import Any, Final
from uuid import UUID

import attrs

from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.file_functions import FileFunction
from weaviate_orm.migrations.migration import Migration
from weaviate_orm.migrations.python_source import (
    WIDTH,
    Brackets,
    Expression,
    flat,
    lines_of,
    quoted,
    sequence,
    tuple_of,
)
from weaviate_orm.schema.indexes import IndexSpec
from weaviate_orm.schema.modules import Module

_PUBLIC: Final = ("weaviate_orm.migrations", "weaviate_orm.schema", "weaviate_orm.types")
"""The modules that offer what files need, from wherever below it comes."""

_FUNCTIONS: Final = (FunctionType, BuiltinFunctionType, MethodDescriptorType, type)


def migration_source(
    migration: Migration,
    *,
    imports: Iterable[str] = (),
    definitions: Iterable[str] = (),
    names: Iterable[Any] = (),
) -> str:
    """Return the text of a migration file.

    Only what is not the default is written. Functions are written as their names, and imported; a
    :class:`FileFunction` is defined by the file.

    Args:
        migration: what it says.
        imports: other import statements of the file.
        definitions: other functions of the file, as text.
        names: the functions that ``definitions`` define, which are not imported.

    Raises MigrationError for a function that has no name to import it by, and a value that is no JSON.
    """
    writer = _Writer(names)
    writer.imports.add(("weaviate_orm.migrations", "Migration"))
    body = "".join(f"    {line}\n" for line in _arguments(migration, writer))
    functions = [*definitions, *(function.source() for function in writer.functions.values())]
    blocks = "".join(f"\n\n{function.strip()}\n" for function in functions)
    gap = "\n\n" if functions else "\n"
    call = f"migration = Migration(\n{body})" if body else "migration = Migration()"
    others = "".join(f"{line}\n" for line in imports)
    return f"{writer.import_lines()}\n{others}{blocks}{gap}{call}\n"


def check_writable(operation: Any, names: Iterable[Any] = ()) -> None:
    """Raise MigrationError unless an operation can be written; ``names``: the functions that its file defines."""
    _Writer(names).expression(operation)


def operation_source(operation: Any) -> str:
    """Return an operation as one line, without imports; a function that has no name is ``…``."""
    return flat(_Writer((), strict=False).expression(operation))


def _arguments(migration: Migration, writer: _Writer) -> Iterator[str]:
    """Yield the lines of the arguments, with an operation at the beginning of a line each."""
    for name in ("dependencies", "replaces"):
        if names := getattr(migration, name):
            yield from lines_of(sequence(map(quoted, names)), indent=0, before=f"{name}=", after=",")
    if migration.operations:
        yield "operations=["
        for operation in migration.operations:
            # four columns are added by the caller
            lines = lines_of(writer.expression(operation), indent=8, after=",")
            yield from (line[4:] for line in lines)
        yield "],"


class _Writer:
    """Writes values, and collects what has to be imported for them."""

    def __init__(self, defined: Iterable[Any], *, strict: bool = True) -> None:
        self.imports: set[tuple[str, str]] = set()
        self.functions: dict[str, FileFunction] = {}
        self._defined = {id(function) for function in defined}
        self._strict = strict

    def import_lines(self) -> str:
        """Return the import statements for what was written."""
        by_module: dict[str, list[str]] = {}
        for module, name in sorted(self.imports, key=lambda item: (item[0], not item[1].isupper(), item[1])):
            by_module.setdefault(module, []).append(name)
        sections: tuple[list[str], list[str]] = ([], [])
        for module, names in by_module.items():
            lines = [f"import {module}"] if names == [""] else _import_lines(module, names)
            sections[module.split(".")[0] not in sys.stdlib_module_names].extend(lines)
        return "\n\n".join("\n".join(lines) for lines in sections if lines)

    def expression(self, value: Any) -> Expression:
        """Return the expression of a value. Raises MigrationError for one that no file can hold."""
        if isinstance(value, FileFunction):
            self.functions[value.name] = value
            return value.name
        if isinstance(value, Enum):
            self._import(type(value))
            return f"{type(value).__name__}.{value.name}"
        if attrs.has(type(value)):
            self._import(type(value))
            return Brackets(f"{type(value).__name__}(", tuple(self._arguments(value)), ")")
        if callable(value):
            return self._function(value)
        if isinstance(value, Mapping):
            items = ((f"{quoted(key)}: ", self.expression(item)) for key, item in value.items())
            return Brackets("{", tuple(items), "}")
        if isinstance(value, (list, tuple)):
            return (sequence if isinstance(value, list) else tuple_of)(map(self.expression, value))
        return self._plain(value)

    def _arguments(self, value: Any) -> Iterator[tuple[str, Expression]]:
        for position, (attribute, argument) in enumerate(_stated(value)):
            name = "" if _is_positional(attribute, position, type(value)) else f"{attribute.alias}="
            yield name, self.expression(argument)

    def _plain(self, value: Any) -> str:
        if isinstance(value, str):
            return quoted(value)
        if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
            return repr(value)
        if isinstance(value, UUID):
            self.imports.add(("uuid", "UUID"))
            return f'UUID("{value}")'
        if isinstance(value, datetime):
            self.imports.add(("datetime", ""))
            return repr(value)
        raise MigrationError(f"a migration file cannot hold {value!r:.80}; it takes JSON, UUIDs and datetimes")

    def _import(self, kind: type) -> None:
        self.imports.add((_public_module(kind.__module__), kind.__name__))

    def _function(self, function: Any) -> str:
        name = str(getattr(function, "__qualname__", ""))
        if id(function) in self._defined:
            return name
        module = getattr(getattr(function, "__objclass__", function), "__module__", None)
        if isinstance(function, _FUNCTIONS) and module is not None and _is_reached(function, module, name):
            if module != "builtins":
                self.imports.add((_public_module(module), name.split(".")[0]))
            return name
        if not self._strict:
            return "…"
        raise MigrationError(
            f"a migration file cannot name {function!r:.80}: it takes functions that are defined by `def` at the top "
            f"of a module that can be imported, and those of Python, such as int; move it into such a module"
        )


def _import_lines(module: str, names: Iterable[str]) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    return [line] if len(line) <= WIDTH else [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def _public_module(module: str) -> str:
    return next((public for public in _PUBLIC if module.startswith(public)), module)


def _is_reached(function: Any, module: str, name: str) -> bool:
    """Return whether a function can be imported by its name."""
    if module == "__main__" or not all(part.isidentifier() for part in (*module.split("."), *name.split("."))):
        return False
    reached: Any = builtins if module == "builtins" else sys.modules.get(module)
    for part in name.split("."):
        reached = getattr(reached, part, None)
    return reached is function


def _stated(value: Any) -> Iterator[tuple[attrs.Attribute[Any], Any]]:
    """Yield the attributes that are not their defaults, those by keyword only last."""
    for attribute in sorted(attrs.fields(type(value)), key=lambda attribute: attribute.kw_only):
        if attribute.init:
            current = getattr(value, attribute.name)
            if attribute.default is attrs.NOTHING or current != _default(attribute):
                yield attribute, current


def _is_positional(attribute: attrs.Attribute[Any], position: int, kind: type) -> bool:
    """Return whether an argument is written without its name: one that is required, and the first."""
    attributes = attrs.fields(kind)
    if attribute.kw_only or attributes[position] is not attribute:
        return False
    return attribute.default is attrs.NOTHING or position == 0 or kind in (IndexSpec, Module)


def _default(attribute: attrs.Attribute[Any]) -> Any:
    default: Any = attribute.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        default = default.factory()
    return default
