"""The body of an answer, decompressed, and no larger than it may be."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

CHUNK = 2**20

ENCODINGS = "gzip"
"""By what a server may compress, as ``Accept-Encoding`` says it."""

_GZIP = 16 + zlib.MAX_WBITS


class BodyError(Exception):
    """A body that cannot be read, or is too large."""


def read_body(chunks: Iterable[bytes], encoding: str, largest: int) -> bytes:
    """The whole body, of the chunks that arrive. ``encoding`` is the answer's ``Content-Encoding``.

    Decompresses step by step, so that a small body which stands for a huge one takes no more memory than ``largest``.
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
        left = chunk
        while left:
            # one that has ended is followed by another member of the same body
            inflate = zlib.decompressobj(_GZIP) if inflate is None or inflate.eof else inflate
            try:
                yield inflate.decompress(left, CHUNK)
            except zlib.error as error:
                raise BodyError(f"cannot be decompressed: {error}") from error
            left = inflate.unused_data or inflate.unconsumed_tail
    if inflate is not None and not inflate.eof:
        yield inflate.flush()
        if not inflate.eof:
            raise BodyError("ends half way, within what is compressed")
