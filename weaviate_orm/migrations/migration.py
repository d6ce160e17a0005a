"""What a migration file says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.operations import Operation


def _tuple(items: Iterable[Any]) -> tuple[Any, ...]:
    if isinstance(items, str):
        raise MigrationError(f"a migration takes a list, not the text {items!r}; write [{items!r}]")
    return tuple(items)


@attrs.frozen
class Migration:
    """The content of a migration file, which has it as ``migration``.

    Attributes:
        dependencies: the names of the files that come before it.
        operations: what it does, in order.
        replaces: the names of the files that it does the work of, for a squashed one.

    >>> Migration(dependencies=["0001_initial"], operations=[]).dependencies
    ('0001_initial',)
    """

    dependencies: tuple[str, ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
    operations: tuple[Operation, ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
    replaces: tuple[str, ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
