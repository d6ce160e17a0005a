"""The schema as a drawing: where the box of each collection stands, and how its references run. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from weaviate_orm.explorer.catalogue import CatalogueEntry

BOX_WIDTH: Final = 210
HEAD: Final = 30
ROW: Final = 20

_MOST_PROPERTIES: Final = 8
_GAP_ACROSS: Final = 110
_GAP_DOWN: Final = 26
_MARGIN: Final = 12
_ALONE_PER_ROW: Final = 4
"""The collections in a row that neither refer to others nor are referred to."""


@attrs.frozen
class BoxRow:
    """A line of a box: a property, a reference, or how many properties are not shown."""

    name: str
    kind: str
    is_reference: bool = False


@attrs.frozen
class SchemaBox:
    """A collection. Positions are in pixels, of the upper left corner."""

    name: str
    rows: tuple[BoxRow, ...]
    x: float = 0
    y: float = 0

    @property
    def height(self) -> float:
        """Of head and rows."""
        return HEAD + ROW * len(self.rows) + 6

    def row_y(self, number: int) -> float:
        """Return the middle of a row."""
        return self.y + HEAD + ROW * number + ROW / 2


@attrs.frozen
class SchemaArrow:
    """A reference: the path of a curve, from its row to the head of the box that it leads to."""

    path: str
    label: str


@attrs.frozen
class SchemaDrawing:
    """Boxes and arrows, and the size of all."""

    boxes: tuple[SchemaBox, ...]
    arrows: tuple[SchemaArrow, ...]
    width: float
    height: float


def draw_schema(entries: Sequence[CatalogueEntry]) -> SchemaDrawing:
    """Lay collections out in columns: one that refers to others stands left of them, where there is no circle."""
    boxes = {entry.name: SchemaBox(entry.name, _rows(entry)) for entry in entries}
    targets = {
        entry.name: [target for reference in entry.spec.references for target in reference.targets if target in boxes]
        for entry in entries
    }
    referred = {target for of_one in targets.values() for target in of_one}
    joined = [name for name in boxes if targets[name] or name in referred]
    columns: dict[int, list[str]] = {}
    for name, depth in _depths({name: targets[name] for name in joined}).items():
        columns.setdefault(depth, []).append(name)
    bottom = float(_MARGIN)
    for depth, names in columns.items():
        y = float(_MARGIN)
        for name in names:
            boxes[name] = attrs.evolve(boxes[name], x=_column_x(depth), y=y)
            y += boxes[name].height + _GAP_DOWN
        bottom = max(bottom, y)
    alone = [name for name in boxes if name not in joined]
    for start in range(0, len(alone), _ALONE_PER_ROW):
        row = alone[start : start + _ALONE_PER_ROW]
        for place, name in enumerate(row):
            boxes[name] = attrs.evolve(boxes[name], x=_MARGIN + place * (BOX_WIDTH + _GAP_DOWN), y=bottom)
        bottom += max(boxes[name].height for name in row) + _GAP_DOWN
    arrows = tuple(arrow for entry in entries for arrow in _arrows(entry, boxes))
    right = max((box.x + BOX_WIDTH for box in boxes.values()), default=0.0)
    return SchemaDrawing(tuple(boxes.values()), arrows, right + _MARGIN + _GAP_ACROSS / 2, bottom)


def _column_x(depth: int) -> float:
    return _MARGIN + depth * (BOX_WIDTH + _GAP_ACROSS)


def _rows(entry: CatalogueEntry) -> tuple[BoxRow, ...]:
    references = [
        BoxRow(reference.name, " | ".join(reference.targets), is_reference=True) for reference in entry.spec.references
    ]
    properties = [BoxRow(member.name, str(member.data_type)) for member in entry.spec.properties]
    more = len(properties) - _MOST_PROPERTIES
    if more > 1:
        properties = [*properties[:_MOST_PROPERTIES], BoxRow(f"{more} more", "")]
    return (*references, *properties)


def _depths(targets: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the column of each collection: right of all that refer to it, but for references that close a circle."""
    order = _sorted_down(targets)
    place = {name: number for number, name in enumerate(order)}
    depths = dict.fromkeys(order, 0)
    for name in order:
        for target in targets[name]:
            if place[target] > place[name]:
                depths[target] = max(depths[target], depths[name] + 1)
    return depths


def _sorted_down(targets: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the collections so that each stands before those that it refers to, where there is no circle."""
    order: list[str] = []
    visited: set[str] = set()

    def visit(name: str) -> None:
        if name in visited:
            return
        visited.add(name)
        for target in targets[name]:
            visit(target)
        order.append(name)

    for name in targets:
        visit(name)
    return order[::-1]


def _arrows(entry: CatalogueEntry, boxes: Mapping[str, SchemaBox]) -> list[SchemaArrow]:
    box = boxes[entry.name]
    return [
        SchemaArrow(_curve(box, box.row_y(number), boxes[target]), f"{entry.name}.{reference.name} → {target}")
        for number, reference in enumerate(entry.spec.references)
        for target in reference.targets
        if target in boxes
    ]


def _curve(box: SchemaBox, y: float, target: SchemaBox) -> str:
    """Return the path from a row to the head of a box: out of the side that is nearer to it, and into the one there."""
    west, east, end_y = box.x, box.x + BOX_WIDTH, target.y + HEAD / 2
    if target.x > box.x:
        start, end, bend = east, target.x, (target.x - east) / 2
    elif target.x < box.x:
        start, end = west, target.x + BOX_WIDTH
        bend = (end - start) / 2
        end_y += HEAD / 4  # beside the head of one that goes the other way
    else:
        start, end, bend = east, target.x + BOX_WIDTH, _GAP_ACROSS / 2
        return f"M{start:g} {y:g} C{start + bend:g} {y:g} {end + bend:g} {end_y:g} {end:g} {end_y:g}"
    return f"M{start:g} {y:g} C{start + bend:g} {y:g} {end - bend:g} {end_y:g} {end:g} {end_y:g}"
