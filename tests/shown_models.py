"""A model whose objects are shown, and a text that would run where it is not escaped."""

from __future__ import annotations

from weaviate_orm import Field, Model, field

HOSTILE = "<script>alert('x')</script>"


class Note(Model):
    text: Field[str]
    numbers: Field[list[float]] = field(factory=list)

    class Meta:
        name = "TestShownNote"
