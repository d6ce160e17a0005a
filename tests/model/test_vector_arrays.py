"""Columns of vectors of Arrow: the same of lists and of the bytes that gRPC brings. No server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaviate_orm.http.grpc_values import pack, unpack_buffer
from weaviate_orm.model.tables.arrow_arrays import vector_array, vector_type

pyarrow = pytest.importorskip("pyarrow")

NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)


def vectors(longest: int) -> st.SearchStrategy[list[list[float] | None]]:
    return st.lists(st.none() | st.lists(NUMBERS, min_size=3, max_size=longest), max_size=5)


@given(vectors(3) | vectors(5), st.sampled_from((None, 3)))
def test_lists_and_buffers_are_one_column(lists: list[list[float] | None], dimensions: int | None) -> None:
    buffers = [None if vector is None else unpack_buffer(pack(vector)) for vector in lists]
    kind = vector_type(lists, dimensions, False)
    assert vector_type(buffers, dimensions, False) == kind
    for column in (lists, buffers):
        assert vector_array(column, kind).to_pylist() == lists


@pytest.mark.parametrize("make", [list, lambda vector: unpack_buffer(pack(vector))])
def test_a_later_vector_of_another_length_does_not_move_its_neighbours(make: Any) -> None:
    kind = pyarrow.list_(pyarrow.float32(), 2)
    with pytest.raises(ValueError, match="vectors of 2 dimensions were expected"):
        vector_array([make([1.0]), make([1.0, 2.0, 3.0])], kind)
