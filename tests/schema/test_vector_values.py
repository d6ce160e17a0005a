"""Vectors of every kind that users have: what is sent is what they hold, as 32-bit floats; what is none is refused."""

from __future__ import annotations

from array import array
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from weaviate_orm.schema.vector_values import check_shape, is_packed_as, packed, prepared_vector

DTYPES = ["f2", "f4", "f8", "g", ">f2", ">f4", ">f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4", "O"]
LAYOUTS = {
    "contiguous": lambda dtype: np.array([1, 2, 3]).astype(dtype),
    "strided": lambda dtype: np.arange(7).astype(dtype)[1:7:2] // np.array([1, 1, 1]).astype(dtype),
    "reversed": lambda dtype: np.array([5, 3, 1]).astype(dtype)[::-1],
    "a column": lambda dtype: np.array([[1, 9], [3, 9], [5, 9]]).astype(dtype)[:, 0],
    "not writable": lambda dtype: np.broadcast_to(np.array(4).astype(dtype), 3),
    "of one dimension": lambda dtype: np.array([7]).astype(dtype),
}


def sent(vector: Any, *, several: bool = False) -> Any:
    check_shape(vector, None, several=several)
    return orjson.loads(orjson.dumps(prepared_vector(vector), option=orjson.OPT_SERIALIZE_NUMPY))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_every_dtype_and_layout(dtype: str, layout: str) -> None:
    vector = LAYOUTS[layout](dtype)  # type: ignore[no-untyped-call]
    before = vector.copy()
    assert sent(vector) == vector.tolist()
    assert sent(vector[None, :], several=True) == [vector.tolist()]
    assert sent([vector, vector], several=True) == [vector.tolist()] * 2
    assert (vector == before).all()
    assert is_packed_as(vector, packed(vector.tolist()))


def test_an_array_of_32_bit_floats_is_not_copied() -> None:
    vector = np.ones(3, dtype=np.float32)
    assert prepared_vector(vector) is vector
    numbers = [1.0, 2.0]
    assert prepared_vector(numbers) is numbers


@pytest.mark.parametrize(
    "vector",
    [
        [1.0, 2.0],
        (1, 2),
        array("d", [1, 2]),
        array("i", [1, 2]),
        pd.Series([1.0, 2.0], index=["a", "b"]),
        memoryview(np.array([1.0, 2.0])),  # type: ignore[arg-type]
        [np.float32(1), np.float16(2)],
        [np.int64(1), 2.0],
        [Fraction(1), Fraction(2)],
    ],
)
def test_other_sequences_of_numbers(vector: Any) -> None:
    assert sent(vector) == [1, 2]
    assert is_packed_as(vector, packed([1, 2]))


@pytest.mark.parametrize(
    ("vector", "reason"),
    [
        ([1.0, float("nan")], "finite numbers.*number 1 is nan"),
        ([float("inf"), float("-inf")], "number 0 is inf"),
        (np.array([1.0, np.nan]), "number 1 is nan"),
        ([0.0, 3.5e38], r"a 32-bit float holds; number 1 is 3\.5e\+38"),
        (np.array([0.0, 3.5e38]), "a 32-bit float holds; number 1 is"),
        ([10**400], "number 0 is 1000"),
        ([1.0, "2"], "number 1 is '2'"),
        (["1", "2"], "number 0 is '1'"),
        (np.array(["1", "2"]), "number 0 is '1'"),
        ([1.0, None], "number 1 is None"),
        ([True, 1.0], "number 0 is True"),
        (np.array([True, False]), "number 0 is True"),
        (np.array([1j]), "number 0 is 1j"),
        ([Decimal(1)], "number 0 is Decimal"),
        ([1.0, [2.0]], r"number 1 is \[2\.0\]"),
        ([], "is empty"),
        (np.ones((0, 3)), "is empty"),
        (np.ones((3, 0)), "is empty"),
        (np.ones((1, 3)), r"needs one vector, got ndarray of shape \(1, 3\)"),
        ([[1.0]], r"needs one vector, got list of shape \(1, 1\)"),
        (np.float32(1), "needs a list of floats or a numpy array, got float32"),
        (1.0, "got float"),
        ("12", "got str"),
        ({1.0}, "got set"),
    ],
)
def test_what_is_no_vector_is_refused(vector: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        sent(vector)


def test_lists_of_vectors_have_one_length() -> None:
    with pytest.raises(ValueError, match=r"needs a list of vectors, got list of shape \(2,\)"):
        check_shape([1.0, 2.0], None, several=True)
    with pytest.raises(ValueError, match="needs 2 dimensions, got 2, 3"):
        check_shape([[1.0, 2.0], [1.0, 2.0, 3.0]], 2, several=True)
    with pytest.raises(ValueError, match="needs 2 dimensions, got 3"):
        check_shape(np.ones(3), 2)
    check_shape(np.ones((4, 2)), 2, several=True)


def test_the_largest_numbers_are_kept() -> None:
    largest = float(np.finfo(np.float32).max)
    for vector in ([largest, -largest], np.array([largest, -largest])):
        assert is_packed_as(sent(vector), packed([largest, -largest]))
