"""The pages of the explorer over a real server: what they show, how many requests each sends, and what is refused."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from tests.explorer.explored_models import COUNT, TITLES, Brand, Product, Review
from tests.shown_models import HOSTILE
from weaviate_orm import AuthApiKey, Client, Session
from weaviate_orm.explorer.web_application import explorer_application
from weaviate_orm.migrations import reflect
from weaviate_orm.testing import Server, recorded_requests

PRODUCTS = "/collections/TestExploredProduct"
REVIEWS = "/collections/TestExploredReview"
BRANDS = "/collections/TestExploredBrand"
MISSING = UUID(int=1)
KEY = "the-key-of-the-pages"
ADDRESS = "http://127.0.0.1:8181"


def browser_of(client: Client, **options: Any) -> TestClient:
    """What asks for pages as a browser of this machine does."""
    application = explorer_application(client, key=KEY, **options)
    pages = TestClient(application, base_url=ADDRESS, follow_redirects=False)
    assert pages.get(f"/?key={KEY}").status_code == 303
    return pages


@pytest.fixture(scope="module")
def pages(shop: Client) -> TestClient:
    return browser_of(shop)


@pytest.fixture(scope="module")
def writable(shop: Client) -> TestClient:
    return browser_of(shop, write=True)


def product(client: Client, title: str = "lamp 00") -> Product:
    with Session(client) as session:
        return session.query(Product).get(title=title)


def read(pages: TestClient, path: str, **parameters: str) -> str:
    response = pages.get(path, params=parameters or None)
    assert response.status_code == 200, response.text
    return response.text


def texts(page: str, pattern: str) -> list[str]:
    return [html.unescape(re.sub("<[^>]*>", "", text)).strip() for text in re.findall(pattern, page, re.DOTALL)]


# -- what is shown


def test_collections_have_their_counts(pages: TestClient) -> None:
    rows = texts(read(pages, "/"), r'<tr>\s*<td><a href="/collections/TestExplored.*?</tr>')
    assert [row.split()[:2] for row in rows] == [
        ["TestExploredBrand", "2"],
        ["TestExploredProduct", str(COUNT)],
        ["TestExploredReview", "in"],
    ]
    assert "TestExploredProduct.brand → TestExploredBrand" in texts(read(pages, "/"), "<title>.*?</title>")


def test_all_objects_are_paged_through(pages: TestClient) -> None:
    address, shown = PRODUCTS, []
    for more in (True, True, False):
        page = read(pages, address)
        shown += texts(page, r"<td>lamp \d\d</td>")
        following = re.findall(r'rel="next" href="([^"]*)"', page)
        assert bool(following) is more
        address = html.unescape(following[0]) if more else ""
    assert sorted(shown) == TITLES


def test_tenants_are_chosen(pages: TestClient) -> None:
    page = read(pages, REVIEWS)
    rows = texts(page, r"<tr><td><a href=\"/collections/TestExploredReview\?tenant.*?</tr>")
    assert [re.match(r"(acme|bolt)(HOT|ACTIVE)", row) is not None for row in rows] == [True, True]
    assert "good" not in page
    page = read(pages, REVIEWS, tenant="acme")
    assert "2 objects" in page
    assert "good" in page
    assert "tenant=acme" in page
    assert "fine" not in page
    assert "fine" in read(pages, f"{REVIEWS}/search", tenant="bolt", kind="bm25", text="fine")


def test_an_object_has_its_references_both_ways(pages: TestClient, shop: Client) -> None:
    page = read(pages, f"{PRODUCTS}/objects/{product(shop).id}")
    (brand,) = re.findall(r'id="references">.*?(/collections/TestExploredBrand/objects/[^"]*)', page, re.DOTALL)
    assert "TestExploredBrand.favourite" in page
    assert "Ada &amp; Co" in page.partition('id="referring"')[2]
    assert "lamp 01" in page.partition('id="neighbours"')[2]
    assert "3000" not in page  # the picture, which is shortened
    assert "TestExploredProduct.brand" in read(pages, brand)
    assert "and more" in read(pages, brand)  # 30 products are more than are shown
    assert "by smell" in read(pages, f"{PRODUCTS}/objects/{product(shop).id}", target="smell")


def test_references_of_a_tenant(pages: TestClient, shop: Client) -> None:
    with Session(shop, tenant="acme") as session:
        review = session.query(Review).where(text="good").one()
    assert "good" in read(pages, f"{REVIEWS}/objects/{review.id}", tenant="acme")
    assert pages.get(f"{REVIEWS}/objects/{review.id}", params={"tenant": "bolt"}).status_code == 404


def test_a_map_says_what_it_shows(pages: TestClient) -> None:
    page = read(pages, f"{PRODUCTS}/map", color="main_color")
    assert page.count("<circle") == COUNT + 2
    assert f"{COUNT} of {COUNT} objects are shown" in page
    assert texts(page, r"<li>.*?</li>") == ["blue", "red"]
    assert "None of the 2 objects that were read has such a vector" in read(pages, f"{BRANDS}/map")
    assert 'class="range7"' in read(pages, f"{PRODUCTS}/map", color="price", target="smell")


# -- searches, and their code

SEARCHES: list[dict[str, str]] = [
    {"kind": "bm25", "text": 'lamp "17"'},
    {"filters": "price__gte=10, in_stock=True", "order": "-price", "limit": "7"},
    {"filters": "main_color='blue', brand__name='Ada & Co'"},
    {"filters": "listed__lt=datetime(2020, 1, 3, tzinfo=timezone.utc)", "kind": "bm25", "text": "lamp", "limit": "100"},
    {"filters": "title__in=['lamp 01', 'lamp 02']"},
]


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: " ".join(search.values()))
def test_the_code_finds_what_the_page_shows(
    search: dict[str, str], pages: TestClient, shop: Client, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = read(pages, f"{PRODUCTS}/search", **search)
    (code,) = texts(page, r"<pre class=\"code\">.*?</pre>")
    shown = re.findall(rf'href="{PRODUCTS}/objects/([^"]*)"', page)
    assert shown
    (tmp_path / "models.py").write_text(reflect(shop, ["TestExploredProduct"]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "models", raising=False)
    program = code.replace("Session()", "Session(CLIENT)")
    names: dict[str, Any] = {"CLIENT": shop}
    exec(compile(program, "shown", "exec"), names)  # noqa: S102  # what the page tells its user to run
    assert [str(hit.id) for hit in names["hits"]] == shown
    monkeypatch.delitem(__import__("sys").modules, "models")


@pytest.mark.parametrize(
    ("search", "problem"),
    [
        ({"filters": "prise=1"}, "did you mean 'price'"),
        ({"filters": "price='x'"}, "needs a float"),
        ({"filters": "price >= 1"}, "filters are keywords of where()"),
        ({"kind": "bm25"}, "there is no text to search for"),
        ({"kind": "drop", "text": "x"}, "'drop' is no way to search"),
        ({"limit": "9999"}, "the limit is from 1 to 100"),
        ({"kind": "near_text", "text": "x", "target": "shape"}, "needs a vectorizer"),
        ({"order": "nothing"}, "does not exist"),
        ({"tenant": "acme"}, "is not multi-tenant"),
    ],
)
def test_searches_that_cannot_be_say_why(search: dict[str, str], problem: str, pages: TestClient) -> None:
    page = read(pages, f"{PRODUCTS}/search", **search)
    (shown,) = texts(page, r'<p class="problem".*?</p>')
    assert problem in shown


# -- requests

PATHS = {
    "/": 3,
    PRODUCTS: 4,
    f"{PRODUCTS}/search?kind=bm25&text=lamp": 3,
    f"{PRODUCTS}/map?color=price": 4,
    f"{PRODUCTS}/objects/ID": 5,
    f"{REVIEWS}?tenant=acme": 6,
    "/explorer.css": 0,
}


@pytest.mark.parametrize("path", PATHS)
def test_pages_send_few_requests(path: str, pages: TestClient, shop: Client) -> None:
    address = path.replace("ID", str(product(shop).id))
    with recorded_requests(shop) as requests:
        assert pages.get(address).status_code == 200
    assert len(requests) == PATHS[path]


def test_pages_show_the_same_by_grpc(pages: TestClient, shop: Client, server: Server) -> None:
    if server.grpc_port is None:
        pytest.skip("this server has no gRPC")
    with Client(server.url, AuthApiKey(server.api_key or ""), grpc=server.grpc_port) as client:
        by_grpc = browser_of(client)
        for path, count in PATHS.items():
            address = path.replace("ID", str(product(shop).id))
            with recorded_requests(client) as requests:
                shown = by_grpc.get(address).text
            assert re.findall("<a [^>]*>", shown) == re.findall("<a [^>]*>", pages.get(address).text), path
            assert len(requests) == count, path


# -- what no page has


@pytest.mark.parametrize("path", [*PATHS, f"{BRANDS}", f"{PRODUCTS}/search?kind=bm25&text=%3Cscript%3E"])
def test_pages_have_no_scripts_and_no_keys(path: str, pages: TestClient, shop: Client, server: Server) -> None:
    response = pages.get(path.replace("ID", str(product(shop).id)))
    assert "<script" not in response.text.lower()
    assert server.api_key is None or server.api_key not in response.text
    assert not re.search(r'(src|href)="(https?:)?//', response.text)
    assert not re.search(r"<[^>]*\son\w+=|<[^>]*\sstyle=", response.text)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_hostile_texts_are_escaped(pages: TestClient, shop: Client) -> None:
    with Session(shop) as session:
        brand = next(brand for brand in session.query(Brand) if brand.name == HOSTILE)
    for path in (BRANDS, f"{BRANDS}/objects/{brand.id}", f"{BRANDS}/search", PRODUCTS, f"{PRODUCTS}/map?color=tags"):
        page = read(pages, path)
        assert "&lt;script&gt;" in page, path
        assert "<script" not in page


# -- what is refused


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8181", "", "[", "0.0.0.0"])
def test_other_hosts_are_refused(host: str, pages: TestClient) -> None:
    response = pages.get("/", headers={"host": host})
    assert response.status_code == 403
    assert "TestExplored" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8181", "[::1]:8181"])
def test_the_names_of_this_machine_are_taken(host: str, pages: TestClient) -> None:
    assert pages.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8182", "http://localhost:8181"])
def test_other_origins_are_refused(origin: str, pages: TestClient) -> None:
    assert pages.get("/", headers={"origin": origin}).status_code == 403
    assert pages.get("/", headers={"origin": "http://127.0.0.1:8181"}).status_code == 200


def test_only_who_has_the_key_is_answered(shop: Client) -> None:
    application = explorer_application(shop, key=KEY, write=True)
    stranger = TestClient(application, base_url=ADDRESS, follow_redirects=False)
    with recorded_requests(shop) as requests:
        for path in ("/", f"{PRODUCTS}", "/explorer.css", "/?key=", "/?key=wrong", "/?key=é", f"{PRODUCTS}?key={KEY}"):
            assert stranger.get(path).status_code == 401, path
        assert stranger.post(f"{PRODUCTS}/objects/{MISSING}/delete", data={}).status_code == 401
    assert requests == []
    assert stranger.get(f"/?key={KEY}", headers={"host": "evil.example"}).status_code == 403
    welcome = stranger.get(f"/?key={KEY}")
    assert (welcome.status_code, welcome.headers["location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=strict"} <= {*welcome.headers["set-cookie"].split("; ")}
    assert stranger.get("/").status_code == 200


def test_names_that_are_none(pages: TestClient) -> None:
    assert pages.get("/collections/Nowhere").status_code == 404
    assert pages.get(f"{PRODUCTS}/objects/{MISSING}").status_code == 404
    assert "is no UUID" in pages.get(f"{PRODUCTS}/objects/x").text
    assert "is no UUID" in pages.get(f"{PRODUCTS}?after=x").text
    assert pages.get("/collections/..%2F..%2Fmeta").status_code == 404


# -- writing


def form_of(page: str) -> dict[str, str]:
    """What a browser sends of a form."""
    values = dict(re.findall(r'<input[^>]* name="([^"]*)" value="([^"]*)"', page))
    values |= dict(re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL))
    values |= dict.fromkeys(re.findall(r'<input type="checkbox" name="([^"]*)" checked', page), "on")
    return {html.unescape(name): html.unescape(value) for name, value in values.items()}


def test_a_reader_writes_nothing(pages: TestClient, writable: TestClient, shop: Client) -> None:
    address = f"{PRODUCTS}/objects/{product(shop).id}"
    form = form_of(read(writable, f"{address}/edit"))
    for path in ("edit", "delete"):
        assert path not in re.findall(r'class="(\w+)"', read(pages, address))
        for response in (pages.get(f"{address}/{path}"), pages.post(f"{address}/{path}", data=form)):
            assert response.status_code == 403


def test_a_property_is_changed_and_nothing_else(writable: TestClient, shop: Client) -> None:
    address = f"{PRODUCTS}/objects/{product(shop, 'lamp 20').id}"
    with Session(shop) as session:
        before = session.query(Product).with_vector().undefer("picture").get(title="lamp 20")
    form = form_of(read(writable, f"{address}/edit"))
    with recorded_requests(shop) as requests:
        response = writable.post(f"{address}/edit", data={**form, "value:price": "99.5"})
    assert (response.status_code, response.headers["location"]) == (303, address)
    assert [request.method for request in requests] == ["GET", "GET", "GET", "PATCH"]
    with Session(shop) as session:
        after = session.query(Product).with_vector().undefer("picture").get(title="lamp 20")
        assert after.price == 99.5
        assert (after.listed, after.tags, after.picture, after.pieces) == (
            before.listed,
            before.tags,
            before.picture,
            before.pieces,
        )
        assert after.shape == before.shape
        after.price = 20.0
        session.commit()


def test_an_unchanged_form_writes_nothing(writable: TestClient, shop: Client) -> None:
    address = f"{PRODUCTS}/objects/{product(shop, 'lamp 01').id}"  # of which a property is null
    form = form_of(read(writable, f"{address}/edit"))
    with recorded_requests(shop) as requests:
        assert writable.post(f"{address}/edit", data=form).status_code == 303
    assert {request.method for request in requests} == {"GET"}


def test_wrong_values_are_typed_again(writable: TestClient, shop: Client) -> None:
    address = f"{PRODUCTS}/objects/{product(shop, 'lamp 21').id}"
    form = form_of(read(writable, f"{address}/edit"))
    response = writable.post(f"{address}/edit", data={**form, "value:price": "much", "value:title": HOSTILE})
    assert response.status_code == 422
    assert "could not convert" in response.text
    assert form_of(response.text)["value:title"] == HOSTILE
    assert product(shop, "lamp 21").price == 21.0


def test_a_form_of_an_older_state_changes_nothing(writable: TestClient, shop: Client) -> None:
    lamp = product(shop, "lamp 22")
    address = f"{PRODUCTS}/objects/{lamp.id}"
    form = form_of(read(writable, f"{address}/edit"))
    shop.data_object.update({"pieces": 23}, "TestExploredProduct", lamp.id)  # as another program
    response = writable.post(f"{address}/edit", data={**form, "value:price": "1"})
    assert response.status_code == 409
    assert "Somebody else has changed" in response.text
    assert product(shop, "lamp 22").price == 22.0
    shop.data_object.update({"pieces": 22}, "TestExploredProduct", lamp.id)


@pytest.mark.parametrize("token", ["", "wrong", "é"])
@pytest.mark.parametrize("path", ["edit", "delete"])
def test_forms_without_the_token_are_refused(token: str, path: str, writable: TestClient, shop: Client) -> None:
    address = f"{PRODUCTS}/objects/{product(shop).id}"
    form = form_of(read(writable, f"{address}/{path}"))
    with recorded_requests(shop) as requests:
        assert writable.post(f"{address}/{path}", data={**form, "token": token}).status_code == 403
    assert requests == []


def test_forms_of_other_sites_are_refused(writable: TestClient, shop: Client) -> None:
    address = f"{PRODUCTS}/objects/{product(shop).id}/delete"
    form = form_of(read(writable, address))
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"host": "evil.example"}):
        with recorded_requests(shop) as requests:
            assert writable.post(address, data=form, headers=headers).status_code == 403
        assert requests == []


def test_forms_are_bounded(writable: TestClient) -> None:
    response = writable.post(f"{PRODUCTS}/objects/{MISSING}/edit", data={"token": "x" * 5_000_000})
    assert response.status_code == 413


def test_an_object_is_deleted(writable: TestClient, shop: Client) -> None:
    with Session(shop, tenant="bolt") as session:
        review = Review(text="a short life")
        session.add(review)
        session.commit()
    address = f"{REVIEWS}/objects/{review.id}"
    form = form_of(read(writable, f"{address}/delete", tenant="bolt"))
    response = writable.post(f"{address}/delete", params={"tenant": "bolt"}, data=form)
    assert (response.status_code, response.headers["location"]) == (303, f"{REVIEWS}?tenant=bolt")
    assert writable.get(address, params={"tenant": "bolt"}).status_code == 404
