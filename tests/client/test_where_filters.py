"""Filters of v3's form: what ``with_where`` refuses is refused everywhere, what it takes means the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import pytest

from weaviate_orm import Client, QueryError, UnexpectedStatusError, UnknownNameError
from weaviate_orm.http.features import server_version
from weaviate_orm.testing import recorded_requests

FIRST, SECOND = str(UUID(int=1)), str(UUID(int=2))
NAME = {"path": ["name"], "operator": "Equal", "valueText": "one"}

TAKERS: dict[str, Callable[[Client, str, Any], object]] = {
    "get": lambda client, name, where: client.query.get(name, ["name"]).with_where(where),
    "aggregate": lambda client, name, where: client.query.aggregate(name).with_where(where),
    "delete": lambda client, name, where: client.batch.delete_objects(name, where),
    "dry run": lambda client, name, where: client.batch.delete_objects(name, where, dry_run=True),
    "source": lambda client, name, where: client.classification.schedule().with_source_where_filter(where),
    "training": lambda client, name, where: client.classification.schedule().with_training_set_where_filter(where),
    "target": lambda client, name, where: client.classification.schedule().with_target_where_filter(where),
}

WRONG: list[tuple[Any, str]] = [
    ({**NAME, "valuetext": "one"}, "'valuetext' does not exist; did you mean 'valueText'"),
    ({"path": ["name"], "operator": "Equal", "valuetext": "one"}, "'valuetext' does not exist"),
    ({"Path": ["name"], "operator": "Equal", "valueText": "one"}, "the key 'Path' does not exist"),
    ({"path": ["name"], "Operator": "Equal", "valueText": "one"}, "the key 'Operator' does not exist"),
    ({"operator": "And", "Operands": [NAME]}, "'Operands' does not exist; did you mean 'operands'"),
    ({**NAME, "operands": [NAME]}, "the key 'operands' does not exist"),
    ({"path": ["name"], "operator": "Equal", "value": "one"}, "the key 'value' does not exist"),
    ({"path": ["name"], "operator": "Equals", "valueText": "one"}, "is one of Equal, .*; got 'Equals'"),
    ({"path": ["name"], "operator": "equal", "valueText": "one"}, "got 'equal'"),
    ({"path": ["name"], "operator": ["Equal"], "valueText": "one"}, "is one of Equal, .*; got"),
    ({"path": ["name"], "valueText": "one"}, "lacks the key 'operator'"),
    ({"path": ["name"], "operator": "And", "valueText": "one"}, "got 'And'"),
    ({"path": ["name"], "operator": "Equal"}, "needs one value, .* it has none"),
    ({**NAME, "valueInt": 1}, "needs one value, .* it has valueText, valueInt"),
    ({**NAME, "valueText": None}, "valueText: needs a str"),
    ({**NAME, "valueText": 1}, "valueText: needs a str"),
    ({**NAME, "valueText": ["one"]}, "by Equal needs one value"),
    ({"path": ["n"], "operator": "Equal", "valueInt": "1"}, "valueInt: needs an int"),
    ({"path": ["n"], "operator": "Equal", "valueInt": True}, "valueInt: needs an int"),
    ({"path": ["n"], "operator": "Equal", "valueIntArray": [1]}, "by Equal needs one value"),
    ({"path": ["tags"], "operator": "ContainsAny", "valueText": "one"}, "by ContainsAny needs a list of values"),
    ({"path": ["tags"], "operator": "ContainsAny", "valueTextList": "one"}, "is a list of one value or more"),
    ({"path": ["tags"], "operator": "ContainsAny", "valueTextArray": []}, "is a list of one value or more"),
    ({"path": ["tags"], "operator": "ContainsAll", "valueTextArray": ["one", 2]}, "needs a str, got int"),
    ({"path": ["n"], "operator": "IsNull", "valueText": "true"}, "by IsNull needs a valueBoolean"),
    ({"path": ["n"], "operator": "WithinGeoRange", "valueText": "one"}, "need each other"),
    ({"path": [], "operator": "Equal", "valueText": "one"}, "path of a filter is empty"),
    ({"path": [1], "operator": "Equal", "valueText": "one"}, "the path of a filter: needs a str"),
    ({"path": None, "operator": "Equal", "valueText": "one"}, "the path of a filter is a str or a list"),
    *(
        ({"path": ["d"], "operator": operator, "valueDate": value}, "filter of d: Weaviate orders dates from 1677")
        for operator in ("LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual")
        for value in (
            datetime(1066, 10, 14, tzinfo=timezone.utc),
            "1066-10-14T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2500-01-01T01:00:00.5+02:00",
        )
    ),
    ({"operator": "And"}, "operands of And are a list"),
    ({"operator": "And", "operands": []}, "operands of And are a list"),
    ({"operator": "And", "operands": NAME}, "operands of And are a list"),
    ({"operator": "Equal", "operands": [NAME]}, "is one of And, Or, Not; got 'Equal'"),
    ({"operator": "Not", "operands": [NAME, NAME]}, "Not takes one operand"),
    ({"operator": "Or", "operands": [NAME, {**NAME, "valuetext": "one"}]}, "'valuetext' does not exist"),
    ({"operator": "Or", "operands": [NAME, None]}, "is a dict, not NoneType"),
    ({}, "lacks the key 'operator'"),
    (None, "is a dict, not NoneType"),
    ("name = one", "is a dict, not str"),
    ([NAME], "is a dict, not list"),
]

RIGHT: list[tuple[dict[str, Any], int]] = [
    (NAME, 1),
    ({**NAME, "path": "name"}, 1),
    ({**NAME, "path": ("name",)}, 1),
    ({"path": ["name"], "operator": "Equal", "valueString": "one"}, 1),
    ({"path": ["id"], "operator": "Equal", "valueText": UUID(FIRST)}, 1),
    ({"path": ["id"], "operator": "ContainsAny", "valueTextArray": [UUID(FIRST), SECOND]}, 2),
    ({"path": ["tags"], "operator": "ContainsAny", "valueText": ["one"]}, 1),
    ({"path": ["tags"], "operator": "ContainsAny", "valueTextList": ["one", "two"]}, 2),
    ({"path": ["tags"], "operator": "ContainsAll", "valueTextArray": ("one", "odd")}, 1),
    ({"path": ["tags"], "operator": "ContainsAny", "valueStringList": ["two"]}, 1),
    ({"path": ["tags"], "operator": "ContainsNone", "valueTextArray": ["one"]}, 1),
    ({"path": ["n"], "operator": "ContainsAny", "valueIntList": [1, 2, 3]}, 2),
    ({"path": ["n"], "operator": "GreaterThan", "valueInt": 1}, 1),
    ({"path": ["x"], "operator": "ContainsAny", "valueNumberArray": [1.5]}, 1),
    ({"path": ["x"], "operator": "LessThan", "valueNumber": 2}, 1),
    ({"path": ["b"], "operator": "ContainsAny", "valueBooleanList": [True, False]}, 2),
    ({"path": ["b"], "operator": "Equal", "valueBoolean": False}, 1),
    ({"path": ["d"], "operator": "LessThan", "valueDate": datetime(2020, 6, 1, tzinfo=timezone.utc)}, 1),
    ({"path": ["d"], "operator": "ContainsAny", "valueDateArray": ["2021-01-02T03:04:05Z"]}, 1),
    ({"path": ["n"], "operator": "IsNull", "valueBoolean": False}, 2),
    (
        {
            "path": ["g"],
            "operator": "WithinGeoRange",
            "valueGeoRange": {"geoCoordinates": {"latitude": 1, "longitude": 2}, "distance": {"max": 1000}},
        },
        1,
    ),
    ({"operator": "Not", "operands": [NAME]}, 1),
    (
        {
            "operator": "And",
            "operands": ({**NAME, "path": "name"}, {"path": ["b"], "operator": "Equal", "valueBoolean": True}),
        },
        1,
    ),
    ({"operator": "Or", "operands": [NAME, {"path": ["tags"], "operator": "ContainsAny", "valueText": ["two"]}]}, 2),
]


@pytest.fixture
def things(client: Client, unique: str) -> Iterator[str]:
    """A class with two objects."""
    kinds = {
        "name": "text",
        "tags": "text[]",
        "n": "int",
        "x": "number",
        "b": "boolean",
        "d": "date",
        "g": "geoCoordinates",
    }
    client.schema.create_class(
        {
            "class": unique,
            "invertedIndexConfig": {"indexNullState": True},
            "properties": [{"name": name, "dataType": [kind]} for name, kind in kinds.items()],
        }
    )
    place = {"latitude": 1, "longitude": 2}
    one = {"name": "one", "tags": ["one", "odd"], "n": 1, "x": 1.5, "b": True, "d": "2020-01-02T03:04:05Z", "g": place}
    two = {"name": "two", "tags": ["two"], "n": 2, "x": 2.5, "b": False, "d": "2021-01-02T03:04:05Z"}
    client.data_object.create(one, unique, FIRST)
    client.data_object.create(two, unique, SECOND)
    yield unique
    client.schema.delete_class(unique)


@pytest.mark.parametrize("taker", TAKERS)
def test_a_wrong_filter_is_refused_before_it_is_sent(client: Client, things: str, taker: str) -> None:
    for where, reason in WRONG:
        with recorded_requests(client) as requests, pytest.raises(ValueError, match=reason) as caught:
            TAKERS[taker](client, things, where)
        assert isinstance(caught.value, (QueryError, UnknownNameError))
        assert not requests
    assert client.data_object.exists(FIRST, things)
    assert client.data_object.exists(SECOND, things)


def test_a_filter_matches_the_same_when_objects_are_deleted(client: Client, things: str) -> None:
    is_old = server_version(client.transport) < (1, 36, 0)
    for where, count in RIGHT:
        if is_old and "valueGeoRange" in where:
            continue  # Weaviate 1.35 aggregates nothing by a range around a place
        before = repr(where)
        found = client.query.aggregate(things).with_where(where).with_meta_count().do()
        assert found["data"]["Aggregate"][things][0]["meta"]["count"] == count, where
        would = client.batch.delete_objects(things, where, dry_run=True)
        assert would["results"]["matches"] == count, where
        assert repr(where) == before  # it stays the caller's


def test_only_what_matches_is_deleted(client: Client, things: str) -> None:
    where = {"path": "tags", "operator": "ContainsAny", "valueTextList": ["two"]}
    assert client.batch.delete_objects(things, where)["results"]["successful"] == 1
    assert client.data_object.exists(FIRST, things)
    assert not client.data_object.exists(SECOND, things)


def test_a_classification_takes_the_same_filters(client: Client, things: str) -> None:
    schedule = client.classification.schedule().with_type("knn").with_k(1).with_class_name(things)
    schedule.with_classify_properties(["name"]).with_based_on_properties(["name"])
    schedule.with_source_where_filter({"path": "tags", "operator": "ContainsAny", "valueTextList": ["one"]})
    with recorded_requests(client) as requests, pytest.raises(UnexpectedStatusError):
        schedule.do()  # knn classifies references, and there are none
    (request,) = requests
    assert b'"sourceWhere":{"path":["tags"],"operator":"ContainsAny","valueTextArray":["one"]}' in (request.body or b"")


def test_what_a_filter_finds_is_sorted_where_it_stands_twice(client: Client, unique: str) -> None:
    # the way out that docs/guides/v3.md gives: of one comparison the server takes the first objects, and sorts those
    client.schema.create_class({"class": unique, "properties": [{"name": "n", "dataType": ["int"]}]})
    for number in range(5):
        client.data_object.create({"n": number}, unique)
    where = {"path": ["n"], "operator": "LessThan", "valueInt": 4}
    twice = {"operator": "And", "operands": [where, where]}
    query = client.query.get(unique, ["n"]).with_where(twice).with_sort({"path": ["n"], "order": "desc"}).with_limit(2)
    assert query.do()["data"]["Get"][unique] == [{"n": 3}, {"n": 2}]
