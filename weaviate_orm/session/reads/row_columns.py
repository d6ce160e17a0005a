"""Rows as columns: of Python's values, or as record batches of Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

import attrs

from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.model.instance_codec import Undecoded, decode_rows, stored_value_error
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.tables.arrow_arrays import arrow_array, arrow_type, pyarrow_module, vector_array, vector_type
from weaviate_orm.query.entity import Property, Reference, VectorField
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import Referenced, Rows
from weaviate_orm.query.table_columns import Column
from weaviate_orm.query.target_vectors import is_multi
from weaviate_orm.session.reads.loader import report_error

_NUMBERS: Final = ("distance", "certainty", "score", "rerank_score")
_TEXTS: Final = ("explain_score", "generated", "generation_error", "prompt", "query_profile")
_TIMES: Final = ("created_at", "updated_at")


def restore_all(rows: Rows) -> None:
    """Put in the ints that the wire could not carry, below references too."""
    if rows.restore is not None:
        rows.restore(rows)
    for target in _targets(rows):
        restore_all(target)


def decode_page(query: Query, rows: Rows) -> Rows:
    """Decode the values of rows; leave out those that the query leaves out for one that cannot be decoded."""
    for target in _targets(rows):
        _decode_targets(query, target)
    return _decode(query, rows, decode_rows(_mapper(rows), rows.values))


def column_values(rows: Rows, column: Column) -> list[Any]:
    """Return the values of a column: as they are stored, unless the rows are decoded. Ids are UUIDs."""
    if column.references:
        reference, below = column.references[0], column.below
        referenced = rows.references[reference.attribute]
        values = list(chain.from_iterable(_target_values(reference, of_class, below) for of_class in referenced.rows))
        return _spread(reference, referenced, values)
    member = column.member
    if isinstance(member, Property):
        return [values.get(member.attribute) for values in rows.values]
    if isinstance(member, VectorField):
        return [vector if vector is not None and len(vector) else None for vector in rows.vectors[member.attribute]]
    if column.is_metadata:
        return [metadata.get(member) for metadata in rows.metadata or ({},) * len(rows)]
    return [UUID(id) if id else None for id in rows.ids]


def record_batches(query: Query, columns: Sequence[Column], pages: Iterable[Rows]) -> Iterator[Any]:
    """Yield rows with stored values as record batches of one schema; at least one batch."""
    pyarrow = pyarrow_module()
    schema: Any = None
    for rows in pages:
        with collection_paused():
            try:
                arrays, schema = _arrays(columns, rows, schema)
            except Exception:
                # a value of another type than the field's: leave out what the query leaves out, or raise its error
                rows = _decodable(query, rows)
                arrays, schema = _arrays(columns, rows, schema)
            batch = pyarrow.RecordBatch.from_arrays(arrays, schema=schema)
        yield batch
    if schema is None:
        nothing = Rows(query.entity, (), ())
        schema = pyarrow.schema([(column.name, _type(column, [], nothing)) for column in columns])
        yield pyarrow.RecordBatch.from_pylist([], schema=schema)


# -- inside


def _targets(rows: Rows) -> Iterator[Rows]:
    return chain.from_iterable(referenced.rows for referenced in rows.references.values())


def _mapper(rows: Rows) -> Mapper:
    mapper: Mapper = rows.entity.model.__mapper__
    return mapper


def _target_values(reference: Reference, rows: Rows, below: Column) -> Sequence[Any]:
    if len(reference.targets) > 1 and not below.references:
        return [f"{rows.entity.collection.name}/{id}" for id in rows.ids]
    return column_values(rows, below)


def _spread(reference: Reference, referenced: Referenced, values: Sequence[Any]) -> list[Any]:
    """Return for each row the values of its targets: a list, or of a reference to one object the value or None."""
    targets = (values[place] for place in referenced.places)
    each_values = [list(islice(targets, count)) for count in referenced.counts]
    return list(each_values) if reference.many else [of_row[0] if of_row else None for of_row in each_values]


def _decode(query: Query, rows: Rows, undecoded: Sequence[Undecoded]) -> Rows:
    if not undecoded:
        return rows
    on_error = query.selection.on_error
    ids = {id(values): uuid for values, uuid in zip(rows.values, rows.ids, strict=True)}
    for value in undecoded:
        report_error(stored_value_error(_mapper(rows), value, ids[id(value.row)] or None), on_error)
        value.row[value.attribute] = None
    if on_error == "defer":
        return rows
    left_out = {id(value.row) for value in undecoded}
    return rows.select([place for place, values in enumerate(rows.values) if id(values) not in left_out])


def _decode_targets(query: Query, rows: Rows) -> None:
    """Decode the values of targets; what cannot be decoded is None, unless the query raises its error."""
    for target in _targets(rows):
        _decode_targets(query, target)
    for value in decode_rows(_mapper(rows), rows.values):
        report_error(stored_value_error(_mapper(rows), value, None), query.selection.on_error)
        value.row[value.attribute] = None


def _decodable(query: Query, rows: Rows) -> Rows:
    """Leave out rows with a value that its field cannot hold, or such values. Raises its error if the query does."""
    copies = [dict(values) for values in rows.values]
    places = {id(values): place for place, values in enumerate(copies)}
    undecoded = [
        attrs.evolve(value, row=rows.values[places[id(value.row)]]) for value in decode_rows(_mapper(rows), copies)
    ]
    return _decode(query, rows, undecoded)


def _arrays(columns: Sequence[Column], rows: Rows, schema: Any) -> tuple[list[Any], Any]:
    pyarrow = pyarrow_module()
    stored = [_stored(column, rows) for column in columns]
    if schema is None:
        fields = [(column.name, _type(column, values, rows)) for column, values in zip(columns, stored, strict=True)]
        schema = pyarrow.schema(fields)
    arrays = [
        _array(column, values, rows, schema.field(place).type)
        for place, (column, values) in enumerate(zip(columns, stored, strict=True))
    ]
    return arrays, schema


def _stored(column: Column, rows: Rows) -> list[Any]:
    if column.member == "id" and not column.references:
        return [id or None for id in rows.ids]
    return column_values(rows, column)


def _type(column: Column, values: Sequence[Any], rows: Rows) -> Any:
    pyarrow = pyarrow_module()
    member = column.member
    if isinstance(member, Property):
        kind = arrow_type(column.entity.model.__mapper__.codecs[member.attribute])
    elif isinstance(member, VectorField):
        present = _flat(column, values)
        kind = vector_type(present, member.spec.dimensions, is_multi(member))
    elif member in _NUMBERS:
        kind = pyarrow.float64()
    elif member in _TIMES:
        kind = pyarrow.timestamp("ms", "UTC")
    elif member == "is_consistent":
        kind = pyarrow.bool_()
    elif member == "id" or member in _TEXTS:
        kind = pyarrow.string()
    else:
        return pyarrow.array(list(map(_plain, values))).type
    for reference in reversed(column.references):
        kind = pyarrow.list_(kind) if reference.many else kind
    return kind


def _array(column: Column, values: Sequence[Any], rows: Rows, kind: Any) -> Any:
    pyarrow = pyarrow_module()
    member = column.member
    depth = sum(reference.many for reference in column.references)
    if depth:
        # the values of all targets as one column, which is then divided
        values = [of_row or () for of_row in values]
        lengths = list(map(len, values))
        inner = _array(
            attrs.evolve(column, references=_without_first_many(column.references)),
            list(chain.from_iterable(values)),
            rows,
            kind.value_type,
        )
        offsets = [0]
        for length in lengths:
            offsets.append(offsets[-1] + length)
        return pyarrow.ListArray.from_arrays(pyarrow.array(offsets, pyarrow.int32()), inner, type=kind)
    if isinstance(member, Property):
        return arrow_array(column.entity.model.__mapper__.codecs[member.attribute], values)
    if isinstance(member, VectorField):
        return vector_array(values, kind)
    if member == "id":
        return pyarrow.array([None if id is None else str(id) for id in values], kind)
    return pyarrow.array(list(map(_plain, values)), kind)


def _without_first_many(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    place = next(place for place, reference in enumerate(references) if reference.many)
    return references[place + 1 :]


def _flat(column: Column, values: Sequence[Any]) -> list[Any]:
    for reference in column.references:
        if reference.many:
            values = list(chain.from_iterable(of_row or () for of_row in values))
    return [value for value in values if value is not None]


def _plain(value: Any) -> Any:
    """Return what a hit tells as values that Arrow knows: attrs classes as dicts."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if attrs.has(type(value)):
        return attrs.asdict(value)
    return value
