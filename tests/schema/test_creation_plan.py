"""The plan for creating collections: the order works, the requests are few, and the real server takes it."""

from __future__ import annotations

from itertools import permutations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MappingError, SchemaMismatchError, UnexpectedStatusError
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.creation import AddClassProperty, AddClassVector, CreateClass, Step, plan_creation
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.diff import differences
from weaviate_orm.schema.modules import module
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec

TITLE = PropertySpec("title", DataType.TEXT)


def _graph(edges: dict[str, list[tuple[str, ...]]]) -> list[CollectionSpec]:
    """Collections from the targets of each of their references."""
    return [
        CollectionSpec(
            name, references=tuple(ReferenceSpec(f"to{index}", each) for index, each in enumerate(references))
        )
        for name, references in edges.items()
    ]


def _shown(steps: tuple[Step, ...]) -> list[str]:
    return [
        step.spec_json["class"]
        if isinstance(step, CreateClass)
        else f"{step.collection}.{step.property_json['name']}"
        if isinstance(step, AddClassProperty)
        else f"{step.collection}/{step.vector_name}"
        for step in steps
    ]


def _leftovers(order: tuple[CollectionSpec, ...], existing: frozenset[str] = frozenset()) -> int:
    """By the rule itself: the references that are refused when the collections are created in this order."""
    there, count = set(existing), 0
    for spec in order:
        there.add(spec.name)
        count += sum(not there.issuperset(reference.targets) for reference in spec.references)
    return count


def _simulate(steps: tuple[Step, ...], existing: frozenset[str] = frozenset()) -> dict[str, set[str]]:
    """The references of each collection after the steps; fails where the server would refuse one."""
    there: dict[str, set[str]] = {name: set() for name in existing}
    for step in steps:
        if isinstance(step, CreateClass):
            name, members = step.spec_json["class"], step.spec_json["properties"]
            assert name not in there
            there[name] = set()
        else:
            assert isinstance(step, AddClassProperty)
            name, members = step.collection, [step.property_json]
        for member in members:
            assert set(member["dataType"]) <= set(there)
            assert member["name"] not in there[name]
            there[name].add(member["name"])
    return there


def test_without_cycles_a_create_each() -> None:
    specs = _graph({"A": [("B",), ("C",)], "B": [("C",), ("B",)], "C": []})
    assert _shown(plan_creation(specs, {})) == ["C", "B", "A"]


def test_a_cycle_takes_one_more() -> None:
    specs = _graph({"A": [("B",)], "B": [("C",)], "C": [("A",)]})
    steps = _shown(plan_creation(specs, {}))
    assert len(steps) == 4


def test_the_cheapest_way_into_a_knot() -> None:
    """Hub points to three and each points back: with the hub last nothing of it is left over, with it first three."""
    specs = _graph({"Hub": [("A",), ("B",), ("C",)], "A": [("Hub", "A")], "B": [("Hub",)], "C": [("Hub",)]})
    assert len(plan_creation(specs, {})) == 4 + 3
    specs = _graph({"Hub": [("A", "B", "C")], "A": [("Hub",)], "B": [("Hub",)], "C": [("Hub",)]})
    assert _shown(plan_creation(specs, {})) == ["Hub", "A", "B", "C", "Hub.to0"]


NAMES = ["A", "B", "C", "D", "E"]


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[tuple[str, ...]]]:
    names = NAMES[: draw(st.integers(1, 5))]
    targets = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True).map(tuple)
    return {name: draw(st.lists(targets, max_size=3)) for name in names}


@given(graphs())
def test_every_graph_gets_all_references_with_the_fewest_requests(edges: dict[str, list[tuple[str, ...]]]) -> None:
    specs = _graph(edges)
    steps = plan_creation(specs, {})
    assert _simulate(steps) == {spec.name: {each.name for each in spec.references} for spec in specs}
    assert len(steps) == len(specs) + min(map(_leftovers, permutations(specs)))


@given(graphs(), st.sets(st.sampled_from(NAMES)))
def test_what_exists_needs_no_create(edges: dict[str, list[tuple[str, ...]]], present: set[str]) -> None:
    specs = _graph(edges)
    existing = {spec.name: attrs.evolve(spec, references=()) for spec in specs if spec.name in present}
    steps = plan_creation(specs, existing)
    assert _simulate(steps, frozenset(existing)) == {
        spec.name: {each.name for each in spec.references} for spec in specs
    }
    assert plan_creation(specs, {spec.name: spec for spec in specs}) == ()


