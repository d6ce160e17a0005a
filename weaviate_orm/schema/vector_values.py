"""The values of vectors: lists of floats and numpy arrays, checked, made ready to send, and compared.

As with the other values, ValueError says the rule; who calls adds the object and the field.
"""

from __future__ import annotations

import math
import sys
from array import array
from numbers import Real
from typing import Any

_LARGEST = 3.4028234663852886e38
"""Of a 32-bit float; a batch with a larger number is refused as a whole (measured on Weaviate 1.39)."""


def check_shape(value: Any, dimensions: int | None, *, several: bool = False) -> None:
    """Raise ValueError for what is no vector, or one of other than ``dimensions``; its numbers are not looked at.

    ``several``: for what is no list of vectors.
    """
    shape = _shape(value)
    if len(shape) == 1 and not several and shape[0] and dimensions in (None, shape[0]):
        return  # as most are
    if not shape:
        raise ValueError(f"needs a list of floats or a numpy array, got {type(value).__name__}")
    if 0 in shape:
        raise ValueError("is empty; a vector has at least one dimension")
    if len(shape) != 1 + several:
        wanted = "a list of vectors" if several else "one vector"
        raise ValueError(f"needs {wanted}, got {type(value).__name__} of shape {shape}")
    lengths = {len(row) for row in value} if several and dimensions is not None else {shape[-1]}
    if dimensions is not None and lengths != {dimensions}:
        raise ValueError(f"needs {dimensions} dimensions, got {', '.join(map(str, sorted(lengths)))}")


def prepared_vector(value: Any) -> Any:
    """What orjson writes as fast as it can; an array is copied only where it is not one of 32-bit floats already.

    Raises ValueError for numbers that are none, or that a 32-bit float does not hold.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray) and value.dtype.kind in "fiu":
        if value.dtype == numpy.float32:
            narrow = numpy.ascontiguousarray(value)
        else:
            with numpy.errstate(over="ignore"):  # what is too large becomes infinite
                narrow = numpy.ascontiguousarray(value, dtype=numpy.float32)
        # as .all() says it, which takes three times as long for one vector
        if b"\0" in numpy.isfinite(narrow).tobytes():
            raise _unfit(value.ravel().tolist())
        return narrow
    values = value if isinstance(value, (list, tuple)) else value.tolist()
    if _is_row(values[0]):
        return [prepared_vector(row) for row in values]
    kinds = [*map(type, values)]
    if kinds.count(float) < len(kinds):
        if not all(map(_is_numeric, set(kinds))):
            raise _unfit(values)
        try:
            values = [*map(float, values)]
        except OverflowError:  # an int that no float holds
            raise _unfit(values) from None
    # a vector is as long as the largest of its numbers at least, and its length is quickly asked for
    if not math.hypot(*values) <= _LARGEST and not all(abs(each) <= _LARGEST for each in values):
        raise _unfit(values)
    return values


def packed(vector: Any) -> Any:
    """A vector as the server keeps it, in 32-bit floats; several vectors as a tuple of such."""
    values = vector.tolist() if hasattr(vector, "tolist") else vector
    if values and _is_row(values[0]):
        return tuple(map(packed, values))
    return array("f", values)


def is_packed_as(vector: Any, known: Any) -> bool:
    """Whether a vector, or None, is the one that was packed, or None."""
    try:
        return bool((None if vector is None else packed(vector)) == known)
    except (TypeError, OverflowError, LookupError):  # no numbers; who sends them is told so
        return False


def _shape(value: Any) -> tuple[int, ...]:
    """How many vectors of how many numbers; nothing for what is neither. The first of a list speaks for all."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return tuple(shape)
    if not isinstance(value, (list, tuple, array)):
        return ()
    return (len(value), *_shape(value[0])) if value else (0,)


def _is_row(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, (str, bytes))


def _is_numeric(kind: Any) -> bool:
    return issubclass(kind, Real) and not issubclass(kind, bool)


def _unfit(values: list[Any] | tuple[Any, ...]) -> ValueError:
    for position, each in enumerate(values):
        if not _is_numeric(type(each)) or not abs(each) <= _LARGEST:
            return ValueError(f"needs finite numbers that a 32-bit float holds; number {position} is {each!r:.80}")
    raise AssertionError("all of them fit")
