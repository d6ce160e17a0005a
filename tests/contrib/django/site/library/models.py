"""Django's models."""

from __future__ import annotations

from typing import Any

from django.db import models


class Author(models.Model):
    """Somebody who writes."""

    name: models.CharField[str, str] = models.CharField(max_length=100)
    books: Any


class Tag(models.Model):
    """A word for books."""

    word: models.CharField[str, str] = models.CharField(max_length=100)


class Book(models.Model):
    """A book in the database, which has a document in Weaviate."""

    title: models.CharField[str, str] = models.CharField(max_length=100)
    pages: models.IntegerField[int, int] = models.IntegerField(default=0)
    is_hidden: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    author: models.ForeignKey[Author, Author] = models.ForeignKey(
        Author, on_delete=models.CASCADE, related_name="books"
    )
    tags: models.ManyToManyField[Any, Any] = models.ManyToManyField(Tag, blank=True)

    @property
    def pages_doubled(self) -> int:
        """A value that no column has."""
        return self.pages * 2
