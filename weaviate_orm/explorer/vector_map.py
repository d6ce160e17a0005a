"""A map of vectors: their two principal components, and a colour for each value of a property. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy

SAMPLE: Final = 1000
"""The most objects of a map."""

SIZE: Final = 640
"""The pixels of a map, across and down."""

_MARGIN: Final = 14
COLORS: Final = 8
"""How many colours there are; what is left over has none."""


@attrs.frozen
class MapPoint:
    """A point, in pixels from the upper left corner, the number of its colour, and what it stands for."""

    x: float
    y: float
    color: int | None
    id: str
    label: str


@attrs.frozen
class VectorMap:
    """A map.

    Attributes:
        points: of it.
        explained: the share of the variance that both directions have, 0 to 1.
        legend: what the colours mean: each with its number, which is None for what is left over.
        is_ordered: whether the colours are those of ranges of numbers.
        without: how many objects of the sample have no vector of the length that most have.
    """

    points: tuple[MapPoint, ...]
    explained: float
    legend: tuple[tuple[int | None, str], ...]
    is_ordered: bool
    without: int


def draw_map(
    ids: Sequence[str], vectors: Sequence[Any], labels: Sequence[str], values: Sequence[Any] | None
) -> VectorMap:
    """Draw a map of objects.

    Args:
        ids: of the objects.
        vectors: each a list of floats; of a multi-vector a list of such, whose mean stands for it; or None.
        labels: what each is called.
        values: of the property that colours them; None: all are alike.
    """
    flat = [_flat(vector) for vector in vectors]
    lengths = Counter(len(vector) for vector in flat if vector is not None)
    length = lengths.most_common(1)[0][0] if lengths else 0
    places = [place for place, vector in enumerate(flat) if vector is not None and len(vector) == length]
    if not places or not length:
        return VectorMap((), 0.0, (), False, len(ids))
    spread, explained = principal_components(numpy.array([flat[place] for place in places]))
    shown = None if values is None else [values[place] for place in places]
    colors = ValueColors([0] * len(places), [], False) if shown is None else value_colors(shown)
    points = (
        MapPoint(round(float(x), 1), round(float(y), 1), number, ids[place], labels[place])
        for (x, y), number, place in zip(_fitted(spread), colors.numbers, places, strict=True)
    )
    return VectorMap(tuple(points), explained, tuple(colors.legend), colors.are_ordered, len(ids) - len(places))


def principal_components(vectors: Any) -> tuple[Any, float]:
    """Return the two coordinates of each vector along which they differ most, and the share of their variance.

    Args:
        vectors: an array of so many vectors of one length.
    """
    centered = vectors - vectors.mean(axis=0)
    # of the smaller of both products, which have the same eigenvalues
    count, length = centered.shape
    if count <= length:
        values, directions = numpy.linalg.eigh(centered @ centered.T)
        coordinates = directions * numpy.sqrt(numpy.maximum(values, 0))
    else:
        values, directions = numpy.linalg.eigh(centered.T @ centered)
        coordinates = centered @ directions
    coordinates = coordinates[:, ::-1][:, :2]
    if coordinates.shape[1] < 2:
        coordinates = numpy.column_stack([coordinates[:, 0], numpy.zeros(count)])
    total = float(numpy.maximum(values, 0).sum())
    return coordinates, float(values[::-1][:2].sum()) / total if total else 1.0


def _flat(vector: Any) -> Any:
    if vector is None or not len(vector):
        return None
    array = numpy.asarray(vector, dtype=float)
    return array.mean(axis=0) if array.ndim == 2 else array


def _fitted(spread: Any) -> Any:
    """Fit coordinates into the map, by one scale for both."""
    low, high = spread.min(axis=0), spread.max(axis=0)
    extent = float((high - low).max()) or 1.0
    scaled = (spread - (low + high) / 2) / extent * (SIZE - 2 * _MARGIN)
    return scaled * (1, -1) + SIZE / 2


@attrs.frozen
class ValueColors:
    """The number of each value's colour, what the colours mean, and whether they are those of ranges."""

    numbers: Sequence[int | None]
    legend: Sequence[tuple[int | None, str]]
    are_ordered: bool


def value_colors(values: Sequence[Any]) -> ValueColors:
    """Return the colours of values: of many numbers, ranges of equally many; else one for each of the most frequent."""
    numbers = [value for value in values if _is_number(value)]
    if len({*numbers}) > COLORS:
        return _ranges(values, numbers)
    names = ["none" if value is None else str(value) for value in values]
    common = [name for name, _ in Counter(names).most_common(COLORS)]
    by_name = {name: number for number, name in enumerate(sorted(common))}
    legend: list[tuple[int | None, str]] = [(number, name) for name, number in by_name.items()]
    if others := len({*names}) - len(common):
        legend.append((None, f"{others} others"))
    return ValueColors([by_name.get(name) for name in names], legend, False)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _ranges(values: Sequence[Any], numbers: list[Any]) -> ValueColors:
    ordered = sorted(numbers)
    bounds = sorted({ordered[len(ordered) * part // COLORS] for part in range(COLORS)})
    legend: list[tuple[int | None, str]] = [(part, f"from {bound:g}") for part, bound in enumerate(bounds)]
    if len(numbers) < len(values):
        legend.append((None, "none"))
    return ValueColors([_range(value, bounds) if _is_number(value) else None for value in values], legend, True)


def _range(value: float, bounds: Sequence[float]) -> int:
    return max(part for part, bound in enumerate(bounds) if value >= bound)
