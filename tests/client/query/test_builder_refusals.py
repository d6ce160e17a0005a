"""What cannot be asked is refused when it is said, by the name of what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from tests.client.query.builder_cases import FIRST, where
from weaviate_orm.client.query import AdditionalProperties, LinkTo, Query
from weaviate_orm.exceptions import BuilderError, QueryError, UnknownNameError, WeaviateORMError

Call = Callable[[Any], Any]
EQUAL = where(["title"], "Equal", valueText="x")
CONCEPTS = {"concepts": ["sea"]}
NEAR_TEXT = {
    "concepts is missing": ({"certainty": 0.7}, "lacks the key 'concepts'"),
    "no concepts": ({"concepts": []}, "nearText.concepts is empty"),
    "a number": ({"concepts": [1]}, "nearText.concepts: needs a str, got int 1"),
    "half a surrogate": ({"concepts": ["\ud83d"]}, "half of a surrogate pair"),
    "both bounds": ({**CONCEPTS, "certainty": 0.7, "distance": 0.1}, "give one of them"),
    "a large certainty": ({**CONCEPTS, "certainty": 1.5}, "nearText.certainty is from 0 to 1; got 1.5"),
    "no number": ({**CONCEPTS, "distance": float("nan")}, "finite"),
    "text": ({**CONCEPTS, "distance": "0.1} ) {x"}, "nearText.distance: needs a float, got str"),
    "a move without force": ({**CONCEPTS, "moveTo": CONCEPTS}, "nearText.moveTo lacks the key 'force'"),
    "a move by nothing": ({**CONCEPTS, "moveTo": {"force": 0.5}}, "needs concepts or objects"),
    "a move too far": ({**CONCEPTS, "moveAwayFrom": {**CONCEPTS, "force": 2}}, "from 0 to 1; got 2"),
    "a move by two names": (
        {**CONCEPTS, "moveTo": {"force": 1, "objects": [{"id": FIRST, "beacon": FIRST}]}},
        "an 'id' or a 'beacon', and not both",
    ),
    "a move by no id": ({**CONCEPTS, "moveTo": {"force": 1, "objects": {"id": '"}'}}}, r"moveTo.objects.id: .*UUID"),
    "a move by no objects": ({**CONCEPTS, "moveTo": {"force": 1, "objects": []}}, "list of one dict or more"),
    "autocorrect": ({**CONCEPTS, "autocorrect": "yes"}, "nearText.autocorrect: needs a bool"),
    "targets twice": (
        {**CONCEPTS, "targetVectors": ["a"], "targets": {"targetVectors": ["a"]}},
        "'targetVectors' or 'targets', not both",
    ),
    "a method": (
        {**CONCEPTS, "targets": {"targetVectors": ["a"], "combinationMethod": "max"}},
        "minimum, average, sum, manualWeights, relativeScore; got 'max'",
    ),
    "no dict": ("sea", "nearText is a dict, not str"),
}


def near_text(content: object) -> Call:
    return lambda g: g.with_near_text(content)


REFUSED: dict[str, tuple[Call, str]] = {
    **{f"nearText, {name}": (near_text(content), why) for name, (content, why) in NEAR_TEXT.items()},
    "concepts, a number": (near_text({"concepts": 1}), "is a str or a list of them, not int"),
    "bytes for base64": (lambda g: g.with_near_image({"image": b"eA=="}, encode=False), "base64 is a str, not bytes"),
    "two searches": (
        lambda g: g.with_near_text(CONCEPTS).with_near_object({"id": FIRST}),
        "it has nearText already, so nearObject cannot be added",
    ),
    "a question too": (lambda g: g.with_near_text(CONCEPTS).with_ask({"question": "?"}), "ask cannot be added"),
    "no question": (lambda g: g.with_ask({}), "ask lacks the key 'question'"),
    "no vector": (lambda g: g.with_near_vector({"certainty": 0.1}), "needs a 'vector' or a 'vectorPerTarget'"),
    "an empty vector": (lambda g: g.with_near_vector({"vector": []}), "is a vector, which is a list of numbers"),
    "a vector of text": (lambda g: g.with_near_vector({"vector": ["1"]}), "is a vector, which is a list of numbers"),
    "a vector of truths": (lambda g: g.with_near_vector({"vector": [True]}), "is a vector, which is a list of numbers"),
    "an infinite vector": (lambda g: g.with_near_vector({"vector": [float("inf")]}), "not a finite number"),
    "a text for a vector": (lambda g: g.with_near_vector({"vector": "1, 2"}), "a vector is a list"),
    "vectors of no target": (lambda g: g.with_near_vector({"vectorPerTarget": [1]}), "a dict of vectors"),
    "a target that is no name": (lambda g: g.with_near_vector({"vectorPerTarget": {"a b": [1]}}).build(), "'a b'"),
    "an object without id": (lambda g: g.with_near_object({"certainty": 0.1}), "needs an 'id' or a 'beacon'"),
    "an object's odd beacon": (lambda g: g.with_near_object({"beacon": '"} x'}), "nearObject.beacon: "),
    "no file": (lambda g: g.with_near_image({"image": "/no/such.png"}), "nearImage.image: there is no file at"),
    "no base64": (lambda g: g.with_near_imu({"imu": '"} x {'}, encode=False), "nearIMU.imu: "),
    "no image": (lambda g: g.with_near_image({"audio": "x"}), "nearImage: the key 'audio' does not exist"),
    "where, no dict": (lambda g: g.with_where([EQUAL]), "is a dict, not list"),
    "where, no operator": (lambda g: g.with_where({"path": ["a"], "valueInt": 1}), "lacks the key 'operator'"),
    "where, an odd operator": (lambda g: g.with_where({**EQUAL, "operator": "Is"}), "one of Equal, NotEqual"),
    "where, And with a path": (lambda g: g.with_where({**EQUAL, "operator": "And"}), "got 'And'"),
    "where, no path": (lambda g: g.with_where(where([], "Equal", valueInt=1)), "the path of a filter is empty"),
    "where, no value": (lambda g: g.with_where(where(["a", "B", "c"], "Equal")), "filter of a.B.c needs one value"),
    "where, two values": (lambda g: g.with_where({**EQUAL, "valueInt": 1}), "it has valueText, valueInt"),
    "where, no list": (lambda g: g.with_where(where(["a"], "ContainsAny", valueTextArray="a")), "is a list"),
    "where, an empty list": (lambda g: g.with_where(where(["a"], "ContainsAny", valueText=[])), "one value or more"),
    "where, no int": (lambda g: g.with_where(where(["a"], "Equal", valueInt="1} x")), "valueInt: needs an int"),
    "where, a truth for an int": (lambda g: g.with_where(where(["a"], "Equal", valueInt=True)), "needs an int"),
    "where, no text": (lambda g: g.with_where(where(["a"], "Equal", valueText=1)), "valueText: needs a str"),
    "where, no truth": (lambda g: g.with_where(where(["a"], "IsNull", valueBoolean="no")), "needs a bool"),
    "where, no zone": (
        lambda g: g.with_where(where(["a"], "Equal", valueDate=datetime(2020, 1, 1))),
        "valueDate: needs a datetime with a timezone",
    ),
    "where, a range for Equal": (lambda g: g.with_where(where(["a"], "Equal", valueGeoRange={})), "need each other"),
    "where, WithinGeoRange of a text": (
        lambda g: g.with_where(where(["a"], "WithinGeoRange", valueText="x")),
        "need each other",
    ),
    "where, a place off the Earth": (
        lambda g: g.with_where(
            where(
                ["a"],
                "WithinGeoRange",
                valueGeoRange={"geoCoordinates": {"latitude": 91, "longitude": 0}, "distance": {"max": 1}},
            )
        ),
        "a latitude is from -90 to 90",
    ),
    "where, no operands": (lambda g: g.with_where({"operator": "And"}), "operands of And are a list"),
    "where, two for Not": (lambda g: g.with_where({"operator": "Not", "operands": [EQUAL, EQUAL]}), "one operand"),
    "where, a bad one inside": (
        lambda g: g.with_where({"operator": "Or", "operands": [EQUAL, {"operator": "Equal", "operands": []}]}),
        "And, Or, Not; got 'Equal'",
    ),
    "limit": (lambda g: g.with_limit(0), "a limit is 1 or more; got 0"),
    "a limit of text": (lambda g: g.with_limit("5 ) {x"), "a limit: needs an int"),
    "offset": (lambda g: g.with_offset(-1), "an offset is 0 or more"),
    "after": (lambda g: g.with_after('x" )'), "the id after which it begins: this is not a UUID"),
    "after, a number": (lambda g: g.with_after(1), "a uuid is a str or a UUID"),
    "autocut": (lambda g: g.with_autocut("1"), "an autocut: needs an int"),
    "tenant": (lambda g: g.with_tenant(1), "a tenant: needs a str"),
    "consistency": (lambda g: g.with_consistency_level("MOST"), "a consistency level: 'MOST'"),
    "alias": (lambda g: g.with_alias("a: b"), "'a: b' cannot stand in a query"),
    "sort, nothing": (lambda g: g.with_sort([]), "list of one or more"),
    "sort, no order": (lambda g: g.with_sort({"path": ["a"]}), "lacks the key 'order'"),
    "sort, an odd order": (lambda g: g.with_sort({"path": ["a"], "order": "up"}), "asc, desc; got 'up'"),
    "group_by": (lambda g: g.with_group_by(["a"], 0, 1), "the groups of group_by is 1 or more"),
    "group_by, no path": (lambda g: g.with_group_by([], 1, 1), "the properties of group_by is empty"),
    "group": (lambda g: g.with_group("nearest", 0.5), "closest, merge; got 'nearest'"),
    "bm25": (lambda g: g.with_bm25(None), "the query of bm25: needs a str"),
    "bm25, operator": (lambda g: g.with_bm25("x", search_operator={"operator": "Xor"}), "And, Or, AndCross"),
    "hybrid, alpha": (lambda g: g.with_hybrid("x", alpha=1.1), "the alpha of hybrid is from 0 to 1"),
    "hybrid, fusion": (lambda g: g.with_hybrid("x", fusion_type="} x"), "the fusion_type of hybrid"),
    "hybrid, search": (lambda g: g.with_hybrid("x", searches=[{}]), "one of nearText and nearVector"),
    "generate": (lambda g: g.with_generate(), "a single_prompt, a grouped_task, or both"),
    "generate, properties": (lambda g: g.with_generate("x", grouped_properties=["a"]), "belong to a grouped_task"),
    "generate, settings": (lambda g: g.with_generate("x", settings={"a": {}, "b": {}}), "of one provider"),
    "generate, a word": (lambda g: g.with_generate("x", settings={"a": {"verbosity": 1}}), "verbosity: needs a str"),
    "generate, a value": (lambda g: g.with_generate("x", settings={"a": {"b": {1}}}), "a set cannot stand in a query"),
    "generate, no dict": (lambda g: g.with_generate("x", settings={"openai": "gpt"}), "are a dict"),
    "additional, no tuple": (lambda g: g.with_additional(("id", "vector")), "with settings are a tuple"),
    "additional, nothing below": (lambda g: g.with_additional({"a": []}), "the list of subfields of a is empty"),
    "additional, number": (lambda g: g.with_additional([1]), "the additional properties: needs a str"),
    "additional, two names": (lambda g: g.with_additional({"a b": "c"}), "more than one field"),
    "additional, a selection": (lambda g: g.with_additional({"a {b}": "c"}), "unexpected '{'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_call(query: Query, name: str) -> None:
    call, why = REFUSED[name]
    with pytest.raises((QueryError, UnknownNameError), match=why):
        call(query.get("Article", ["title"]))


@pytest.mark.parametrize(
    "call",
    [
        lambda q: q.get("A", "b").with_near_text({"concepts": ["c"]}).with_near_vector({"vector": [1.0]}),
        lambda q: q.get("A", "b").with_near_object({"id": str(UUID(int=1))}).with_ask({"question": "c"}),
        lambda q: q.aggregate("A").with_near_text({"concepts": ["c"]}).with_near_text({"concepts": ["c"]}),
        lambda q: q.get("A").build(),
        lambda q: q.aggregate("A").build(),
    ],
)
def test_calls_that_do_not_make_a_query_are_an_attribute_error_as_in_v3(
    query: Query, call: Callable[[Query], Any]
) -> None:
    with pytest.raises(AttributeError) as caught:
        call(query)
    assert isinstance(caught.value, BuilderError)


def test_links_and_metadata_are_printed_as_in_v3() -> None:
    link = LinkTo("inPublication", "Publication", ["name", LinkTo("of", "City", ["name"])])
    assert str(link) == "inPublication{... on Publication{name of{... on City{name}}}}"
    assert str(AdditionalProperties(uuid=True, score=True)) == " _additional{id score} "
    assert str(AdditionalProperties()) == ""


def test_a_key_that_does_not_exist(query: Query) -> None:
    with pytest.raises(
        UnknownNameError, match="nearText: the key 'certanity' does not exist; did you mean 'certainty'"
    ):
        query.get("Article", ["title"]).with_near_text({"concepts": ["sea"], "certanity": 0.7})


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda q: q.get(1), "a class name: needs a str"),
        (lambda q: q.get("Article(limit: 1)"), "cannot stand in a query"),
        (lambda q: q.get("Article", [1]), "properties are a str, a LinkTo, or a list"),
        (lambda q: q.get("Article").build(), "the query of Article returns nothing"),
        (lambda q: q.get("Article", [LinkTo("a", "B", [])]), "the link on a needs at least one property"),
        (lambda q: q.get("Article", [LinkTo("a {", "B", ["c"])]), "'a {' cannot stand"),
        (lambda q: q.get("Article", [LinkTo("a", "B}", ["c"])]), "'B}' cannot stand"),
        (lambda q: q.get("Article", [LinkTo("a", "B", ["c} d"])]), "unexpected '}'"),
        (lambda q: q.aggregate("Article").build(), "the aggregate of Article returns nothing"),
        (lambda q: q.aggregate("Article").with_fields("a{"), "unexpected the end"),
        (lambda q: q.aggregate("Article").with_object_limit(0), "an object limit is 1 or more"),
        (lambda q: q.aggregate("Article").with_group_by_filter([]), "group_by_filter is empty"),
        (lambda q: q.multi_get([]), "at least one query"),
        (lambda q: q.multi_get(["x"]), "made by client.query.get"),
        (lambda q: q.multi_get([q.get("A", "b"), q.get("a", "c")]).build(), "under the name 'A'; give one"),
        (lambda q: q.raw(None), "a query: needs a str"),
        (lambda q: q.raw_batch(["{", None]), "queries: needs a str"),
        (lambda q: q.raw_batch([]), "queries is empty"),
    ],
)
def test_a_query(query: Query, call: Callable[[Query], Any], why: str) -> None:
    with pytest.raises(WeaviateORMError, match=why):
        call(query)
