"""The values of vectors: lists of floats and numpy arrays, checked, made ready to send, and compared.

As with the other values, ValueError says the rule; who calls adds the object and the field.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Callable, Sequence
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
        expected = "a list of vectors" if several else "one vector"
        raise ValueError(f"needs {expected}, got {type(value).__name__} of shape {shape}")
    lengths = {len(row) for row in value} if several and dimensions is not None else {shape[-1]}
    if dimensions is not None and lengths != {dimensions}:
        raise ValueError(f"needs {dimensions} dimensions, got {', '.join(map(str, sorted(lengths)))}")


def prepared_vector(value: Any) -> Any:
    """Convert a vector for orjson; an array of 32-bit floats is not copied.

    Raises ValueError for what is no number, or does not fit a 32-bit float.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray) and value.dtype.kind in "fiu":
        if value.dtype == numpy.float32:
            narrow = numpy.ascontiguousarray(value)
        else:
            with numpy.errstate(over="ignore"):  # what is too large becomes infinite
                narrow = numpy.ascontiguousarray(value, dtype=numpy.float32)
        # the same as .all(), in a third of its time for one vector
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
    # the norm is at least the largest number, and fast to compute
    if not math.hypot(*values) <= _LARGEST and not all(abs(number) <= _LARGEST for number in values):
        raise _unfit(values)
    return values


def prepared_vectors(values: Sequence[Any], check: Callable[[Any], None]) -> Sequence[Any]:
    """Check the shapes of many vectors by ``check``, and convert them for orjson; None stays.

    Arrays of 32-bit floats are looked at together, in a tenth of the time, and not copied. Raises ValueError as
    :func:`prepared_vector`.
    """
    present = [value for value in values if value is not None]
    shapes = {getattr(value, "shape", None) for value in present}
    for value in present[:1] if len(shapes) == 1 and None not in shapes else present:
        check(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and present:
        single = numpy.dtype("float32")
        if all(
            isinstance(value, numpy.ndarray) and value.dtype is single and value.ndim == 1 and value.flags.c_contiguous
            for value in present
        ) and bool(numpy.isfinite(numpy.concatenate(present)).all()):
            return values
    return [None if value is None else prepared_vector(value) for value in values]


def packed(vector: Any) -> Any:
    """Pack a vector as the server stores it, in 32-bit floats; several vectors become a tuple."""
    values = vector.tolist() if hasattr(vector, "tolist") else vector
    if values and _is_row(values[0]):
        return tuple(map(packed, values))
    return array("f", values)


def is_packed_as(vector: Any, snapshot: Any) -> bool:
    """Return whether a vector equals a packed one; either may be None."""
    try:
        return bool((None if vector is None else packed(vector)) == snapshot)
    except (TypeError, OverflowError, LookupError):  # no numbers, which are refused when they are sent
        return False


def _shape(value: Any) -> tuple[int, ...]:
    """Return the shape of a vector or of several, by the first; an empty tuple for anything else."""
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
    for position, number in enumerate(values):
        if not _is_numeric(type(number)) or not abs(number) <= _LARGEST:
            return ValueError(f"needs finite numbers that a 32-bit float holds; number {position} is {number!r:.80}")
    raise AssertionError("all of them fit")
