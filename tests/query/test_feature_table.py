"""The table of docs/queries.md lacks nothing that running servers offer, and the tests that it names send it."""

from __future__ import annotations

import importlib
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.query.book_models import Book, Writer
from tests.query.introspection import offered
from tests.query.module_models import Page, Photo, Poster, Scene, Take
from tests.query.sent_documents import SENT, asked
from tests.query.test_tenants_and_consistency import Ledger, Ticket
from weaviate_orm import Client, create_all
from weaviate_orm.http.features import Feature

TABLE = Feature("the table", (1, 39, 0))
"""The table is of this version; older ones offer less."""

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| ([\w, ]+) \| `([^`]+)` \| (.+) \| ((?:`test_\w+::test_\w+`(?:, )?)+) \|$", re.MULTILINE)


def expanded(name: str) -> Iterator[str]:
    """``a.{b,c}`` as ``a.b`` and ``a.c``."""
    parts = re.split(r"\{([^}]*)\}", name)
    choices = [part.split(",") if number % 2 else [part] for number, part in enumerate(parts)]
    return ("".join(chosen) for chosen in itertools.product(*choices))


@cache
def rows() -> dict[str, list[str]]:
    """What the table names, each with its tests."""
    text = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    table = text.partition("## Everything that the server offers")[2]
    found: dict[str, list[str]] = defaultdict(list)
    for roots, names, _, tests in _ROW.findall(table):
        for root in roots.split(","):
            for name in expanded(names):
                found[f"{root.strip()} {name}"] += re.findall(r"`([^`]+)`", tests)
    return dict(found)


def test_every_line_of_the_table_is_read() -> None:
    text = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    lines = text.partition("## Everything that the server offers")[2].count("\n| ")
    assert len(_ROW.findall(text)) == lines - 2  # its head


@pytest.mark.needs(TABLE)
def test_the_table_names_all_that_the_server_offers(modules: Client, cluster: Cluster) -> None:
    create_all(modules, [Book, Writer, Ticket])
    server = offered(modules, names_of(Page, Scene, Poster, Photo, Take, Book, Ticket))
    with cluster.client() as client:  # some arguments are those of replicated classes, which need nodes
        create_all(client, [Ledger])
        server |= offered(client, names_of(Ledger))
    assert len(server) > 300
    assert sorted(server - set(rows())) == []
    assert sorted(set(rows()) - server) == []


def names_of(*models: type[object]) -> tuple[str, ...]:
    return tuple(model.__mapper__.collection_name for model in models)  # type: ignore[attr-defined]


def test_the_tests_that_the_table_names_are_there() -> None:
    tests = {test for named in rows().values() for test in named}
    assert len(tests) > 20
    for test in tests:
        module, _, function = test.partition("::")
        assert callable(getattr(importlib.import_module(f"tests.query.{module}"), function, None)), test


@pytest.mark.needs(TABLE)
def test_the_tests_that_the_table_names_send_what_it_says() -> None:
    """Of those that ran before this one; alone it has nothing to compare."""

    @cache
    def sent_by(test: str) -> set[str]:
        return set().union(*map(asked, SENT[test]))

    ran = {name: tests for name, tests in rows().items() if all(SENT.get(test) for test in tests)}
    if not ran:
        pytest.skip("none of the tests that the table names ran before; give the folder")
    assert [name for name, tests in ran.items() if not any(name in sent_by(test) for test in tests)] == []
