"""Files of tables: Parquet, JSON lines and CSV, read as objects and written from record batches, in constant memory."""

from __future__ import annotations

import base64
import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from weaviate_orm.exceptions import ConfigurationError, TableError
from weaviate_orm.model.tables.arrow_arrays import pyarrow_module
from weaviate_orm.model.tables.bindings import Unknown
from weaviate_orm.model.tables.chunks import Source, source_of_batches, source_of_rows
from weaviate_orm.model.tables.table_reader import TableReader
from weaviate_orm.replaced_file import replaced_file

FORMATS: Final[Mapping[str, str]] = {
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
}
"""The formats, by the ends of file names."""


def format_of(path: Path, stated: str | None) -> str:
    """Return the format of a file: the stated one, or that of its name. Raises ConfigurationError for neither."""
    name = stated or FORMATS.get(path.suffix.lower())
    if name is None:
        raise ConfigurationError(
            f"which format has {path}? name it {', '.join(FORMATS)}, or state one by --format parquet, jsonl or csv"
        )
    return name


@contextmanager
def reading(
    model: Any, path: Path, file_format: str, rename: Mapping[str, str], unknown: Unknown
) -> Iterator[TableReader[Any]]:
    """Yield the objects of a file, for a block. Raises TableError for a file that cannot be read."""
    pyarrow = pyarrow_module()
    with ExitStack() as stack:
        try:
            source = _OPENERS[file_format](path, stack)
        except (pyarrow.ArrowException, OSError) as error:
            raise TableError(
                f"{path} cannot be read as {file_format}: {error}. Is it whole? Fetch it again, or state its --format"
            ) from error
        yield TableReader(model, source, rename, unknown, texts=file_format == "csv")


def _open_parquet(path: Path, stack: ExitStack) -> Source:
    import pyarrow.parquet as parquet  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

    return source_of_batches(stack.enter_context(parquet.ParquetFile(path)), str(path))


def _open_json_lines(path: Path, stack: ExitStack) -> Source:
    return source_of_rows(_rows(path, stack.enter_context(path.open("rb"))))


def _rows(path: Path, lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines):
        try:
            row = orjson.loads(line)
        except ValueError as error:
            if not line.strip():
                continue
            cut = "" if line.endswith(b"\n") else ", and the file ends in the middle of it"
            raise TableError(
                f"line {number + 1} of {path} is no JSON{cut}: {error}. What came before it is stored; mend the file, "
                f"and run the same command again"
            ) from error
        if not isinstance(row, dict):
            raise TableError(f"line {number + 1} of {path} is no JSON object of columns and cells: {line[:80]!r}")
        yield row


def _open_csv(path: Path, stack: ExitStack) -> Source:
    """Open a CSV file with all cells as texts; empty ones are null, and ``""`` is the empty text."""
    import pyarrow.csv as arrow_csv  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

    pyarrow = pyarrow_module()
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            names = next(csv.reader(file), [])
        except (ValueError, csv.Error) as error:
            raise TableError(f"{path} has no header of column names in UTF-8: {error}") from error
    if not names:
        raise TableError(f"{path} is empty: its first line has to name the columns")
    reader = arrow_csv.open_csv(
        path,
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pyarrow.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return source_of_batches(stack.enter_context(reader), str(path))


_OPENERS: Final[Mapping[str, Callable[[Path, ExitStack], Source]]] = {
    "parquet": _open_parquet,
    "jsonl": _open_json_lines,
    "csv": _open_csv,
}


# -- writing


def write_batches(batches: Any, path: Path, file_format: str, moved: Callable[[int], None]) -> int:
    """Write record batches to a file, which has its name only when it is whole; return how many rows there are.

    Args:
        batches: a reader of record batches.
        path: of the file, which is replaced.
        file_format: one of FORMATS.
        moved: called after each batch with the rows so far.
    """
    count = 0
    try:
        with replaced_file(path) as temporary, _WRITERS[file_format](temporary, batches.schema) as write:
            for batch in batches:
                write(batch)
                count += batch.num_rows
                moved(count)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror or error}") from error
    return count


@contextmanager
def _parquet(path: Path, schema: Any) -> Iterator[Callable[[Any], None]]:
    import pyarrow.parquet as parquet  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

    with parquet.ParquetWriter(path, schema) as writer:
        yield writer.write_batch


@contextmanager
def _json_lines(path: Path, schema: Any) -> Iterator[Callable[[Any], None]]:
    with path.open("wb") as file:

        def write(batch: Any) -> None:
            file.writelines(_json(row) + b"\n" for row in batch.to_pylist())

        yield write


@contextmanager
def _csv(path: Path, schema: Any) -> Iterator[Callable[[Any], None]]:
    import pyarrow.csv as arrow_csv  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

    pyarrow = pyarrow_module()
    texts = pyarrow.schema([(name, pyarrow.string()) for name in schema.names])
    with arrow_csv.CSVWriter(path, texts) as writer:

        def write(batch: Any) -> None:
            columns = [pyarrow.array(map(_text, column.to_pylist()), pyarrow.string()) for column in batch.columns]
            writer.write_batch(pyarrow.RecordBatch.from_arrays(columns, schema=texts))

        yield write


_WRITERS: Final[Mapping[str, Callable[[Path, Any], Any]]] = {
    "parquet": _parquet,
    "jsonl": _json_lines,
    "csv": _csv,
}


def _text(cell: Any) -> str | None:
    """Return a cell as CSV has it: a text as it is, anything else as its JSON without quotes."""
    if cell is None or isinstance(cell, str):
        return cell
    text = _json(cell).decode()
    return text[1:-1] if text.startswith('"') else text


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=_encode)


def _encode(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError
