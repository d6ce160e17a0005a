"""Lookups that are typed into a form: read as Python, and nothing is run."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import pytest

from weaviate_orm import GeoCoordinates, QueryError
from weaviate_orm.explorer.lookup_text import read_lookups

ID = "23a449ad-d45f-52b5-9bb4-b0aa31063788"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("  ", {}),
        ("price__gte=10", {"price__gte": 10}),
        (" price__gte = -1.5, name='x' ,", {"price__gte": -1.5, "name": "x"}),
        (
            "tags__contains_any=['a', 'b'], done=True, none=None",
            {"tags__contains_any": ["a", "b"], "done": True, "none": None},
        ),
        (f'id=UUID("{ID}")', {"id": UUID(ID)}),
        (
            "listed__lt=datetime(2020, 1, 2, tzinfo=timezone.utc)",
            {"listed__lt": datetime(2020, 1, 2, tzinfo=timezone.utc)},
        ),
        ("place__within=(GeoCoordinates(52.0, 4.0), 2000)", {"place__within": (GeoCoordinates(52.0, 4.0), 2000)}),
    ],
)
def test_lookups_are_read(text: str, values: dict[str, Any]) -> None:
    assert read_lookups(text).values == values


def test_the_source_is_python() -> None:
    lookups = read_lookups(f"a='x',b=UUID('{ID}')")
    assert lookups.source == f"a='x', b=UUID('{ID}')"
    assert lookups.imports == ("from uuid import UUID",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("price", "filters are keywords of where()"),
        ("price >= 10", "filters are keywords of where()"),
        ("a=1)(b=2", "filters are keywords of where()"),
        ("a=1); print(1", "filters are keywords of where()"),
        ("**values", "filters are keywords of where()"),
        ("a=" + "(" * 1000, "filters are keywords of where()"),
        ("a=" + "1" * 5000, "at most 2,000 signs"),
        ("a=open('x')", "a value is a number, a text"),
        ("a=__import__('os').system('x')", "a value is a number, a text"),
        ("a=9**9**9", "a value is a number, a text"),
        ("a=[x for x in ()]", "a value is a number, a text"),
        ("a=UUID('x')", "a=UUID('x'): badly formed"),
        ("a=datetime('x')", "a=datetime('x'): "),
        ("a=timedelta(days=9999999999)", "a=timedelta"),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        read_lookups(text)
    assert message in str(caught.value)
