"""Options of attributes: a function takes each of them, and the schema gets those that are the server's."""

from __future__ import annotations

import inspect

import attrs
import pytest

from weaviate_orm import Field, Model, Ref, Vector, field, ref, vector
from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.field_options import FieldOptions, ReferenceOptions, VectorOptions
from weaviate_orm.schema import PropertySpec
from weaviate_orm.schema.properties import FIXED_SETTINGS


@pytest.mark.parametrize(
    ("function", "options"), [(field, FieldOptions), (ref, ReferenceOptions), (vector, VectorOptions)]
)
def test_a_function_takes_each_option_with_its_default(function: object, options: type) -> None:
    taken = {name: each.default for name, each in inspect.signature(function).parameters.items()}  # type: ignore[arg-type]
    assert {name: default for name, default in taken.items() if name not in ("default", "factory")} == {
        attribute.name: attribute.default for attribute in attrs.fields(options)
    }


def test_options_of_the_server_reach_the_schema() -> None:
    shared = {each.name for each in attrs.fields(FieldOptions)} & {each.name for each in attrs.fields(PropertySpec)}
    assert FieldOptions().spec_options().keys() == shared - {"name"}
    assert shared >= {*FIXED_SETTINGS}
    assert FieldOptions(index_searchable=False).spec_options(nested=True)["index_searchable"] is False


def test_field_serves_a_reference() -> None:
    class Shelf(Model):
        pass

    class Volume(Model):
        shelf: Ref[Shelf | None] = field(default=None, name="place", description="where it stands")

    reference = Volume.__mapper__.entity.references["shelf"]
    assert (reference.spec.name, reference.spec.description) == ("place", "where it stands")


def test_options_of_another_kind_are_refused() -> None:
    class Essay(Model):
        title: Field[str] = ref(name="heading")

    with pytest.raises(MappingError, match=r"Essay\.title.*takes the options of field\(\), and has those of ref\(\)"):
        Essay.__mapper__.collection  # noqa: B018

    class Scan(Model):
        pixels: Vector = field(default=None, tokenization="word")

    with pytest.raises(MappingError, match=r"pixels takes the options of vector\(\), and has those of field\(\)"):
        Scan.__mapper__.collection  # noqa: B018
