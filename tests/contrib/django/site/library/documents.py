"""Weaviate's models, and the mirror of one of Django's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet as Rows

from tests.contrib.django.site.library.models import Author, Book, Tag
from weaviate_orm import Field, Model, Ref, field, ref
from weaviate_orm.contrib.django import Mirror
from weaviate_orm.schema import MultiTenancySpec
from weaviate_orm.vectorizers import Text2Vec


class Writer(Model):
    """Somebody who writes novels."""

    name: Field[str]

    class Meta:
        name = "DjangoWriter"


class Novel(Model):
    """A novel."""

    title: Field[str] = field(tokenization="field", description="As on its cover")
    pages: Field[int] = field(default=100)
    subject: Field[str] = field(default="")
    words: Field[list[str]] = field(factory=list)
    writer: Ref[Writer | None] = ref(default=None)
    others: Ref[list[Writer]] = ref(factory=list)

    class Meta:
        name = "DjangoNovel"
        vectorizer = Text2Vec.transformers()


class Note(Model):
    """A text that belongs to a tenant."""

    text: Field[str] = field(tokenization="field")

    class Meta:
        name = "DjangoNote"
        multi_tenancy = MultiTenancySpec(auto_tenant_creation=True)


class BookDocument(Model):
    """The document of a book."""

    pk: Field[int]
    title: Field[str]
    pages_doubled: Field[int]
    author: Field[str]
    tags: Field[list[str]] = field(factory=list)

    class Meta:
        name = "DjangoBookDocument"


class BookMirror(Mirror[Book, BookDocument]):
    """Keeps the documents of books."""

    source = Book
    target = BookDocument
    related_models = (Author, Tag)

    def get_queryset(self) -> Rows[Book]:
        """Return books with their authors and tags."""
        rows: Rows[Book] = super().get_queryset().select_related("author").prefetch_related("tags")
        return rows

    def should_mirror(self, row: Book) -> bool:
        """Return whether a book is shown."""
        return not row.is_hidden

    def prepare_author(self, row: Book) -> str:
        """Return the name of the author."""
        return row.author.name

    def prepare_tags(self, row: Book) -> list[str]:
        """Return the words of the tags."""
        return sorted(tag.word for tag in row.tags.all())

    def get_instances_from_related(self, related: Any) -> Iterable[Book]:
        """Return the books of an author, or with a tag."""
        books: Iterable[Book] = related.books.all() if isinstance(related, Author) else related.book_set.all()
        return books
