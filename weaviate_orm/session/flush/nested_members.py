"""Members of nested objects that the server has and the model does not map, which a merge must not erase.

A merge replaces a nested object whole, and GraphQL answers only the members that a query names. Another program may
have added members meanwhile, so the server is asked before the merge: for one object by reading it, for several first
by the collection's schema, and by reading them only if that has members that the model lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from weaviate_orm.client.schema import Schema
from weaviate_orm.http.stored_objects import read_properties
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.codec import list_elements
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import state_of
from weaviate_orm.schema.unmapped import unmapped_members, with_unmapped
from weaviate_orm.session.flush.plan import FlushPlan, Merge
from weaviate_orm.session.request_options import RequestOptions, address


def keep_unmapped(plan: FlushPlan, transport: Transport, options: RequestOptions) -> FlushPlan:
    """Add the unmapped members of stored nested objects to the merges of a plan."""
    groups: dict[tuple[Mapper, str | None], dict[str, Merge]] = {}
    for merge in plan.merges:
        if _writes_nested(merge):
            _, uuid, tenant = address(merge.instance)
            groups.setdefault((merge.instance.__mapper__, tenant), {})[uuid] = merge
    completed: dict[int, Merge] = {}
    for (mapper, tenant), by_id in groups.items():
        if len(by_id) == 1 or _has_unmapped(transport, mapper):
            consistent = options.consistency_level is not None and mapper.entity.collection.is_replicated
            params = options.params(tenant)
            stored = read_properties(transport, mapper.collection_name, by_id, params, consistent=consistent)
            for uuid, properties in stored.items():
                completed[id(by_id[uuid])] = _completed(by_id[uuid], properties or {})
    if not completed:
        return plan
    return attrs.evolve(plan, merges=tuple(completed.get(id(merge), merge) for merge in plan.merges))


def _writes_nested(merge: Merge) -> bool:
    mapper: Mapper = merge.instance.__mapper__
    return any(merge.properties.get(name) not in (None, []) for name in mapper.nested)


def _has_unmapped(transport: Transport, mapper: Mapper) -> bool:
    stored = transport.collection_names.read(mapper.collection_name, Schema(transport).get).get("properties") or ()
    by_name = {body["name"]: body.get("nestedProperties") or () for body in stored}
    return any(
        True
        for mapped in mapper.properties.values()
        for _ in unmapped_members(mapped.spec.nested, by_name.get(mapped.spec.name, ()))
    )


def _completed(merge: Merge, stored: Mapping[str, Any]) -> Merge:
    mapper: Mapper = merge.instance.__mapper__
    elements_by_name = state_of(merge.instance).elements
    properties = dict(merge.properties)
    for name, value in merge.properties.items():
        mapped = mapper.properties[name]
        codec = mapper.codecs[name]
        if codec.members:
            loaded = {id(element): (position, body) for element, position, body in elements_by_name.get(name, ())}
            elements = list_elements(codec, merge.instance.__dict__[name], value)
            before = {id(body): loaded[id(element)] for element, _, body in elements if id(element) in loaded}
            properties[name] = with_unmapped(mapped.spec, value, stored.get(mapped.spec.name), before)
    return attrs.evolve(merge, properties=properties)
