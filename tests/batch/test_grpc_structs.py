"""Properties in messages of gRPC: what protobuf's own way makes of them, in less time. No server."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaviate_orm.batch.grpc_messages import encode_objects

struct_pb2 = pytest.importorskip("google.protobuf.struct_pb2")

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)


def request_of(*bodies: Any) -> Any:
    from weaviate_orm.batch import grpc_messages

    message = encode_objects([{"id": str(UUID(int=1)), "class": "Word", **body} for body in bodies], None)
    return None if message is None else grpc_messages._messages()["Request"].FromString(message)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_properties_are_those_of_protobuf(properties: dict[str, Any]) -> None:
    expected = struct_pb2.Struct()
    expected.update(properties)
    (message,) = request_of({"properties": properties}).objects
    assert message.properties.values.SerializeToString(deterministic=True) == expected.SerializeToString(
        deterministic=True
    )


@pytest.mark.parametrize(
    "wrong",
    [
        2**53 + 1,
        -(2**60),
        float("nan"),
        float("-inf"),
        datetime(2020, 1, 1, tzinfo=timezone.utc),
        b"x",
        "\ud800",
        {1: 2},
    ],
)
def test_what_a_struct_does_not_hold_is_left_to_http(wrong: Any) -> None:
    for value in (wrong, [1, wrong], {"inner": [wrong]}):
        assert request_of({"properties": {"a": 1}}, {"properties": {"a": value}}) is None


def test_vectors_are_bytes_of_32_bit_floats() -> None:
    vector = [0.5, 1.25, -3.0]
    expected = numpy.array(vector, "<f4").tobytes()
    for dtype in ("<f4", ">f4", "<f8", "<i8"):
        array = numpy.array(vector, dtype)
        (message,) = request_of({"vector": array}).objects
        assert message.vector == (expected if dtype != "<i8" else numpy.array([0, 1, -3], "<f4").tobytes())
    strided = numpy.array([vector, vector], "<f4").T
    (message,) = request_of(
        {"vector": numpy.repeat(numpy.array(vector, "<f4"), 2)[::2], "vectors": {"m": strided}}
    ).objects
    assert message.vector == expected
    assert message.vectors[0].content == b"\x02\x00" + numpy.repeat(numpy.array(vector, "<f4"), 2).tobytes()
