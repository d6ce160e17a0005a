"""Form fields of the types that Weaviate has none of its own for."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from django import forms

from tests.model.stored_types_models import Celsius, Cents, Colour, Slug, Thing, things
from weaviate_orm import Field, Model, field
from weaviate_orm.contrib.django import LinesField, modelform_factory
from weaviate_orm.contrib.django.form_fields import ConvertedField, EnumerationField

FIELDS = ["name", "colour", "price", "day", "opens", "lasts", "tags", "codes", "spans", "slug", "cents", "path", "heat"]


def test_each_type_has_its_field() -> None:
    kinds = {name: type(item) for name, item in modelform_factory(Thing, exclude=["shop"]).base_fields.items()}
    assert kinds == {
        "name": forms.CharField,
        "colour": EnumerationField,
        "letter": EnumerationField,
        "price": forms.DecimalField,
        "weight": forms.DecimalField,
        "day": forms.DateField,
        "opens": forms.TimeField,
        "lasts": forms.DurationField,
        "tags": LinesField,
        "codes": LinesField,
        "steps": LinesField,
        "words": LinesField,
        "number": forms.IntegerField,
        "short": forms.CharField,
        "slug": ConvertedField,
        "cents": ConvertedField,
        "path": ConvertedField,
        "paths": LinesField,
        "heat": ConvertedField,
        "outline": ConvertedField,
        "prices": LinesField,
        "weights": LinesField,
        "times": LinesField,
        "spans": LinesField,
        "at": forms.DateTimeField,
        "token": forms.UUIDField,
    }


def test_what_is_typed_becomes_the_values_of_the_model() -> None:
    form_class: Any = modelform_factory(Thing, fields=FIELDS)
    typed = {
        "name": "typed",
        "colour": "dark red",
        "price": "12.50",
        "day": "2020-03-01",
        "opens": "08:15",
        "lasts": "1:30:00",
        "tags": "a\nb\na",
        "codes": "3\n1",
        "spans": "0:00:02\n0:00:01",
        "slug": "s-t",
        "cents": "7",
        "path": "/tmp",
        "heat": "293",
    }
    form = form_class(typed)
    assert form.is_valid(), form.errors
    thing = form.save(commit=False)
    values = {name: getattr(thing, name) for name in FIELDS}
    assert values == {
        "name": "typed",
        "colour": Colour.DARK_RED,
        "price": Decimal("12.50"),
        "day": date(2020, 3, 1),
        "opens": time(8, 15),
        "lasts": timedelta(minutes=90),
        "tags": {"a", "b"},
        "codes": frozenset({1, 3}),
        "spans": (timedelta(seconds=2), timedelta(seconds=1)),
        "slug": Slug("s-t"),
        "cents": Cents(7),
        "path": PurePosixPath("/tmp"),
        "heat": Celsius(20),
    }
    assert {name: type(value) for name, value in values.items() if name in ("slug", "cents", "codes")} == {
        "slug": Slug,
        "cents": Cents,
        "codes": frozenset,
    }
    assert form_class(typed, instance=thing).changed_data == []
    page = form_class(instance=things()[1]).as_p()
    assert 'name="heat" value="233"' in page
    assert 'name="slug" value="c-d"' in page
    assert "\nin stock\nnew</textarea>" in page


def test_refusals_are_errors_of_the_field() -> None:
    def even(instance: Any, attribute: Any, value: int) -> None:
        if value % 2:
            raise ValueError("is odd")

    class Pair(Model):
        number: Field[int] = field(validator=even)
        path: Field[PurePosixPath | None] = field(default=None)
        heat: Field[Celsius]

    form_class = modelform_factory(Pair)
    form = form_class({"number": "3", "heat": "hot"})
    assert not form.is_valid()
    assert form.errors["number"] == ["cannot be int 3, which its validator refuses: is odd"]
    assert form.errors["heat"] == ["Enter a whole number."]
    form = form_class({"number": "4", "heat": "273"})
    assert form.is_valid()
    pair: Any = form.save(commit=False)
    assert (pair.number, pair.path, pair.heat) == (4, None, Celsius(0))
