"""The library of ``examples/library``, used in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contrib.uvicorn_servers import uvicorn_process
from tests.examples.browser import Browser, browser, executable
from weaviate_orm import Client
from weaviate_orm.testing import Server

COLLECTIONS = {"Book", "Writer"}
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "library.png"
"""As ``Browser.screenshot()`` shows the page of ``/?text=a storm at sea``."""

pytestmark = [
    pytest.mark.skipif(executable() is None, reason="no Chromium on this machine; Debian has it as chromium"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def library(server: Server, client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    present = {each["class"] for each in client.schema.get()["classes"]}
    assert not present & COLLECTIONS, (
        "this server holds collections of these names, and the example would write to them"
    )
    environment = {"WEAVIATE_URL": server.url, "WEAVIATE_API_KEY": server.api_key or ""}
    arguments = ["--app-dir", "examples", "--log-level", "warning", "library.app:app"]
    output = tmp_path_factory.mktemp("library") / "output"
    try:
        with uvicorn_process(arguments, output, environment=environment) as running:
            running.wait_for("/")
            yield running.url
            assert "Traceback" not in running.end()
    finally:
        for name in COLLECTIONS:
            client.schema.delete_class(name)


@pytest.fixture(scope="module")
def shared_page(library: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def page(shared_page: Browser, library: str) -> Browser:
    shared_page.open(f"{library}/")
    return shared_page


def titles(page: Browser) -> list[str]:
    return page.texts(".books a")


def test_books_are_listed_in_pages(page: Browser) -> None:
    listed = titles(page)
    assert len(listed) == 20
    assert listed[0] == "A Christmas Carol"
    assert page.texts("a[rel=prev]") == []
    page.follow("a[rel=next]")
    listed += titles(page)
    page.follow("a[rel=next]")
    assert page.texts("a[rel=next]") == []
    listed += titles(page)
    assert len(set(listed)) == len(listed) == 47
    page.follow("a[rel=prev]")
    assert titles(page) == listed[20:40]


def test_books_are_searched_within_facets(page: Browser) -> None:
    page.type("input[name=text]", "a storm at sea")
    page.follow(".search button")
    assert "The Tempest" in titles(page)[:3]
    assert page.value("input[name=text]") == "a storm at sea"
    subjects = dict(zip(page.texts("#subjects a"), page.texts("#subjects span"), strict=True))
    page.follow(f"#subjects li:nth-child({[*subjects].index('sea') + 1}) a")
    assert page.texts("#subjects .chosen a") == ["sea"]
    assert len(titles(page)) == int(subjects["sea"]) == 7
    centuries = dict(zip(page.texts("#centuries a"), page.texts("#centuries span"), strict=True))
    assert centuries == {"17th": "1", "19th": "4", "20th": "2"}
    page.follow("#centuries li:nth-child(1) a")
    assert titles(page) == ["The Tempest"]
    page.follow("#subjects .chosen a")
    assert set(titles(page)) == {"The Tempest", "Don Quixote", "Hamlet", "Macbeth"}
    assert page.screenshot().startswith(b"\x89PNG")


def test_pages_of_books_and_writers_lead_to_each_other(page: Browser, library: str) -> None:
    page.follow(".books a")
    assert page.texts("h1") == ["A Christmas Carol"]
    assert len(titles(page)) == 4
    assert "A Christmas Carol" not in titles(page)
    page.follow("article .by a")
    assert page.texts("h1") == ["Charles Dickens"]
    assert titles(page) == ["Oliver Twist", "A Christmas Carol", "Great Expectations"]
    page.follow(".books a")
    assert page.texts("h1") == ["Oliver Twist"]
    page.follow(".subjects a")
    assert page.texts("#subjects .chosen a") == ["crime"]
    page.open(f"{library}/books/00000000-0000-0000-0000-000000000001")
    assert page.texts("h1") == ["Not here"]


def test_a_book_is_edited(page: Browser, client: Client) -> None:
    page.type("input[name=text]", "an insect")
    page.follow(".search button")
    page.follow(".books a")
    assert page.texts("h1") == ["The Metamorphosis"]
    id = page.address.rpartition("/")[2]
    page.follow("a.edit")
    page.type("input[name=year]", "lately")
    page.type("input[name=title]", "")
    page.follow("form.edit button")
    assert len(page.texts("label .problem")) == 2
    assert page.value("input[name=year]") == "lately"  # it need not be typed again
    page.type("input[name=year]", "1916")
    page.type("input[name=title]", "The Transformation")
    page.type("input[name=subjects]", "strange, family")
    page.choose("select[name=writer]", "Mary Shelley")
    page.follow("form.edit button")
    assert page.texts("h1") == ["The Transformation"]
    assert page.texts("article .by") == ["Mary Shelley, 1916"]
    assert page.texts(".subjects a") == ["strange", "family"]
    page.follow("article .by a")
    assert "The Transformation" in titles(page)

    page.follow(".books li:last-child a")
    page.follow("a.edit")
    client.data_object.update({"version": 7}, "Book", id)  # as another program
    page.type("input[name=title]", "The Change")
    page.follow("form.edit button")
    assert page.texts(".problem") == ["Somebody else has changed this book meanwhile. Open it again to see how."]
    assert page.value("input[name=title]") == "The Change"


def test_the_documentation_shows_a_picture() -> None:
    assert PICTURE.read_bytes().startswith(b"\x89PNG")
