"""Replies to searches as rows, column by column: values of a property, whose type is known, are read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from operator import attrgetter, itemgetter
from typing import Any

import orjson

from weaviate_orm.cached_property import cached_property
from weaviate_orm.exceptions import NotWeaviateError
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.grpc_values import MULTI, unpack, unpack_buffer, unpack_rows
from weaviate_orm.ids import are_ids
from weaviate_orm.query.aggregates import read_group_value
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.filters import Path
from weaviate_orm.query.grpc.generative_messages import read_usage
from weaviate_orm.query.grpc.search_messages import search_messages
from weaviate_orm.query.grpc.value_messages import read_column
from weaviate_orm.query.module_options import Generate
from weaviate_orm.query.query import PROBE, Query, Selection
from weaviate_orm.query.rows import IdCheck, Page, Referenced, RowGroup, Rows, Times
from weaviate_orm.query.searches import Keywords, Nearness
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.values import decode_unix_time
from weaviate_orm.schema.vectors import DEFAULT_NAME

Serialized = Sequence[bytes]
"""Messages of one kind."""


@contextmanager
def reading_messages() -> Iterator[None]:
    """Turn protobuf's error for a malformed message into NotWeaviateError."""
    from google.protobuf.message import DecodeError

    try:
        yield
    except DecodeError as error:
        raise NotWeaviateError(f"a query by gRPC was answered, but not as Weaviate does: {error}") from error


def read_page(query: Query, content: bytes, id_check: IdCheck, matching: int | None = None) -> Page:
    """Return the page of a serialized reply."""
    with collection_paused(), reading_messages():
        is_whole = query.selection.vectors and query.generate is None and query.group_by is None
        reply = search_messages()["WholeReply" if is_whole else "Reply"].FromString(content)
        if query.group_by is not None:
            return _read_groups(query, reply, id_check)
        results = _whole_results(reply.results) if is_whole else _results(reply.results)
        rows = _rows(query.entity, query.selection, results, query)
        page = Page(rows, id_check, matching)
        if query.has_metadata:
            rows.metadata = _metadata(query, results.parsed_metadata)
            if query.has_times:
                rows.times = list(map(_times(query.named), results.parsed_metadata))
            if query.metadata and "query_profile" in query.named:
                _add_profile(page, rows.metadata, reply.profile)
            if query.generate is not None:
                _add_written(page, rows.metadata, query.generate, reply)
    return page


def read_ids(content: bytes) -> list[str]:
    """Return the ids of the objects of a serialized reply."""
    with reading_messages():
        return _ids(_joined("Results", search_messages()["Reply"].FromString(content).results).metadata)


def _read_groups(query: Query, reply: Any, id_check: IdCheck) -> Page:
    assert query.group_by is not None
    selection = query.selection.in_groups(query.entity)
    results = _results([result for group in reply.groups for result in group.results])
    rows = _rows(query.entity, selection, results)
    rows.metadata = [{"distance": item.distance} if item.has_distance else {} for item in results.parsed_metadata]
    key, generate = query.group_by.key, query.generate
    groups = tuple(
        RowGroup(
            value=read_group_value(key, group.name) if isinstance(key, Reference) and group.name else group.name,
            size=len(group.results),
            count=group.count,
            min_distance=group.min_distance,
            max_distance=group.max_distance,
            generated=group.written.text if generate is not None and generate.prompt is not None else None,
        )
        for group in reply.groups
    )
    has_task = generate is not None and generate.task is not None and bool(groups)
    return Page(rows, id_check, None, groups, generated=reply.written_of_groups if has_task else None)


def _add_profile(page: Page, metadata: Sequence[dict[str, Any]], profile: Any) -> None:
    """Add the profile as the text that GraphQL has with the first object."""
    shards = [
        {
            "name": shard.name,
            "node": shard.node,
            "searches": {
                name: {"details": dict(sorted(search.details.items()))}
                for name, search in sorted(shard.searches.items())
            },
        }
        for shard in profile.shards
    ]
    page.profile = orjson.dumps(shards).decode() if shards else None
    for place, item in enumerate(metadata):
        item["query_profile"] = None if place else page.profile


