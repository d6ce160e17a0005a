"""The objects of a table, row after row. A row that fits no object is an error, after which the next one follows."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any, Literal, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

import attrs
import orjson

from weaviate_orm.exceptions import ConfigurationError, TableError, ValidationError
from weaviate_orm.model.declared import DeclaredReference
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import State
from weaviate_orm.model.tables.cells import Read, is_null, plain, read_column, reader_of
from weaviate_orm.model.tables.chunks import ABSENT, Chunk, Source, check_vectors
from weaviate_orm.schema.vector_values import prepared_vector

M = TypeVar("M")

Unknown = Literal["error", "ignore"]
"""What becomes of columns that the model has no attribute for."""

TARGET_ID = "__id"
"""After the name of a reference: the column of the ids of its targets."""


@attrs.frozen
class Binding:
    """A column, and what its cells become.

    Attributes:
        column: its name.
        attribute: of the model.
        read: returns the value of a cell that is not null.
        read_all: the same for a column without nulls.
        is_vector: whether it holds vectors.
        nullable: whether None is a value; else a null is the default.
    """

    column: str
    attribute: str
    read: Read
    read_all: Read
    is_vector: bool = False
    nullable: bool = True


@attrs.define
class Part:
    """A part of a table: its values by column, and the rows with a cell that is refused, each with the reason.

    ``first`` is the number of its first row, ``place`` the place of its next one.
    """

    chunk: Chunk
    first: int
    place: int
    bound: Sequence[Binding] = ()
    attributes: Sequence[str] = ()
    columns: Sequence[Sequence[Any]] = ()
    refused: dict[int, tuple[Binding, str]] = attrs.field(factory=dict)
    has_absent: bool = False


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
        self._unknown = unknown
        self._texts = texts
        self._part: Part | None = None
        self._skipped = 0
        self._targets: WeakValueDictionary[tuple[str, str], Any] = WeakValueDictionary()
        self._bindings: dict[str, Binding | None] = {}
        self._failure: Exception | None = None
        self._optional: frozenset[str] = model.__constructor__.optional
        self._required: Sequence[str] = sorted(model.__constructor__.required)
        for column, attribute in self._rename.items():
            self._bind(column, attribute)  # raises for what is no attribute

    def __iter__(self) -> TableReader[M]:
        return self

    def __next__(self) -> M:
        """Return the next object.

        Raises TableError: with its ``row``, for a row that fits no object, and the call after it returns the next one;
        without, for a table that does not fit or cannot be read, which all further calls raise as well.
        """
        while self._part is None or self._part.place == self._part.chunk.size:
            if self._failure is not None:
                raise self._failure
            try:
                self._begin(next(self._source.chunks))
            except StopIteration:
                raise
            except Exception as error:
                self._failure = error
                raise
        part = self._part
        place, part.place = part.place, part.place + 1
        return self._make(part, place)

    @property
    def position(self) -> int:
        """The row of the next object, counted from 0."""
        return (0 if self._part is None else self._part.first + self._part.place) + self._skipped

    def skip(self, count: int) -> None:
        """Leave out the next rows; no objects are made of them."""
        if self._part is not None:
            here = min(count, self._part.chunk.size - self._part.place)
            self._part.place += here
            count -= here
        self._skipped += count

    # -- columns

    def _bind(self, column: str, attribute: str) -> Binding | None:
        """Return what the cells of a column become; None where it is left out."""
        binding = self._bind_cells(column, attribute)
        if not self._texts or binding is None:
            return binding
        codec = self._mapper.codecs.get(attribute)
        reference = self._mapper.declared_references.get(binding.attribute)
        if attribute == "id" or (reference is not None and not reference.many):
            return binding
        if codec is not None and codec.json_types == {str}:
            return binding
        read = partial(_read_json, binding.read)
        return attrs.evolve(binding, read=read, read_all=lambda cells: [read(cell) for cell in cells], is_vector=False)

    def _bind_cells(self, column: str, attribute: str) -> Binding | None:
        mapper = self._mapper
        if attribute in mapper.properties:
            codec, nullable = mapper.codecs[attribute], mapper.properties[attribute].nullable
            if attribute in mapper.converters:
                return _cellwise(column, attribute, partial(_read_or_leave, reader_of(codec)), nullable=nullable)
            return Binding(column, attribute, reader_of(codec), partial(read_column, codec), nullable=nullable)
        if attribute in mapper.vector_fields:
            check = mapper.vector_checks[attribute]
            return Binding(
                column, attribute, partial(_read_vector, check), partial(_read_vectors, check), is_vector=True
            )
        if attribute == "id":
            return _cellwise(column, attribute, _read_id)
        if attribute in mapper.declared_references:
            return _cellwise(column, attribute, _same, nullable=not mapper.declared_references[attribute].many)
        reference = mapper.declared_references.get(attribute.removesuffix(TARGET_ID))
        if reference is not None and attribute.endswith(TARGET_ID):
            self._refuse_inverse(column, reference)
            models = {model.__mapper__.collection_name: model for model in reference.models()}  # type: ignore[attr-defined]
            read_one = partial(_read_target, models, self._targets)
            read = partial(_read_targets, read_one) if reference.many else read_one
            return _cellwise(column, reference.attribute, read, nullable=not reference.many)
        if self._unknown == "ignore" and column not in self._rename:
            return None
        names = (
            *mapper.declared,
            *mapper.vector_fields,
            "id",
            *(f"{name}{TARGET_ID}" for name in mapper.reference_names),
        )
        near = difflib.get_close_matches(attribute, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted({*names}))}."
        raise TableError(
            f"column {column!r}: {mapper.label} has no attribute {attribute!r}; {hint} Name the attribute by "
            f"rename={{{column!r}: …}}, or leave such columns out by unknown='ignore'",
            column=column,
        )

    def _refuse_inverse(self, column: str, reference: DeclaredReference) -> None:
        """Raise TableError for a reference whose inverse would have to be loaded: each target leads to one object."""
        for model in reference.models() if reference.attribute in self._mapper.inverses else ():
            inverse = self._mapper.inverse(reference.attribute, model)
            target: Mapper = model.__mapper__  # type: ignore[attr-defined]
            if not target.declared_references[inverse].many:
                raise TableError(
                    f"column {column!r}: {self._mapper.label}.{reference.attribute} follows from its inverse, "
                    f"{target.label}.{inverse}, which leads to one object: leave the column out, and give the table of "
                    f"{target.label} a column {inverse}{TARGET_ID}",
                    column=column,
                )

    def _bound(self, names: Sequence[str]) -> list[Binding]:
        """Return the bindings of columns. Raises TableError for columns that do not fit the model."""
        for name in names:
            if name not in self._bindings:
                self._bindings[name] = self._bind(name, self._rename.get(name, name))
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

    def _begin(self, chunk: Chunk) -> None:
        """Begin with the next part."""
        first = 0 if self._part is None else self._part.first + self._part.chunk.size
        part = Part(chunk, first, min(chunk.size, self._skipped))
        if part.place < chunk.size:
            part.bound = self._bound(chunk.names)
            part.columns = [
                self._column(binding, chunk.cells(binding.column, vector=binding.is_vector), part.refused)
                for binding in part.bound
            ]
            part.attributes = [binding.attribute for binding in part.bound]
            part.has_absent = any(value is ABSENT for column in part.columns for value in column)
        self._part = part
        self._skipped -= part.place

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


def _cellwise(column: str, attribute: str, read: Read, *, nullable: bool = True) -> Binding:
    def read_all(cells: Sequence[Any]) -> list[Any]:
        return [read(cell) for cell in cells]

    return Binding(column, attribute, read, read_all, nullable=nullable)


def _same(cell: Any) -> Any:
    return cell


def _read_or_leave(read: Read, cell: Any) -> Any:
    """Return the value of a cell, or leave it to the field's own converter."""
    try:
        return read(cell)
    except ValueError:
        return plain(cell)


