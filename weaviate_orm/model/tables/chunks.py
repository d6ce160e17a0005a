"""Parts of tables, a thousand rows at a time: rows of Python, data frames, record batches of Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import suppress
from itertools import islice
from typing import Any, Protocol

import attrs

from weaviate_orm.exceptions import ArgumentTypeError, TableError
from weaviate_orm.model.tables.arrow_arrays import pyarrow_module

ROWS = 1000
"""The rows of a part; larger ones take no less time."""

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""The cell of a row that lacks the column."""


class Chunk(Protocol):
    """Some rows of a table."""

    @property
    def size(self) -> int:
        """How many rows there are."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """The columns."""
        ...

    def cells(self, name: str, *, vector: bool) -> Sequence[Any]:
        """Return the cells of a column, or its vectors as arrays."""
        ...


@attrs.frozen
class Source:
    """A table.

    Attributes:
        chunks: its parts.
        total: how many rows it has, where that is known.
        is_regular: whether every row has all columns.
    """

    chunks: Iterator[Chunk]
    total: int | None
    is_regular: bool


# -- rows


@attrs.frozen
class _RowChunk:
    rows: Sequence[Mapping[str, Any]]

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def names(self) -> Sequence[str]:
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def cells(self, name: str, *, vector: bool) -> Sequence[Any]:
        return [row.get(name, ABSENT) for row in self.rows]


def source_of_rows(rows: Iterable[Mapping[str, Any]]) -> Source:
    """Return the table of an iterable of mappings."""
    total = len(rows) if isinstance(rows, Sized) else None
    return Source(_row_chunks(iter(rows)), total, is_regular=False)


def _row_chunks(rows: Iterator[Mapping[str, Any]]) -> Iterator[Chunk]:
    failed: list[Exception] = []

    def before_error() -> Iterator[Mapping[str, Any]]:
        try:
            yield from rows
        except Exception as error:  # the user's; the rows before it are of use
            failed.append(error)

    stream = before_error()
    number = 0
    while part := list(islice(stream, ROWS)):
        for row in part:
            if not isinstance(row, Mapping):
                raise ArgumentTypeError(
                    f"row {number} is no mapping of column to cell, but {type(row).__name__} {row!r:.80}; of named "
                    f"tuples, pass row._asdict()"
                )
            number += 1
        yield _RowChunk(part)
    if failed:
        raise failed[0]


# -- pandas


@attrs.frozen
class _FrameChunk:
    frame: Any

    @property
    def size(self) -> int:
        return len(self.frame)

    @property
    def names(self) -> Sequence[str]:
        return list(self.frame.columns)

    def cells(self, name: str, *, vector: bool) -> Sequence[Any]:
        cells: list[Any] = self.frame[name].tolist()
        return cells


def source_of_frames(frames: Any) -> Source:
    """Return the table of a data frame, or of an iterable of them."""
    if hasattr(frames, "iloc"):
        return Source(_frame_chunks((frames,)), len(frames), is_regular=True)
    if isinstance(frames, (str, bytes)) or not isinstance(frames, Iterable):
        raise ArgumentTypeError(
            f"from_pandas() takes a DataFrame, or an iterable of them, not {type(frames).__name__} {frames!r:.80}"
        )
    return Source(_frame_chunks(frames), None, is_regular=True)


def _frame_chunks(frames: Iterable[Any]) -> Iterator[Chunk]:
    for frame in frames:
        if not hasattr(frame, "iloc"):
            raise ArgumentTypeError(f"from_pandas() takes DataFrames, not {type(frame).__name__} {frame!r:.80}")
        names = list(frame.columns)
        if not all(isinstance(name, str) for name in names) or len({*names}) < len(names):
            raise TableError(f"the columns of a data frame are texts, each once; these are {names}: rename them")
        for begin in range(0, len(frame), ROWS):
            yield _FrameChunk(frame.iloc[begin : begin + ROWS])


# -- Arrow


@attrs.frozen
class _BatchChunk:
    batch: Any

    @property
    def size(self) -> int:
        size: int = self.batch.num_rows
        return size

    @property
    def names(self) -> Sequence[str]:
        names: list[str] = self.batch.schema.names
        return names

    def cells(self, name: str, *, vector: bool) -> Sequence[Any]:
        column = self.batch.column(name)
        return _vectors(column) if vector else _cells(column)


def source_of_batches(table: Any, name: str = "the table") -> Source:
    """Return the table of anything that has record batches; ``name`` stands for it in errors."""
    pyarrow = pyarrow_module()
    total: int | None = None
    batches: Iterable[Any]
    if isinstance(table, pyarrow.RecordBatch):
        batches, total = (table,), table.num_rows
    elif isinstance(table, pyarrow.Table):
        batches, total = table.to_batches(max_chunksize=ROWS), table.num_rows
    elif hasattr(table, "iter_batches"):  # a ParquetFile
        batches, total = table.iter_batches(batch_size=ROWS), table.metadata.num_rows
    elif hasattr(table, "to_batches"):  # a Dataset
        batches = table.to_batches(batch_size=ROWS)
    elif hasattr(table, "__arrow_c_stream__"):
        batches = pyarrow.RecordBatchReader.from_stream(table)
    elif isinstance(table, Iterable) and not isinstance(table, (str, bytes, Mapping)):
        batches = table
    else:
        raise ArgumentTypeError(
            f"from_arrow() takes a table, record batches, a dataset or a reader of Arrow, not {type(table).__name__} "
            f"{table!r:.80}; of a Parquet file, pyarrow.parquet.ParquetFile(path)"
        )
    return Source(_batch_chunks(batches, pyarrow, name), total, is_regular=True)


def _batch_chunks(batches: Iterable[Any], pyarrow: Any, name: str) -> Iterator[Chunk]:
    number = 0
    iterator = iter(batches)
    while True:
        try:
            batch = next(iterator)
        except StopIteration:
            return
        except (pyarrow.ArrowException, OSError) as error:
            raise TableError(
                f"{name} cannot be read beyond row {number}: {error}. What came before it is used; mend the file "
                f"and go on from there, by the same journal or by start={number}"
            ) from error
        if not isinstance(batch, pyarrow.RecordBatch):
            raise ArgumentTypeError(f"from_arrow() takes record batches, not {type(batch).__name__} {batch!r:.80}")
        number += batch.num_rows
        for begin in range(0, batch.num_rows, ROWS):
            yield _BatchChunk(batch.slice(begin, ROWS))


def _cells(column: Any) -> list[Any]:
    pyarrow = pyarrow_module()
    if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        with suppress(pyarrow.ArrowInvalid):  # where nanoseconds would be lost, they are refused one by one
            column = column.cast(pyarrow.timestamp("us", column.type.tz))
    cells: list[Any] = column.to_pylist()
    return cells


def _vectors(column: Any) -> list[Any]:
    """Return the vectors of a column as arrays that share its memory, where all are of one length."""
    try:
        import numpy
    except ImportError:
        return _cells(column)
    types, kind = pyarrow_module().types, column.type
    is_list = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    if not (is_list and types.is_floating(kind.value_type)):
        return _cells(column)
    present = column.drop_null() if column.null_count else column
    numbers = present.flatten()
    if numbers.null_count or not len(present) or len(numbers) % len(present):
        return _cells(column)
    size = len(numbers) // len(present)
    if not types.is_fixed_size_list(kind) and not (numpy.asarray(present.value_lengths()) == size).all():
        return _cells(column)
    rows = iter(numbers.to_numpy(zero_copy_only=False).reshape(len(present), size))
    if not column.null_count:
        return list(rows)
    return [next(rows) if is_valid else None for is_valid in column.is_valid().to_pylist()]
