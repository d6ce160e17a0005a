"""The parts of the glue for FastAPI: client, sessions, errors, pages, OpenAPI."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
import requests
from fastapi import APIRouter, Depends, FastAPI, WebSocket

from tests.contrib.fastapi_notes import app as notes_app
from tests.contrib.shop_models import Article, Country, Maker, Page
from tests.contrib.uvicorn_servers import served
from tests.empty_collections import empty_collections
from tests.scripted_host import Answer, Host, Request, Script
from weaviate_orm import (
    AuthApiKey,
    Client,
    DeleteDeniedError,
    FlushError,
    FrozenCollectionError,
    GraphQLError,
    ItemError,
    Model,
    NotFoundError,
    NotSentError,
    QueryError,
    RequestTimeoutError,
    Session,
    StaleObjectError,
    UnexpectedStatusError,
    ValidationError,
)
from weaviate_orm.contrib import fastapi as glue
from weaviate_orm.contrib.fastapi import (
    ERROR_RESPONSES,
    AsyncSessionDep,
    PageDep,
    PageParams,
    SessionDep,
    add_exception_handlers,
    get_session,
    page_dependency,
    session_dependency,
    weaviate_lifespan,
)
from weaviate_orm.contrib.fastapi.error_responses import status_of
from weaviate_orm.contrib.pydantic import ModelSchema, loading
from weaviate_orm.session.flush.execute import Failure
from weaviate_orm.testing import Server, recorded_requests

MODELS: list[type[Model]] = [Article, Maker, Country, Page]
SECRET = "s3cret"


class MakerOut(ModelSchema[Maker], include={"id", "name"}): ...


class ArticleOut(ModelSchema[Article], include={"id", "title"}):
    maker: MakerOut | None


class FoundArticle(ArticleOut):
    distance: float


@pytest.fixture(scope="module")
def shop(client: Client) -> Iterator[Client]:
    with empty_collections(client, MODELS):
        with Session(client) as session:
            ada = Maker(name="Ada")
            session.add_all(Article(title=f"Ball {number}", look=[1, number / 10], maker=ada) for number in range(1, 6))
            session.commit()
        yield client


@pytest.fixture
def serve() -> Iterator[Callable[[FastAPI], str]]:
    with ExitStack() as running:
        yield lambda app: running.enter_context(served(app))


def application(client: Client | str, **options: Any) -> FastAPI:
    app = FastAPI(lifespan=weaviate_lifespan(client, **options), responses=ERROR_RESPONSES)
    add_exception_handlers(app)
    return app


# -- the client


def test_a_url_is_opened_for_the_application_and_closed_after_it(
    server: Server, serve: Callable[[FastAPI], str]
) -> None:
    key = AuthApiKey(server.api_key) if server.api_key else None
    opened: list[Client] = []
    app = application(server.url, auth_client_secret=key, models=[Country])

    @app.get("/count")
    async def count(session: AsyncSessionDep) -> int:
        opened.append(session.client)
        return await session.query(Country).count()

    with served(app) as url:
        assert requests.get(f"{url}/count", timeout=60).json() == 0
        (client,) = opened
        assert client.is_ready()
    with pytest.raises(Exception, match="closed"):
        client.get_meta()


def test_a_client_stays_open_and_is_that_of_a_lifespan_of_ones_own(
    shop: Client, serve: Callable[[FastAPI], str]
) -> None:
    events: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with weaviate_lifespan(shop)(app):
            events.append("begins")
            yield
        events.append("ends")

    app = FastAPI(lifespan=lifespan)

    @app.get("/count")
    def count(session: SessionDep) -> int:
        assert session.client is shop
        return Article.query.count()

    with served(app) as url:
        assert requests.get(f"{url}/count", timeout=60).json() == 5
    assert events == ["begins", "ends"]
    assert shop.is_ready()


def test_an_application_without_a_client_has_that_of_configure(
    shop: Client, serve: Callable[[FastAPI], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weaviate_orm.session.default_client._client", shop)
    mounted = FastAPI()

    @mounted.get("/count")
    def count(session: SessionDep) -> int:
        return Article.query.count()

    app = FastAPI(lifespan=weaviate_lifespan())
    app.mount("/below", mounted)
    assert requests.get(f"{serve(app)}/below/count", timeout=60).json() == 5


# -- sessions


def pending_article(session: SessionDep) -> Article:
    """Runs in a thread of its own."""
    article = Article(title="Pending", look=[0, 1])
    session.add(article)
    return article


async def same_session(session: SessionDep) -> Session:
    return session


def test_every_part_of_a_request_has_its_session(shop: Client, serve: Callable[[FastAPI], str]) -> None:
    app = application(shop)

    @app.get("/sync")
    def in_thread(
        session: SessionDep,
        article: Annotated[Article, Depends(pending_article)],
        same: Annotated[Session, Depends(same_session)],
    ) -> bool:
        assert session is same
        assert Article.query.where(title="Pending").one() is article  # flushed, and found in the session
        session.delete(article)
        session.commit()
        return article not in session

    @app.get("/async")
    async def in_loop(session: SessionDep, article: Annotated[Article, Depends(pending_article)]) -> bool:
        assert Article.query.where(title="Pending").one() is article
        session.delete(article)
        session.commit()
        return article not in session

    url = serve(app)
    for path in ("/sync", "/async"):
        assert requests.get(url + path, timeout=60).json() is True


def test_what_is_not_committed_is_forgotten(shop: Client, serve: Callable[[FastAPI], str]) -> None:
    app = application(shop)
    sessions: list[Session] = []

    @app.get("/")
    def fail(session: SessionDep) -> None:
        sessions.append(session)
        session.add(Article(title="Lost"))
        raise RuntimeError("no")

    with recorded_requests(shop) as sent:
        assert requests.get(serve(app), timeout=60).status_code == 500
    assert sent == []
    assert sessions[0].new == ()


def test_sessions_have_options_and_may_be_overridden(shop: Client, serve: Callable[[FastAPI], str]) -> None:
    app = application(shop)

    @app.get("/tenant")
    def tenant(
        session: Annotated[Session, Depends(session_dependency(tenant=lambda: "acme", batch_size=7))],
    ) -> list[Any]:
        return [session._options.tenant, session._batch_size]

    @app.get("/overridden")
    def overridden(session: SessionDep) -> int:
        return session._batch_size

    app.dependency_overrides[get_session] = session_dependency(batch_size=9)
    url = serve(app)
    assert requests.get(f"{url}/tenant", timeout=60).json() == ["acme", 7]
    assert requests.get(f"{url}/overridden", timeout=60).json() == 9


def test_an_invalid_tenant_is_the_callers_mistake(shop: Client, serve: Callable[[FastAPI], str]) -> None:
    app = application(shop)

    @app.get("/")
    def read(session: Annotated[Session, Depends(session_dependency(tenant=lambda: "no tenant!"))]) -> None: ...

    response = requests.get(serve(app), timeout=60)
    assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, [])


def test_a_web_socket_has_a_session(shop: Client) -> None:
    app = application(shop)

    @app.websocket("/ws")
    async def count(socket: WebSocket, session: AsyncSessionDep) -> None:
        await socket.accept()
        await socket.send_text(str(await session.query(Article).count()))
        await socket.close()

    sent: list[Any] = []

    async def run() -> None:
        scope = {"type": "websocket", "path": "/ws", "headers": [], "query_string": b"", "subprotocols": []}

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        async with weaviate_lifespan(shop)(app):
            await app(scope, receive, send)

    asyncio.run(run())
    assert sent[1]["text"] == "5"


# -- errors


def test_errors_are_answered_by_their_statuses(shop: Client, serve: Callable[[FastAPI], str]) -> None:
    app = application(shop)
    router = APIRouter()

    @router.get("/missing")
    def missing() -> Any:
        return Article.query.where(title=SECRET).one()

    @router.get("/missing/{id}")
    async def missing_id(id: UUID, session: AsyncSessionDep) -> Any:
        return await loading(session.query(Article), ArticleOut).get(id)

    @router.get("/invalid")
    def invalid(session: SessionDep) -> Any:
        article = Article(title=SECRET)
        article.count = 2**60

    @router.get("/stale")
    def stale(session: SessionDep) -> Any:
        page = Page(text=SECRET)
        session.add(page)
        session.commit()
        with Session(session.client) as other:
            theirs = other.query(Page).get(page.id)
            theirs.text = "theirs"
            other.commit()
        page.text = f"{SECRET} mine"
        session.commit()

    @router.get("/twice")
    def twice(session: SessionDep) -> Any:
        page = Page(text=SECRET, id=uuid4())
        session.client.data_object.create({"text": SECRET}, "ContribPage", str(page.id))
        session.client.data_object.create({"text": SECRET}, "ContribPage", str(page.id))

    @router.get("/mine")
    def mine() -> Any:
        raise QueryError(SECRET)

    app.include_router(router)
    monkeyed = serve(app)

    def get(path: str) -> requests.Response:
        response = requests.get(monkeyed + path, timeout=60)
        assert SECRET not in response.text
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("weaviate_orm.session.default_client._client", shop)
        assert (get("/missing").status_code, get("/missing").json()) == (404, {"detail": "Not Found"})
    assert get(f"/missing/{uuid4()}").json() == {"detail": "Not Found"}
    invalid_response = get("/invalid")
    assert invalid_response.status_code == 422
    (problem,) = invalid_response.json()["detail"]
    assert (problem["type"], problem["loc"]) == ("value_error", ["body", "count"])
    assert problem["msg"].startswith("takes ints between -2^53 and 2^53")
    stale_response = get("/stale")
    assert stale_response.status_code == 409
    assert "changed meanwhile; load it again" in stale_response.json()["detail"]
    assert (get("/twice").status_code, get("/twice").json()) == (409, {"detail": "Conflict"})
    assert get("/mine").status_code == 500


@pytest.mark.slow
def test_a_server_that_is_not_there_is_503(serve: Callable[[FastAPI], str], caplog: pytest.LogCaptureFixture) -> None:
    with Client("http://127.0.0.1:9", startup_period=None) as client:
        app = application(client)

        @app.get("/")
        async def count(session: AsyncSessionDep) -> int:
            return await session.query(Article).count()

        with caplog.at_level(logging.WARNING, "weaviate_orm"):
            response = requests.get(serve(app), timeout=240)
    assert (response.status_code, response.json()) == (503, {"detail": "The database is not available"})
    assert "127.0.0.1:9" not in response.text
    assert [record.message for record in caplog.records if record.message.startswith("GET /: ")]


def failed(*reasons: Exception) -> FlushError:
    return FlushError([Failure(Maker(name=SECRET), "create", reason) for reason in reasons])


STATUSES: list[tuple[Exception, int | None]] = [
    (NotFoundError("x"), 404),
    (StaleObjectError([(Maker(name="a"), None)]), 409),
    (DeleteDeniedError([(Maker(name="a"), "country", Country(name="b"))]), 409),
    (ValidationError("x"), 422),
    (FrozenCollectionError("x"), 503),
    (RequestTimeoutError("x"), 504),
    (UnexpectedStatusError("x", status_code=429), 503),
    (UnexpectedStatusError("x", status_code=504), 504),
    (UnexpectedStatusError("x", status_code=500), None),
    (GraphQLError(["x"], document="{Get}"), None),
    (failed(RequestTimeoutError("x"), NotSentError("x")), 504),
    (failed(RequestTimeoutError("x"), FrozenCollectionError("x")), 503),
    (failed(ItemError("x"), RequestTimeoutError("x")), None),
    (failed(ValidationError("x")), 422),
    (failed(NotSentError("x")), None),
]


@pytest.mark.parametrize(("error", "status"), STATUSES, ids=lambda value: type(value).__name__)
def test_an_error_has_a_status(error: Exception, status: int | None) -> None:
    assert status_of(error) == status


def test_bodies_tell_no_values_and_when_to_come_back(serve: Callable[[FastAPI], str]) -> None:
    app = application("http://127.0.0.1:9", startup_period=None)
    id = uuid4()
    errors: dict[str, Exception] = {
        "denied": DeleteDeniedError([(Maker(name=SECRET), "country", Country(name=SECRET, id=id))]),
        "busy": UnexpectedStatusError(f"{SECRET}", status_code=429, retry_after=2.5, body=SECRET),
        "unsent": failed(UnexpectedStatusError(SECRET, status_code=503, retry_after=7)),
        "refused": failed(ValidationError(f"{SECRET} is", instance=Maker(name=SECRET), field="name")),
        "tenant": ValidationError("a tenant's name is short"),
    }

    @app.get("/{name}")
    def fail(name: str) -> Any:
        raise errors[name]

    url = serve(app)

    def get(name: str) -> requests.Response:
        response = requests.get(f"{url}/{name}", timeout=60)
        assert SECRET not in response.text
        return response

    assert get("denied").json() == {"detail": f"Country {id} is referred to by others"}
    assert (get("busy").status_code, get("busy").headers["Retry-After"]) == (503, "2")
    assert (get("unsent").status_code, get("unsent").headers["Retry-After"]) == (503, "7")
    assert get("refused").json() == {"detail": [{"type": "value_error", "loc": ["body", "name"], "msg": "is refused"}]}
    assert get("tenant").json()["detail"][0]["msg"] == "a tenant's name is short"


@pytest.mark.slow
def test_a_server_that_stalls_is_504(
    hostile: Callable[[Callable[[Request], Answer | Script]], Host], serve: Callable[[FastAPI], str]
) -> None:
    over = threading.Event()

    def respond(request: Request) -> Answer:
        over.wait(120)
        return 200, {}, b"{}"

    host = hostile(respond)
    with Client(host.url, startup_period=None, timeout_config=(5, 0.5)) as client:
        app = application(client)

        @app.get("/")
        async def count(session: AsyncSessionDep) -> int:
            return await session.query(Article).count()

        response = requests.get(serve(app), timeout=240)
        over.set()
    assert (response.status_code, response.json()) == (504, {"detail": "The database did not answer in time"})


# -- pages


def test_pages_read_one_request_each(shop: Client, serve: Callable[[FastAPI], str]) -> None:
    app = application(shop)

    @app.get("/async")
    async def in_loop(session: AsyncSessionDep, page: PageDep) -> glue.LimitOffsetPage[ArticleOut]:
        return await page.read(session.query(Article).order_by("title"), ArticleOut)

    @app.get("/sync", response_model=glue.LimitOffsetPage[ArticleOut])
    def in_thread(session: SessionDep, page: PageDep) -> Any:
        return page.read(Article.query.order_by("title").include("maker"))

    @app.get("/search")
    async def search(session: AsyncSessionDep, page: PageDep) -> glue.LimitOffsetPage[FoundArticle]:
        return await page.read(session.query(Article).near_vector([1.0, 0.0], target="look"), FoundArticle)

    url = serve(app)
    for path in ("/async", "/sync"):
        with recorded_requests(shop) as sent:
            first = requests.get(f"{url}{path}?limit=2", timeout=60).json()
        assert len(sent) == 1
        assert [item["title"] for item in first["items"]] == ["Ball 1", "Ball 2"]
        assert first["items"][0]["maker"]["name"] == "Ada"
        assert (first["has_next"], first["total"], first["limit"], first["offset"]) == (True, None, 2, 0)
        last = requests.get(f"{url}{path}?limit=2&offset=4", timeout=60).json()
        assert ([item["title"] for item in last["items"]], last["has_next"]) == (["Ball 5"], False)
    with recorded_requests(shop) as sent:
        found = requests.get(f"{url}/search?limit=1&offset=1", timeout=60).json()
    assert len(sent) == 1
    assert ([item["title"] for item in found["items"]], found["has_next"]) == (["Ball 2"], True)
    assert 0 < found["items"][0]["distance"] < 1
    for wrong in ("limit=0", "limit=101", "offset=-1", "offset=9900"):
        assert requests.get(f"{url}/search?{wrong}", timeout=60).status_code == 422


def test_lists_are_counted_where_that_is_wanted_and_searches_are_not(shop: Client) -> None:
    with Session(shop) as session:
        query = session.query(Article).order_by("title")
        page = PageParams(2, 2).read(query, count=True)
        assert ([article.title for article in page.items], page.total) == (["Ball 3", "Ball 4"], 5)
        assert (page.next_offset, page.previous_offset) == (4, 0)
        assert [article.title for article in PageParams(3).read(query.limit(2)).items] == ["Ball 1", "Ball 2"]
        assert (PageParams(9).read(query).next_offset, PageParams(9).read(query).previous_offset) == (None, None)
        with pytest.raises(QueryError, match="not counted"):
            PageParams(2).read(session.query(Article).near_vector([1.0, 0.0], target="look"), count=True)


def test_page_dependencies_have_limits_of_their_own(shop: Client, serve: Callable[[FastAPI], str]) -> None:
    app = FastAPI()

    @app.get("/")
    def params(page: Annotated[PageParams, Depends(page_dependency(limit=5, most=1000))]) -> list[int]:
        return [page.limit, page.offset]

    url = serve(app)
    assert requests.get(url, timeout=60).json() == [5, 0]
    assert requests.get(f"{url}/?limit=1000&offset=8999", timeout=60).json() == [1000, 8999]
    assert requests.get(f"{url}/?offset=9000", timeout=60).status_code == 422


# -- OpenAPI


def test_openapi_describes_schemas_pages_and_errors() -> None:
    document = notes_app.openapi()
    operation = document["paths"]["/notes"]["get"]
    assert operation["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/LimitOffsetPage_NoteOut_"
    }
    assert set(operation["responses"]) == {"200", "404", "409", "422", "503", "504"}
    limit, offset = (parameter["schema"] for parameter in operation["parameters"] if parameter["in"] == "query")
    assert (limit["maximum"], limit["default"], offset["maximum"]) == (100, 20, 9899)
    schemas = document["components"]["schemas"]
    assert schemas["NoteOut"]["description"] == "A note of an organization."
    assert schemas["NoteOut"]["properties"]["text"]["description"] == "What is noted"
    assert schemas["NoteIn"]["required"] == ["text"]
    assert "required" not in schemas["NotePatch"]
    assert schemas["LimitOffsetPage_NoteOut_"]["properties"]["items"]["items"] == {
        "$ref": "#/components/schemas/NoteOut"
    }
    assert document["paths"]["/notes/{id}"]["patch"]["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/NotePatch"
    }


# -- the extra


def test_without_the_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['fastapi'] = None; import weaviate_orm.contrib.fastapi"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert ended.stderr.splitlines()[-1] == (
        'ModuleNotFoundError: weaviate_orm.contrib.fastapi needs fastapi: pip install "weaviate-mapper[fastapi]"'
    )
