"""The test case of Django projects, run as such."""

from __future__ import annotations

import unittest
from typing import Any

import pytest
from django.db import transaction
from django.test import TestCase, TransactionTestCase

from tests.contrib.django.site.library.documents import BookDocument, Note, Novel, Writer
from tests.contrib.django.site.library.models import Author, Book
from weaviate_orm import Client, Session
from weaviate_orm.contrib.django.test import WeaviateTestMixin
from weaviate_orm.testing import Server

names: list[str] = []


def run(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


@pytest.fixture(autouse=True)
def server_of_tests(project: None, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEAVIATE_TEST_URL", server.url)
    monkeypatch.setenv("WEAVIATE_TEST_API_KEY", server.api_key or "")


def test_each_test_has_empty_collections(client: Client) -> None:
    class Cases(WeaviateTestMixin, TestCase):
        def test_first(self) -> None:
            names.append(self.weaviate_client.transport.collection_names.prefix)
            assert Novel.query.count() == 0
            Novel.query.create(title="Emma", writer=Writer(name="Jane"))
            with Session(tenant="a") as session:
                session.add(Note(text="one"))
                session.commit()
            with self.assertNumRequests(2):
                self.assertContains(self.client.get("/novels/"), "Emma by Jane")

        test_second = test_first

        def test_documents(self) -> None:
            with self.captureOnCommitCallbacks(execute=True):
                Book.objects.create(title="Emma", author=Author.objects.create(name="Jane"))
            assert BookDocument.query.one().author == "Jane"

    result = run(Cases)
    assert (result.testsRun, result.errors, result.failures) == (3, [], [])
    assert names[0].startswith("Test")
    assert not [item for item in client.schema.get()["classes"] if item["class"].startswith(names[0])]


def test_another_number_of_requests_fails() -> None:
    class Cases(WeaviateTestMixin, TransactionTestCase):
        weaviate_models = (BookDocument,)

        def test_requests(self) -> None:
            with self.assertNumRequests(0):
                BookDocument.query.count()

        def test_a_transaction(self) -> None:
            with transaction.atomic():
                Book.objects.create(title="Emma", author=Author.objects.create(name="Jane"))
            assert BookDocument.query.count() == 1

    result: Any = run(Cases)
    assert (result.testsRun, result.errors) == (2, [])
    ((_, text),) = result.failures
    assert "1 requests were sent, not 0" in text
