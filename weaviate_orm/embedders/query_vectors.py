"""The vector of a search by text, of those of its concepts and moves, as the server computes it. Pure.

After ``usecases/modulecomponents/arguments/nearText`` and ``usecases/vectorizer/combine.go`` of Weaviate 1.39.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_REACH = 0.5
"""How far a force of 1 moves: half of the way."""


def mean_vector(vectors: Sequence[Any]) -> Any:
    """Return the mean of vectors; of one, that itself.

    >>> mean_vector([[1.0, 0.0], [0.0, 1.0]])
    [0.5, 0.5]
    """
    if len(vectors) == 1:
        return vectors[0]
    return [sum(numbers) / len(vectors) for numbers in zip(*map(_floats, vectors), strict=True)]


def moved_to(vector: Any, target: Any, force: float) -> list[float]:
    """Move a vector towards another one.

    >>> moved_to([1.0, 0.0], [0.0, 1.0], 1.0)
    [0.5, 0.5]
    """
    weight = force * _REACH
    pairs = zip(_floats(vector), _floats(target), strict=True)
    return [number * (1 - weight) + other * weight for number, other in pairs]


def moved_away(vector: Any, target: Any, force: float) -> list[float]:
    """Move a vector away from another one.

    >>> moved_away([1.0, 0.0], [0.0, 1.0], 1.0)
    [1.5, -0.5]
    """
    weight = force * _REACH
    pairs = zip(_floats(vector), _floats(target), strict=True)
    return [number + weight * (number - other) for number, other in pairs]


def _floats(vector: Any) -> list[float]:
    floats: list[float] = vector.tolist() if hasattr(vector, "tolist") else list(vector)
    return floats
