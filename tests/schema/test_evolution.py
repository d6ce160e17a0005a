"""Which requests bring a collection to what a model states, and when it has to be rebuilt."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from weaviate_orm.schema import (
    CollectionSpec,
    DataType,
    DifferenceKind,
    PropertySpec,
    ReferenceSpec,
    VectorSpec,
    differences,
)
from weaviate_orm.schema.capabilities import Capabilities
from weaviate_orm.schema.creation import AddClassProperty, AddClassVector
from weaviate_orm.schema.evolution import (
    BuildPropertyIndex,
    ChangeClass,
    DropClassVector,
    DropPropertyIndex,
    plan_evolution,
)

ALL = Capabilities(reindex=True, vector_removal=True)
LITTLE = Capabilities(reindex=False, index_removal=False, vector_removal=False)
TITLE = PropertySpec(
    "title", DataType.TEXT, tokenization="word", index_filterable=True, index_searchable=True, index_range_filters=False
)
STORED = CollectionSpec("Article", properties=(TITLE,), vectors=(VectorSpec("a"), VectorSpec("b")))


def desired(**changes: Any) -> CollectionSpec:
    return CollectionSpec("Article", properties=(attrs.evolve(TITLE, **changes),))


@pytest.mark.parametrize(
    ("changes", "requests"),
    [
        ({}, ()),
        ({"tokenization": "field"}, (BuildPropertyIndex("Article", "title", "filterable", "field"),)),
        ({"index_searchable": False}, (DropPropertyIndex("Article", "title", "searchable"),)),
        (
            {"tokenization": "field", "index_filterable": False},
            (
                BuildPropertyIndex("Article", "title", "searchable", "field"),
                DropPropertyIndex("Article", "title", "filterable"),
            ),
        ),
        (
            {"tokenization": "field", "index_filterable": False, "index_searchable": False},
            (
                BuildPropertyIndex("Article", "title", "filterable", "field"),
                DropPropertyIndex("Article", "title", "filterable"),
                DropPropertyIndex("Article", "title", "searchable"),
            ),
        ),
        ({"description": "Headline"}, (ChangeClass("Article", {}, {"title": "Headline"}),)),
    ],
)
def test_a_property_is_changed_in_place(changes: dict[str, Any], requests: Any) -> None:
    evolution = plan_evolution(desired(**changes), STORED, ALL)
    assert (evolution.requests, evolution.rebuild_reasons) == (requests, ())


def test_an_index_that_is_new_has_the_tokenization() -> None:
    stored = attrs.evolve(STORED, properties=(attrs.evolve(TITLE, index_searchable=False),))
    evolution = plan_evolution(desired(tokenization="field"), stored, ALL)
    assert evolution.requests == (
        BuildPropertyIndex("Article", "title", "filterable", "field"),
        BuildPropertyIndex("Article", "title", "searchable", "field"),
    )


def test_a_text_without_an_index_is_rebuilt_for_another_tokenization() -> None:
    bare = attrs.evolve(TITLE, index_filterable=False, index_searchable=False)
    stored = attrs.evolve(STORED, properties=(bare,))
    spec = attrs.evolve(stored, properties=(attrs.evolve(bare, tokenization="field"),))
    assert plan_evolution(spec, stored, ALL).rebuild_reasons


@pytest.mark.parametrize("changes", [{"tokenization": "field"}, {"index_searchable": False}])
def test_a_server_that_cannot_reindex_needs_a_rebuild(changes: dict[str, Any]) -> None:
    evolution = plan_evolution(desired(**changes), STORED, LITTLE)
    assert evolution.requests == ()
    assert len(evolution.rebuild_reasons) == 1


def test_additions_and_settings() -> None:
    count, by = PropertySpec("count", DataType.INT), ReferenceSpec("by", ("Article",))
    spec = CollectionSpec(
        "Article", description="Texts", properties=(count,), references=(by,), vectors=(VectorSpec("c"),)
    )
    assert plan_evolution(spec, STORED, LITTLE).requests == (
        AddClassProperty("Article", spec.property_json(count)),
        AddClassProperty("Article", spec.property_json(by)),
        ChangeClass("Article", {"description": "Texts"}, {}),
        AddClassVector("Article", "c", VectorSpec("c").to_json()),
    )
    kinds = [difference.kind for difference in differences(spec, STORED)]
    assert kinds == [DifferenceKind.CHANGE, DifferenceKind.BACKFILL, DifferenceKind.ADD, DifferenceKind.BACKFILL]


def test_vectors_are_dropped_where_the_server_does_it() -> None:
    spec = attrs.evolve(STORED, vectors=(VectorSpec("a"),))
    assert plan_evolution(spec, STORED, ALL, drop_vectors=["b"]).requests == (DropClassVector("Article", "b"),)
    assert plan_evolution(spec, STORED, LITTLE, drop_vectors=["b"]).rebuild_reasons == ("Article.vectors.b is dropped",)


def test_what_is_dropped_or_renamed_takes_a_rebuild_until_it_is_gone() -> None:
    evolution = plan_evolution(CollectionSpec("Article"), STORED, ALL, drop=["title", "gone"], rename=["title"])
    assert evolution.rebuild_reasons == ("Article.title is dropped", "Article.title is renamed")


def test_a_strict_comparison_names_what_only_the_server_has() -> None:
    stored = attrs.evolve(STORED, references=(ReferenceSpec("by", ("Article",)),))
    spec = CollectionSpec("Article", vectors=(VectorSpec("a"),))
    assert differences(spec, stored) == ()
    unmapped = differences(spec, stored, strict=True)
    assert [difference.path for difference in unmapped] == ["Article.title", "Article.by", "Article.vectors.b"]
    assert {difference.kind for difference in unmapped} == {DifferenceKind.UNMAPPED}


def test_members_of_nested_objects_and_vectors_take_a_rebuild() -> None:
    inner = PropertySpec(
        "inner", DataType.OBJECT, nested=(PropertySpec("a", DataType.INT), PropertySpec("b", DataType.INT))
    )
    stored = CollectionSpec(
        "Article", properties=(PropertySpec("outer", DataType.OBJECT, nested=(inner,)),), vectors=(VectorSpec("v"),)
    )
    evolution = plan_evolution(stored, stored, ALL, drop=["outer.inner.a", "outer.gone"], rename_vectors=["v", "w"])
    assert evolution.rebuild_reasons == ("Article.outer.inner.a is dropped", "Article.vectors.v is renamed")
