"""The order of files; squashed files in place of others; what does not fit together is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.migrations.file_folders import chain, write
from weaviate_orm.exceptions import MigrationFileError
from weaviate_orm.migrations import CreateCollection, DeleteCollection, MigrationFiles, Operation
from weaviate_orm.migrations.graph import MigrationGraph, build_graph
from weaviate_orm.schema import CollectionSpec

Build = Callable[..., MigrationGraph]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Writes files with these dependencies, and returns their graph."""

    def build(
        applied: Sequence[str] = (), replaces: dict[str, list[str]] | None = None, **files: Sequence[str]
    ) -> MigrationGraph:
        for name, dependencies in files.items():
            write(tmp_path, name.lstrip("_"), dependencies=dependencies, replaces=(replaces or {}).get(name, ()))
        return build_graph(MigrationFiles.load(tmp_path).by_name, applied)

    return build


def test_files_come_after_those_that_they_depend_on(build: Build) -> None:
    graph = build(_1_c=[], _2_b=["3_a"], _3_a=["1_c"], _4_d=["3_a"])
    assert list(graph.files) == ["1_c", "3_a", "2_b", "4_d"]
    assert graph.heads == ("2_b", "4_d")
    assert graph.until("2_b") == ("1_c", "3_a", "2_b")
    assert graph.after("3_a") == ("2_b", "4_d")
    with pytest.raises(MigrationFileError, match=r"there are 2 heads.*: 2_b, 4_d; `makemigrations --merge`"):
        _ = graph.head
    assert build(_5_e=["2_b", "4_d"]).head == "5_e"


def test_no_files() -> None:
    graph = build_graph({})
    assert (graph.head, graph.heads, graph.state().collections) == (None, (), {})


def test_a_circle(build: Build) -> None:
    with pytest.raises(MigrationFileError, match=r"in a circle: .*1_a → .*; remove one of these dependencies"):
        build(_1_a=["3_c"], _2_b=["1_a"], _3_c=["2_b"])


def test_a_dependency_without_a_file(build: Build) -> None:
    with pytest.raises(MigrationFileError, match=r"2_b.py depends on '1_aa', which has no file in .*you mean '1_a'"):
        build(_1_a=[], _2_b=["1_aa"])


def test_targets(build: Build) -> None:
    graph = build(_1_a=[], _2_b=["1_a"], _2_c=["1_a"])
    assert (graph.find("1"), graph.find("2_b"), graph.find("2_c")) == ("1_a", "2_b", "2_c")
    with pytest.raises(MigrationFileError, match="several migration files begin with '2': 2_b, 2_c; name one"):
        graph.find("2")
    with pytest.raises(MigrationFileError, match="no migration file is called '1_b', or begins so; did you mean"):
        graph.find("1_b")
    with pytest.raises(MigrationFileError, match="there are: 1_a, 2_b, 2_c"):
        graph.find("zzz")


SQUASHED = {"_1_squashed": ["1_a", "2_b"]}


@pytest.mark.parametrize(
    ("applied", "order", "counted"),
    [
        ([], ["1_squashed", "3_c"], []),
        (["1_a", "2_b"], ["1_squashed", "3_c"], ["1_squashed"]),
        (["1_squashed"], ["1_squashed", "3_c"], ["1_squashed"]),
        (["1_a"], ["1_a", "2_b", "3_c"], ["1_a"]),
    ],
)
@pytest.mark.parametrize("dependency", ["2_b", "1_squashed"])
def test_a_squashed_file_takes_the_place_of_those_that_it_replaces(
    build: Build, applied: list[str], order: list[str], counted: list[str], dependency: str
) -> None:
    graph = build(applied, SQUASHED, _1_squashed=[], _1_a=[], _2_b=["1_a"], _3_c=[dependency])
    assert list(graph.files) == order
    assert graph.applied == set(counted)
    assert graph.head == "3_c"


def test_a_squashed_file_without_those_that_it_replaces(build: Build) -> None:
    assert list(build([], SQUASHED, _1_squashed=[], _3_c=["2_b"]).files) == ["1_squashed", "3_c"]


def test_a_squashed_file_where_only_a_part_is_applied_and_the_rest_is_gone(build: Build) -> None:
    with pytest.raises(MigrationFileError, match="of which only some are applied on this server, and 2_b has no file"):
        build(["1_a"], SQUASHED, _1_squashed=[], _1_a=[])


def test_squashed_files_are_squashed_again(build: Build) -> None:
    replaces = SQUASHED | {"_1_all": ["1_squashed", "3_c"]}
    graph = build(["1_a", "2_b", "3_c"], replaces, _1_all=[], _1_squashed=[], _3_c=["1_squashed"], _4_d=["3_c"])
    assert list(graph.files) == ["1_all", "4_d"]
    assert graph.applied == {"1_all"}


def test_states(tmp_path: Path) -> None:
    article, author = CollectionSpec("Article"), CollectionSpec("Author")
    operations: list[list[Operation]] = [
        [CreateCollection(article)],
        [CreateCollection(author), DeleteCollection("Article")],
    ]
    graph = build_graph(chain(tmp_path, ["1_a", "2_b"], operations).by_name)
    assert graph.state().collections == {"Author": author}
    assert graph.state(["1_a"]).collections == {"Article": article}


def test_an_operation_that_does_not_fit(tmp_path: Path) -> None:
    operations: list[list[Operation]] = [
        [CreateCollection(CollectionSpec("Article"))],
        [DeleteCollection("Article"), DeleteCollection("Tag")],
    ]
    graph = build_graph(chain(tmp_path, ["1_a", "2_b"], operations).by_name)
    with pytest.raises(MigrationFileError, match=r"2_b.py: operation 2, DeleteCollection, does not fit") as caught:
        graph.state()
    assert caught.value.file == "2_b"
