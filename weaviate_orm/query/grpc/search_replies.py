"""Replies to searches as rows, column by column: the type of each property is known, so its field is read directly."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any

from weaviate_orm.exceptions import NotWeaviateError
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.ids import are_ids
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.filter_json import member_name
from weaviate_orm.query.grpc.value_messages import read_column
from weaviate_orm.query.query import PROBE, Query, Selection
from weaviate_orm.query.rows import IdCheck, Page, Referenced, RowGroup, Rows, Times
from weaviate_orm.query.searches import Keywords, Nearness
from weaviate_orm.schema.values import decode_unix_time
from weaviate_orm.schema.vectors import DEFAULT_NAME

_PROPERTIES = attrgetter("properties.fields")
_MULTI = 2
"""The type of a vector that is several."""


def read_page(query: Query, reply: Any, id_check: IdCheck, matching: int | None = None) -> Page:
    """Return the page of a reply."""
    with collection_paused():
        if query.group_by is not None:
            return _read_groups(query, reply, id_check)
        results = reply.results
        metadata = list(map(attrgetter("metadata"), results))
        objects = list(map(attrgetter("object"), results))
        rows = _rows(query.entity, query.selection, objects, metadata)
        if query.probes:
            _read_probes(query, objects, rows)
        if query.has_metadata:
            rows.metadata = _metadata(query, metadata)
            if query.has_times:
                rows.times = list(map(_times(query.named), metadata))
    return Page(rows, id_check, matching)


def read_ids(reply: Any) -> list[str]:
    """Return the ids of the objects of a reply."""
    return _ids(list(map(attrgetter("metadata"), reply.results)))


def _read_groups(query: Query, reply: Any, id_check: IdCheck) -> Page:
    assert query.group_by is not None
    selection = query.selection.in_groups(query.entity)
    results = [result for group in reply.groups for result in group.results]
    metadata = list(map(attrgetter("metadata"), results))
    rows = _rows(query.entity, selection, list(map(attrgetter("object"), results)), metadata)
    rows.metadata = [{"distance": item.distance} if item.has_distance else {} for item in metadata]
    is_reference = isinstance(query.group_by.key, Reference)
    groups = tuple(
        RowGroup(
            value=group.name.rpartition("/")[2] if is_reference else group.name,
            size=len(group.results),
            count=group.count,
            min_distance=group.min_distance,
            max_distance=group.max_distance,
            generated=None,
        )
        for group in reply.groups
    )
    return Page(rows, id_check, None, groups)


def _rows(entity: Entity, selection: Selection, objects: Sequence[Any], metadata: Sequence[Any]) -> Rows:
    members = selection.members(entity)
    fields = list(map(_PROPERTIES, objects)) if members else ()
    columns = [read_column(member.spec, list(map(itemgetter(member.spec.name), fields))) for member in members]
    names = [member.attribute for member in members]
    values = (
        [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        if members
        else [{} for _ in metadata]
    )
    rows = Rows(entity, _ids(metadata), values)
    if selection.references:
        rows.references = {
            reference.attribute: _read_reference(reference, below, objects) for reference, below in selection.references
        }
    if selection.vectors:
        rows.vectors = {field.attribute: [_vector(field, item) for item in metadata] for field in selection.vectors}
    return rows


def _ids(metadata: Sequence[Any]) -> list[str]:
    ids = list(map(attrgetter("id"), metadata))
    if not are_ids(ids):
        raise NotWeaviateError("a search by gRPC was answered, but not as Weaviate does: an object has no UUID")
    return ids


def _read_reference(reference: Reference, below: Selection, objects: Sequence[Any]) -> Referenced:
    """Read one reference of objects; many may refer to few, which are rows once."""
    name = reference.spec.name
    of_objects = [
        [target for targeted in item.references if targeted.name == name for target in targeted.targets]
        for item in objects
    ]
    targets = [target for of_object in of_objects for target in of_object]
    ids = [target.metadata.id for target in targets]
    by_id = dict(zip(ids, targets, strict=True))
    places = dict(zip(by_id, range(len(by_id)), strict=True))
    unique = list(by_id.values())
    rows = _rows(reference.targets[0], below, unique, [target.metadata for target in unique])
    return Referenced(list(map(len, of_objects)), [places[id] for id in ids], [rows])


def _read_probes(query: Query, objects: Sequence[Any], rows: Rows) -> None:
    fields = list(map(_PROPERTIES, objects))
    for number, path in enumerate(query.probes):
        assert isinstance(path.member, Property)
        column = read_column(path.member.spec, list(map(itemgetter(member_name(path)), fields)))
        for values, value in zip(rows.values, column, strict=True):
            values[f"{PROBE}{number}"] = value


def _metadata(query: Query, metadata: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the metadata of objects, by the names of :class:`~weaviate_orm.Hit`."""
    readers: dict[str, Callable[[Any], Any]] = {}
    search = query.search
    if query.metadata:
        if isinstance(search, Nearness):
            readers["distance"] = lambda item: item.distance if item.has_distance else None
            if search.targets.are_cosine:
                readers["certainty"] = lambda item: item.certainty if item.has_certainty else None
        elif isinstance(search, Keywords):
            readers["score"] = lambda item: item.score if item.has_score else None
            readers["explain_score"] = lambda item: item.explain_score or None
        readers |= {name: _NAMED[name] for name in query.named}
    if query.rerank is not None:
        readers["rerank_score"] = lambda item: item.rerank_score if item.has_rerank_score else None
    columns = [[read(item) for item in metadata] for read in readers.values()]
    return (
        [dict(zip(readers, row, strict=True)) for row in zip(*columns, strict=True)]
        if readers
        else [{}] * len(metadata)
    )


_NAMED: Mapping[str, Callable[[Any], Any]] = {
    "created_at": lambda item: decode_unix_time(item.created_at),
    "updated_at": lambda item: decode_unix_time(item.updated_at),
    "is_consistent": lambda item: item.is_consistent,
    "explain_score": lambda item: item.explain_score or None,
}


def _times(named: Sequence[str]) -> Callable[[Any], Times]:
    has_created, has_updated = "created_at" in named, "updated_at" in named
    return lambda item: (item.created_at if has_created else None, item.updated_at if has_updated else None)


def _vector(field: VectorField, metadata: Any) -> Any:
    """Return a vector of an object; None where it has none."""
    name = field.spec.name
    if name is None and metadata.vector:
        return _floats(metadata.vector)
    # the unnamed vector of collections that keep it under a name: see query/graphql/default_vector.py
    for vector in metadata.vectors:
        if vector.name == (name or DEFAULT_NAME):
            return _float_rows(vector.content) if vector.type == _MULTI else _floats(vector.content)
    return None


def _floats(content: bytes) -> list[float]:
    return list(struct.unpack(f"<{len(content) // 4}f", content))


def _float_rows(content: bytes) -> list[list[float]]:
    """Read a multi-vector: the dimensions in 16 bits, then the vectors."""
    size = int.from_bytes(content[:2], "little") * 4
    return [_floats(content[begin : begin + size]) for begin in range(2, len(content), size)]
