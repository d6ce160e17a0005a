"""Random schemas with data: migrated to another one and back, and compared."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from weaviate_orm import Client
from weaviate_orm.http.features import PROPERTY_REINDEX
from weaviate_orm.migrations import SchemaState
from weaviate_orm.migrations.model_plan import plan_state
from weaviate_orm.migrations.stored_schema import StoredSchema
from weaviate_orm.schema import (
    BM25,
    CollectionSpec,
    DataType,
    IndexSpec,
    InvertedIndexSpec,
    PropertySpec,
    ReferenceSpec,
    VectorSpec,
    hnsw,
    rq,
    uncompressed,
)

pytestmark = [pytest.mark.needs(PROPERTY_REINDEX), pytest.mark.usefixtures("nobody_writes")]
OBJECTS = 4
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # each example takes seconds, so that none is shrunk
TYPES: Mapping[str, tuple[DataType, ...]] = {
    "text": (DataType.TEXT,),
    "words": (DataType.TEXT_ARRAY,),
    "flag": (DataType.BOOLEAN,),
    "day": (DataType.DATE,),
    "key": (DataType.UUID,),
    "nested": (DataType.OBJECT,),
    # its values are whole numbers, which both types hold
    "size": (DataType.INT, DataType.TEXT),
}
MEMBERS = {"first": DataType.TEXT, "second": DataType.INT}


@st.composite
def properties(draw: st.DrawFn) -> tuple[PropertySpec, ...]:
    names = draw(st.lists(st.sampled_from(sorted(TYPES)), unique=True))
    return tuple(draw(property_of(name)) for name in names)


@st.composite
def property_of(draw: st.DrawFn, name: str) -> PropertySpec:
    data_type = draw(st.sampled_from(TYPES[name]))
    flags = st.none() | st.booleans()
    if data_type is DataType.OBJECT:
        members = draw(st.lists(st.sampled_from(sorted(MEMBERS)), unique=True, min_size=1))
        return PropertySpec(name, data_type, nested=tuple(PropertySpec(inner, MEMBERS[inner]) for inner in members))
    options: dict[str, Any] = {"index_filterable": draw(flags)}
    if data_type.element is DataType.TEXT:
        options |= {
            "tokenization": draw(st.sampled_from([None, "word", "field", "trigram"])),
            "index_searchable": draw(flags),
        }
    if data_type in (DataType.INT, DataType.NUMBER, DataType.DATE):
        options["index_range_filters"] = draw(flags)
    return PropertySpec(name, data_type, draw(st.sampled_from([None, "A description."])), **options)


def indexes() -> st.SearchStrategy[IndexSpec]:
    quantizers = st.sampled_from([None, rq(), uncompressed()])
    distances = st.sampled_from([None, "cosine", "dot"])
    return st.builds(hnsw, ef=st.sampled_from([None, 64]), distance=distances, quantizer=quantizers)


@st.composite
def collections(draw: st.DrawFn) -> CollectionSpec:
    """A collection whose name, and whose references' targets, are put in later."""
    vector_names = draw(st.lists(st.sampled_from(["one", "two"]), unique=True, min_size=1))
    reference_names = draw(st.lists(st.sampled_from(["next", "other"]), unique=True))
    flags = st.none() | st.booleans()
    index = InvertedIndexSpec(
        index_null_state=draw(flags),
        index_timestamps=draw(flags),
        bm25=draw(st.none() | st.just(BM25(0.5, 1.0))),
    )
    return CollectionSpec(
        "Name",
        description=draw(st.sampled_from([None, "Things."])),
        properties=draw(properties()),
        references=tuple(ReferenceSpec(name, ("Name",)) for name in reference_names),
        vectors=tuple(VectorSpec(name, index=draw(indexes())) for name in vector_names),
        inverted_index=draw(st.none() | st.just(index)),
        alias=True,
    )


def value_of(spec: PropertySpec, number: int) -> Any:
    values: dict[str, Any] = {
        "text": f"Some text {number}",
        "words": [f"word {number}", "other"],
        "flag": number % 2 == 0,
        "day": f"2020-01-0{number + 1}T00:00:00Z",
        "key": str(uuid.UUID(int=number)),
        "nested": {inner.name: {"first": "a", "second": number}[inner.name] for inner in spec.nested},
        "size": str(number) if spec.data_type is DataType.TEXT else number,
    }
    return values[spec.name]


