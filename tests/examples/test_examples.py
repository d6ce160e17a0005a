"""The examples, run as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.testing import Server

EXAMPLES = Path(__file__).parents[2] / "examples"
COLLECTIONS = {"Module", "Entry", "Library", "Publication", "Article", "Author"}
COMPRESSING = {"zlib", "gzip", "bz2", "lzma", "zipfile", "tarfile"}


@pytest.fixture(autouse=True)
def nothing_left(client: Client) -> Iterator[None]:
    """The examples name their collections as a user would, without a test's prefix."""

    def collections() -> set[str]:
        return {each["class"] for each in client.schema.get()["classes"]}

    before = collections()
    assert not before & COLLECTIONS, (
        "this server holds collections of these names, and the examples would write to them"
    )
    yield
    for name in collections() - before:
        client.schema.delete_class(name)


def run(example: str, server: Server, *arguments: str) -> list[str]:
    """The lines that an example prints."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / example, *arguments, "--url", server.url],
        env={**os.environ, "WEAVIATE_API_KEY": server.api_key or "", "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"},
        cwd=EXAMPLES.parent,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def first_column(lines: list[str]) -> list[str]:
    """The modules of the printed table, the nearest first."""
    return [line.split("│")[1].strip() for line in lines if line.startswith("│")]


def stored(client: Client, collection: str) -> list[dict[str, Any]]:
    """All objects of a collection, with the times of their last writes."""
    found = client.data_object.get(class_name=collection, limit=10_000)
    assert found is not None
    return list(found["objects"])


def test_search_stdlib_stores_once_and_then_only_searches(server: Server, client: Client) -> None:
    first = run("search_stdlib.py", server, "compress a file")
    assert any(line.endswith("modules are stored") for line in first)
    assert COMPRESSING & set(first_column(first)[:5])
    entries, modules = stored(client, "Entry"), stored(client, "Module")

    second = run("search_stdlib.py", server, "compress a file")

    assert second[0] == f"{len(entries):,} entries are in place; nothing is written"
    assert first_column(second) == first_column(first)
    assert stored(client, "Entry") == entries
    assert stored(client, "Module") == modules


def test_search_stdlib_completes_what_an_interrupted_run_left(server: Server, client: Client) -> None:
    run("search_stdlib.py", server, "compress a file")
    entries = {each["id"] for each in stored(client, "Entry")}
    for library in stored(client, "Library"):
        client.data_object.delete(library["id"], "Library")
    for lost in list(entries)[:50]:
        client.data_object.delete(lost, "Entry")

    again = run("search_stdlib.py", server, "compress a file")

    assert any(line.endswith("modules are stored") for line in again)
    assert {each["id"] for each in stored(client, "Entry")} == entries
    linked = [link["beacon"] for module in stored(client, "Module") for link in module["properties"].get("entries", ())]
    assert sorted(link.rpartition("/")[2] for link in linked) == sorted(entries), "no reference lost, none doubled"


def test_blog_tells_what_it_did_and_can_be_run_again(server: Server, client: Client) -> None:
    first = run("blog.py", server)
    assert "Vogue came back equal" in first[1]
    assert "  Gabrielle Bonheur" in first
    articles = {each["id"]: each["properties"] for each in stored(client, "Article")}
    assert len(articles) == 4

    assert run("blog.py", server) == first
    assert {each["id"]: each["properties"] for each in stored(client, "Article")} == articles
