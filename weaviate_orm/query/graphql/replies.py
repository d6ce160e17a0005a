"""Answers of GraphQL as rows. What has the shape of its document was checked before (``graphql/response_check.py``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.response import reading_values
from weaviate_orm.query.aggregates import Aggregate, read_group_value
from weaviate_orm.query.entity import Entity, Property, Reference
from weaviate_orm.query.filters import Path
from weaviate_orm.query.graphql.aggregate_fields import read_aggregate
from weaviate_orm.query.graphql.large_ints import LargeInts
from weaviate_orm.query.graphql.metadata import read_metadata, read_task, read_times
from weaviate_orm.query.graphql.selection_fields import OUT_OF_RANGE
from weaviate_orm.query.graphql.token_usage import read_usage
from weaviate_orm.query.query import PROBE, Query, Selection
from weaviate_orm.query.rows import IdCheck, Page, Referenced, RowGroup, Rows
from weaviate_orm.query.wire import AggregatedGroup

Object = dict[str, Any]
"""The JSON of one object. Reading it takes out what is not a property, and leaves its values."""


def read_page(
    query: Query, objects: list[Object], ints: LargeInts, id_check: IdCheck, matching: int | None = None
) -> Page:
    """Return the page of the objects that were answered to a query."""
    if query.group_by is not None:
        return _read_grouped(query, objects, ints, id_check)
    with collection_paused():
        additional = [item.pop("_additional") for item in objects]
        rows = _rows(query.entity, query.selection, additional, objects, ints)
        for number, path in enumerate(query.probes):
            _read_probe(f"{PROBE}{number}", path, objects)
        if query.has_metadata:
            with reading_values("the metadata of a query"):
                rows.metadata = list(map(read_metadata, additional))
                if query.has_times:
                    rows.times = list(map(read_times, additional))
    task = read_task(additional[0]) if query.generate is not None and additional else {}
    if query.generate is not None and query.generate.usage and additional:
        usages = [read_usage(str(query.generate.provider), item.get("generate") or {}) for item in additional]
        if query.generate.prompt is None:
            task["generation_usage"] = usages[0]
        else:
            for of_object, usage in zip(rows.metadata or (), usages, strict=True):
                of_object["generation_usage"] = usage
    profile = (additional[0].get("queryProfile") or None) if additional else None
    return Page(rows, id_check, matching, profile=profile, **task)


def _read_grouped(query: Query, objects: Sequence[Object], ints: LargeInts, id_check: IdCheck) -> Page:
    assert query.group_by is not None
    additional = [item["_additional"] for item in objects]
    with reading_values("a group"):
        hits = [hit for of_group in additional for hit in of_group["group"]["hits"]]
        additional_of_hits = [hit.pop("_additional") for hit in hits]
        selection = query.selection.in_groups(query.entity)
        rows = _rows(query.entity, selection, additional_of_hits, hits, ints)
        rows.metadata = list(map(read_metadata, additional_of_hits))
        groups = tuple(_read_group(query.group_by.key, of_group) for of_group in additional)
        task = read_task(additional[0]) if additional else {}
    return Page(rows, id_check, None, groups, **task)


def _read_group(key: Property | Reference, additional: Mapping[str, Any]) -> RowGroup:
    group = additional["group"]
    value = group["groupedBy"]["value"]
    return RowGroup(
        value=read_group_value(key, value) if isinstance(key, Reference) and value else value,
        size=len(group["hits"]),
        count=group["count"],
        min_distance=group["minDistance"],
        max_distance=group["maxDistance"],
        generated=(additional.get("generate") or {}).get("singleResult"),
    )


def _rows(
    entity: Entity,
    selection: Selection,
    additional: Sequence[Mapping[str, Any]],
    values: Sequence[Object],
    ints: LargeInts,
) -> Rows:
    """Return the rows of objects whose metadata was taken out of them."""
    rows = Rows(entity, [item["id"] for item in additional], values, restore=ints.restorer(entity, selection))
    if selection.references:
        rows.references = {
            reference.attribute: _read_reference(reference, below, values, ints)
            for reference, below in selection.references
        }
    if selection.vectors:
        rows.vectors = {
            field.attribute: [item["vector"] for item in additional]
            if field.spec.name is None
            else [(item["vectors"] or {}).get(field.spec.name) for item in additional]
            for field in selection.vectors
        }
    return rows


def _read_reference(reference: Reference, below: Selection, values: Sequence[Object], ints: LargeInts) -> Referenced:
    """Take one reference out of objects; many may refer to few, which are rows once."""
    of_objects: list[list[Object]] = [item.pop(reference.attribute) or [] for item in values]
    counts = list(map(len, of_objects))
    targets = [target for of_object in of_objects for target in of_object]
    ids = [target["_additional"]["id"] for target in targets]
    if len(reference.targets) == 1:
        by_id = dict(zip(ids, targets, strict=True))
        places = dict(zip(by_id, range(len(by_id)), strict=True))
        rows = _read_targets(reference.targets[0], below, list(by_id.values()), ints)
        return Referenced(counts, [places[id] for id in ids], [rows])
    keys = [(target.pop("__typename"), id) for target, id in zip(targets, ids, strict=True)]
    by_class: dict[str, dict[str, Object]] = {entity.collection.name: {} for entity in reference.targets}
    for (name, id), target in zip(keys, targets, strict=True):
        by_class[name][id] = target
    of_classes = [
        _read_targets(entity, below, list(by_class[entity.collection.name].values()), ints)
        for entity in reference.targets
    ]
    all_keys = ((name, id) for name, of_class in by_class.items() for id in of_class)
    numbers = {key: place for place, key in enumerate(all_keys)}
    return Referenced(counts, [numbers[key] for key in keys], of_classes)


def _read_targets(entity: Entity, selection: Selection, targets: Sequence[Object], ints: LargeInts) -> Rows:
    return _rows(entity, selection, [target.pop("_additional") for target in targets], targets, ints)


def _read_probe(key: str, path: Path, objects: Sequence[Object]) -> None:
    """Put the texts beyond references where the reference was."""
    if not path.references:
        return
    assert isinstance(path.member, Property)
    steps = (*(reference.spec.name for reference, _ in path.references[1:]), path.member.spec.name)
    with reading_values("the texts that are compared"):
        for item in objects:
            item[key] = list(_reached(item[key], steps))


def _reached(targets: Sequence[Object] | None, steps: Sequence[str]) -> Iterator[Any]:
    name, *below = steps
    for target in targets or ():
        if name in target:  # objects of other classes lack it
            yield from _reached(target[name], below) if below else (target[name],)


def large_collections(answer: Mapping[str, Any]) -> frozenset[str]:
    """Return the collections that hold ints which GraphQL cannot carry, by the guards below ``Get``."""
    return frozenset(
        key.removeprefix(OUT_OF_RANGE) for key, rows in answer.items() if key.startswith(OUT_OF_RANGE) and rows
    )


def read_ids(objects: Sequence[Object] | None) -> list[str]:
    """Return the ids of objects."""
    return [item["_additional"]["id"] for item in objects or ()]


def read_aggregates(aggregates: Sequence[Aggregate[Any]], answer: Mapping[str, Any]) -> list[Any]:
    """Return the JSON of the aggregates of all objects."""
    with reading_values("the aggregates of a query"):
        return [read_aggregate(aggregate, answer) for aggregate in aggregates]


def read_group(
    key: Property | Reference, aggregates: Sequence[Aggregate[Any]], answer: Mapping[str, Any]
) -> AggregatedGroup:
    """Return the JSON of the aggregates of a group."""
    with reading_values("a group"):
        return AggregatedGroup(
            read_group_value(key, answer["groupedBy"]["value"]),
            answer["meta"]["count"],
            tuple(read_aggregate(aggregate, answer) for aggregate in aggregates),
        )