class Objects:
    """The objects of a collection, as they are stored and read."""

    def __init__(self, client: Client, name: str) -> None:
        self.client, self.name = client, name
        self.ids = [str(uuid.UUID(int=number)) for number in range(OBJECTS)]

    def store(self, spec: CollectionSpec) -> None:
        physical = StoredSchema(self.client).physical(self.name)
        bodies = [
            {
                "class": physical,
                "id": id,
                # one object has no values
                "properties": {member.name: value_of(member, number) for member in spec.properties if number},
                "vectors": {vector.name: [1.0, number + 0.5] for vector in spec.vectors},
            }
            for number, id in enumerate(self.ids)
        ]
        references = [
            {
                "from": f"weaviate://localhost/{physical}/{id}/{reference.name}",
                "to": f"weaviate://localhost/{physical}/{self.ids[number - 1]}",
            }
            for reference in spec.references
            for number, id in enumerate(self.ids)
        ]
        for path, items in (("/batch/objects", {"objects": bodies}), ("/batch/references", references)):
            if items:
                answer = self.client.transport.request("POST", path, json=items).json(list)
                assert [item for item in answer if item["result"].get("errors")] == []

    def read(self) -> dict[str, dict[str, Any]]:
        physical = StoredSchema(self.client).physical(self.name)
        params = {"class": physical, "limit": 100, "include": "vector"}
        objects = self.client.transport.request("GET", "/objects", params=params).json(dict)["objects"]
        return {body["id"]: _plain(body, physical) for body in objects}


def _plain(body: dict[str, Any], physical: str) -> dict[str, Any]:
    properties = {
        name: [reference["beacon"].replace(f"/{physical}/", "/") for reference in value]
        if isinstance(value, list) and value and isinstance(value[0], dict)
        else value
        for name, value in body["properties"].items()
        # a list of references of which none remains, an object of which no member does
        if value not in ([], {})
    }
    return {"properties": properties, "vectors": body.get("vectors") or {}}


def shared_members(first: CollectionSpec, second: CollectionSpec) -> dict[str, PropertySpec | None]:
    """The members that both collections have, with the nested ones that both have; None is a reference."""
    others = {member.name: member for member in second.properties}
    shared: dict[str, PropertySpec | None] = {
        member.name: attrs.evolve(
            member,
            nested=tuple(
                inner for inner in member.nested if inner.name in {item.name for item in others[member.name].nested}
            ),
        )
        if member.nested and {i.name for i in member.nested} & {i.name for i in others[member.name].nested}
        else member
        for member in first.properties
        if member.name in others
    }
    names = {reference.name for reference in second.references}
    return shared | {reference.name: None for reference in first.references if reference.name in names}


def reduced(body: dict[str, Any], first: CollectionSpec, second: CollectionSpec) -> dict[str, Any]:
    """What an object of the first collection keeps when it goes through the second one."""
    members = shared_members(first, second)
    properties = {}
    for name, value in body["properties"].items():
        if name not in members:
            continue
        member = members[name]
        if member is not None and member.nested:
            kept = {inner.name for inner in member.nested}
            others = {spec.name: spec for spec in second.properties}[name]
            value = {key: item for key, item in value.items() if key in kept & {i.name for i in others.nested}}
        properties[name] = value
    names = {vector.name for vector in second.vectors}
    return {
        "properties": {name: value for name, value in properties.items() if value != {}},
        "vectors": {name: vector for name, vector in body["vectors"].items() if name in names},
    }


def named(spec: CollectionSpec, name: str) -> CollectionSpec:
    references = tuple(attrs.evolve(reference, targets=(name,)) for reference in spec.references)
    return attrs.evolve(spec, name=name, references=references)


def migrate(client: Client, spec: CollectionSpec) -> None:
    desired = SchemaState({spec.name: spec})
    plan_state(client, desired, strict=True).apply(yes_delete=True)
    again = plan_state(client, desired, strict=True)
    assert not again, str(again)


@pytest.mark.parametrize("pairs", [5, pytest.param(100, marks=[pytest.mark.heavy, pytest.mark.timeout(3600)])])
def test_objects_go_from_one_schema_to_another_and_back(client: Client, unique: str, pairs: int) -> None:
    @settings(max_examples=pairs, phases=PHASES, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(first=collections(), second=collections())
    def there_and_back(first: CollectionSpec, second: CollectionSpec) -> None:
        name = f"{unique}R{uuid.uuid4().hex[:8]}"
        first, second = named(first, name), named(second, name)
        migrate(client, first)
        objects = Objects(client, name)
        objects.store(first)
        before = objects.read()
        assert len(before) == OBJECTS
        migrate(client, second)
        migrate(client, first)
        after = objects.read()
        assert after == {id: reduced(body, first, second) for id, body in before.items()}
        for alias, physical in client.alias.list_all().items():
            if physical.startswith(name):
                client.alias.delete(alias_name=alias)
        for body in client.schema.get()["classes"]:
            if body["class"].startswith(name):
                client.schema.delete_class(body["class"])

    there_and_back()
