"""Values of messages of gRPC: consistency levels, and vectors, which are 32-bit floats, little-endian."""

from __future__ import annotations

import struct
import sys
from array import array
from typing import Any

SINGLE, MULTI = 1, 2
"""The types of vectors: one, and several of an object."""

CONSISTENCY_LEVELS = {"ONE": 1, "QUORUM": 2, "ALL": 3}
"""The numbers of consistency levels in messages."""


def pack(vector: Any) -> bytes:
    """Return a vector as bytes."""
    if hasattr(vector, "astype"):
        # a copy takes longer than the rest
        content: bytes = (vector if vector.dtype.str == "<f4" else vector.astype("<f4")).tobytes()
        return content
    return struct.pack(f"<{len(vector)}f", *vector)


def pack_rows(vectors: Any) -> bytes:
    """Return a multi-vector as bytes: the dimensions in 16 bits, then the vectors."""
    return len(vectors[0]).to_bytes(2, "little") + b"".join(map(pack, vectors))


def unpack(content: bytes) -> list[float]:
    """Return a vector out of bytes.

    >>> unpack(pack([0.5, 2.0]))
    [0.5, 2.0]
    """
    return list(struct.unpack(f"<{len(content) // 4}f", content))


def unpack_buffer(content: bytes) -> memoryview[float]:
    """Return a vector out of bytes, as a buffer of 32-bit floats, which are copied only where bytes have another order.

    >>> unpack_buffer(pack([0.5, 2.0])).tolist()
    [0.5, 2.0]
    """
    if sys.byteorder == "big":
        vector = array("f", content)
        vector.byteswap()
        content = vector.tobytes()
    return memoryview(content).cast("f")


def unpack_rows(content: bytes) -> list[list[float]]:
    """Return a multi-vector out of bytes.

    >>> unpack_rows(pack_rows([[0.5, 2.0], [1.0, 4.0]]))
    [[0.5, 2.0], [1.0, 4.0]]
    """
    size = int.from_bytes(content[:2], "little") * 4
    return [unpack(content[begin : begin + size]) for begin in range(2, len(content), size)]
