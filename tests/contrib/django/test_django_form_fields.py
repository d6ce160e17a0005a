"""The form fields of what models hold."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from enum import Enum
from typing import Any, Literal
from uuid import UUID, uuid4

import attrs
import pytest
from django import forms
from django.core.exceptions import ImproperlyConfigured, ValidationError

from weaviate_orm import Field, GeoCoordinates, Model, Ref, Vector, field, ref, vector
from weaviate_orm.contrib.django import LinesField, ModelForm, ReferenceField, ReferencesField, modelform_factory
from weaviate_orm.contrib.django.form_fields import EnumerationField


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@attrs.define
class Size:
    width: int


class Maker(Model):
    name: Field[str]

    def __str__(self) -> str:
        return f"The {self.name}"


class Thing(Model):
    """One of each type."""

    text: Field[str]
    short: Field[str] = field(default="")
    maybe: Field[str | None] = field(default=None, description="May be empty")
    whole: Field[int | None] = field(default=3)
    ratio: Field[float | None] = field(default=None)
    flag: Field[bool] = field(default=True)
    doubt: Field[bool | None] = field(default=None)
    moment: Field[datetime | None] = field(default=None)
    number: Field[UUID | None] = field(default=None)
    colour: Field[Colour | None] = field(default=None)
    kind: Field[Literal["a", "b"]] = field(default="a")
    numbers: Field[list[int]] = field(factory=list)
    place: Field[GeoCoordinates | None] = field(default=None)
    size: Field[Size | None] = field(default=None)
    sizes: Field[list[Size]] = field(factory=list)
    maker: Ref[Maker | None] = ref(default=None)
    makers: Ref[list[Maker]] = ref(factory=list)
    either: Ref[Maker | Thing | None] = ref(default=None)
    shape: Vector = vector(default=None)


def test_each_type_has_its_field() -> None:
    kinds = {name: type(item) for name, item in modelform_factory(Thing).base_fields.items()}
    assert kinds == {
        "text": forms.CharField,
        "short": forms.CharField,
        "maybe": forms.CharField,
        "whole": forms.IntegerField,
        "ratio": forms.FloatField,
        "flag": forms.BooleanField,
        "doubt": forms.NullBooleanField,
        "moment": forms.DateTimeField,
        "number": forms.UUIDField,
        "colour": EnumerationField,
        "kind": EnumerationField,
        "numbers": LinesField,
        "maker": ReferenceField,
        "makers": ReferencesField,
    }


def test_what_is_typed_becomes_the_values_of_the_model() -> None:
    form_class = modelform_factory(Thing, exclude=["maker", "makers"], widgets={"text": forms.Textarea})
    number = uuid4()
    data = {"text": "A", "ratio": "1.5", "doubt": "false", "moment": "2026-01-02 03:04", "number": str(number)}
    form = form_class({**data, "colour": "red", "kind": "b", "numbers": "1\n2\n", "whole": ""})
    assert form.is_valid(), form.errors
    thing: Any = form.save(commit=False)
    assert (thing.text, thing.short, thing.maybe, thing.ratio, thing.flag) == ("A", "", None, 1.5, False)
    assert (thing.doubt, thing.number, thing.colour, thing.kind) == (False, number, Colour.RED, "b")
    assert (thing.moment.year, thing.moment.tzinfo is not None) == (2026, True)
    assert (thing.numbers, thing.whole) == ([1, 2], None)
    page = form_class(instance=thing).as_p()
    assert "1\n2</textarea>" in page
    assert '<option value="red" selected' in page
    assert "May be empty" in page
    unchanged = form_class({"text": "A", "colour": "red", "kind": "b"}, instance=thing)
    assert not {"colour", "kind", "text"} & set(unchanged.changed_data)
    assert form_class().fields["whole"].initial == 3


def test_lines_are_compared_and_refused() -> None:
    lines = LinesField(forms.IntegerField(), required=False)
    assert not lines.has_changed([1, 2], "1\n2\n")
    assert lines.has_changed([1], "2")
    assert lines.has_changed([1], "x")
    with pytest.raises(ValidationError):
        lines.clean("x")


def test_references_are_compared_without_a_server() -> None:
    maker = Maker(name="Smith", id=uuid4())
    one, many = ReferenceField(Maker.query), ReferencesField(Maker.query)
    assert one.label_from_instance(maker) == "The Smith"
    assert one.label_from_instance(Thing(text="first", short="second")) == "first"
    assert not one.has_changed(maker, str(maker.id))
    assert one.has_changed(maker, "")
    assert not many.has_changed([maker], [str(maker.id)])
    assert many.has_changed([maker], [])
    with pytest.raises(ValidationError, match="not one of the available"):
        one.clean("no id")


def test_a_type_without_a_field_is_declared_by_a_subclass() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"Thing\.place has no form field"):
        modelform_factory(Thing, fields=["place"])

    class PlaceForm(ModelForm):
        place = forms.CharField()

    form_class = modelform_factory(Thing, form=PlaceForm, fields=["text", "place"], help_texts={"text": "Say it"})
    assert list(form_class.base_fields) == ["place", "text"]
    form = form_class({"place": "here", "text": "A"})
    assert form.errors == {"place": ["needs a GeoCoordinates, got str 'here'"]}


def test_without_the_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['django'] = None; import weaviate_orm.contrib.django"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert ended.stderr.splitlines()[-1] == (
        'ModuleNotFoundError: weaviate_orm.contrib.django needs Django: pip install "weaviate-mapper[django]"'
    )
