"""The columns of a table: which attribute of a model each is for, and what its cells become."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any, Literal
from uuid import UUID
from weakref import WeakValueDictionary

import attrs
import orjson

from weaviate_orm.exceptions import TableError
from weaviate_orm.model.declared import DeclaredReference
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import State
from weaviate_orm.model.tables.cells import Read, plain, read_column, reader_of
from weaviate_orm.schema.vector_values import prepared_vector, prepared_vectors

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


class Binder:
    """Binds columns to attributes.

    Args:
        mapper: of the model.
        rename: attributes, by column.
        unknown: what becomes of columns that are for no attribute.
        texts: whether all cells are texts, as of CSV: what JSON has no text for is read as JSON.
    """

    def __init__(self, mapper: Mapper, rename: Mapping[str, str], unknown: Unknown, *, texts: bool) -> None:
        self._mapper = mapper
        self._rename = rename
        self._unknown = unknown
        self._texts = texts
        self._targets: WeakValueDictionary[tuple[str, str], Any] = WeakValueDictionary()

    def bind(self, column: str, attribute: str) -> Binding | None:
        """Return what the cells of a column become; None where it is left out. Raises TableError for no attribute."""
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
    prepared_vectors(cells, check)
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
