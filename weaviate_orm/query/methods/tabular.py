"""Methods that return plain values instead of models: dicts, tuples, columns, data frames, attrs classes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.methods.base import BaseQuerySet, M, validate_count
from weaviate_orm.query.paging import MOST
from weaviate_orm.query.table_columns import Column, columns_of, is_column, query_of
from weaviate_orm.replaced_file import replaced_file

D = TypeVar("D")


class TabularMixin(BaseQuerySet[M]):
    """Read plain values. No models are made: nothing is kept in the session, and nothing loads later.

    A name is a property's attribute, ``"id"``, a vector's attribute, a property behind references
    (``"author__name"``) or the ids that it leads to (``"author__id"``), or an attribute of a
    :class:`~weaviate_orm.Hit`, such as ``"distance"`` or ``"hit__distance"``. Expressions are names as well:
    ``Article.author.name``. Behind a reference to one object is a value or None, behind one to many a list. Of a
    reference to several classes there are the ids, as ``"Class/id"``.

    Where a property has the name, the short form is the property; the long one is always the hit's, for no attribute of
    a model has two underscores.

    Without names: the id, the properties, what :meth:`with_vector` and :meth:`include` load (``author__id``,
    ``author__name`` …), and the metadata of the query, by its long names.
    """

    __slots__ = ()

    def values(self, *names: Any) -> list[dict[str, Any]]:
        """Return a dict for each object.

        ::

            Article.query.bm25("silk").values()  # [{"id": …, "title": …, "hit__score": 1.3}, …]
            Article.query.bm25("silk").values("title", "score")  # [{"title": …, "score": 1.3}, …]
            Article.query.values("title", "author__name", "vector")
        """
        columns = self._columns(names)
        labels = [column.name for column in columns]
        return [dict(zip(labels, row, strict=True)) for row in zip(*self._read(columns), strict=True)]

    def values_list(self, *names: Any, flat: bool = False) -> list[Any]:
        """Return a tuple for each object; with ``flat`` and a single name, the value itself."""
        columns = self._columns(names)
        if flat and len(columns) != 1:
            raise QueryError(f"values_list(flat=True) is of one name, not of {len(columns)}")
        read = self._read(columns)
        return read[0] if flat else list(zip(*read, strict=True))

    def to_dict(self, *names: Any) -> dict[str, list[Any]]:
        """Return a list for each name: the columns of a table."""
        columns = self._columns(names)
        return dict(zip([column.name for column in columns], self._read(columns), strict=True))

    def to_pandas(self, *names: Any) -> Any:
        """Return a ``pandas.DataFrame``, a column for each name. Needs pandas."""
        # the user's own; nothing else here needs it
        import pandas  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        return pandas.DataFrame(self.to_dict(*names))

    def to_arrow(self, *names: Any) -> Any:
        """Return a ``pyarrow.Table``, a column for each name, with the types of :meth:`to_arrow_batches`."""
        return self._batches(names, None).read_all()

    def to_arrow_batches(self, *names: Any, chunk_size: int = 1000) -> Any:
        """Return a ``pyarrow.RecordBatchReader``: the objects, of any number, with one page of them in memory.

        ::

            pyarrow.dataset.write_dataset(Article.query.to_arrow_batches(), "articles", format="parquet")

        The types follow from the model, not from what is stored: ids, UUIDs and enumerations as they are stored, dates
        as timestamps in UTC (days as days), blobs binary, nested objects structs, vectors lists of 32-bit floats, of a
        fixed size where it is declared, or seen in the first page. The pages are those of :meth:`iterator`, and the
        first one is read at once. Needs pyarrow.

        Args:
            names: the columns.
            chunk_size: the objects of a batch, at most 10,000.
        """
        size = validate_count("chunk_size", chunk_size, minimum=1)
        if size > MOST:
            raise QueryError(f"a chunk_size is at most {MOST}, the most that Weaviate returns for a request")
        return self._batches(names, size)

    def to_parquet(self, path: str | PathLike[str], *names: Any, chunk_size: int = 1000) -> int:
        """Write the objects, of any number, to a Parquet file; return how many there are.

        The file has its name only when it is whole. Columns and pages as for :meth:`to_arrow_batches`.
        """
        reader = self.to_arrow_batches(*names, chunk_size=chunk_size)
        import pyarrow.parquet  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        count = 0
        with (
            replaced_file(Path(path)) as temporary,
            pyarrow.parquet.ParquetWriter(temporary, reader.schema) as writer,
        ):
            for batch in reader:
                writer.write_batch(batch)
                count += batch.num_rows
        return count

    def into(self, cls: type[D]) -> list[D]:
        """Return an instance of an attrs class, or of a dataclass, for each object; its fields are bound by name.

        ::

            @attrs.frozen
            class Headline:
                title: str
                distance: float

            Article.query.near_text("fashion").limit(3).into(Headline)
        """
        make: Callable[..., D] = cls
        parameters = _parameters(cls)
        columns = self._columns(
            [name for name, (_, required) in parameters.items() if required or is_column(self._query, name)]
        )
        labels = [parameters[column.name][0] for column in columns]
        return [make(**dict(zip(labels, row, strict=True))) for row in zip(*self._read(columns), strict=True)]

    # -- inside

    def _columns(self, names: Any) -> list[Column]:
        if self._query.group_by is not None:
            raise QueryError("grouped results are read by groups()")
        return columns_of(self._query, names)

    def _read(self, columns: list[Column]) -> list[list[Any]]:
        return self._executor.fetch_columns(query_of(self._query, columns), columns)

    def _batches(self, names: Any, size: int | None) -> Any:
        columns = self._columns(names)
        batches = self._executor.iterate_arrow(query_of(self._query, columns), columns, size)
        first = next(batches)  # there is one, if it is empty
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        return pyarrow.RecordBatchReader.from_batches(first.schema, chain([first], batches))


def _parameters(cls: Any) -> dict[str, tuple[str, bool]]:
    """Return the parameters of a class by the names of its fields, and whether each is required."""
    if attrs.has(cls):
        return {
            field.name: (field.alias or field.name, field.default is attrs.NOTHING)
            for field in attrs.fields(cls)
            if field.init
        }
    if dataclasses.is_dataclass(cls) and isinstance(cls, type):
        return {
            field.name: (field.name, field.default is field.default_factory is dataclasses.MISSING)
            for field in dataclasses.fields(cls)
            if field.init
        }
    raise QueryError(f"into() makes instances of attrs classes and dataclasses, and {cls!r} is none")
