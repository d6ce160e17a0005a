"""What is lost, beyond what operations say themselves."""

from __future__ import annotations

import attrs

from weaviate_orm.migrations import SchemaState
from weaviate_orm.migrations.data_loss import lost_data
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec, VectorSpec

STREET, ZIP = PropertySpec("street", DataType.TEXT), PropertySpec("zip", DataType.INT)


def lost(old: PropertySpec, new: PropertySpec) -> tuple[str, ...]:
    before, after = (SchemaState({"A": CollectionSpec("A", properties=(member,))}) for member in (old, new))
    return lost_data(before, after)


def nested(*members: PropertySpec) -> PropertySpec:
    return PropertySpec("place", DataType.OBJECT, nested=members)


def test_nested_members() -> None:
    road, number = PropertySpec("road", DataType.TEXT), PropertySpec("number", DataType.INT)
    assert lost(nested(STREET, ZIP), nested(ZIP, STREET)) == ()
    assert lost(nested(STREET, ZIP), nested(STREET)) == ("A.place.zip",)
    assert lost(nested(STREET, ZIP), nested(road, ZIP)) == ()
    assert lost(nested(STREET, ZIP), nested(number)) == ("A.place.street",)
    assert lost(nested(STREET), nested(STREET, ZIP)) == ()
    inner = PropertySpec("inner", DataType.OBJECT_ARRAY, nested=(STREET, ZIP))
    assert lost(nested(inner), nested(attrs.evolve(inner, nested=(STREET,)))) == ("A.place.inner.zip",)


def test_what_operations_say_themselves() -> None:
    assert lost(nested(STREET), STREET) == ()
    assert lost_data(SchemaState({"A": CollectionSpec("A", properties=(nested(STREET),))}), SchemaState()) == ()


def test_vectors() -> None:
    before = SchemaState({"A": CollectionSpec("A", vectors=(VectorSpec("a"), VectorSpec("b")))})
    assert lost_data(before, SchemaState({"A": CollectionSpec("A", vectors=(VectorSpec("b"),))})) == ("A.vectors.a",)
    renamed = SchemaState({"A": CollectionSpec("A", vectors=(VectorSpec("b"), VectorSpec("c")))})
    assert lost_data(before, renamed) == ("A.vectors.a",)
    assert lost_data(before, renamed, {"a": "c"}) == ()
    unnamed = SchemaState({"A": CollectionSpec("A", vectors=(VectorSpec(),))})
    assert lost_data(unnamed, SchemaState({"A": CollectionSpec("A")})) == ()
