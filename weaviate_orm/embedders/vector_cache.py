"""Vectors that were made before, by the text that they were made of: in memory, or in a file."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.forks import renewed_in_children

MOST_KEYS = 500
"""The keys that one statement looks up; SQLite takes 999 and more."""


class VectorCache(Protocol):
    """Vectors by their keys."""

    def read(self, keys: Sequence[bytes]) -> Mapping[bytes, Any]:
        """Return the vectors that it has."""
        ...

    def write(self, vectors: Mapping[bytes, Any]) -> None:
        """Keep vectors."""
        ...


def open_cache(cache: str | PathLike[str] | int | None) -> VectorCache | None:
    """Return a cache of so many vectors in memory, or one in a file; None for no cache."""
    if cache is None or cache == 0:
        return None
    if isinstance(cache, (str, PathLike)):
        return FileCache(Path(cache))
    if isinstance(cache, bool) or not isinstance(cache, int) or cache < 0:
        raise ConfigurationError(f"cache is a number of vectors, the path of a file, or None; got {cache!r}")
    return MemoryCache(cache)


def content_key(model: str, dimensions: int | None, kind: str, text: str) -> bytes:
    """Return the key of a vector: a hash of all that it depends on."""
    return hashlib.sha256(
        "\0".join((model, str(dimensions or ""), kind, text)).encode("utf-8", "surrogatepass")
    ).digest()


class MemoryCache:
    """The vectors that were used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._vectors: OrderedDict[bytes, tuple[int, bytes]] = OrderedDict()
        self._lock = threading.Lock()
        renewed_in_children(self)

    def begin_in_child(self) -> None:
        """Let go of the lock, which another thread of the parent may have held."""
        self._lock = threading.Lock()

    def read(self, keys: Sequence[bytes]) -> Mapping[bytes, Any]:
        """Return the vectors that it has."""
        with self._lock:
            stored = {key: self._vectors[key] for key in keys if key in self._vectors}
            for key in stored:
                self._vectors.move_to_end(key)
        return {key: _unpacked(rows, content) for key, (rows, content) in stored.items()}

    def write(self, vectors: Mapping[bytes, Any]) -> None:
        """Keep vectors, in place of those that were not used for longest."""
        packed = {key: _packed(vector) for key, vector in vectors.items()}
        with self._lock:
            self._vectors.update(packed)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)


class FileCache:
    """Vectors in a file of SQLite, which several programs may use at once. The texts are not in it, only hashes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._created_by: int | None = None

    def read(self, keys: Sequence[bytes]) -> Mapping[bytes, Any]:
        """Return the vectors that it has."""
        vectors: dict[bytes, Any] = {}
        with closing(self._open()) as database:
            for begin in range(0, len(keys), MOST_KEYS):
                part = keys[begin : begin + MOST_KEYS]
                marks = ",".join("?" * len(part))
                rows = database.execute(f"SELECT key, row_count, content FROM vectors WHERE key IN ({marks})", part)
                vectors |= {key: _unpacked(row_count, content) for key, row_count, content in rows}
        return vectors

    def write(self, vectors: Mapping[bytes, Any]) -> None:
        """Keep vectors; there is no bound: remove the file to begin anew."""
        rows: Iterable[tuple[bytes, int, bytes]] = ((key, *_packed(vector)) for key, vector in vectors.items())
        with closing(self._open()) as database, database:
            database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        """Connect: a connection belongs to one thread of one process, and opening it takes 0.1 ms."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._path, timeout=30)
            if self._created_by != os.getpid():
                database.execute(
                    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, row_count INT, content BLOB)"
                )
                self._created_by = os.getpid()
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(f"the cache {self._path} cannot be used: {error}; name another file") from error
        return database


def _packed(vector: Any) -> tuple[int, bytes]:
    """Return how many rows a multi-vector has, 0 for a single vector, and the 32-bit floats."""
    values = vector.tolist() if hasattr(vector, "tolist") else vector
    if values and hasattr(values[0], "__len__"):
        numbers = array("f")
        for row in values:
            numbers.extend(row)
        return len(values), numbers.tobytes()
    return 0, array("f", values).tobytes()


def _unpacked(row_count: int, content: bytes) -> Any:
    numbers = array("f")
    numbers.frombytes(content)
    values = numbers.tolist()
    if not row_count:
        return values
    length = len(values) // row_count
    return [values[begin : begin + length] for begin in range(0, len(values), length)]
