"""The panel of django-debug-toolbar."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, override_settings
from django.test import Client as Browser
from django.urls import path

from tests.contrib.django.site.library.documents import Novel
from weaviate_orm import Client, configure
from weaviate_orm.contrib.django import aget_session

LOGGER = logging.getLogger("weaviate_orm.requests")


def count(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"<body>{Novel.query.where(pages__gt=3).count()}{Novel.query.exists()}</body>")


async def acount(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"<body>{await (await aget_session()).query(Novel).count()}</body>")


@pytest.fixture(autouse=True)
def toolbar(library: Client) -> Iterator[None]:
    with override_settings(
        DEBUG=True,
        INTERNAL_IPS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[*settings.INSTALLED_APPS, "django.contrib.staticfiles", "debug_toolbar"],
        MIDDLEWARE=["debug_toolbar.middleware.DebugToolbarMiddleware", *settings.MIDDLEWARE],
        DEBUG_TOOLBAR_PANELS=["weaviate_orm.contrib.django.debug_panel.WeaviatePanel"],
        DEBUG_TOOLBAR_CONFIG={"IS_RUNNING_TESTS": False, "SHOW_TOOLBAR_CALLBACK": lambda request: True},
    ):
        from debug_toolbar.toolbar import debug_toolbar_urls  # its models need the application

        urlpatterns[2:] = debug_toolbar_urls()
        configure(library)  # the application was made ready again
        yield


urlpatterns: list[Any] = [path("count/", count), path("acount/", acount)]


def panel_of(page: str) -> str:
    """The content of the panel of a page."""
    (identity,) = re.findall(r'data-request-id="(\w+)"', page)
    answer = Browser().get("/__debug__/render_panel/", {"request_id": identity, "panel_id": "WeaviatePanel"})
    content: str = answer.json()["content"]
    return content


def test_the_panel_shows_the_requests(caplog: pytest.LogCaptureFixture) -> None:
    before = LOGGER.level
    page = Browser().get("/count/").content.decode()
    assert re.search(r"2 requests in \d+\.\d ms", page)
    content = panel_of(page)
    assert content.count("/graphql") == 2
    assert "Aggregate" in content
    assert "DjangoNovel" in content
    assert "test_django_debug_panel.py:" in content
    assert LOGGER.level == before
    assert "graphql" not in caplog.text  # the log has what it had


def test_asynchronous_views_have_it_too() -> None:
    async def visit() -> str:
        return (await AsyncClient().get("/acount/")).content.decode()

    page = asyncio.run(visit())
    assert "1 requests in" in page
    assert "Aggregate" in panel_of(page)
