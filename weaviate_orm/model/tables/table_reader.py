"""The objects of a table, row after row. A row that fits no object is an error, after which the next one follows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import attrs

from weaviate_orm.exceptions import ConfigurationError, TableError, ValidationError
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.tables.bindings import Binder, Binding, Unknown
from weaviate_orm.model.tables.cells import is_null
from weaviate_orm.model.tables.chunks import ABSENT, Chunk, Source
from weaviate_orm.model.tables.stored_rows import StoredRows, bodies_of, can_be_stored, has_twins
from weaviate_orm.types import JSONObject

M = TypeVar("M")


@attrs.define
class Part:
    """A part of a table: its values by column, and the rows with a cell that is refused, each with the reason.

    ``first`` is the number of its first row, ``place`` the place of its next one. ``stored`` is what is stored of its
    rows, nothing where objects have to be made for that; None before it was asked for.
    """

    chunk: Chunk
    first: int
    place: int
    bound: Sequence[Binding] = ()
    attributes: Sequence[str] = ()
    columns: Sequence[Sequence[Any]] = ()
    refused: dict[int, tuple[Binding, str]] = attrs.field(factory=dict)
    has_absent: bool = False
    stored: Sequence[JSONObject] | None = None

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self.chunk.size

    @property
    def remaining(self) -> int:
        """How many of its rows were not taken yet."""
        return self.chunk.size - self.place


class TableReader(Iterator[M]):
    """The objects of a table, in the order of its rows.

    Args:
        model: the class of the objects.
        source: the table.
        rename: attributes, by column.
        unknown: what becomes of columns that are for no attribute.
        texts: whether all cells are texts, as of CSV: what JSON has no text for is read as JSON.

    Attributes:
        model: the class of the objects.
        total: how many rows the table has, where that is known.
    """

    def __init__(
        self,
        model: Any,
        source: Source,
        rename: Mapping[str, str] | None = None,
        unknown: Unknown = "error",
        *,
        texts: bool = False,
    ) -> None:
        if unknown not in ("error", "ignore"):
            raise ConfigurationError(f'unknown is "error" or "ignore", not {unknown!r}')
        self.model: type[M] = model
        self.total = source.total
        self._mapper: Mapper = model.__mapper__
        self._source = source
        self._rename = dict(rename or {})
        self._binder = Binder(self._mapper, self._rename, unknown, texts=texts)
        self._parts: deque[Part] = deque()
        self._rows_read = 0
        self._skipped = 0
        self._bindings: dict[str, Binding | None] = {}
        self._failure: Exception | None = None
        self._optional: frozenset[str] = model.__constructor__.optional
        self._required: Sequence[str] = sorted(model.__constructor__.required)
        for column, attribute in self._rename.items():
            self._binder.bind(column, attribute)  # raises for what is no attribute

    def __iter__(self) -> TableReader[M]:
        return self

    def __next__(self) -> M:
        """Return the next object.

        Raises TableError: with its ``row``, for a row that fits no object, and the call after it returns the next one;
        without, for a table that does not fit or cannot be read, which all further calls raise as well.
        """
        if not (self._parts and self._parts[0].remaining) and not self._read_ahead(1):
            raise self._failure or StopIteration
        part = self._parts[0]
        place, part.place = part.place, part.place + 1
        return self._make(part, place)

    @property
    def position(self) -> int:
        """The row of the next object, counted from 0."""
        return self._rows_read - sum(part.remaining for part in self._parts) + self._skipped

    def skip(self, count: int) -> None:
        """Leave out the next rows; no objects are made of them."""
        for part in self._parts:
            here = min(count, part.remaining)
            part.place += here
            count -= here
        self._skipped += count

    def stored_rows(self, count: int) -> StoredRows | None:
        """Return the next rows as what is stored of them: fewer before the end, and before what cannot be read.

        None where objects have to be made, by :meth:`__next__`: of a class with code of its own, of rows with
        references, for a row that is refused, and for several rows of one id.
        """
        size = self._read_ahead(count) if can_be_stored(self.model) else 0
        bodies: list[JSONObject] = []
        runs: list[tuple[Part, range]] = []
        for part in self._parts:
            end = min(part.size, part.place + size - len(bodies))
            if end == part.place:
                continue
            if part.stored is None:
                part.stored = self._stored(part)
            if not part.stored:
                return None
            bodies += part.stored[part.place : end]
            runs.append((part, range(part.place, end)))
        if not bodies or has_twins(bodies):
            return None
        self.skip(len(bodies))
        return StoredRows(bodies, partial(self._make_one_of, runs))

    # -- columns

    def _bound(self, names: Sequence[str]) -> list[Binding]:
        """Return the bindings of columns. Raises TableError for columns that do not fit the model."""
        for name in names:
            if name not in self._bindings:
                self._bindings[name] = self._binder.bind(name, self._rename.get(name, name))
        bound = [binding for name in names if (binding := self._bindings[name]) is not None]
        attributes: dict[str, str] = {}
        for binding in bound:
            other = attributes.setdefault(binding.attribute, binding.column)
            if other != binding.column:
                raise TableError(
                    f"columns {other!r} and {binding.column!r} are both for {self._mapper.label}.{binding.attribute}: "
                    f"leave one out",
                    column=binding.column,
                )
        if self._source.is_regular:
            columns = f"its columns are {', '.join(names)}"
            for column in self._rename.keys() - {*names}:
                raise TableError(
                    f"the table has no column {column!r}, which rename names; {columns}",
                    column=column,
                )
            for attribute in self._required:
                if attribute not in attributes:
                    raise TableError(
                        f"the table has no column for {self._mapper.label}.{attribute}, which has no default: name it "
                        f"by rename={{…}}; {columns}",
                        field=attribute,
                    )
        return bound

    # -- rows

    def _read_ahead(self, count: int) -> int:
        """Read parts until there are ``count`` rows that were not taken, or no more; return how many there are."""
        while self._parts and not self._parts[0].remaining:
            self._parts.popleft()
        rows = sum(part.remaining for part in self._parts)
        while rows < count and self._failure is None:
            try:
                self._parts.append(self._begin(next(self._source.chunks)))
            except StopIteration:
                break
            except Exception as error:
                self._failure = error
                break
            rows += self._parts[-1].remaining
        while self._parts and not self._parts[0].remaining:
            self._parts.popleft()
        return min(rows, count)

    def _begin(self, chunk: Chunk) -> Part:
        """Read the columns of a part."""
        part = Part(chunk, self._rows_read, min(chunk.size, self._skipped))
        if part.remaining:
            part.bound = self._bound(chunk.names)
            part.columns = [
                self._column(binding, chunk.cells(binding.column, vector=binding.is_vector), part.refused)
                for binding in part.bound
            ]
            part.attributes = [binding.attribute for binding in part.bound]
            part.has_absent = any(value is ABSENT for column in part.columns for value in column)
        self._rows_read += chunk.size
        self._skipped -= part.place
        return part

    def _stored(self, part: Part) -> Sequence[JSONObject]:
        """Return what is stored of the rows of a part; nothing where objects have to be made."""
        if part.refused:
            return ()
        try:
            return bodies_of(self.model, dict(zip(part.attributes, part.columns, strict=True)), part.size)
        except Exception:  # of a value, or of a default of the user's: raised where the object is made
            return ()

    def _make_one_of(self, runs: Sequence[tuple[Part, range]], index: int) -> M:
        """Make the object of a row, of which some of each part were taken."""
        for part, places in runs:
            if index < len(places):
                return self._make(part, places[index])
            index -= len(places)
        raise IndexError(index)

    def _make(self, part: Part, place: int) -> M:
        """Make the object of a row."""
        if place in part.refused:
            raise self._error(part, place, *part.refused[place])
        arguments = {name: column[place] for name, column in zip(part.attributes, part.columns, strict=True)}
        if part.has_absent:
            arguments = {name: value for name, value in arguments.items() if value is not ABSENT}
        try:
            return self.model(**arguments)
        except (ValueError, TypeError) as error:  # of the model, or of what the user wrote for it
            raise self._refusal(part, place, arguments, error) from error

    def _column(self, binding: Binding, cells: Sequence[Any], refused: dict[int, tuple[Binding, str]]) -> Sequence[Any]:
        if not any(cell is None or cell is ABSENT for cell in cells):
            try:
                values: Sequence[Any] = binding.read_all(cells)
                return values
            except (ValueError, TypeError):
                pass  # some cell is refused, or empty in another way
        column: list[Any] = []
        for place, cell in enumerate(cells):
            try:
                column.append(self._value(binding, cell))
            except ValueError as error:
                refused.setdefault(place, (binding, str(error)))
                column.append(None)
        return column

    def _value(self, binding: Binding, cell: Any) -> Any:
        if cell is not ABSENT and not is_null(cell):
            return binding.read(cell)
        if cell is not ABSENT and binding.nullable:
            return None
        if binding.attribute in self._optional:
            return ABSENT
        if cell is ABSENT:
            raise ValueError("is missing, and has no default")
        raise ValueError(
            f"is null, and the field needs a value: fill the cell, give {binding.attribute} a default, or "
            f"annotate it with | None"
        )

    # -- errors

    def _refusal(self, part: Part, place: int, arguments: Mapping[str, Any], error: Exception) -> TableError:
        """Return the error of a row whose object cannot be made."""
        field = error.field if isinstance(error, ValidationError) else None
        reason = (error.reason if isinstance(error, ValidationError) else None) or str(error)
        binding = next((binding for binding in part.bound if binding.attribute == field), None)
        lacking = [name for name in self._required if name not in arguments]
        if binding is None and lacking:
            reason = f"{', '.join(lacking)} is missing, and has no default"
        return self._error(part, place, binding, reason)

    def _error(self, part: Part, place: int, binding: Binding | None, reason: str) -> TableError:
        chunk, row = part.chunk, part.first + place
        cells = {name: chunk.cells(name, vector=False)[place] for name in chunk.names}
        cells = {name: cell for name, cell in cells.items() if cell is not ABSENT}
        column = "" if binding is None else f", column {binding.column!r}"
        attribute = "" if binding is None else f".{binding.attribute}"
        keys = [
            f"{other.column}={cells[other.column]!r:.60}"
            for other in filter(None, self._bindings.values())
            if other.attribute in ("id", *self._mapper.options.key) and other.column in cells
        ]
        subject = f" ({', '.join(keys)})" if keys else ""
        return TableError(
            f"row {row}{subject}{column}: {self._mapper.label}{attribute} {reason}. Mend the cell, or leave out such "
            f'rows by on_error="report"',
            row=row,
            column=None if binding is None else binding.column,
            values=cells,
            field=None if binding is None else binding.attribute,
            reason=reason,
        )
