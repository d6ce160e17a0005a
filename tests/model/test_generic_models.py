"""Generic bases and generic nested classes."""

from __future__ import annotations

import pytest

from tests.model.source_modules import FUTURE, Write, nested_types_of, types_of
from weaviate_orm import ValidationError


@pytest.mark.parametrize("future", [FUTURE, ""])
def test_generic_bases(module: Write, future: str) -> None:
    written = module(
        """
        from typing_extensions import Self
        T = TypeVar("T")
        S = TypeVar("S")
        class Base(Model, Generic[T, S]):
            value: Field[T]
            values: Field[list[T]]
            maybe: Field[Optional[T]] = field(default=None)
            target: Ref[Optional[S]] = ref(default=None)
            targets: Ref[list[S]]
            itself: Ref["Self | None"] = ref(default=None)
            class Meta:
                abstract = True
        class Mixin(Generic[T]):
            mixed: Field[T]
        class Half(Mixin[T], Base[T, "Target"], Generic[T]):
            class Meta:
                abstract = True
        class Whole(Half[int]):
            pass
        class Words(Base["str | None", "Target | Whole"]):
            values: Field[str]
        class Target(Model):
            name: Field[str]
        """,
        future=future,
    )
    assert types_of(written.Whole) == {
        "value": ["int"],
        "values": ["int[]"],
        "maybe": ["int"],
        "target": ["Target"],
        "targets": ["Target"],
        "itself": ["Whole"],
        "mixed": ["int"],
    }
    assert types_of(written.Words) == {
        "value": ["text"],
        "values": ["text"],
        "maybe": ["text"],
        "target": ["Target", "Whole"],
        "targets": ["Target", "Whole"],
        "itself": ["Words"],
    }
    assert written.Words.__mapper__.properties["value"].nullable
    whole = written.Whole(value=1, values=[2], mixed=3)
    assert (whole.value, whole.values, whole.targets) == (1, [2], [])
    with pytest.raises(ValidationError, match="value needs an int, got str"):
        whole.value = "x"


@pytest.mark.parametrize("future", [FUTURE, ""])
def test_generic_nested_classes(module: Write, future: str) -> None:
    written = module(
        """
        T = TypeVar("T")
        @attrs.define
        class Page(Generic[T]):
            item: T
            items: list[T]
        @attrs.define
        class Book(Page[str], Generic[T]):
            appendix: Page[T]
        @attrs.define
        class Note:
            text: str
        class Holder(Model):
            page: Field[Page[int]]
            pages: Field[list[Page["Note"]]]
            book: Field[Book[float]]
        """,
        future=future,
    )
    assert nested_types_of(written.Holder, "page") == {"item": ["int"], "items": ["int[]"]}
    assert nested_types_of(written.Holder, "pages") == {"item": ["object"], "items": ["object[]"]}
    assert nested_types_of(written.Holder, "book") == {"item": ["text"], "items": ["text[]"], "appendix": ["object"]}
    codec = written.Holder.__mapper__.codecs["book"]
    book = written.Book("a", ["b"], written.Page(1.5, []))
    stored = {"item": "a", "items": ["b"], "appendix": {"item": 1.5, "items": []}}
    assert codec.encode(book) == stored
    assert codec.decode(stored) == book
