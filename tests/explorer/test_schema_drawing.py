"""The schema as a drawing: boxes that do not lie upon each other, and arrows between them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from weaviate_orm.explorer.catalogue import CatalogueEntry, catalogue_of
from weaviate_orm.explorer.schema_drawing import BOX_WIDTH, SchemaBox, draw_schema


def entries(references: dict[str, list[str]]) -> list[CatalogueEntry]:
    classes: list[dict[str, Any]] = [
        {
            "class": name,
            "vectorizer": "none",
            "properties": [
                {"name": "title", "dataType": ["text"]},
                *({"name": f"to{target}", "dataType": [target]} for target in targets),
            ],
        }
        for name, targets in references.items()
    ]
    return [*catalogue_of(classes, {}).entries.values()]


def overlap(one: SchemaBox, other: SchemaBox) -> bool:
    across = one.x < other.x + BOX_WIDTH and other.x < one.x + BOX_WIDTH
    return across and one.y < other.y + other.height and other.y < one.y + one.height


SCHEMAS: dict[str, dict[str, list[str]]] = {
    "nothing": {},
    "alone": {name: [] for name in "ABCDEFG"},
    "a chain": {"A": ["B"], "B": ["C"], "C": [], "D": []},
    "a circle": {"A": ["B"], "B": ["C"], "C": ["A"]},
    "itself": {"A": ["A"], "B": []},
    "a diamond": {"A": ["B", "C"], "B": ["D"], "C": ["D"], "D": ["A"]},
    "many": {f"A{number}": [f"A{(number * 7 + 3) % 40}"] for number in range(40)},
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_boxes_and_arrows(schema: str) -> None:
    references = SCHEMAS[schema]
    drawing = draw_schema(entries(references))
    assert {box.name for box in drawing.boxes} == references.keys()
    assert not [pair for pair in combinations(drawing.boxes, 2) if overlap(*pair)]
    assert all(
        0 <= box.x < drawing.width - BOX_WIDTH / 2 and box.y + box.height <= drawing.height for box in drawing.boxes
    )
    assert len(drawing.arrows) == sum(map(len, references.values()))


def test_collections_stand_left_of_those_that_they_refer_to() -> None:
    places = {box.name: box.x for box in draw_schema(entries({"C": [], "B": ["C"], "A": ["B", "C"]})).boxes}
    assert places["A"] < places["B"] < places["C"]


def test_what_is_long_is_shortened() -> None:
    classes = [
        {"class": "A", "vectorizer": "none", "properties": [{"name": f"p{n}", "dataType": ["int"]} for n in range(30)]}
    ]
    (box,) = draw_schema([*catalogue_of(classes, {}).entries.values()]).boxes
    assert [row.name for row in box.rows][-2:] == ["p7", "22 more"]
