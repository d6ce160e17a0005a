"""The table of docs/reference/server.md lacks nothing that running servers offer, and its tests send what it names."""

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
from tests.query.feature_tests import TESTS
from tests.query.introspection import offered
from tests.query.module_models import Page, Photo, Poster, Scene, Take
from tests.query.sent_documents import SENT, asked
from tests.query.test_tenants_and_consistency import Ledger, Ticket
from weaviate_orm import Client, create_all
from weaviate_orm.http.features import Feature

TABLE = Feature("the table", (1, 39, 0))
"""The table is of this version; older ones offer less."""

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "server.md"
_ROW = re.compile(r"^\| ([\w, ]+) \| `([^`]+)` \| .+ \|$", re.MULTILINE)


def expanded(name: str) -> Iterator[str]:
    """``a.{b,c}`` as ``a.b`` and ``a.c``."""
    parts = re.split(r"\{([^}]*)\}", name)
    choices = [part.split(",") if number % 2 else [part] for number, part in enumerate(parts)]
    return ("".join(chosen) for chosen in itertools.product(*choices))


@cache
def rows() -> dict[str, list[str]]:
    """What the table names, each with its tests."""
    found: dict[str, list[str]] = defaultdict(list)
    for roots, names in _ROW.findall(PAGE.read_text(encoding="utf-8")):
        for root in roots.split(","):
            for name in expanded(names):
                found[f"{root.strip()} {name}"] += TESTS[f"{roots} | {names}"]
    return dict(found)


def test_every_row_of_the_table_is_read_and_has_its_tests() -> None:
    text = PAGE.read_text(encoding="utf-8")
    read = [f"{roots} | {names}" for roots, names in _ROW.findall(text)]
    assert len(read) == text.count("\n| ") - 2  # its head
    assert sorted(read) == sorted(TESTS)


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


def test_the_tests_of_the_table_are_there() -> None:
    tests = {test for named in rows().values() for test in named}
    assert len(tests) > 20
    for test in tests:
        module, _, function = test.partition("::")
        assert callable(getattr(importlib.import_module(f"tests.query.{module}"), function, None)), test


@pytest.mark.needs(TABLE)
def test_the_tests_of_the_table_send_what_it_names() -> None:
    """Of those that ran before this one; alone it has nothing to compare."""

    @cache
    def sent_by(test: str) -> set[str]:
        return set().union(*map(asked, SENT[test]))

    ran = {name: tests for name, tests in rows().items() if all(SENT.get(test) for test in tests)}
    if not ran:
        pytest.skip("none of the tests of the table ran before; give the folder")
    assert [name for name, tests in ran.items() if not any(name in sent_by(test) for test in tests)] == []