def test_large_knots_are_planned_too() -> None:
    names = [f"C{index}" for index in range(30)]
    specs = _graph({name: [(names[index - 1],), (names[index - 7],)] for index, name in enumerate(names)})
    steps = plan_creation(specs, {})
    assert all(len(references) == 2 for references in _simulate(steps).values())
    assert len(steps) < 30 + _leftovers(tuple(specs)) + 1


def test_an_unknown_target() -> None:
    with pytest.raises(MappingError, match=r"A\.to0 points to Nowhere"):
        plan_creation(_graph({"A": [("Nowhere",)]}), {})


def test_two_models_of_one_name() -> None:
    with pytest.raises(MappingError, match="two models are named A"):
        plan_creation([CollectionSpec("A"), CollectionSpec("A")], {})


def test_what_breaks_is_said() -> None:
    wanted = CollectionSpec("A", properties=(TITLE,))
    actual = CollectionSpec("A", properties=(PropertySpec("title", DataType.INT),))
    with pytest.raises(SchemaMismatchError, match=r"A\.title\.data_type is 'int' on the server and 'text'") as caught:
        plan_creation([wanted], {"A": actual})
    assert caught.value.collection == "A"


def test_vectors_and_properties_are_added_and_changes_left_alone() -> None:
    wanted = CollectionSpec(
        "A",
        description="new words",
        properties=(attrs.evolve(TITLE, vectorize=False),),
        vectors=(VectorSpec("a", module("text2vec-transformers")), VectorSpec("b")),
    )
    actual = CollectionSpec("A", vectors=(VectorSpec("a", module("text2vec-transformers")),))
    assert plan_creation([wanted], {"A": actual}) == (
        AddClassProperty("A", wanted.property_json(wanted.properties[0])),
        AddClassVector("A", "b", {"vectorIndexType": "hnsw", "vectorizer": {"none": {}}}),
    )


def _run(client: Client, steps: tuple[Step, ...]) -> None:
    for step in steps:
        if isinstance(step, CreateClass):
            client.schema.create_class(step.spec_json)
        elif isinstance(step, AddClassProperty):
            path = f"/schema/{step.collection}/properties"
            client.transport.request("POST", path, json=step.property_json, repeatable=False)
        else:
            body = client.schema.get(step.collection)
            body.setdefault("vectorConfig", {})[step.vector_name] = step.vector_json
            client.transport.request("PUT", f"/schema/{step.collection}", json=body)


def test_the_server_takes_the_plan(client: Client, unique: str) -> None:
    press, author, article = f"{unique}Press", f"{unique}Author", f"{unique}Article"
    specs = [
        CollectionSpec(press, properties=(TITLE,), references=(ReferenceSpec("articles", (article,)),)),
        CollectionSpec(author, references=(ReferenceSpec("writesFor", (press, author)),)),
        CollectionSpec(
            article,
            references=(ReferenceSpec("authors", (author,)), ReferenceSpec("press", (press,))),
            vectors=(VectorSpec("a"),),
        ),
    ]
    steps = plan_creation(specs, {})
    assert len(steps) == 4
    _run(client, steps)

    grown = [
        attrs.evolve(specs[0], properties=(TITLE, PropertySpec("founded", DataType.DATE))),
        attrs.evolve(specs[1], vectors=(VectorSpec("beside"),)),
        attrs.evolve(specs[2], vectors=(VectorSpec("a"), VectorSpec("b"))),
    ]
    steps = plan_creation(grown, {spec.name: _read(client, spec.name) for spec in specs})
    assert _shown(steps) == [f"{press}.founded", f"{author}/beside", f"{article}/b"]
    _run(client, steps)

    there = {spec.name: _read(client, spec.name) for spec in grown}
    assert [differences(spec, there[spec.name]) for spec in grown] == [(), (), ()]
    assert plan_creation(grown, there) == ()


def test_the_server_still_refuses_a_missing_target(client: Client, unique: str) -> None:
    """The fact that the plan is for."""
    spec = CollectionSpec(f"{unique}A", references=(ReferenceSpec("to", (f"{unique}B",)),))
    with pytest.raises(UnexpectedStatusError, match="nonexistent"):
        client.schema.create_class(spec.to_json())


def _read(client: Client, name: str) -> CollectionSpec:
    return CollectionSpec.from_json(client.schema.get(name))
