"""A query as a GraphQL document. Pure: the same tree gives the same text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import Field, InlineFragment, Node, print_document
from weaviate_orm.graphql.literals import Literal, Symbol, print_vector
from weaviate_orm.query.comparisons import GeoRange
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.filters import And, Comparison, Filter, Not, Operator, Or, Path
from weaviate_orm.query.search import BM25, Hybrid, Move, Nearness, NearObject, NearText, NearVector, Search
from weaviate_orm.query.tree import Query, Selection
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec

DEEPEST_REFERENCE = 4
"""The levels of references that one query may load (a fifth is rejected, tried on Weaviate 1.35)."""

OUT_OF_RANGE = "outOfRange"
"""The aliases that ask whether a collection holds ints which GraphQL cannot carry: this, and its name."""

_METADATA_PATHS = {"id": "id", "created_at": "_creationTimeUnix", "updated_at": "_lastUpdateTimeUnix"}
_VALUE_KEYS = {
    DataType.TEXT: "valueText",
    DataType.UUID: "valueText",
    DataType.INT: "valueInt",
    DataType.NUMBER: "valueNumber",
    DataType.BOOLEAN: "valueBoolean",
    DataType.DATE: "valueDate",
}
_COMPOSITE: dict[DataType, tuple[Node, ...]] = {
    DataType.GEO_COORDINATES: (Field("latitude"), Field("longitude")),
    DataType.PHONE_NUMBER: tuple(
        Field(name)
        for name in (
            "input",
            "defaultCountry",
            "internationalFormatted",
            "nationalFormatted",
            "countryCode",
            "national",
            "valid",
        )
    ),
}
_INT32 = 2**31


def compile_get(query: Query) -> str:
    """The document that fetches the objects of a query, in one request."""
    collection = query.entity.collection.name
    root: list[Node] = [Field(collection, tuple(_selected(query.entity, query.selection, query)), _arguments(query))]
    root.extend(_int_guards(query.entity, query.selection, query.tenant, set()))
    return print_document([Field("Get", tuple(root))])


def compile_count(query: Query) -> str:
    """The document that counts the objects of a query."""
    if isinstance(query.search, BM25):
        raise QueryError("Weaviate cannot count a bm25 search; count the objects it returns, len(query.all())")
    arguments = _near_and_filter(query)
    if isinstance(query.search, (Nearness, Hybrid)):
        bounded = isinstance(query.search, Nearness) and (query.search.certainty, query.search.distance) != (None, None)
        if not bounded:
            if query.limit is None:
                raise QueryError(
                    "a search without a limit, certainty or distance matches every object: set one of them"
                )
            arguments["objectLimit"] = query.limit + query.offset
    arguments |= _tenant(query.entity, query.tenant)
    counted = Field(query.entity.collection.name, (Field("meta", (Field("count"),)),), arguments)
    return print_document([Field("Aggregate", (counted,))])


def compile_true_ints(
    entity: Entity, members: Sequence[Property], ids: Sequence[str], tenant: str | None = None
) -> str:
    """The document that reads ints of any size: GraphQL's ints have 32 bits, the numbers of its aggregates 64.

    Each object is an aggregate of its own, aliased ``o0``, ``o1`` …: the maximum of one value is that value.
    """
    names = tuple(Field(member.spec.name, (Field("maximum"),)) for member in members)
    return print_document(
        [
            Field(
                "Aggregate",
                tuple(
                    Field(
                        entity.collection.name,
                        names,
                        {"where": _id_equals(each), **_tenant(entity, tenant)},
                        alias=f"o{number}",
                    )
                    for number, each in enumerate(ids)
                ),
            )
        ]
    )


def _id_equals(id: str) -> Mapping[str, Any]:
    return {"path": ["id"], "operator": Symbol("Equal"), "valueText": id}


def _tenant(entity: Entity, tenant: str | None) -> dict[str, Any]:
    """The server knows the argument only where a class has tenants."""
    return {"tenant": tenant} if tenant is not None and entity.collection.is_multi_tenant else {}


def _arguments(query: Query) -> dict[str, Any]:
    arguments = _tenant(query.entity, query.tenant)
    if query.consistency_level is not None:
        arguments["consistencyLevel"] = Symbol(query.consistency_level)
    if query.where is not None:
        arguments["where"] = print_filter(query.where)
    if query.limit is not None:
        arguments["limit"] = query.limit
    if query.offset:
        arguments["offset"] = query.offset
    if query.search is not None:
        name, value = _search_argument(query.search)
        arguments[name] = value
    if query.order_by:
        arguments["sort"] = [
            {"path": [_member_name(key.path)], "order": Symbol("desc" if key.descending else "asc")}
            for key in query.order_by
        ]
    if query.after is not None:
        arguments["after"] = query.after
    return arguments


def _near_and_filter(query: Query) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if query.where is not None:
        arguments["where"] = print_filter(query.where)
    if query.search is not None:
        name, value = _search_argument(query.search)
        arguments[name] = value
    return arguments


# -- what is loaded


def _selected(entity: Entity, selection: Selection, query: Query | None = None, depth: int = 0) -> Iterator[Node]:
    members = entity.properties.values() if selection.properties is None else selection.properties
    for member in members:
        yield property_field(member)
    for reference, below in selection.references:
        if depth == DEEPEST_REFERENCE:
            raise QueryError(f"include() follows at most {DEEPEST_REFERENCE} references in a row, as the server does")
        yield _reference_field(reference, below, depth)
    yield _additional(selection.vectors, query)


def property_field(member: Property) -> Field:
    """A property under the name of its attribute, so that the answer is keyed as the model is."""
    alias = None if member.attribute == member.spec.name else member.attribute
    return Field(member.spec.name, tuple(_inside(member.spec)), alias=alias)


def _inside(spec: PropertySpec) -> Iterator[Node]:
    if spec.data_type.element is DataType.OBJECT:
        for nested in spec.nested:
            yield Field(nested.name, tuple(_inside(nested)))
    else:
        yield from _COMPOSITE.get(spec.data_type, ())


def _reference_field(reference: Reference, below: Selection, depth: int) -> Field:
    alias = None if reference.attribute == reference.spec.name else reference.attribute
    several = len(reference.targets) > 1
    fragments = tuple(
        InlineFragment(
            target.collection.name,
            (*((Field("__typename"),) if several else ()), *_selected(target, below, depth=depth + 1)),
        )
        for target in reference.targets
    )
    return Field(reference.spec.name, fragments, alias=alias)


def _additional(vectors: Sequence[VectorField], query: Query | None) -> Field:
    inside: list[Node] = [Field("id")]
    named = tuple(Field(vector.spec.name) for vector in vectors if vector.spec.name is not None)
    if len(named) < len(vectors):
        inside.append(Field("vector"))
    if named:
        inside.append(Field("vectors", named))
    if query is not None and query.metadata:
        if isinstance(query.search, Nearness):
            inside += [Field("distance"), Field("certainty")]
        elif query.search is not None:
            inside += [Field("score"), Field("explainScore")]
    return Field("_additional", tuple(inside))


def _int_guards(entity: Entity, selection: Selection, tenant: str | None, seen: set[str]) -> Iterator[Node]:
    """Ask, in the same request, whether any of the classes holds an int outside 32 bits.

    GraphQL answers null for those. Where a property may be null as well, the two cannot be told apart; this shows, at
    no request of its own, that nulls are nulls.
    """
    operands: list[Any] = []
    members = entity.properties.values() if selection.properties is None else selection.properties
    for member in members:
        spec = member.spec
        if spec.data_type is DataType.INT and member.nullable and spec.index_filterable is not False:
            for operator, bound in (("GreaterThanEqual", _INT32), ("LessThan", -_INT32)):
                operands.append({"path": [spec.name], "operator": Symbol(operator), "valueInt": bound})
    name = entity.collection.name
    if operands and name not in seen:
        seen.add(name)
        where = {"operator": Symbol("Or"), "operands": operands}
        found = (Field("_additional", (Field("id"),)),)
        arguments = {**_tenant(entity, tenant), "where": where, "limit": 1}
        yield Field(name, found, arguments, alias=f"{OUT_OF_RANGE}{name}")
    for reference, below in selection.references:
        for target in reference.targets:
            yield from _int_guards(target, below, tenant, seen)


# -- how it is searched


def _search_argument(search: Search) -> tuple[str, dict[str, Any]]:
    if isinstance(search, NearText):
        inside: dict[str, Any] = {"concepts": search.concepts, **_nearness(search)}
        if search.move_to is not None:
            inside["moveTo"] = _move(search.move_to)
        if search.move_away_from is not None:
            inside["moveAwayFrom"] = _move(search.move_away_from)
        if search.autocorrect is not None:
            inside["autocorrect"] = search.autocorrect
        return "nearText", inside
    if isinstance(search, NearVector):
        return "nearVector", {"vector": Literal(print_vector(search.vector)), **_nearness(search)}
    if isinstance(search, NearObject):
        return "nearObject", {"id": str(search.id), **_nearness(search)}
    if isinstance(search, BM25):
        properties = {"properties": search.properties} if search.properties else {}
        return "bm25", {"query": search.query, **properties}
    hybrid: dict[str, Any] = {"query": search.query if search.query is not None else ""}
    if search.alpha is not None:
        hybrid["alpha"] = search.alpha
    if search.vector is not None:
        hybrid["vector"] = Literal(print_vector(search.vector))
    if search.properties:
        hybrid["properties"] = search.properties
    if search.fusion_type is not None:
        hybrid["fusionType"] = Symbol(search.fusion_type.value)
    return "hybrid", {**hybrid, **_targets(search.targets)}


def _nearness(search: Nearness) -> dict[str, Any]:
    inside: dict[str, Any] = {}
    if search.certainty is not None:
        inside["certainty"] = search.certainty
    if search.distance is not None:
        inside["distance"] = search.distance
    return {**inside, **_targets(search.targets)}


def _targets(targets: Sequence[VectorField]) -> dict[str, Any]:
    names = [target.spec.name for target in targets if target.spec.name is not None]
    return {"targetVectors": names} if names else {}


def _move(move: Move) -> dict[str, Any]:
    inside: dict[str, Any] = {"force": move.force}
    if move.concepts:
        inside["concepts"] = move.concepts
    if move.objects:
        inside["objects"] = [{"id": str(getattr(item, "id", item))} for item in move.objects]
    return inside


# -- how it is filtered


def print_filter(condition: Filter) -> dict[str, Any]:
    """The ``where`` argument of a filter."""
    if isinstance(condition, Comparison):
        key, value = _value(condition)
        return {"path": _path(condition.path), "operator": Symbol(condition.operator.value), key: value}
    if isinstance(condition, Not):
        return {"operator": Symbol("Not"), "operands": [print_filter(condition.operand)]}
    assert isinstance(condition, (And, Or))
    joined = Symbol("And" if isinstance(condition, And) else "Or")
    return {"operator": joined, "operands": [print_filter(operand) for operand in condition.operands]}


def _path(path: Path) -> list[str]:
    steps: list[str] = []
    for reference, target in path.references:
        steps += [reference.spec.name, target.collection.name]
    name = _member_name(path)
    return [*steps, f"len({name})" if path.length else name]


def _member_name(path: Path) -> str:
    return _METADATA_PATHS[path.member] if isinstance(path.member, str) else path.member.spec.name


def _value(comparison: Comparison) -> tuple[str, Any]:
    path, value = comparison.path, comparison.value
    if comparison.operator is Operator.IS_NULL:
        return "valueBoolean", value
    if isinstance(value, GeoRange):
        center = {"latitude": value.center.latitude, "longitude": value.center.longitude}
        return "valueGeoRange", {"geoCoordinates": center, "distance": {"max": value.distance}}
    if path.length or isinstance(path.member, Reference):
        return "valueInt", value
    if isinstance(path.member, Property):
        return _VALUE_KEYS[path.member.spec.data_type.element], value
    return ("valueText" if path.member == "id" else "valueDate"), value
