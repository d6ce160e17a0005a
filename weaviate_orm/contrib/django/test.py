"""For tests of Django projects: a Weaviate for the run, and its collections, empty for each test."""

from __future__ import annotations

import os
import unittest
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from weaviate_orm.client.client import Client
from weaviate_orm.contrib.django.setting_checks import project_models
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.model.model import Model
from weaviate_orm.session.create_all import create_all
from weaviate_orm.session.default_client import default_client_is
from weaviate_orm.testing import (
    assert_requests,
    drop_collections,
    embedded_server,
    empty_collections,
    prefixed_collections,
)

__all__ = ["WeaviateTestMixin"]

if TYPE_CHECKING:
    _TestCase = unittest.TestCase
else:
    _TestCase = object


class WeaviateTestMixin(_TestCase):
    """Gives a test case the collections of the project's models, empty for each test.

    ::

        class BookTests(WeaviateTestMixin, TestCase):
            def test_list(self):
                Book.query.create(title="Emma")
                with self.assertNumRequests(2):
                    self.assertContains(self.client.get("/books/"), "Emma")

    The server is that of ``$WEAVIATE_TEST_URL``, or one that is started for the run; never that of ``WEAVIATE``. The
    collections have a prefix, so that runs, and the processes of one, may share a server; they are dropped with the
    class.

    Attributes:
        weaviate_models: the models that have collections; by default all of the installed applications.
        weaviate_client: a client, which ``Session()`` and ``Model.query`` use too.
    """

    weaviate_models: ClassVar[Sequence[type[Model]] | None] = None
    weaviate_client: ClassVar[Client]

    @classmethod
    def setUpClass(cls) -> None:
        """Create the collections."""
        cls.weaviate_client = client = _client(os.getpid())
        prefix = f"Test{uuid.uuid4().hex[:8]}_"
        with ExitStack() as stack:
            stack.enter_context(default_client_is(client))
            stack.enter_context(prefixed_collections(client, prefix))
            stack.callback(drop_collections, client, prefix)
            create_all(client, project_models() if cls.weaviate_models is None else cls.weaviate_models)
            super().setUpClass()
            cls.addClassCleanup(stack.pop_all().close)

    def setUp(self) -> None:
        """Have the collections emptied after the test."""
        super().setUp()
        self.addCleanup(empty_collections, self.weaviate_client)

    def assertNumRequests(self, number: int) -> AbstractContextManager[Any]:  # noqa: N802  # as unittest has it
        """Assert how many requests a block sends to Weaviate, as ``assertNumQueries()`` does for the database."""
        return assert_requests(self.weaviate_client, number)


@cache
def _client(process: int) -> Client:
    """Return the client of a process, and start its server, which ends with the process."""
    running = embedded_server()
    server = running.__enter__()
    _running.append(running)
    return Client(server.url, AuthApiKey(server.api_key) if server.api_key is not None else None)


_running: list[AbstractContextManager[Any]] = []
"""Keeps servers running, which would end with what has started them."""
