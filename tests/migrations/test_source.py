"""The source of a migration, run, gives that migration again; and it is Python as formatters leave it."""

from __future__ import annotations

import functools
import shutil
import subprocess
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.migrations.state_strategies import states
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations import (
    AddProperty,
    CreateCollection,
    Migration,
    Operation,
    RebuildCollection,
    Row,
    RunPython,
    SchemaState,
    UpdateObjects,
    as_list,
)
from weaviate_orm.migrations.autodetect import detect
from weaviate_orm.migrations.file_functions import FileFunction
from weaviate_orm.migrations.source import migration_source, operation_source
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec, VectorSpec, hnsw

PAGES = PropertySpec("pages", DataType.INT)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)
VECTORS = (VectorSpec("a", index=hnsw(ef=9)),)


def fill(row: Row) -> Any:
    return row["title"]


class Filled:
    @staticmethod
    def by_title(row: Row) -> Any:
        return row["title"]


def load(text: str) -> Migration:
    names: dict[str, Any] = {}
    exec(text, names)  # noqa: S102
    migration = names["migration"]
    assert isinstance(migration, Migration)
    return migration


def names_of(functions: Any) -> dict[str, str]:
    return {name: getattr(function, "name", None) or function.__name__ for name, function in functions.items()}


def assert_equal(loaded: Migration, migration: Migration) -> None:
    """They are equal, but for functions of the file, which have the same names."""
    assert attrs.evolve(loaded, operations=()) == attrs.evolve(migration, operations=())
    for operation, expected in zip(loaded.operations, migration.operations, strict=True):
        if isinstance(operation, RebuildCollection) and isinstance(expected, RebuildCollection):
            for attribute in ("convert", "convert_back"):
                assert names_of(getattr(operation, attribute)) == names_of(getattr(expected, attribute))
            operation = attrs.evolve(operation, convert={}, convert_back={})
            expected = attrs.evolve(expected, convert={}, convert_back={})
        assert operation == expected


@pytest.mark.slow
@settings(max_examples=60)
@given(states(), states(), st.booleans())
def test_source_and_back_loses_nothing(before: SchemaState, after: SchemaState, answer: bool) -> None:
    operations = detect(before, after, lambda _: answer)
    migration = Migration(dependencies=["0001_initial", "0001_other"], operations=operations, replaces=["0000_x"])
    assert_equal(load(migration_source(migration)), migration)


