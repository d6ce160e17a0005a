"""The selection of a query in a document: properties, references, vectors, metadata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import Argument, FieldNode, InlineFragment, Node, PrintedField
from weaviate_orm.graphql.literals import Symbol
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.filter_json import member_name
from weaviate_orm.query.filters import Path
from weaviate_orm.query.graphql.token_usage import usage_field
from weaviate_orm.query.module_options import FindEntities, Generate, Project, Summarize, server_prompt
from weaviate_orm.query.query import PROBE, Query, Selection
from weaviate_orm.query.searches import Ask, Nearness
from weaviate_orm.query.wire_rules import DEEPEST_REFERENCE, check_depth, rerank_text
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.values import SCALAR_TYPES

OUT_OF_RANGE = "outOfRange"
"""The aliases that ask whether a collection holds ints which GraphQL cannot carry: this, and its name."""

_INT32 = 2**31
_printed: WeakKeyDictionary[Entity, tuple[PrintedField, ...]] = WeakKeyDictionary()


def selected(entity: Entity, selection: Selection, query: Query | None = None, depth: int = 0) -> Iterator[Node]:
    """Yield the nodes that load a selection; with the ``query`` also those of its metadata."""
    if selection.properties is None:
        yield from _all_properties(entity)
    else:
        yield from map(property_field, selection.properties)
    for reference, below in selection.references:
        check_depth(depth)
        yield _reference_field(reference, below, depth)
    if query is not None:
        yield from (_probe_field(number, path) for number, path in enumerate(query.probes))
    yield _additional(selection.vectors, query)


def _probe_field(number: int, path: Path) -> FieldNode:
    if len(path.references) > DEEPEST_REFERENCE:
        raise QueryError(f"{path}: whole texts are compared across at most {DEEPEST_REFERENCE} references")
    field = FieldNode(member_name(path))
    for reference, target in reversed(path.references):
        field = FieldNode(reference.spec.name, (InlineFragment(target.collection.name, (field,)),))
    return attrs.evolve(field, alias=f"{PROBE}{number}")


def _all_properties(entity: Entity) -> tuple[PrintedField, ...]:
    """Return the fields of all properties, which most queries load, printed once."""
    printed = _printed.get(entity)
    if printed is None:
        fields = map(property_field, Selection().members(entity))
        printed = _printed[entity] = tuple(map(PrintedField.of, fields))
    return printed


def property_field(member: Property) -> FieldNode:
    """Return the field of a property under the name of its attribute, so that the answer is keyed as the model is."""
    alias = None if member.attribute == member.spec.name else member.attribute
    return FieldNode(member.spec.name, tuple(_inside(member.spec)), alias=alias)


def _inside(spec: PropertySpec) -> Iterator[Node]:
    if spec.data_type.element is DataType.OBJECT:
        for nested in spec.nested:
            yield FieldNode(nested.name, tuple(_inside(nested)))
    else:
        yield from map(FieldNode, SCALAR_TYPES[spec.data_type.element].json_members)


def _reference_field(reference: Reference, below: Selection, depth: int) -> FieldNode:
    alias = None if reference.attribute == reference.spec.name else reference.attribute
    several = len(reference.targets) > 1
    fragments = tuple(
        InlineFragment(
            target.collection.name,
            (*((FieldNode("__typename"),) if several else ()), *selected(target, below, depth=depth + 1)),
        )
        for target in reference.targets
    )
    return FieldNode(reference.spec.name, fragments, alias=alias)


def _additional(vectors: Sequence[VectorField], query: Query | None) -> FieldNode:
    inside: list[Node] = [FieldNode("id")]
    named = tuple(FieldNode(vector.spec.name) for vector in vectors if vector.spec.name is not None)
    if len(named) < len(vectors):
        inside.append(FieldNode("vector"))
    if named:
        inside.append(FieldNode("vectors", named))
    if query is not None:
        if query.metadata:
            inside += _metadata_fields(query)
        # these change the results, whether they are read or not
        inside += _module_fields(query)
    return FieldNode("_additional", tuple(inside))


_NAMED = {
    "created_at": FieldNode("creationTimeUnix"),
    "updated_at": FieldNode("lastUpdateTimeUnix"),
    "query_profile": FieldNode("queryProfile"),
    "is_consistent": FieldNode("isConsistent"),
    "explain_score": FieldNode("explainScore"),
    "classification": FieldNode(
        "classification", tuple(map(FieldNode, ("id", "basedOn", "classifiedFields", "completed", "scope")))
    ),
    "spell_check": FieldNode(
        "spellCheck",
        (
            *map(FieldNode, ("originalText", "didYouMean", "location", "numberOfCorrections")),
            FieldNode("changes", (FieldNode("original"), FieldNode("corrected"))),
        ),
    ),
}
_ANSWER = tuple(
    map(FieldNode, ("result", "property", "hasAnswer", "certainty", "distance", "startPosition", "endPosition"))
)
_ENTITY = tuple(map(FieldNode, ("entity", "word", "property", "certainty", "distance", "startPosition", "endPosition")))


def _metadata_fields(query: Query) -> Iterator[Node]:
    """Yield the metadata of a search, and further metadata by name."""
    if isinstance(query.search, Nearness):
        yield FieldNode("distance")
        if query.search.targets.are_cosine:  # of others the server refuses to tell one
            yield FieldNode("certainty")
        if isinstance(query.search, Ask):
            yield FieldNode("answer", _ANSWER)
    elif query.search is not None:
        yield FieldNode("score")
        if "explain_score" not in query.named:
            yield _NAMED["explain_score"]
    for name in query.named:
        yield _NAMED[name]
    for extra in query.extras:
        if isinstance(extra, Summarize):
            yield FieldNode(
                "summary", (FieldNode("property"), FieldNode("result")), {"properties": _names(extra.properties)}
            )
        elif isinstance(extra, FindEntities):
            bounds = {"certainty": extra.certainty, "distance": extra.distance, "limit": extra.limit}
            yield FieldNode("tokens", _ENTITY, {"properties": _names(extra.properties), **_without_none(bounds)})
        else:
            yield _projection(extra)


def _module_fields(query: Query) -> Iterator[Node]:
    """Yield the fields of modules that order results, or write about them."""
    if query.rerank is not None:
        arguments = {"property": query.rerank.member.spec.name, "query": rerank_text(query, query.rerank)}
        yield FieldNode("rerank", (FieldNode("score"),), arguments)
    if query.generate is not None:
        yield _generation(query.entity, query.generate)


def group_field(query: Query) -> FieldNode:
    """``_additional`` of a group: its objects, each as a row of its own."""
    selection = query.selection.in_groups(query.entity)
    below = (
        *(node for node in selected(query.entity, selection) if getattr(node, "name", "") != "_additional"),
        FieldNode("_additional", (FieldNode("id"), FieldNode("distance"))),
    )
    scalars = map(FieldNode, ("id", "count", "minDistance", "maxDistance"))
    value = FieldNode("groupedBy", (FieldNode("path"), FieldNode("value")))
    group = FieldNode("group", (*scalars, value, FieldNode("hits", below)))
    return FieldNode("_additional", (group, *_module_fields(query)))


def _generation(entity: Entity, generate: Generate) -> FieldNode:
    common: dict[str, Any] = {"debug": True} if generate.debug else {}
    if generate.provider is not None:
        common[generate.provider] = {
            name: Symbol(value) if name in ("reasoningEffort", "verbosity") else value
            for name, value in generate.settings.items()
        }
    arguments: list[Argument] = []
    if generate.prompt is not None:
        arguments.append(Argument("singleResult", {"prompt": server_prompt(entity, generate.prompt), **common}))
    if generate.task is not None:
        read = {"properties": _names(generate.properties)} if generate.properties else {}
        arguments.append(Argument("groupedResult", {"task": generate.task, **read, **common}))
    results = [FieldNode("error"), *(FieldNode(argument.name) for argument in arguments)]
    if generate.debug:
        results.append(FieldNode("debug", (FieldNode("prompt"),)))
    if generate.usage and generate.provider is not None:
        results.append(usage_field(generate.provider))
    return FieldNode("generate", tuple(results), tuple(arguments))


def _projection(project: Project) -> FieldNode:
    settings = {
        "dimensions": project.dimensions,
        "learningRate": project.learning_rate,
        "iterations": project.iterations,
        "perplexity": project.perplexity,
        "algorithm": project.algorithm,
    }
    return FieldNode("featureProjection", (FieldNode("vector"),), _without_none(settings))


def _without_none(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _names(members: Sequence[Property]) -> list[str]:
    return [member.spec.name for member in members]


def tenant_argument(entity: Entity, tenant: str | None) -> dict[str, Any]:
    """Return the argument of a tenant, which only classes with tenants have."""
    return {"tenant": tenant} if tenant is not None and entity.collection.is_multi_tenant else {}


def int_guards(entity: Entity, selection: Selection, tenant: str | None, guarded: set[str]) -> Iterator[FieldNode]:
    """Yield fields that tell whether any of the classes holds an int outside 32 bits.

    GraphQL answers null for those. Where a property may be null as well, the two cannot be told apart; this shows, at
    no request of its own, that nulls are nulls.
    """
    operands: list[Any] = []
    members = selection.members(entity)
    for member in members:
        spec = member.spec
        if spec.data_type is DataType.INT and member.nullable and spec.index_filterable is not False:
            for operator, bound in (("GreaterThanEqual", _INT32), ("LessThan", -_INT32)):
                operands.append({"path": [spec.name], "operator": Symbol(operator), "valueInt": bound})
    name = entity.collection.name
    if operands and name not in guarded:
        guarded.add(name)
        where = {"operator": Symbol("Or"), "operands": operands}
        ids = (FieldNode("_additional", (FieldNode("id"),)),)
        arguments = {**tenant_argument(entity, tenant), "where": where, "limit": 1}
        yield FieldNode(name, ids, arguments, alias=f"{OUT_OF_RANGE}{name}")
    for reference, below in selection.references:
        for target in reference.targets:
            yield from int_guards(target, below, tenant, guarded)
