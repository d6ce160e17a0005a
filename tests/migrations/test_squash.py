"""Several files become one with fewer operations; functions of the files come along."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.migrations.file_folders import chain, write
from tests.migrations.state_strategies import states
from weaviate_orm.exceptions import MigrationFileError
from weaviate_orm.migrations import (
    AddProperty,
    AddReference,
    AlterCollection,
    AlterProperty,
    CreateCollection,
    DeleteCollection,
    DropIndex,
    MigrationFiles,
    Operation,
    RebuildCollection,
    RenameCollection,
    Row,
    RunPython,
    SchemaState,
    UpdateObjects,
    squash_migrations,
)
from weaviate_orm.migrations.autodetect import detect
from weaviate_orm.migrations.graph import build_graph
from weaviate_orm.migrations.optimizing import optimized
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec, ReferenceSpec

TITLE, PAGES = PropertySpec("title", DataType.TEXT), PropertySpec("pages", DataType.INT)
ARTICLE = CollectionSpec("Article", properties=(TITLE,))
TAG, AUTHOR = CollectionSpec("Tag"), CollectionSpec("Author")


def article(*properties: PropertySpec) -> CollectionSpec:
    return CollectionSpec("Article", properties=properties)


def change(row: Row) -> None: ...


def call(client: object) -> None: ...


def other_call(client: object) -> None: ...


def final(operations: Sequence[Operation], state: SchemaState) -> SchemaState:
    for operation in operations:
        state = operation.mutate(state)
    return state


@pytest.mark.slow
@settings(max_examples=30)
@given(st.lists(states(), min_size=2, max_size=4), st.booleans())
def test_fewer_operations_lead_to_the_same_state(path: list[SchemaState], answer: bool) -> None:
    operations: list[Operation] = []
    state = path[0]
    for following in path[1:]:
        operations += detect(state, following, lambda _: answer)
        state = final(operations, path[0])
    fewer = optimized(operations, path[0])
    assert len(fewer) <= len(operations)
    assert final(fewer, path[0]) == state
    assert optimized(fewer, path[0]) == fewer


REFERENCE = ReferenceSpec("related", ("Article",))


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([AddProperty("Article", PAGES, default=1), UpdateObjects("Article", change)], [article(TITLE, PAGES)]),
        ([RebuildCollection(article(PAGES), drop=["title"])], [article(PAGES)]),
        ([RenameCollection("Article", "Essay")], [CollectionSpec("Essay", properties=(TITLE,))]),
        ([DeleteCollection("Article")], []),
        (
            [AddReference("Article", REFERENCE)],
            [CollectionSpec("Article", properties=(TITLE,), references=(REFERENCE,))],
        ),
        (
            [CreateCollection(CollectionSpec("Tag")), AddProperty("Article", PAGES)],
            [article(TITLE, PAGES), CollectionSpec("Tag")],
        ),
    ],
)
def test_a_collection_is_created_as_later_operations_leave_it(
    operations: list[Operation], expected: list[CollectionSpec]
) -> None:
    fewer = optimized([CreateCollection(ARTICLE), *operations], SchemaState())
    assert fewer == tuple(map(CreateCollection, expected))


def test_references_that_need_a_later_collection_stay() -> None:
    by = ReferenceSpec("by", ("Author",))
    operations: list[Operation] = [
        CreateCollection(ARTICLE),
        CreateCollection(CollectionSpec("Author")),
        AddReference("Article", by),
    ]
    assert optimized(operations, SchemaState()) == tuple(operations)


def test_nothing_passes_a_call() -> None:
    operations: list[Operation] = [CreateCollection(ARTICLE), RunPython(call), AddProperty("Article", PAGES)]
    assert optimized(operations, SchemaState()) == tuple(operations)


def test_settings_are_merged() -> None:
    operations: list[Operation] = [
        AlterCollection("Article", {"description": "a"}),
        AlterCollection("Article", {"description": "b", "alias": True}),
        AddProperty("Article", PAGES, default=1),
        AlterProperty("Article", "pages", {"description": "c"}),
        DropIndex("Article", "pages", "filterable"),
        AlterProperty("Article", "title", {"tokenization": "field"}),
        UpdateObjects("Article", change),
        AlterProperty("Article", "title", {"tokenization": "word"}),
    ]
    assert optimized(operations, SchemaState({"Article": ARTICLE})) == (
        AlterCollection("Article", {"description": "b", "alias": True}),
        AddProperty("Article", PropertySpec("pages", DataType.INT, "c", index_filterable=False), default=1),
        *operations[5:],
    )


def test_files_are_squashed(tmp_path: Path) -> None:
    files = chain(
        tmp_path,
        ["0001_initial", "0002_pages", "0003_more"],
        [[CreateCollection(ARTICLE)], [AddProperty("Article", PAGES)], [DropIndex("Article", "pages", "filterable")]],
    )
    new = squash_migrations(files, "0002")
    assert (new.name, new.operations) == ("0001_squashed_0002_pages", (CreateCollection(article(TITLE, PAGES)),))
    new.write()
    files = MigrationFiles.load(tmp_path)
    loaded = files.by_name[new.name].migration
    assert (loaded.replaces, loaded.dependencies) == (("0001_initial", "0002_pages"), ())
    for applied in ([], ["0001_initial"], ["0001_initial", "0002_pages"], [new.name]):
        graph = build_graph(files.by_name, applied)
        assert graph.head == "0003_more"
        assert graph.state().collections.keys() == {"Article"}
    with pytest.raises(MigrationFileError, match="there is a migration file 0001_squashed_0002_pages already"):
        squash_migrations(files, "0003", name="0002_pages")


def test_a_part_of_the_files_is_squashed(tmp_path: Path) -> None:
    operations: list[list[Operation]] = [[CreateCollection(ARTICLE)], [AddProperty("Article", PAGES)]]
    operations += [[AlterProperty("Article", "pages", {"description": "x"})], []]
    files = chain(tmp_path, ["0001_initial", "0002_pages", "0003_more", "0004_last"], operations)
    new = squash_migrations(files, "0003_more", "0002", name="both")
    assert (new.name, len(new.operations)) == ("0002_squashed_both", 1)
    new.write()
    loaded = MigrationFiles.load(tmp_path).by_name[new.name].migration
    assert (loaded.dependencies, loaded.replaces) == (("0001_initial",), ("0002_pages", "0003_more"))
    with pytest.raises(MigrationFileError, match="0002_pages does not come after 0003_more"):
        squash_migrations(files, "0002", "0003")
    with pytest.raises(MigrationFileError, match="nothing to squash: it is 0001_initial alone"):
        squash_migrations(files, "0001")


FILE = '''
import json
from collections import OrderedDict as Ordered, defaultdict

from weaviate_orm.migrations import {operation}, Migration, as_list

KEYS = Ordered(a=1)


def keys():
    return [*KEYS]


# how long it is
@staticmethod
def {name}(row):
    """Count."""
    return json.dumps(keys())


def unused(row):
    return defaultdict


migration = Migration(
    dependencies=[{dependency}],
    operations=[{operation}("Article", {name}), {operation}("Article", as_list)],
)
'''


def test_functions_come_along_with_what_they_use(tmp_path: Path) -> None:
    chain(tmp_path, ["0001_initial", "0002_pages"], [[CreateCollection(ARTICLE)], [RunPython(other_call)]])
    text = FILE.replace("@staticmethod\n", "")
    (tmp_path / "0003_more.py").write_text(
        text.format(operation="UpdateObjects", name="fill", dependency='"0002_pages"')
    )
    new = squash_migrations(MigrationFiles.load(tmp_path), "0003")
    assert "unused" not in new.text
    assert "defaultdict" not in new.text
    assert "import other_call" in new.text
    for path in tmp_path.glob("000[123]_*.py"):
        path.unlink()
    new.write()
    (loaded,) = MigrationFiles.load(tmp_path).by_name.values()
    _, _, update, _ = loaded.migration.operations
    assert isinstance(update, UpdateObjects)
    assert update.change(None) == '["a"]'  # type: ignore[arg-type, comparison-overlap]
    assert update.change.__doc__ == "Count."


def test_functions_of_one_name(tmp_path: Path) -> None:
    chain(tmp_path, ["0001_initial", "0002_pages"], [[CreateCollection(ARTICLE)], [RunPython(other_call)]])
    text = FILE.replace("@staticmethod\n", "")
    for number, dependency in ((3, "0002_pages"), (4, "0003_x")):
        content = text.format(operation="UpdateObjects", name="fill", dependency=f'"{dependency}"')
        (tmp_path / f"000{number}_x.py").write_text(content)
    assert squash_migrations(MigrationFiles.load(tmp_path), "0004").text.count("def fill") == 1
    path = tmp_path / "0004_x.py"
    path.write_text(path.read_text().replace("a=1", "a=2"))
    with pytest.raises(MigrationFileError, match="0003_x and 0004_x define 'KEYS' differently"):
        squash_migrations(MigrationFiles.load(tmp_path), "0004")


def test_a_lambda_is_refused_with_its_file(tmp_path: Path) -> None:
    path = chain(tmp_path, ["0001_initial", "0002_pages"], [[CreateCollection(ARTICLE)], [RunPython(call)]])
    text = path.by_name["0002_pages"].text
    (tmp_path / "0002_pages.py").write_text(text.replace("RunPython(call)", "RunPython(lambda client: None)"))
    with pytest.raises(MigrationFileError, match=r"0002_pages.py cannot be squashed: .* cannot name .*lambda"):
        squash_migrations(MigrationFiles.load(tmp_path), "0002")


def test_a_branch_that_joins_in_between(tmp_path: Path) -> None:
    chain(tmp_path, ["0001_initial", "0002_pages"], [[CreateCollection(ARTICLE)], []])
    write(tmp_path, "0002_other", dependencies=["0001_initial"])
    write(tmp_path, "0003_merge", dependencies=["0002_other", "0002_pages"])
    files = MigrationFiles.load(tmp_path)
    assert squash_migrations(files, "0003").operations == (CreateCollection(ARTICLE),)
    part = squash_migrations(files, "0003", "0002_pages")
    assert part.text.count("0002_other") == 1
    part.write()
    graph = build_graph(MigrationFiles.load(tmp_path).by_name)
    assert list(graph.files) == ["0001_initial", "0002_other", part.name]
