"""What the server offers and the mapper does not say: it is another way to the same, or does nothing.

By documents of the client's own, beside the way that the mapper goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.query.note_models import Note
from weaviate_orm import Client

CLASS = "TestNote"
GIST = 'targetVectors: ["gist"]'

Run = Callable[[str], Any]


def get(client: Client) -> Run:
    def run(argument: str) -> Any:
        answer = client.query.raw(f"{{Get{{{CLASS}({argument} limit: 2){{title}}}}}}")
        return [each["title"] for each in answer["data"]["Get"][CLASS]]

    return run


def aggregate(client: Client) -> Run:
    def run(argument: str) -> Any:
        limited = argument if argument.startswith("where") else f"{argument} objectLimit: 2"
        answer = client.query.raw(f"{{Aggregate{{{CLASS}({limited}){{number{{sum}}}}}}}}")
        return answer["data"]["Aggregate"][CLASS][0]["number"]["sum"]

    return run


@pytest.fixture(params=[get, aggregate])
def run(request: pytest.FixtureRequest, client: Client, notes: dict[str, Note]) -> Run:
    """What the first two objects are that an argument of Get, or of Aggregate, finds."""
    made: Run = request.param(client)
    return made


def test_objects_by_their_beacons(run: Run, notes: dict[str, Note]) -> None:
    uuid = str(notes["money"].id)
    by_id, by_beacon = f'id: "{uuid}"', f'beacon: "weaviate://localhost/{CLASS}/{uuid}"'
    assert run(f"nearObject: {{{by_beacon} {GIST}}}") == run(f"nearObject: {{{by_id} {GIST}}}")
    plain = f'nearText: {{concepts: ["cats"] {GIST}}}'
    for move in ("moveTo", "moveAwayFrom"):
        moved = f'nearText: {{concepts: ["cats"] {move}: {{force: 0.9 objects: [{{%s}}]}} {GIST}}}'
        assert run(moved % by_beacon) == run(moved % by_id)
    assert run(f'nearText: {{concepts: ["cats"] moveTo: {{force: 1 objects: [{{{by_id}}}]}} {GIST}}}') != run(plain)


def test_string_is_an_old_name_of_text(run: Run) -> None:
    for condition in ('path: "title" operator: Equal', 'path: "body" operator: Like'):
        for within in ("where: {%s}", "where: {operator: And operands: [{%s}]}"):
            texts = [within % f'{condition} {value}: "cats"' for value in ("valueString", "valueText")]
            assert run(texts[0]) == run(texts[1]) != run('where: {path: "number" operator: LessThan valueInt: 99}')


def test_one_vector_for_one_target(run: Run, notes: dict[str, Note]) -> None:
    vector = json.dumps(notes["dogs"].gist)
    plain = run(f"nearVector: {{vector: {vector} {GIST}}}")
    assert run(f"nearVector: {{vectorPerTarget: {{gist: {vector}}} {GIST}}}") == plain
    for inside in (f"vector: {vector}", f"vectorPerTarget: {{gist: {vector}}}"):
        searched = f'hybrid: {{query: "x" alpha: 1 searches: {{nearVector: {{{inside} {GIST}}}}} {GIST}}}'
        assert run(searched) == plain


def test_bounds_and_moves_within_a_hybrid_search(run: Run, notes: dict[str, Note]) -> None:
    def hybrid(inside: str) -> Any:
        return run(f'hybrid: {{query: "cats" alpha: 1 searches: {{{inside}}} {GIST}}}')

    uuid = notes["money"].id
    near = f"vector: {json.dumps(notes['cats'].gist)} {GIST}"
    assert hybrid(f"nearVector: {{{near} distance: 0.01}}") in (["cats"], 1)  # as max_vector_distance
    # the rest changes nothing that could be relied on
    hybrid(f"nearVector: {{{near} certainty: 0.99}}")
    for bound in ("distance: 0.01", "certainty: 0.99"):
        hybrid(f'nearText: {{concepts: ["cats"] {bound}}}')
    for move in ("moveTo", "moveAwayFrom"):
        for named in (f'id: "{uuid}"', f'beacon: "weaviate://localhost/{CLASS}/{uuid}"'):
            moved = f'nearText: {{concepts: ["cats"] {move}: {{force: 0.9 concepts: ["sea"] objects: [{{{named}}}]}}}}'
            without = f'nearText: {{concepts: ["cats"] {move}: {{force: 0.9 concepts: ["sea"]}}}}'
            assert hybrid(moved) == hybrid(without)


def test_targets_stand_in_a_hybrid_search_or_in_its_vector_search(client: Client, notes: dict[str, Note]) -> None:
    dogs = notes["dogs"]
    vectors = f"{{gist: {json.dumps(dogs.gist)} whole: {json.dumps(dogs.whole)}}}"
    targets = 'targets: {targetVectors: ["gist", "whole"] combinationMethod: manualWeights weights: {gist: 1 whole: 0}}'
    searched = 'hybrid: {query: "x" alpha: 1 searches: {nearVector: {vectorPerTarget: %s %s}} %s}'
    assert get(client)(searched % (vectors, targets, targets)) == get(client)(searched % (vectors, "", targets))


def test_words_are_counted_in_all_properties(client: Client, notes: dict[str, Note]) -> None:
    # what the mapper refuses: Get looks in the titles, Aggregate in the bodies too
    searched = f'hybrid: {{query: "sheep" alpha: 0 properties: ["title"] {GIST}}}'
    assert get(client)(searched) == []
    assert aggregate(client)(searched) == notes["dogs"].number


def test_the_concepts_of_a_moved_hybrid_search_are_not_counted(client: Client, notes: dict[str, Note]) -> None:
    moves = 'moveTo: {force: 1 concepts: ["money", "finance"]} moveAwayFrom: {force: 0.9 concepts: ["cats"]}'
    moved = f'hybrid: {{query: "cats" alpha: 1 searches: {{nearText: {{concepts: ["cats"] {moves}}}}} {GIST}}}'
    plain = f'hybrid: {{query: "cats" alpha: 1 {GIST}}}'
    assert get(client)(moved) != get(client)(plain)
    assert aggregate(client)(moved) == aggregate(client)(plain)


def test_a_group_says_by_what_it_was_grouped(client: Client, notes: dict[str, Note]) -> None:
    answer = client.query.raw(f'{{Aggregate{{{CLASS}(groupBy: ["title"]){{groupedBy{{path value}}}}}}}}')
    groups = [each["groupedBy"] for each in answer["data"]["Aggregate"][CLASS]]
    assert {(*group["path"], group["value"]) for group in groups} == {("title", title) for title in notes}