def _read_json(read: Read, cell: Any) -> Any:
    try:
        value = orjson.loads(cell)
    except ValueError:
        raise ValueError(f"needs a value as JSON, got {cell!r:.80}") from None
    return read(value)


def _read_id(cell: Any) -> UUID:
    if isinstance(cell, UUID):
        return cell
    if not isinstance(cell, str):
        raise ValueError(f"needs a UUID or its text, got {type(cell).__name__} {cell!r:.80}")
    try:
        return UUID(cell)
    except ValueError:
        raise ValueError(f"needs a UUID, got {cell!r:.80}") from None


def _read_vector(check: Read, cell: Any) -> Any:
    check(cell)
    prepared_vector(cell)
    return cell


def _read_vectors(check: Read, cells: Sequence[Any]) -> Sequence[Any]:
    if cells:
        check_vectors(cells, check)
    return cells


def _read_target(models: Mapping[str, Any], targets: MutableMapping[tuple[str, str], Any], cell: Any) -> Any:
    """Return the stored object of an id, of which nothing is loaded; of several classes, of the text "Class/id"."""
    name, _, id = cell.rpartition("/") if isinstance(cell, str) else ("", "", cell)
    if name not in models and (name or len(models) > 1):
        raise ValueError(
            f"needs {' or '.join(f'{name}/ID' for name in models)}, since it leads to several classes; got {cell!r:.80}"
            if len(models) > 1
            else f"leads to {', '.join(models)}, and not to {name!r}"
        )
    place = name or next(iter(models)), str(_read_id(id))
    instance = targets.get(place)
    if instance is None:
        instance = targets[place] = object.__new__(models[place[0]])
        vars(instance)["_state"] = State.unloaded(place[1])
    return instance


def _read_targets(read: Read, cell: Any) -> list[Any]:
    cells = plain(cell)
    if not isinstance(cells, (list, tuple)):
        raise ValueError(f"needs a list of ids, got {type(cell).__name__} {cell!r:.80}")
    return [read(id) for id in cells]
