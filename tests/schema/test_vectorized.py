"""What ``vectorize`` and ``source_properties`` do to the vectors that the server makes."""

from __future__ import annotations

from typing import Any

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.vectors import VectorSpec
from weaviate_orm.vectorizers import Text2Vec

BOTH = {"title": "a red fox", "kept": "nine lazy dogs"}
OTHER_KEPT = {"title": "a red fox", "kept": "stock exchange"}
OTHER_TITLE = {"title": "stock exchange", "kept": "nine lazy dogs"}


@pytest.mark.parametrize("name", [None, "named"])
def test_a_property_can_be_kept_out(client: Client, unique: str, name: str | None) -> None:
    vector = VectorSpec(name, Text2Vec.transformers())
    vectors = _vectors(client, unique, vector, PropertySpec("kept", DataType.TEXT, vectorize=False))
    assert vectors[0] == vectors[1] != vectors[2]


@pytest.mark.parametrize("name", [None, "named"])
def test_source_properties_are_all_that_is_read(client: Client, unique: str, name: str | None) -> None:
    vector = VectorSpec(name, Text2Vec.transformers(), source_properties=("title",))
    vectors = _vectors(client, unique, vector, PropertySpec("kept", DataType.TEXT))
    assert vectors[0] == vectors[1] != vectors[2]


def test_else_all_text_is_read(client: Client, unique: str) -> None:
    vectors = _vectors(client, unique, VectorSpec(None, Text2Vec.transformers()), PropertySpec("kept", DataType.TEXT))
    assert vectors[0] != vectors[1]
    assert vectors[0] != vectors[2]


def _vectors(client: Client, name: str, vector: VectorSpec, kept: PropertySpec) -> list[Any]:
    if "text2vec-transformers" not in client.get_meta()["modules"]:
        pytest.skip("the server runs without text2vec-transformers")
    spec = CollectionSpec(name, properties=(PropertySpec("title", DataType.TEXT), kept), vectors=(vector,))
    client.schema.create_class(spec.to_json())
    made = []
    for values in (BOTH, OTHER_KEPT, OTHER_TITLE):
        stored = client.transport.request("POST", "/objects", json={"class": name, "properties": values}).json()
        made.append(stored["vector"] if vector.name is None else stored["vectors"][vector.name])
    return made