def _add_written(page: Page, metadata: Sequence[dict[str, Any]], generate: Generate, reply: Any) -> None:
    """Add what a model wrote. Where it fails, the call does, so that there is no error to tell."""
    if not metadata:
        return
    of_all = _first(reply.written)
    if generate.task is not None:
        page.generated = of_all.text
        page.generation_usage = read_usage(of_all)
    result_class = search_messages()["Result"]
    for place, (item, result) in enumerate(zip(metadata, reply.results, strict=True)):
        of_each = _first(result_class.FromString(result).written)
        # the prompt of a task is with the first object, as GraphQL has it
        source = of_each if generate.prompt is not None else of_all if not place else None
        item["generated"] = None if generate.prompt is None else of_each.text
        item["generation_error"] = None
        item["prompt"] = None if source is None else source.debug.prompt or None
        if generate.usage and generate.prompt is not None:
            item["generation_usage"] = read_usage(of_each)


def _first(texts: Any) -> Any:
    return texts.values[0] if texts.values else search_messages()["Written"]()


class Results:
    """Objects and their metadata, which are serialized, or ``parsed`` already."""

    def __init__(self, objects: Serialized, metadata: Serialized, parsed: list[Any] | None = None) -> None:
        self.objects = objects
        self._metadata = metadata
        self._parsed = parsed

    @cached_property
    def ids(self) -> list[str]:
        """The ids."""
        return _ids(self._metadata) if self._parsed is None else _checked([item.id for item in self._parsed])

    @cached_property
    def parsed_metadata(self) -> list[Any]:
        """The metadata as messages, in which are the vectors."""
        if self._parsed is not None:
            return self._parsed
        return list(map(search_messages()["ObjectMetadata"].FromString, self._metadata))


def _whole_results(results: Iterable[Any]) -> Results:
    pairs = [(result.object, result.metadata) for result in results]
    return Results([serialized for serialized, _ in pairs], (), [metadata for _, metadata in pairs])


def _results(results: Serialized) -> Results:
    joined = _joined("Results", results)
    _check_count(joined.objects, results)
    return Results(joined.objects, joined.metadata)


def _rows(entity: Entity, selection: Selection, results: Results, query: Query | None = None) -> Rows:
    """Return the rows of objects; with the ``query`` also what it probes."""
    objects = results.objects
    read = {member.attribute: member.spec for member in selection.members(entity)}
    probes = query.probes if query is not None else ()
    for number, path in enumerate(probes):
        if not path.references:
            read[f"{PROBE}{number}"] = _spec(path)
    rows = Rows(entity, results.ids, _values(read, objects))
    for number, path in enumerate(probes):
        if path.references:
            for values, texts in zip(rows.values, _reached(path, objects), strict=True):
                values[f"{PROBE}{number}"] = texts
    if selection.references:
        references = _references(objects)
        rows.references = {
            reference.attribute: _read_reference(reference, below, references)
            for reference, below in selection.references
        }
    if selection.vectors:
        unpacked = unpack_buffer if query is not None and query.packs_vectors else unpack
        rows.vectors = {
            field.attribute: [_vector(field, item, unpacked) for item in results.parsed_metadata]
            for field in selection.vectors
        }
    return rows


def _values(read: Mapping[str, PropertySpec], objects: Serialized) -> list[dict[str, Any]]:
    """Return the values of each object, by the names of what is read."""
    if not read:
        return [{} for _ in objects]
    properties = _joined("Objects", objects).properties
    _check_count(properties, objects)
    of_objects = list(map(attrgetter("values"), properties))
    columns = [read_column(spec, list(map(itemgetter(spec.name), of_objects))) for spec in read.values()]
    return [dict(zip(read, row, strict=True)) for row in zip(*columns, strict=True)]


