"""What is kept of stored nested objects that a model maps in part."""

from __future__ import annotations

from typing import Any

import pytest

from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.unmapped import unmapped_members, with_unmapped

MEMBERS = (
    PropertySpec("a", DataType.TEXT),
    PropertySpec("b", DataType.INT),
    PropertySpec("when", DataType.DATE),
    PropertySpec("flag", DataType.BOOLEAN),
    PropertySpec("tags", DataType.TEXT_ARRAY),
)
ONE = PropertySpec("one", DataType.OBJECT, nested=MEMBERS)
MANY = PropertySpec("many", DataType.OBJECT_ARRAY, nested=MEMBERS)
DEEP = PropertySpec("deep", DataType.OBJECT, nested=(ONE, MANY))


def test_the_names_of_what_is_not_mapped() -> None:
    stored: list[dict[str, Any]] = [
        {"name": "one", "nestedProperties": [{"name": "a"}, {"name": "zip"}]},
        {"name": "many", "nestedProperties": [{"name": "more", "nestedProperties": [{"name": "inside"}]}]},
        {"name": "other"},
    ]
    assert [*unmapped_members(DEEP.nested, stored)] == ["one.zip", "many.more", "other"]
    assert [*unmapped_members(DEEP.nested, [{"name": "one"}])] == []


@pytest.mark.parametrize(
    ("new", "stored", "written"),
    [
        ({"a": "x"}, {"a": "y", "b": 1, "zip": 1}, {"a": "x", "zip": 1}),
        ({}, {"a": "y", "zip": None, "more": {"b": 1}}, {"zip": None, "more": {"b": 1}}),
        ({"a": "x"}, None, {"a": "x"}),
        (None, {"zip": 1}, None),
    ],
)
def test_an_object_keeps_what_is_not_mapped(new: Any, stored: Any, written: Any) -> None:
    assert with_unmapped(ONE, new, stored, {}) == written


def test_nested_in_nested() -> None:
    stored = {"one": {"zip": 1}, "many": [{"a": "x", "zip": 2}], "zip": 3}
    new = {"one": {"a": "x"}, "many": [{"a": "new"}, {"a": "x"}]}
    assert with_unmapped(DEEP, new, stored, {}) == {
        "one": {"a": "x", "zip": 1},
        "many": [{"a": "new"}, {"a": "x", "zip": 2}],
        "zip": 3,
    }
    assert with_unmapped(DEEP, {"many": []}, stored, {}) == {"many": [], "zip": 3}


STORED = [{"a": "x", "b": 1, "zip": 10}, {"a": "y", "b": 2, "zip": 20}, {"a": "z", "b": 3, "zip": 30}]


@pytest.mark.parametrize(
    ("new", "zips"),
    [
        # equal ones, wherever they are
        ([{"a": "z", "b": 3}, {"a": "x", "b": 1}], [30, 10]),
        ([{"a": "x", "b": 1}, {"a": "x", "b": 1}], [10, None]),
        # at the same place, with something in common
        ([{"a": "x", "b": 7}, {"a": "new", "b": 2}, {"a": "z", "b": 3}], [10, 20, 30]),
        # elsewhere half of it is not enough
        ([{"a": "new", "b": 9}, {"a": "x", "b": 7}], [None, None]),
        # nothing in common: another one
        ([{"a": "new", "b": 9}, {"a": "y", "b": 2}, {"a": "z", "b": 3}], [None, 20, 30]),
    ],
)
def test_elements_of_lists_are_known_by_their_members(new: list[dict[str, Any]], zips: list[int | None]) -> None:
    written = with_unmapped(MANY, new, STORED, {})
    assert [element.get("zip") for element in written] == zips
    assert [{name: value for name, value in element.items() if name != "zip"} for element in written] == new


def test_more_than_half_of_the_members_is_enough_anywhere() -> None:
    stored = [{"a": "x", "b": 1, "tags": ["t"], "zip": 1}]
    new = [{"a": "other"}, {"a": "x", "b": 2, "tags": ["t"]}]
    assert with_unmapped(MANY, new, stored, {}) == [{"a": "other"}, {"a": "x", "b": 2, "tags": ["t"], "zip": 1}]


def test_a_boolean_in_common_says_nothing() -> None:
    assert with_unmapped(MANY, [{"a": "x", "flag": True}], [{"a": "y", "flag": True, "zip": 1}], {}) == [
        {"a": "x", "flag": True}
    ]


def test_equal_members_may_be_written_in_other_ways() -> None:
    stored = [{"a": "x", "when": "2024-01-01T00:00:00Z", "tags": None, "zip": 1}]
    new = [{"a": "new"}, {"a": "x", "when": "2024-01-01T01:00:00+01:00", "tags": []}]
    assert [element.get("zip") for element in with_unmapped(MANY, new, stored, {})] == [None, 1]
    odd = [{"a": "x", "when": "0000-12-30T00:00:00Z", "zip": 1}]
    assert with_unmapped(MANY, [{"a": "x", "when": "2024-01-01T00:00:00Z"}], odd, {})[0]["zip"] == 1


def test_elements_that_were_loaded_are_known_by_that() -> None:
    new = [{"a": "y", "b": 2}, {"a": "changed"}, {"a": "x", "b": 1}]
    # the first was the third, and became equal to the second; the second was the first
    before = {id(new[0]): (2, {"a": "z", "b": 3}), id(new[1]): (0, {"a": "x", "b": 1})}
    assert [element.get("zip") for element in with_unmapped(MANY, new, STORED, before)] == [30, 10, None]


def test_equal_ones_are_known_by_their_places() -> None:
    stored = [{"a": "x", "zip": number} for number in range(4)]
    new = [{"a": "x"}, {"a": "first"}, {"a": "x"}]
    before = {id(new[0]): (3, {"a": "x"}), id(new[1]): (0, {"a": "x"}), id(new[2]): (2, {"a": "x"})}
    assert [element.get("zip") for element in with_unmapped(MANY, new, stored, before)] == [3, 0, 2]


def test_long_lists_take_no_long_time() -> None:
    stored = [{"a": f"{number}", "zip": number} for number in range(20_000)]
    new = [{"a": f"{number}"} for number in reversed(range(20_000))]
    assert [element["zip"] for element in with_unmapped(MANY, new, stored, {})] == [*reversed(range(20_000))]
