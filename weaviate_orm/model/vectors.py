"""The values of vectors: lists of floats and numpy arrays, checked, made ready to send, and compared."""

from __future__ import annotations

import math
import sys
from array import array
from typing import Any


def check_shape(value: Any, dimensions: int | None) -> None:
    """Raise ValueError for what is no vector, or one of other than ``dimensions``; its numbers are not looked at."""
    shape = getattr(value, "shape", None)
    if shape is None and not isinstance(value, (list, tuple, array)):
        raise ValueError(f"needs a list of floats or a numpy array, got {type(value).__name__}")
    length = len(value) if shape is None else (shape[-1] if shape else 0)
    if length == 0:
        raise ValueError("is empty; a vector has at least one dimension")
    if dimensions is not None and length != dimensions:
        raise ValueError(f"needs {dimensions} dimensions, got {length}")


def prepared_vector(value: Any) -> Any:
    """What orjson writes as fast as it can; an array is copied only where orjson could not read it.

    Raises ValueError for numbers that are none, or not finite.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        if value.dtype.kind not in "fiu" or not numpy.isfinite(value).all():
            raise ValueError(f"needs finite numbers; this array of {value.dtype} has others")
        return numpy.ascontiguousarray(value, dtype=value.dtype.newbyteorder("="))
    if not isinstance(value, (list, tuple)):
        value = value.tolist()
    rows = value if value and isinstance(value[0], (list, tuple)) else (value,)
    try:
        finite = all(math.isfinite(sum(row)) for row in rows)
    except TypeError:
        finite = False
    if not finite:
        raise ValueError("needs finite numbers, and holds others")
    return value


def packed(vector: Any) -> Any:
    """A vector as the server keeps it, in 32-bit floats; several vectors as a tuple of such."""
    values = vector.tolist() if hasattr(vector, "tolist") else vector
    if values and isinstance(values[0], (list, tuple)):
        return tuple(array("f", row) for row in values)
    return array("f", values)