def _ids(metadata: Serialized) -> list[str]:
    ids: list[str] = _joined("Ids", metadata).ids[:]
    _check_count(ids, metadata)
    return _checked(ids)


def _checked(ids: list[str]) -> list[str]:
    if not are_ids(ids):
        raise NotWeaviateError("a search by gRPC was answered, but not as Weaviate does: an object has no UUID")
    return ids


def _read_reference(reference: Reference, below: Selection, references: Sequence[Any]) -> Referenced:
    """Read one reference of objects; many may refer to few, which are rows once."""
    of_objects = _targets(reference, references)
    targets = [target for of_object in of_objects for target in of_object]
    metadata = _joined("Objects", targets).metadata
    ids = _ids(metadata)
    _check_count(ids, targets)
    by_id = dict(zip(ids, zip(targets, metadata, strict=True), strict=True))
    places = dict(zip(by_id, range(len(by_id)), strict=True))
    unique = Results([target for target, _ in by_id.values()], [of_target for _, of_target in by_id.values()])
    rows = _rows(reference.targets[0], below, unique)
    return Referenced(list(map(len, of_objects)), [places[id] for id in ids], [rows])


def _reached(path: Path, objects: Serialized) -> list[list[Any]]:
    """Return the texts that a path beyond references reaches from each object."""
    places, targets = list(range(len(objects))), objects
    for reference, _ in path.references:
        of_targets = _targets(reference, _references(targets))
        places = [place for place, below in zip(places, of_targets, strict=True) for _ in below]
        targets = [target for below in of_targets for target in below]
    texts: list[list[Any]] = [[] for _ in objects]
    for place, values in zip(places, _values({"": _spec(path)}, targets), strict=True):
        texts[place].append(values[""])
    return texts


def _spec(path: Path) -> PropertySpec:
    assert isinstance(path.member, Property)
    return path.member.spec


def _references(objects: Serialized) -> list[Any]:
    """Return the references of each object, each with its name and its targets."""
    return list(map(attrgetter("references"), map(search_messages()["References"].FromString, objects)))


def _targets(reference: Reference, references: Sequence[Any]) -> list[list[bytes]]:
    """Return the targets of one reference of each object."""
    name = reference.spec.name
    return [
        [target for targeted in of_object if targeted.name == name for target in targeted.targets]
        for of_object in references
    ]


def _joined(kind: str, messages: Serialized) -> Any:
    """Return messages as one of another kind, of which each field is repeated."""
    return search_messages()[kind].FromString(b"".join(messages))


def _check_count(parts: Sized, wholes: Sized) -> None:
    if len(parts) != len(wholes):
        raise NotWeaviateError("a search by gRPC was answered, but not as Weaviate does: an object lacks something")


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
        if query.boosting is not None:
            readers["score"] = lambda item: item.score if item.has_score else None
        readers |= {name: _NAMED[name] for name in query.named if name in _NAMED}
    if query.rerank is not None:
        readers["rerank_score"] = lambda item: item.rerank_score if item.has_rerank_score else None
    columns = [[read(item) for item in metadata] for read in readers.values()]
    return (
        [dict(zip(readers, row, strict=True)) for row in zip(*columns, strict=True)]
        if readers
        else [{} for _ in metadata]
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


def _vector(field: VectorField, metadata: Any, read: Callable[[bytes], Any]) -> Any:
    """Return a vector of an object; None where it has none."""
    name = field.spec.name
    if name is None and metadata.vector:
        return read(metadata.vector)
    # the unnamed vector of collections that keep it under a name: see query/graphql/default_vector.py
    for vector in metadata.vectors:
        if vector.name == (name or DEFAULT_NAME):
            return unpack_rows(vector.content) if vector.type == MULTI else read(vector.content)
    return None