@pytest.mark.slow
def test_it_is_formatted() -> None:
    ruff = shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    long = PropertySpec("a" * 60, DataType.TEXT, description="it's \"so\" 'long'" * 9, index_filterable=False)
    old = PropertySpec("place", DataType.OBJECT, nested=(PropertySpec("street", DataType.TEXT), PAGES))
    new = attrs.evolve(old, nested=(PAGES, long))
    before = SchemaState({"A": CollectionSpec("A", properties=(old, PropertySpec("v", DataType.NUMBER)))})
    spec = CollectionSpec("A", properties=(new, PropertySpec("v", DataType.INT)), vectors=VECTORS)
    operations: list[Operation] = [*detect(before, SchemaState({"A": spec, "B": CollectionSpec("B")}))]
    operations += [
        UpdateObjects("A", fill),
        AddProperty("A", PAGES, default=NEW_YEAR),
    ]
    text = migration_source(Migration(dependencies=["0001_initial"], operations=operations))
    for command in (["format", "--diff"], ["check", "--select", "I,E4,E7,E9,F"]):
        checked = subprocess.run(
            [ruff, *command, "--isolated", "--stdin-filename", "0002_x.py", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (checked.returncode, checked.stdout.replace("All checks passed!\n", "")) == (0, ""), checked.stderr


def test_only_what_is_not_the_default_is_written() -> None:
    migration = Migration(
        dependencies=["0001_initial"], operations=[AddProperty("Article", PAGES, default=0, fill=None)]
    )
    assert migration_source(migration) == (
        "from weaviate_orm.migrations import AddProperty, Migration\n"
        "from weaviate_orm.schema import DataType, PropertySpec\n"
        "\n"
        "migration = Migration(\n"
        '    dependencies=["0001_initial"],\n'
        "    operations=[\n"
        '        AddProperty("Article", PropertySpec("pages", DataType.INT), default=0),\n'
        "    ],\n"
        ")\n"
    )


def test_a_migration_without_anything() -> None:
    text = migration_source(Migration())
    assert text == "from weaviate_orm.migrations import Migration\n\nmigration = Migration()\n"


@pytest.mark.parametrize(
    "function",
    [int, str, str.strip, len, fill, Filled.by_title, as_list, UUID, attrs.asdict],
    ids=lambda item: item.__name__,
)
def test_functions_are_imported(function: Any) -> None:
    migration = Migration(operations=[UpdateObjects("Article", function)])
    assert load(migration_source(migration)) == migration


@pytest.mark.parametrize(
    "function",
    [lambda row: {}, functools.partial(fill), SchemaState().collection, Row("x", {}).get],
    ids=["lambda", "partial", "bound", "method"],
)
def test_functions_without_a_name_are_refused(function: Any) -> None:
    operation = UpdateObjects("Article", function)
    with pytest.raises(MigrationError, match=r"a migration file cannot name .* defined by `def` at the top"):
        migration_source(Migration(operations=[operation]))
    assert operation_source(operation) == 'UpdateObjects("Article", …)'


def test_functions_of_a_file_that_cannot_be_imported_are_refused() -> None:
    def change(row: Row) -> None: ...

    change.__module__, change.__qualname__ = "migrations.0001_initial", "change"
    with pytest.raises(MigrationError, match="a migration file cannot name"):
        migration_source(Migration(operations=[UpdateObjects("Article", change)]))
    text = migration_source(
        Migration(operations=[UpdateObjects("Article", change)]),
        definitions=["def change(row):\n    return None\n"],
        names=[change],
    )
    (operation,) = load(text).operations
    assert isinstance(operation, UpdateObjects)
    assert operation.change.__name__ == "change"


@pytest.mark.parametrize(
    "value",
    [
        *[None, True, 1, 2.5, "a", "it's", 'a "b"', 'it\'s "b"', "\\'", "é\n\t\\"],
        *[[1, "b"], {"a": {"b": [None]}}, (1,), ()],
        *[UUID(int=3), datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)],
    ],
)
def test_values(value: Any) -> None:
    migration = Migration(operations=[AddProperty("Article", PAGES, default=value)])
    assert load(migration_source(migration)) == migration


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", float("nan")])
def test_values_that_no_file_can_hold(value: Any) -> None:
    with pytest.raises(MigrationError, match="a migration file cannot hold"):
        migration_source(Migration(operations=[AddProperty("Article", PAGES, default=value)]))


def test_functions_that_the_file_defines() -> None:
    function = FileFunction("convert_pages", "Return the text of a number.", ("return str(value)",))
    spec = CollectionSpec("Article", properties=(PropertySpec("pages", DataType.TEXT),))
    migration = Migration(operations=[RebuildCollection(spec, convert={"pages": function}), RunPython(print)])
    loaded = load(migration_source(migration))
    assert_equal(loaded, migration)
    (operation, _) = loaded.operations
    assert isinstance(operation, RebuildCollection)
    assert operation.convert["pages"](3) == "3"
    assert function(3) == "3"  # for plan(), which writes no file


def test_a_collection_behind_an_alias() -> None:
    migration = Migration(operations=[CreateCollection(CollectionSpec("Article", alias=True))])
    assert load(migration_source(migration)) == migration


def test_a_text_is_no_list_of_names() -> None:
    with pytest.raises(MigrationError, match="write \\['0001_initial'\\]"):
        Migration(dependencies="0001_initial")
