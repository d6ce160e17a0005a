"""Queries as requests for a search. Pure: a request is a dict of the fields of its message."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from weaviate_orm.http.grpc_values import CONSISTENCY_LEVELS
from weaviate_orm.query.entity import Entity, Reference, VectorField
from weaviate_orm.query.filter_json import filter_json, member_name
from weaviate_orm.query.filters import Filter, Path
from weaviate_orm.query.grpc.boost_messages import boosting_message
from weaviate_orm.query.grpc.filter_messages import Message, filter_message, property_path
from weaviate_orm.query.grpc.generative_messages import generation_message
from weaviate_orm.query.grpc.search_arguments import search_argument
from weaviate_orm.query.paging import MOST
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.query.searches import Nearness
from weaviate_orm.query.wire_rules import check_depth, rerank_text, sent_filter, sent_limit
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.renaming import Rename, renamed_filter

NAMED_METADATA = ("created_at", "updated_at", "is_consistent", "explain_score", "query_profile")
"""The further metadata that a search can ask for."""

_OBJECTS = frozenset({DataType.OBJECT, DataType.OBJECT_ARRAY})


def compile_search(query: Query, physical: Rename) -> Message:
    """Compile a query. ``physical`` returns the name of a collection in requests."""
    request: Message = {
        "collection": physical(query.entity.collection.name),
        "selection": _selection(query, physical),
        "metadata": _metadata(query),
        "is_of_today": True,
        **_parameters(query),
    }
    where = sent_filter(query)
    if where is not None:
        request["filters"] = compile_filter(where, physical)
    if query.search is not None:
        name, message = search_argument(query.search)
        if query.diversity is not None:
            message["diversity"] = {"mmr": attrs.asdict(query.diversity)}
        request[name] = message
    if query.boosting is not None:
        request["boosting"] = boosting_message(query.boosting)
    if query.rerank is not None:
        request["rerank"] = {
            "property": query.rerank.member.spec.name,
            "query": rerank_text(query, query.rerank),
        }
    if query.generate is not None:
        request["generation"] = generation_message(query.entity, query.generate)
    return request


def compile_filter(where: Filter, physical: Rename) -> Message:
    """Compile a filter."""
    return filter_message(renamed_filter(filter_json(where), physical))


def _parameters(query: Query) -> Message:
    message: Message = {}
    if query.tenant is not None and query.entity.collection.is_multi_tenant:
        message["tenant"] = query.tenant
    if query.consistency_level is not None:
        message["consistency_level"] = CONSISTENCY_LEVELS[query.consistency_level]
    limit = sent_limit(query)
    limit = MOST - query.offset if limit is None else limit
    if query.limit is None and query.diversity is not None:
        limit = max(limit, query.diversity.limit)
    for name, value in (("limit", limit), ("offset", query.offset), ("autocut", query.autocut), ("after", query.after)):
        if value:
            message[name] = value
    if query.order_by:
        message["order"] = [
            {"path": [property_path(member_name(key.path))], "ascending": not key.descending} for key in query.order_by
        ]
    if query.group_by is not None:
        message["group_by"] = {
            "path": [query.group_by.key.spec.name],
            "groups": query.group_by.groups,
            "objects_per_group": query.group_by.objects_per_group,
        }
    return message


def _metadata(query: Query) -> Message:
    message = _vectors(query.selection.vectors)
    if query.group_by is not None:
        return {**message, "distance": True}
    if query.metadata:
        if isinstance(query.search, Nearness):
            message["distance"] = True
            message["certainty"] = query.search.targets.are_cosine
        elif query.search is not None:
            message["score"] = message["explain_score"] = True
        if query.boosting is not None:
            message["score"] = True
        message |= {name: True for name in query.named if name in NAMED_METADATA}
    return message


def _vectors(vectors: Sequence[VectorField]) -> Message:
    names = [field.spec.name for field in vectors if field.spec.name is not None]
    message: Message = {"id": True}
    if names:
        message["vectors"] = names
    if len(names) < len(vectors):
        message["vector"] = True
    return message


def _selection(query: Query, physical: Rename) -> Message:
    entity, selection = query.entity, query.selection
    if query.group_by is not None:
        selection = selection.in_groups(entity)
    message = _members(entity, selection, physical, 0)
    if query.boosting is not None:
        # of results the server reads what is selected (measured on Weaviate 1.39)
        names = (member.spec.name for member in query.boosting.members)
        message["scalars"] = list(dict.fromkeys((*message["scalars"], *names)))
    for path in query.probes:
        _add_probe(message, path, physical)
    return message


def _add_probe(message: Message, path: Path, physical: Rename) -> None:
    """Add a text that is compared to what is selected, below the references that lead to it."""
    for reference, target in path.references:
        names = [referred["name"] for referred in message["references"]]
        if reference.spec.name not in names:
            nothing: Message = {"scalars": [], "nested": [], "references": []}
            message["references"].append(_referred(reference, target, physical, nothing, {"id": True}))
            names.append(reference.spec.name)
        message = message["references"][names.index(reference.spec.name)]["selection"]
    if member_name(path) not in message["scalars"]:
        message["scalars"].append(member_name(path))


def _members(entity: Entity, selection: Selection, physical: Rename, depth: int) -> Message:
    members = selection.members(entity)
    message: Message = {"scalars": [member.spec.name for member in members if not _is_object(member.spec)]}
    nested = [_nested(member.spec) for member in members if _is_object(member.spec)]
    references = []
    for reference, below in selection.references:
        check_depth(depth)
        (target,) = reference.targets
        inside = _members(target, below, physical, depth + 1)
        references.append(_referred(reference, target, physical, inside, _vectors(below.vectors)))
    return {**message, "nested": nested, "references": references}


def _referred(reference: Reference, target: Entity, physical: Rename, selection: Message, metadata: Message) -> Message:
    collection = physical(target.collection.name)  # needed of references to several
    return {"name": reference.spec.name, "selection": selection, "metadata": metadata, "collection": collection}


def _nested(spec: PropertySpec) -> Message:
    return {
        "name": spec.name,
        "scalars": [inner.name for inner in spec.nested if not _is_object(inner)],
        "nested": [_nested(inner) for inner in spec.nested if _is_object(inner)],
    }


def _is_object(spec: PropertySpec) -> bool:
    return spec.data_type in _OBJECTS
