"""The map of vectors: two directions, whatever the vectors are, and colours that say what they mean."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from weaviate_orm.explorer.vector_map import SIZE, draw_map, principal_components, value_colors

IDS = [f"id {number}" for number in range(40)]


def line(number: int) -> list[float]:
    """A point of a plane in eight dimensions."""
    return [float(number), float(number % 5), *[0.0] * 6]


def test_points_keep_their_distances_where_they_lie_in_a_plane() -> None:
    vectors = numpy.array([line(number) for number in range(40)])
    for given in (vectors, vectors[:5]):  # more than dimensions, and fewer
        points, explained = principal_components(given)
        assert explained == pytest.approx(1.0)
        before = numpy.linalg.norm(given[:, None] - given[None], axis=2)
        after = numpy.linalg.norm(points[:, None] - points[None], axis=2)
        assert after == pytest.approx(before)


def test_points_fit_into_the_map() -> None:
    drawn = draw_map(IDS, [line(number) for number in range(40)], IDS, None)
    assert len(drawn.points) == 40
    assert all(0 <= point.x <= SIZE and 0 <= point.y <= SIZE for point in drawn.points)
    assert max(point.x for point in drawn.points) - min(point.x for point in drawn.points) > SIZE / 2
    assert (drawn.points[3].id, drawn.points[3].label, drawn.points[3].color) == ("id 3", "id 3", 0)


@pytest.mark.parametrize(
    ("vectors", "count"),
    [
        ([], 0),
        ([None, []], 0),
        ([[1.0, 2.0]], 1),
        ([[1.0], [2.0], [2.5]], 3),
        ([[1.0, 2.0]] * 4, 4),
        ([[1.0, 2.0], None, [1.0, 2.0, 3.0], [0.5, 0.5]], 2),
        ([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0]]], 2),
    ],
)
def test_vectors_of_any_kind(vectors: list[Any], count: int) -> None:
    drawn = draw_map(IDS[: len(vectors)], vectors, IDS[: len(vectors)], None)
    assert (len(drawn.points), drawn.without) == (count, len(vectors) - count)


def test_frequent_values_have_colors() -> None:
    colors = value_colors(["b", "a", "b", None, True])
    assert colors.legend == [(0, "True"), (1, "a"), (2, "b"), (3, "none")]
    assert colors.numbers == [2, 1, 2, 3, 0]
    assert not colors.are_ordered
    many = value_colors([*"aabbccddeeffgghhijk"])
    assert many.legend[-1] == (None, "3 others")
    assert many.numbers[-3:] == [None, None, None]


def test_many_numbers_have_ranges() -> None:
    colors = value_colors([*range(80), None])
    assert colors.are_ordered
    assert colors.legend[:2] == [(0, "from 0"), (1, "from 10")]
    assert colors.legend[-1] == (None, "none")
    assert [colors.numbers[place] for place in (0, 9, 10, 79, 80)] == [0, 0, 1, 7, None]
    assert len(value_colors([1] * 90 + [*range(10)]).legend) < 8  # no range is empty
