"""Names of new migration files: a number, and what the migration does in a few words. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import attrs

from weaviate_orm.exceptions import MigrationFileError
from weaviate_orm.migrations.operations import (
    AddProperty,
    AddReference,
    AddVector,
    AlterCollection,
    AlterProperty,
    AlterReference,
    AlterVector,
    CreateCollection,
    DeleteCollection,
    DropIndex,
    DropVector,
    Operation,
    RebuildCollection,
    RenameCollection,
    RunPython,
    UpdateObjects,
)

_LONGEST: Final = 52
"""Of the words of several operations."""


def new_name(numbers: Collection[int], operations: Sequence[Operation], words: str | None = None) -> str:
    """Return the name of a new file, such as ``0003_article_summary``.

    Args:
        numbers: those of the files that exist.
        operations: of the new migration; its words are made of them.
        words: the words, in place of those.

    Raises MigrationFileError for words that no file can have.
    """
    number = max(numbers, default=0) + 1
    if words is not None and not re.fullmatch(r"[A-Za-z0-9_]+", words):
        raise MigrationFileError(f"a migration file cannot be called {words!r}: take letters, digits and underscores")
    if words is None:
        creations = (CreateCollection, AddReference)  # a reference that closes a circle is added afterwards
        initial = number == 1 and operations and all(isinstance(item, creations) for item in operations)
        words = "initial" if initial else _words(operations)
    return f"{number:04}_{words}"


def _words(operations: Sequence[Operation]) -> str:
    parts = list(dict.fromkeys(map(_fragment, operations)))
    if not parts:
        return "custom"
    text = parts[0]
    for part in parts[1:]:
        if len(text) + len(part) + 1 > _LONGEST:
            return f"{text}_and_more"
        text = f"{text}_{part}"
    return text


def _fragment(operation: Operation) -> str:
    """Return the words of one operation: its verb, unless it adds, and the names of what it is about."""
    if isinstance(operation, (CreateCollection, RebuildCollection)):
        names = [operation.spec.name]
    elif isinstance(operation, RunPython):
        names = [getattr(operation.forward, "__name__", "call")]
    else:
        attributes: tuple[attrs.Attribute[Any], ...] = attrs.fields(type(operation))  # type: ignore[arg-type]
        values = [getattr(operation, attribute.name) for attribute in attributes[:2]]
        names = [value if isinstance(value, str) else getattr(value, "name", "") for value in values]
    verb = _VERBS[type(operation)]
    return "_".join(filter(None, [verb, *map(_snake, filter(None, names))]))


def _snake(name: str) -> str:
    """Return a name in small letters, its words apart: ``blog_post`` for ``BlogPost``."""
    return re.sub(r"\W", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())


_VERBS: Final[Mapping[type, str]] = {
    AddProperty: "",
    AddReference: "",
    AddVector: "",
    AlterCollection: "alter",
    AlterProperty: "alter",
    AlterReference: "alter",
    AlterVector: "alter",
    CreateCollection: "",
    DeleteCollection: "delete",
    DropIndex: "unindex",
    DropVector: "drop",
    RebuildCollection: "rebuild",
    RenameCollection: "rename",
    RunPython: "",
    UpdateObjects: "update",
}
