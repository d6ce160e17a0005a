"""Sessions of requests, views, paginators and forms of a Django project."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.core.paginator import EmptyPage, PageNotAnInteger
from django.core.paginator import Paginator as PaginatorOfDjango
from django.http import Http404, HttpRequest
from django.template import Context, Template
from django.test import AsyncClient
from django.test import Client as Browser

from tests.contrib.django.site.library.documents import Note, Novel, Writer
from tests.contrib.django.site.library.views import NovelForm
from weaviate_orm import Client, Session
from weaviate_orm.contrib.django import (
    Paginator,
    SearchPaginator,
    aget_session,
    get_list_or_404,
    get_object_or_404,
    get_session,
    modelform_factory,
    session_middleware,
)
from weaviate_orm.exceptions import SessionError, UnknownNameError
from weaviate_orm.testing import recorded_requests


@pytest.fixture
def novels(library: Client) -> list[Novel]:
    """Seven novels of two writers."""
    writers = [Writer(name="Jane"), Writer(name="Mary")]
    novels = [Novel(title=f"Title {number}", pages=number, writer=writers[number % 2]) for number in range(7)]
    with Session(library) as session:
        session.add_all(novels)
        session.commit()
    return novels


def test_a_list_is_paginated_by_two_requests(novels: list[Novel], library: Client, browser: Browser) -> None:
    with recorded_requests(library) as requests:
        page = browser.get("/novels/").content.decode()
    assert "<li>Title 0 by Jane</li><li>Title 1 by Mary</li><li>Title 2 by Jane</li>" in page
    assert "3 of 7, page 1 of 3" in page
    assert len(requests) == 2
    assert "1 of 7, page 3 of 3" in browser.get("/novels/?page=last").content.decode()
    assert browser.get("/novels/?page=4").status_code == 404
    assert browser.get("/novels/?page=x").status_code == 404


def test_a_search_is_paginated_without_a_count(novels: list[Novel], library: Client, browser: Browser) -> None:
    with recorded_requests(library) as requests:
        page = browser.get("/novels/search/?q=title").content.decode()
    assert page.count("<li>") == 3
    assert "page 1, next 2" in page
    assert len(requests) == 1
    last = browser.get("/novels/search/?q=title&page=3").content.decode()
    assert last.count("<li>") == 1
    assert "next" not in last
    assert browser.get("/novels/search/?q=title&page=4").status_code == 404
    assert browser.get("/novels/search/?q=title&page=100000").status_code == 404
    assert browser.get("/novels/search/?q=title&page=last").status_code == 404


def test_an_object_is_shown_by_its_id_or_slug(novels: list[Novel], browser: Browser) -> None:
    assert "<h1>Title 3</h1> 3 pages" in browser.get(f"/novels/{novels[3].id}/").content.decode()
    assert browser.get(f"/novels/{uuid4()}/").status_code == 404
    assert browser.get("/novels/by-title/none/").status_code == 404


def test_shortcuts_raise_404(novels: list[Novel]) -> None:
    assert get_object_or_404(Novel, novels[0].id).title == "Title 0"
    assert get_object_or_404(Novel.query.where(pages__gt=3), pk=novels[4].id).pages == 4
    assert len(get_list_or_404(Novel, pages__lt=3)) == 3
    with pytest.raises(Http404):
        get_object_or_404(Novel, title="none")
    with pytest.raises(Http404, match="no id"):
        get_object_or_404(Novel, "none")
    with pytest.raises(Http404):
        get_list_or_404(Novel, pages=100)


@pytest.mark.parametrize("paginator", [PaginatorOfDjango, Paginator])
def test_paginators_page_through_a_query(novels: list[Novel], paginator: type[Any]) -> None:
    pages = paginator(Novel.query.order_by("title"), 3)
    assert (pages.count, pages.num_pages) == (7, 3)
    page = pages.page(3)
    assert len(page) == 1
    assert [novel.title for novel in page] == ["Title 6"]
    assert (page.has_next(), page.start_index(), page.end_index()) == (False, 7, 7)
    with pytest.raises(EmptyPage):
        pages.page(4)
    text = "{% for novel in page %}{{ novel.title }},{% endfor %}{{ page|length }}"
    assert Template(text).render(Context({"page": pages.page(1)})) == "Title 0,Title 1,Title 2,3"


def test_pages_of_a_search_know_their_places(novels: list[Novel]) -> None:
    pages = SearchPaginator(Novel.query.near_text("title"), 3)
    page = pages.page("2")
    assert (page.start_index(), page.end_index(), page.has_next(), page.has_previous()) == (4, 6, True, True)
    assert page.next_page_number() == 3
    assert not pages.page(3).has_next()
    assert pages.get_page("x").number == 1
    assert pages.get_page(9).number == 1
    with pytest.raises(EmptyPage):
        pages.page(3).next_page_number()
    with pytest.raises(EmptyPage):
        pages.page(4)
    with pytest.raises(EmptyPage):
        pages.page(0)
    with pytest.raises(PageNotAnInteger):
        pages.page("x")
    with pytest.raises(SessionError, match="no count"):
        _ = pages.count
    nothing = SearchPaginator(Novel.query.where(pages=1000), 3).page(1)
    assert (len(nothing), nothing.start_index(), nothing.end_index()) == (0, 0, 0)


def test_lengths_in_templates_are_true(novels: list[Novel]) -> None:
    def rendered(text: str, value: object) -> str:
        return Template(text).render(Context({"value": value}))

    assert rendered("{{ value|length }}", Novel.query) == "7"
    assert rendered("{{ value|length }}", Novel.query.near_text("title")[:2]) == "2"
    assert rendered("{{ value.count }}", Novel.query.where(pages__lt=3)) == "3"
    assert rendered("{% for novel in value %}{{ novel.pages }}{% endfor %}", Novel.query.order_by("pages")) == "0123456"
    with Session():
        novel = Novel.query.get(title="Title 1")
        assert rendered("{{ value.others|length }}", novel) == "0"
        assert rendered("{{ value.writer.name }}", novel) == "Mary"
    with pytest.raises(TypeError, match="exists"):
        rendered("{% if value %}{% endif %}", Novel.query)


# -- sessions


def test_a_request_without_weaviate_opens_no_session(library: Client, browser: Browser) -> None:
    with recorded_requests(library) as requests:
        assert browser.get("/").content == b"home"
    assert requests == []


def test_the_session_of_a_request_ends_with_it(library: Client, browser: Browser) -> None:
    with Session() as outer:
        outer.add(Writer(name="pending"))
        response = browser.post("/notes/", {"text": "one"}, headers={"X-Tenant": "a"})
        assert len(outer.new) == 1
        outer.rollback()
    assert browser.get(f"/notes/{response.json()['id']}/", headers={"X-Tenant": "a"}).json() == {"text": "one"}
    browser.post("/notes/", {"text": "two"}, headers={"X-Tenant": "b"})
    assert browser.get("/notes/", headers={"X-Tenant": "b"}).json() == {"texts": ["two"]}
    with pytest.raises(SessionError, match="outside of a request"):
        get_session()


def test_what_is_not_committed_is_warned_of(
    library: Client, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "weaviate_orm.contrib.django"):
        assert browser.get("/novels/forgotten/").content == b"forgotten"
    assert "GET /novels/forgotten/ ended with 1 objects that were not committed" in caplog.text
    assert Writer.query.count() == 0


def test_a_stream_has_the_session_of_its_request(novels: list[Novel], library: Client, browser: Browser) -> None:
    with recorded_requests(library) as requests:
        response: Any = browser.get("/novels/stream/")
        assert b"".join(response.streaming_content).decode().splitlines()[:2] == [
            "Title 0 by Jane",
            "Title 1 by Mary",
        ]
    assert len(requests) == 2  # the novels, and all their writers
    response.close()


def test_async_views_have_an_async_session(novels: list[Novel]) -> None:
    async def visit() -> None:
        browser = AsyncClient()
        assert (await browser.get("/novels/afirst/")).content == b"Title 0"
        assert (await browser.get(f"/novels/{novels[2].id}/")).status_code == 200  # a sync view
        response: Any = await browser.get("/novels/astream/")
        chunks = [chunk async for chunk in response.streaming_content]
        assert b"".join(chunks).decode().splitlines()[-1] == "Title 6"
        with pytest.raises(SynchronousOnlyOperation, match="aget_session"):
            await browser.get("/novels/blocking/")
        posted = await browser.post("/anotes/", {"text": "one"}, headers={"X-Tenant": "a"})
        path = f"/anotes/{posted.json()['id']}/"
        assert (await browser.get(path, headers={"X-Tenant": "a"})).json() == {"text": "one"}
        assert (await browser.get(f"/anotes/{uuid4()}/", headers={"X-Tenant": "a"})).status_code == 404
        with pytest.raises(SessionError, match="aget_session"):
            await aget_session()

    asyncio.run(visit())
    with Session(tenant="a"):
        assert Note.query.count() == 1


def test_async_views_work_behind_a_server_for_sync_ones(novels: list[Novel], browser: Browser) -> None:
    assert browser.get("/novels/afirst/").content == b"Title 0"


def test_a_failing_view_closes_its_session(library: Client) -> None:
    sessions = []

    def fail(request: HttpRequest) -> Any:
        sessions.append(get_session())
        sessions[0].add(Writer(name="lost"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        session_middleware(fail)(HttpRequest())
    assert sessions[0].new == ()


# -- forms


def test_a_form_changes_an_object(novels: list[Novel], browser: Browser) -> None:
    path = f"/novels/{novels[3].id}/edit/"
    page = browser.get(path).content.decode()
    mary = novels[3].writer
    assert mary is not None
    assert f'<option value="{mary.id}" selected>Mary</option>' in page
    assert "As on its cover" in page
    values = {"title": "New", "pages": "12", "words": "one\n\n two \n", "writer": ""}
    assert browser.post(path, values).headers["Location"] == f"/novels/{novels[3].id}/"
    with Session():
        novel = Novel.query.get(novels[3].id)
        assert (novel.title, novel.pages, novel.words, novel.writer) == ("New", 12, ["one", "two"], None)
    invalid = browser.post(path, {"title": "", "pages": "x", "writer": str(uuid4())}).content.decode()
    assert "This field is required." in invalid
    assert "Enter a whole number." in invalid
    assert "Select a valid choice." in invalid


def test_a_form_makes_an_object(library: Client) -> None:
    with Session() as session:
        jane, mary = Writer(name="Jane"), Writer(name="Mary")
        session.add_all([jane, mary])
        session.commit()
    form_class = modelform_factory(Novel, exclude=["subject"], labels={"title": "Name"})
    assert list(form_class.base_fields) == ["title", "pages", "words", "writer", "others"]
    data = {"title": "New", "pages": "3", "writer": str(jane.id), "others": [str(mary.id), str(jane.id)]}
    form = form_class(data)
    assert form.is_valid(), form.errors
    novel = form.save(commit=False)
    assert novel not in session
    form = form_class(data)
    stored = form.save()
    with Session():
        novel = Novel.query.get(stored.id)
        assert novel.writer is not None
        assert (novel.writer.name, {writer.name for writer in novel.others}) == ("Jane", {"Jane", "Mary"})
        assert not form_class(data, instance=novel).has_changed()
        assert form_class({**data, "others": [str(mary.id)]}, instance=novel).changed_data == ["others"]
    assert "Name:" in form_class().as_p()


def test_a_form_refuses_what_the_model_refuses(library: Client) -> None:
    form = NovelForm({"title": "a\ud800", "pages": 2**60})
    assert not form.is_valid()
    assert "pages" in form.errors
    with pytest.raises(ValueError, match="has errors"):
        form.save()
    with pytest.raises(UnknownNameError):
        modelform_factory(Novel, fields=["titel"])
