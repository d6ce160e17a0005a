"""Bodies of answers: decompressed, and bounded in size."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

CHUNK = 2**20

ENCODINGS = "gzip"
"""The compressions that a server may use: the header ``Accept-Encoding``."""

_GZIP = 16 + zlib.MAX_WBITS


class BodyError(Exception):
    """A body that cannot be read, or is too large."""


def read_body(chunks: Iterable[bytes], encoding: str, largest: int) -> bytes:
    """Join and decompress the chunks of a body. ``encoding`` is the answer's ``Content-Encoding``.

    Decompresses step by step, so that a small body that expands to a huge one takes at most ``largest`` bytes.
    Raises BodyError.
    """
    parts, size = [], 0
    for part in _decompressed(chunks, encoding.strip().lower()):
        size += len(part)
        if size > largest:
            raise BodyError(f"is larger than {largest:,} bytes; Config(largest_answer=…) lets more in")
        parts.append(part)
    return b"".join(parts)


def _decompressed(chunks: Iterable[bytes], encoding: str) -> Iterable[bytes]:
    if encoding in ("", "identity"):
        return chunks
    if encoding in ("gzip", "x-gzip"):
        return _inflated(chunks)
    raise BodyError(f"is compressed by {encoding[:40]!r}, which was not asked for")


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    inflate = None
    for chunk in chunks:
        remaining = chunk
        while remaining:
            # a body may have several members, one after the other
            inflate = zlib.decompressobj(_GZIP) if inflate is None or inflate.eof else inflate
            try:
                yield inflate.decompress(remaining, CHUNK)
            except zlib.error as error:
                raise BodyError(f"cannot be decompressed: {error}") from error
            remaining = inflate.unused_data or inflate.unconsumed_tail
    if inflate is not None and not inflate.eof:
        yield inflate.flush()
        if not inflate.eof:
            raise BodyError("ends half way, within what is compressed")
