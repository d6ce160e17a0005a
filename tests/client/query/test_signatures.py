"""Names and order of parameters, read from weaviate-client 3.26.7; what is ours beyond them is optional."""

from __future__ import annotations

import inspect

import pytest

from weaviate_orm.client.query import AggregateBuilder, GetBuilder, MultiGetBuilder, Query

MEDIA = ["audio", "depth", "image", "imu", "thermal", "video"]

SIGNATURES: dict[tuple[type, str], list[str]] = {
    (Query, "aggregate"): ["class_name"],
    (Query, "get"): ["class_name", "properties"],
    (Query, "multi_get"): ["get_builder"],
    (Query, "raw"): ["gql_query"],
    (GetBuilder, "build"): ["wrap_get"],
    (GetBuilder, "with_additional"): ["properties"],
    (GetBuilder, "with_after"): ["after_uuid"],
    (GetBuilder, "with_alias"): ["alias"],
    (GetBuilder, "with_ask"): ["content"],
    (GetBuilder, "with_autocut"): ["autocut"],
    (GetBuilder, "with_bm25"): ["query", "properties"],
    (GetBuilder, "with_consistency_level"): ["consistency_level"],
    (GetBuilder, "with_generate"): ["single_prompt", "grouped_task", "grouped_properties"],
    (GetBuilder, "with_group_by"): ["properties", "groups", "objects_per_group"],
    (GetBuilder, "with_hybrid"): ["query", "alpha", "vector", "properties", "fusion_type"],
    (GetBuilder, "with_offset"): ["offset"],
    (GetBuilder, "with_sort"): ["content"],
    (AggregateBuilder, "build"): [],
    (AggregateBuilder, "with_fields"): ["field"],
    (AggregateBuilder, "with_group_by_filter"): ["properties"],
    (AggregateBuilder, "with_meta_count"): [],
    (AggregateBuilder, "with_object_limit"): ["limit"],
    (MultiGetBuilder, "build"): [],
    (MultiGetBuilder, "do"): [],
    **{
        (kind, name): parameters
        for kind in (GetBuilder, AggregateBuilder)
        for name, parameters in {
            "do": [],
            "with_limit": ["limit"],
            "with_tenant": ["tenant"],
            "with_where": ["content"],
            **{f"with_near_{name}": ["content"] for name in ("object", "text", "vector")},
            **{f"with_near_{name}": ["content", "encode"] for name in MEDIA},
        }.items()
    },
}


@pytest.mark.parametrize(("kind", "name"), SIGNATURES)
def test_a_method_takes_what_it_took(kind: type, name: str) -> None:
    _, *parameters = inspect.signature(getattr(kind, name)).parameters.values()
    expected = SIGNATURES[kind, name]
    assert [each.name for each in parameters][: len(expected)] == expected
    for each in parameters[len(expected) :]:
        assert each.kind is inspect.Parameter.KEYWORD_ONLY
        assert each.default is not inspect.Parameter.empty
