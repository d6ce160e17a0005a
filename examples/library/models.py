"""What the library holds."""

from __future__ import annotations

from weaviate_orm import Field, Model, Ref, field, ref
from weaviate_orm.vectorizers import Text2Vec


class Writer(Model):
    """Somebody who writes books."""

    name: Field[str] = field(tokenization="field")
    born: Field[int | None] = field(default=None)
    country: Field[str] = field(default="")
    books: Ref[list[Book]] = ref(inverse="writer", factory=list)


class Book(Model):
    """A novel, a play, or a tale."""

    title: Field[str] = field(tokenization="field")
    year: Field[int]
    subjects: Field[list[str]] = field(factory=list, tokenization="field", vectorize=False)
    summary: Field[str] = field(default="")
    version: Field[int] = field(default=0)
    writer: Ref[Writer | None] = ref(inverse="books", default=None)

    class Meta:
        vectorizer = Text2Vec.transformers()
        version = "version"
