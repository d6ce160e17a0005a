"""An object as its page shows it, and what its form changes."""

from __future__ import annotations

from typing import Any

import pytest

from weaviate_orm.explorer.catalogue import catalogue_of
from weaviate_orm.explorer.object_view import changes_of, form_fields, show_object, value_text

ID = "23a449ad-d45f-52b5-9bb4-b0aa31063788"
ENTRY = catalogue_of(
    [
        {
            "class": "Lamp",
            "properties": [
                {"name": "title", "dataType": ["text"]},
                {"name": "pieces", "dataType": ["int"]},
                {"name": "price", "dataType": ["number"]},
                {"name": "lit", "dataType": ["boolean"]},
                {"name": "listed", "dataType": ["date"]},
                {"name": "tags", "dataType": ["text[]"]},
                {"name": "beside", "dataType": ["Lamp"]},
            ],
            "vectorConfig": {"shape": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}},
        }
    ],
    {},
).entry("Lamp")
BODY: dict[str, Any] = {
    "id": ID,
    "creationTimeUnix": 0,
    "lastUpdateTimeUnix": 1000,
    "properties": {
        "title": "two\nlines",
        "pieces": 3,
        "price": 1.5,
        "lit": False,
        "listed": "2020-01-02T00:00:00Z",
        "tags": ["a", "b"],
        "beside": [{"beacon": f"weaviate://localhost/Lamp/{ID}"}],
        "unknown": {"x": 1},
    },
    "vectors": {"shape": [0.5] * 100},
}


def typed(**changes: str) -> dict[str, str]:
    """The form as a browser sends it back."""
    values = {f"value:{field.name}": field.text.replace("\n", "\r\n") for field in form_fields(ENTRY, BODY)}
    return values | {f"value:{name}": text for name, text in changes.items()}


def test_all_of_an_object_is_shown() -> None:
    shown = show_object(ENTRY, BODY)
    assert (shown.created, shown.updated, shown.version) == (
        "1970-01-01 00:00:00 UTC",
        "1970-01-01 00:00:01 UTC",
        "1000",
    )
    texts = {member.name: member.text for member in shown.properties}
    assert texts["tags"] == "a, b"
    assert texts["pieces"] == "3"
    assert "x" in str(texts["unknown"])
    assert shown.references[0].targets == (("Lamp", ID),)
    assert (shown.vectors[0].attribute, shown.vectors[0].size) == ("shape", "100 dimensions")


def test_long_values_are_cut() -> None:
    assert value_text("x" * 100_000) == f"{'x' * 20_000}… 100,000 signs in all"
    assert value_text("QUJD" * 1000, "blob") == f"4,000 signs of base64: {'QUJD' * 10}…"


def test_a_form_that_is_sent_back_changes_nothing() -> None:
    assert [field.name for field in form_fields(ENTRY, BODY)] == ["title", "pieces", "price", "lit", "listed"]
    assert changes_of(ENTRY, BODY, typed())[0] == {}


def test_what_was_typed_is_changed() -> None:
    form = typed(title="x\r\ny", pieces="4", price="2", lit="True", listed="2021-01-02T00:00:00+01:00")
    changes, fields = changes_of(ENTRY, BODY, form)
    assert changes == {"title": "x\ny", "pieces": 4, "price": 2.0, "lit": True, "listed": "2021-01-02T00:00:00+01:00"}
    assert not any(field.problem for field in fields)
    assert changes_of(ENTRY, BODY, typed() | {"null:pieces": "on"})[0] == {"pieces": None}


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("pieces", "many", "invalid literal"),
        ("pieces", str(2**60), "takes ints between"),
        ("pieces", "", "invalid literal"),
        ("price", "nan", "needs a finite number"),
        ("lit", "maybe", "is true or false"),
        ("listed", "yesterday", "Invalid isoformat"),
        ("listed", "2020-01-02T00:00:00", "needs a datetime with a timezone"),
    ],
)
def test_what_cannot_be_stored_says_why(name: str, text: str, problem: str) -> None:
    changes, fields = changes_of(ENTRY, BODY, typed(**{name: text}))
    assert changes == {}
    (wrong,) = [field for field in fields if field.problem]
    assert (wrong.name, wrong.text) == (name, text)
    assert problem in wrong.problem
