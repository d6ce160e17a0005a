"""Mirrors of Django's models: kept in step by transactions, and rebuilt."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from tests.contrib.django.site.library.documents import BookDocument, BookMirror
from tests.contrib.django.site.library.models import Author, Book, Tag
from weaviate_orm import Client, Field, Model, Ref, configure, field
from weaviate_orm.contrib.django import Mirror, MirrorReport
from weaviate_orm.contrib.django.mirrors import registered_mirrors
from weaviate_orm.exceptions import MappingError, UnknownNameError
from weaviate_orm.testing import recorded_requests

mirror = BookMirror()


@pytest.fixture
def jane(library: Client) -> Iterator[Author]:
    """An author, in an empty database."""
    yield Author.objects.create(name="Jane")
    with override_settings(WEAVIATE={"MIRROR": False}):
        for model in (Book, Author, Tag):
            model._default_manager.all().delete()


def titles() -> list[str]:
    return sorted(document.title for document in BookDocument.query)


def test_what_is_saved_and_deleted_is_mirrored(jane: Author) -> None:
    book = Book.objects.create(title="Emma", author=jane, pages=200)
    document = BookDocument.query.one()
    assert (document.id, document.pk, document.title) == (mirror.id_of(book.pk), book.pk, "Emma")
    assert (document.pages_doubled, document.author, document.tags) == (400, "Jane", [])
    book.title = "Persuasion"
    book.save()
    assert titles() == ["Persuasion"]
    book.is_hidden = True
    book.save()
    assert titles() == []
    book.is_hidden = False
    book.save()
    book.delete()
    assert titles() == []


def test_a_transaction_is_mirrored_at_once(jane: Author, library: Client) -> None:
    with recorded_requests(library) as requests, transaction.atomic():
        for number in range(20):
            Book.objects.create(title=f"Title {number}", author=jane)
        Book.objects.filter(title="Title 3").delete()
        with transaction.atomic():
            Book.objects.filter(title="Title 4").first().delete()  # type: ignore[union-attr]
        assert requests == []
    sent = [(request.method, request.url.rpartition("/v1/")[2]) for request in requests]
    assert sent.count(("POST", "batch/objects")) == sent.count(("DELETE", "batch/objects")) == 1
    assert len(titles()) == 18


def test_what_is_rolled_back_is_not_mirrored(jane: Author, library: Client) -> None:
    with recorded_requests(library) as requests, pytest.raises(RuntimeError), transaction.atomic():
        Book.objects.create(title="Emma", author=jane)
        raise RuntimeError
    assert requests == []
    Book.objects.create(title="Persuasion", author=jane)
    assert titles() == ["Persuasion"]
    with transaction.atomic():
        Book.objects.create(title="Outer", author=jane)
        with pytest.raises(RuntimeError), transaction.atomic():
            Book.objects.create(title="Inner", author=jane)
            raise RuntimeError
        Book.objects.create(title="Later", author=jane)
    assert titles() == ["Later", "Outer", "Persuasion"]


def test_what_documents_hold_of_others_is_followed(jane: Author) -> None:
    with transaction.atomic():
        books = [Book.objects.create(title=f"Title {number}", author=jane) for number in range(3)]
    jane.name = "Jane Austen"
    jane.save()
    assert {document.author for document in BookDocument.query} == {"Jane Austen"}
    tag = Tag.objects.create(word="wit")
    books[0].tags.add(tag)
    tag.book_set.add(books[1])  # type: ignore[attr-defined]
    assert sorted(len(document.tags) for document in BookDocument.query) == [0, 1, 1]
    tag.word = "irony"
    tag.save()
    assert {word for document in BookDocument.query for word in document.tags} == {"irony"}
    books[0].tags.clear()
    assert sorted(len(document.tags) for document in BookDocument.query) == [0, 0, 1]
    tag.delete()
    assert all(document.tags == [] for document in BookDocument.query)
    jane.delete()  # and, by the cascade, the books
    assert titles() == []


def test_a_mirror_that_fails_leaves_the_database(jane: Author, caplog: pytest.LogCaptureFixture) -> None:
    configure("http://127.0.0.1:9", startup_period=None)
    Book.objects.create(title="Emma", author=jane)
    assert Book.objects.count() == 1
    assert "Error calling MirrorBatch.send in on_commit()" in caplog.text


def test_a_rebuild_makes_the_documents_equal(jane: Author, library: Client) -> None:
    with override_settings(WEAVIATE={"MIRROR": False}):
        Book.objects.bulk_create(Book(title=f"Title {number}", author=jane) for number in range(600))
        Book.objects.create(title="Hidden", author=jane, is_hidden=True)
    configure(library)
    BookDocument.query.create(id=uuid4(), pk=0, title="Stray", pages_doubled=0, author="")
    assert mirror.rebuild() == MirrorReport(600, 1)
    assert BookDocument.query.count() == 600
    with override_settings(WEAVIATE={"MIRROR": False}):
        Book.objects.filter(title="Title 5").delete()
    configure(library)
    stdout = io.StringIO()
    call_command("weaviate", "mirror", "library.Book", stdout=stdout)
    assert stdout.getvalue() == "library.Book: 599 written, 1 deleted\n"
    assert "Title 5" not in titles()


def test_rows_are_found_by_documents(jane: Author) -> None:
    books = [Book.objects.create(title=f"Title {number}", author=jane) for number in range(3)]
    documents = BookDocument.query.order_by("-title").all()
    assert mirror.rows(documents) == books[::-1]
    with override_settings(WEAVIATE={"MIRROR": False}):
        Book.objects.filter(pk=books[1].pk).delete()
    assert mirror.rows(documents) == [books[2], books[0]]


class Keyed(Model):
    title: Field[str]

    class Meta:
        key = "title"


class Unreadable(Model):
    heading: Field[str]


class Linked(Model):
    title: Field[str]
    of: Ref[Keyed | None] = field(default=None)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    from weaviate_orm.contrib.django import mirrors

    monkeypatch.setattr(mirrors, "_mirrors", dict(mirrors._mirrors))


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        (Keyed, MappingError, "cannot have a key"),
        (Unreadable, MappingError, "Book has no attribute 'heading'; define .*prepare_heading"),
        (Linked, UnknownNameError, "'nothing'"),
    ],
)
def test_mirrors_that_cannot_work_are_refused(
    document: type[Model], error: type[Exception], message: str, registry: None
) -> None:
    members: dict[str, Any] = {"source": Book, "target": document}
    if document is Linked:
        members["prepare_nothing"] = lambda self, row: None
    made: Any = type("WrongMirror", (Mirror,), members)
    assert any(type(registered) is made for registered in registered_mirrors())
    with pytest.raises(error, match=message):
        made().check()
    with pytest.raises(MappingError, match="no property pk"):
        made().rows([])
    with pytest.raises(NotImplementedError):
        made().get_instances_from_related(None)
