"""A Django project in this process, with the server of the tests, and a database in a temporary folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client as Browser
from django.test.utils import setup_test_environment, teardown_test_environment

from weaviate_orm import Client, Model, configure
from weaviate_orm.testing import Server

_FOLDER = tempfile.TemporaryDirectory(prefix="weaviate-orm-django-")
_OUTSIDE = os.environ["DJANGO_SETTINGS_MODULE"]
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.contrib.django.site.settings"
os.environ["LIBRARY_DATABASE"] = str(Path(_FOLDER.name) / "database")
django.setup()
os.environ["DJANGO_SETTINGS_MODULE"] = _OUTSIDE  # programs of other tests have their own settings
configure(None)  # and other tests of this process their own clients


@pytest.fixture(scope="package")
def project(server: Server) -> Iterator[None]:
    """The tables, and the setting of the server of the tests."""
    setup_test_environment()
    call_command("migrate", run_syncdb=True, verbosity=0)
    settings.WEAVIATE = {**settings.WEAVIATE, "URL": server.url, "API_KEY": server.api_key}
    yield
    teardown_test_environment()


@pytest.fixture
def library(project: None, client: Client) -> Iterator[Client]:
    """The empty collections of the project, and the client that it uses."""
    from tests.contrib.django.site.library import documents
    from tests.empty_collections import empty_collections

    configure(client)
    models: list[type[Model]] = [documents.Writer, documents.Novel, documents.Note, documents.BookDocument]
    with empty_collections(client, models):
        yield client
    configure(None)


@pytest.fixture
def browser() -> Browser:
    """A browser of Django's, whose errors are those of the views."""
    return Browser()
