"""The table of docs/queries.md lacks nothing that the running server offers, and the tests that it names are there."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from tests.query.gallery import Page, Photo, Poster, Scene
from tests.query.introspection import offered
from tests.query.shelf import Book, Writer
from weaviate_orm import Client, create_all

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| ([\w, ]+) \| `([^`]+)` \| (.+) \| `(test_\w+)` \|$", re.MULTILINE)


def expanded(name: str) -> Iterator[str]:
    """``a.{b,c}`` as ``a.b`` and ``a.c``."""
    parts = re.split(r"\{([^}]*)\}", name)
    choices = [part.split(",") if number % 2 else [part] for number, part in enumerate(parts)]
    return ("".join(chosen) for chosen in itertools.product(*choices))


def rows() -> list[tuple[str, str, str]]:
    text = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    table = text.partition("## Everything that the server offers")[2]
    return [
        (root.strip(), name, test)
        for roots, names, _, test in _ROW.findall(table)
        for root in roots.split(",")
        for name in expanded(names)
    ]


def test_the_table_names_all_that_the_server_offers(modules: Client) -> None:
    create_all(modules, [Book, Writer])
    names = tuple(model.__mapper__.collection_name for model in (Page, Scene, Poster, Photo, Book))
    server = offered(modules, names)
    table = {f"{root} {name}" for root, name, _ in rows()}
    assert len(server) > 300
    assert sorted(server - table) == []
    assert sorted(table - server) == []


def test_the_tests_that_the_table_names_are_there() -> None:
    tests = {test for _, _, test in rows()}
    assert len(tests) > 5
    assert all((Path(__file__).parent / f"{test}.py").is_file() for test in tests)
