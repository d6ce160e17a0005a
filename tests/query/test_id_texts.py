"""The ids that a filter names, and the filter with other texts of them."""

from __future__ import annotations

from uuid import UUID

import pytest

from weaviate_orm import Field, Model, Q, Ref, ref
from weaviate_orm.ids import usual_id
from weaviate_orm.query.filter_json import filter_json
from weaviate_orm.query.id_spellings import Spelling, ids_named, respelled, spellings, unknown_cases

FIRST, SECOND = UUID(int=0xA), UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")


class Leaf(Model):
    name: Field[str]

    class Meta:
        name = "TestIdTextsLeaf"


class Tree(Model):
    name: Field[str]
    leaf: Ref[Leaf | None] = ref(default=None)

    class Meta:
        name = "TestIdTextsTree"


TREE, LEAF = Tree.__mapper__.entity, Leaf.__mapper__.entity


def test_all_spellings_of_an_id_are_that_id() -> None:
    for text in spellings(str(SECOND)):
        assert usual_id(text) == str(SECOND)
    assert spellings(str(SECOND))[0] == str(SECOND)
    assert len(set(spellings(str(SECOND)))) == 10
    with pytest.raises(ValueError, match="badly formed"):
        usual_id("f81d4fae")


def test_ids_are_found_wherever_a_filter_names_them() -> None:
    named = ids_named(
        Tree.query.where(
            (Tree.id == FIRST) | ~Tree.id.in_([FIRST, SECOND]) & (Tree.name == "x"), Q(leaf=SECOND) | Q(id__ne=FIRST)
        )._query.where
    )
    assert {entity.label: list(ids) for entity, ids in named.items()} == {
        "Tree": [str(FIRST), str(SECOND)],
        "Leaf": [str(SECOND)],
    }
    assert ids_named(Tree.query.where(Tree.id > FIRST, name="x")._query.where) == {}
    assert ids_named(None) == {}


def test_a_filter_takes_the_texts_of_its_ids() -> None:
    condition = Tree.query.where(Tree.id != SECOND, Q(leaf__id=FIRST) | Q(leaf__id=SECOND), name="x")._query.where
    assert condition is not None
    assert respelled(condition, {}) == condition
    assert respelled(condition, {TREE: {str(FIRST): ["OTHER"]}}) == condition
    text = SECOND.hex.upper()
    changed = respelled(condition, {TREE: {str(SECOND): [text, "again"]}, LEAF: {str(SECOND): ["LEAF"]}})
    assert filter_json(changed)["operands"] == [
        {
            "operator": "Not",
            "operands": [{"path": ["id"], "operator": "ContainsAny", "valueText": [str(SECOND), text, "again"]}],
        },
        {
            "operator": "Or",
            "operands": [
                {"path": ["leaf", "TestIdTextsLeaf", "id"], "operator": "Equal", "valueText": str(FIRST)},
                {
                    "path": ["leaf", "TestIdTextsLeaf", "id"],
                    "operator": "ContainsAny",
                    "valueText": [str(SECOND), "LEAF"],
                },
            ],
        },
        {"path": ["name"], "operator": "Equal", "valueText": "x"},
    ]
    assert ids_named(respelled(condition, {TREE: {str(SECOND): [text]}})) == ids_named(condition)


def test_the_case_of_a_text_is_found_letter_by_letter() -> None:
    dashed, plain, braced, urn = unknown_cases(str(SECOND))
    assert plain.pattern == "?81?4???7???11?0?76500?0?91?6??6"
    assert (braced.pattern[:3], urn.pattern[:11]) == ("{?8", "???:????:?8")
    assert [each.pattern for each in dashed.next()] == [
        "f81?4???-7???-11?0-?765-00?0?91?6??6",
        "F81?4???-7???-11?0-?765-00?0?91?6??6",
    ]
    wanted, found = "F81d4FaE7DEC11d0a76500A0c91e6Bf6", plain
    while found.next():
        (found,) = (each for each in found.next() if wanted.startswith(each.prefix))
    assert (found, found.pattern) == (Spelling(wanted[:31], "6"), wanted)
