"""The explorer, walked through in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contrib.uvicorn_servers import served
from tests.examples.browser import Browser, browser, executable
from tests.explorer.explored_models import COUNT, TITLES
from tests.shown_models import HOSTILE
from weaviate_orm import Client
from weaviate_orm.explorer.web_application import explorer_application

pytestmark = [
    pytest.mark.skipif(executable() is None, reason="no Chromium on this machine; Debian has it as chromium"),
    pytest.mark.timeout(600),
]

PRODUCTS = "collections/TestExploredProduct"


@pytest.fixture(scope="module")
def explorer(shop: Client) -> Iterator[str]:
    with served(explorer_application(shop, key="k", write=True)) as url:
        yield url


@pytest.fixture(scope="module")
def shared_page(explorer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def page(shared_page: Browser, explorer: str) -> Browser:
    shared_page.open(f"{explorer}/?key=k")
    return shared_page


def link(name: str) -> str:
    return f'a[href="/collections/{name}"]'


def test_the_schema_leads_to_collections_and_objects(page: Browser) -> None:
    assert {"TestExploredBrand", "TestExploredProduct"} <= {*page.texts(".collections a")}
    page.follow("svg.schema " + link("TestExploredProduct") + " text")
    assert page.texts("h1") == [f"TestExploredProduct {COUNT} objects"]
    listed = page.texts(".objects tbody tr")
    page.follow("a[rel=next]")
    listed += page.texts(".objects tbody tr")
    page.follow("a[rel=next]")
    listed += page.texts(".objects tbody tr")
    assert page.texts("a[rel=next]") == []
    assert len({*listed}) == COUNT
    page.follow(".objects a")
    assert page.texts("#references th") == ["brand", "beside"]
    page.follow("#references a")
    assert page.texts("#referring th") == ["TestExploredProduct.brand"]
    page.follow("#referring a")
    assert page.texts("#properties td")[0] in TITLES
    page.follow("h2#neighbours ~ .wide a")
    assert page.texts("#properties td")[0] in TITLES


def test_objects_are_searched_for(page: Browser, explorer: str) -> None:
    page.open(f"{explorer}/{PRODUCTS}")
    page.type("input[name=text]", "lamp 17")
    page.type("input[name=filters]", "price__gte=10, main_color='red'")
    page.choose("select[name=kind]", "words")
    page.follow("form.search button")
    assert page.texts(".problem") == []
    assert page.texts("thead th")[:2] == ["score", "id"]
    assert "lamp 17" in page.texts(".objects tbody tr")[0]
    assert ".where(price__gte=10, main_color='red')" in page.texts("pre")[0]
    assert page.value("input[name=text]") == "lamp 17"
    page.type("input[name=filters]", "prise=10")
    page.follow("form.search button")
    assert "did you mean 'price'" in page.texts(".problem")[0]
    assert page.value("input[name=filters]") == "prise=10"


def test_a_tenant_is_chosen(page: Browser) -> None:
    page.follow(".collections " + link("TestExploredReview"))
    assert page.texts("#tenants tbody a") == ["acme", "bolt"]
    page.follow("#tenants tbody a")
    assert page.texts("h1") == ["TestExploredReview 2 objects"]
    page.follow(".objects a")
    assert page.texts("header .tenant") == ["tenant acme"]


def test_points_of_the_map_lead_to_objects(page: Browser, explorer: str) -> None:
    page.open(f"{explorer}/{PRODUCTS}/map")
    page.choose("select[name=color]", "main_color")
    page.follow("form.line button")
    assert page.texts(".legend li") == ["blue", "red"]
    assert len(page.texts(".map > svg circle")) == COUNT
    page.follow(".map > svg a:last-of-type circle")
    assert page.texts("#properties td")[0] in TITLES
    assert page.screenshot().startswith(b"\x89PNG")


def test_an_object_is_edited_and_deleted(page: Browser, explorer: str, shop: Client) -> None:
    id = shop.data_object.create({"title": "a lamp for a while", "price": 1.5}, "TestExploredProduct")
    page.open(f"{explorer}/{PRODUCTS}/objects/{id}")
    page.follow("a.edit")
    page.type('input[name="value:price"]', "much")
    page.follow("form.edit button")
    assert len(page.texts(".problem")) == 2
    assert page.value('input[name="value:price"]') == "much"
    page.type('input[name="value:price"]', "2.5")
    page.type('textarea[name="value:title"]', HOSTILE)
    page.follow("form.edit button")
    assert page.address == f"{explorer}/{PRODUCTS}/objects/{id}"
    assert page.texts("#properties td")[:2] == [HOSTILE, "2.5"]
    page.follow("a.delete")
    page.follow("form.delete button")
    assert page.address == f"{explorer}/{PRODUCTS}"
    assert not shop.data_object.exists(id, "TestExploredProduct")


@pytest.mark.parametrize("name", ["overview", "search", "map"])
def test_the_documentation_shows_pictures(name: str) -> None:
    picture = Path(__file__).parents[2] / "docs" / "images" / f"explorer-{name}.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 100_000


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(page: Browser, explorer: str) -> None:
    for path in ("", PRODUCTS, f"{PRODUCTS}/map?color=tags", f"{PRODUCTS}/search?kind=bm25&text={HOSTILE}"):
        page.open(f"{explorer}/{path}")
        assert page.texts("script") == []
        assert page.texts("link[rel=stylesheet]") == [""]
