"""Ids in filters: Weaviate stores UUIDs, but its filters compare the text in which an id was written.

An object that another program stored under ``F81D4FAE7DEC…`` is found, changed and deleted by its path and by a cursor
under any spelling, and every answer spells its id in the usual way. Its id index has the text as it was, so a filter by
the usual spelling does not find the object (measured on Weaviate 1.39). So a query that names ids also asks whether
there are objects of these ids that the filter cannot find, and if so, is sent again with their texts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.graphql.document import FieldNode
from weaviate_orm.graphql.literals import Symbol
from weaviate_orm.ids import usual_id
from weaviate_orm.operators import Operand, Operator
from weaviate_orm.query.entity import Entity
from weaviate_orm.query.filters import And, Comparison, Filter, Not, Or, Path
from weaviate_orm.query.graphql.class_arguments import where_argument
from weaviate_orm.query.graphql.selection_fields import tenant_argument
from weaviate_orm.query.query import Query

INDEXED = "indexed"
"""The alias of the objects that the id index has under the texts of a filter: this, and the collection."""

STORED = "stored"
"""The aliases of the objects that there are at the places of ids: this, a number, and the collection."""

FEW = 20
"""For so many ids a query may itself ask what is stored; for more, that is asked of those that it does not find."""

MOST_MATCHING = 1_000
"""The most objects that one pattern is expected to match: those whose ids differ in letters alone."""

Texts = Mapping[Entity, Mapping[str, Sequence[str]]]
"""The texts that the index has for ids, where these are not the usual ones; several of one that was stored again."""

ID = FieldNode("_additional", (FieldNode("id"),))

_EQUALITY = frozenset({Operand.VALUE, Operand.ANY_OF, Operand.NONE_OF})


def spellings(id: str) -> tuple[str, ...]:
    """The spellings of an id that programs use, the usual one first."""
    dashed, plain = (id, id.upper()), (id.replace("-", ""), id.replace("-", "").upper())
    braced = tuple(f"{{{each}}}" for each in dashed)
    return (*dashed, *plain, *braced, *(f"{urn}{each}" for urn in ("urn:uuid:", "URN:UUID:") for each in dashed))


@attrs.frozen
class Spelling:
    """A text of an id, in lower case, of which the case of the first letters is known: ``known`` and the ``rest``."""

    known: str
    rest: str

    @property
    def pattern(self) -> str:
        """What Weaviate's Like finds it by, whatever the case of the rest. The server seeks what is known."""
        return self.known + re.sub("[a-z]", "?", self.rest)

    def next(self) -> tuple[Spelling, ...]:
        """The two spellings of which one letter more is known; none where all are."""
        letter = re.search("[a-z]", self.rest)
        if letter is None:
            return ()
        before, after = self.known + self.rest[: letter.start()], self.rest[letter.end() :]
        return tuple(Spelling(before + each, after) for each in (letter[0], letter[0].upper()))


def unknown_cases(id: str) -> tuple[Spelling, ...]:
    """The spellings of an id in any mixture of cases: with dashes, without, in braces, as URN."""
    return tuple(Spelling("", each) for each in (id, id.replace("-", ""), f"{{{id}}}", f"urn:uuid:{id}"))


def ids_named(where: Filter | None) -> dict[Entity, dict[str, None]]:
    """The ids that a filter compares for equality, each once and in their usual spelling, by their classes."""
    named: dict[Entity, dict[str, None]] = {}
    for comparison in _id_comparisons(where):
        named.setdefault(comparison.path.owner, {}).update(dict.fromkeys(map(usual_id, _values(comparison))))
    return named


def is_told_by_rows(query: Query) -> bool:
    """Whether the objects of a query are those of the ids that it names, so that what is missing can be told."""
    where = query.where
    return (
        isinstance(where, Comparison)
        and where.path.member == "id"
        and not where.path.references
        and where.operator in (Operator.EQUAL, Operator.CONTAINS_ANY)
        and query.allows_keyset
    )


def is_complete(query: Query, count: int) -> bool:
    """Whether ``count`` objects of a query that :func:`is_told_by_rows` are all that it can have."""
    assert isinstance(query.where, Comparison)
    return count >= len(_values(query.where)) or (query.limit is not None and count >= query.limit)


def id_guards(queries: Sequence[Query], *, told_by_rows: bool = True) -> Iterator[FieldNode]:
    """Ask, in the same request, whether the id indexes have the ids that queries of one tenant name.

    ``told_by_rows``: leave out those of which the answer itself tells.
    """
    indexed: dict[Entity, dict[str, None]] = {}
    stored: dict[Entity, dict[str, None]] = {}
    for query in queries:
        is_told = told_by_rows and is_told_by_rows(query)
        for comparison in _id_comparisons(query.where):
            entity, texts = comparison.path.owner, dict.fromkeys(_values(comparison))
            if not is_told:
                indexed.setdefault(entity, {}).update(texts)
            if query.unsure and len(texts) <= FEW:
                stored.setdefault(entity, {}).update(dict.fromkeys(map(usual_id, texts)))
    scope = queries[0].tenant, queries[0].consistency_level
    for entity, texts in indexed.items():
        alias = f"{INDEXED}{entity.collection.name}"
        yield indexed_field(entity, list(texts), scope_arguments(entity, *scope), alias, limit=len(texts))
    for entity, ids in stored.items():
        if len(ids) <= FEW:
            yield from stored_fields(entity, list(ids), scope_arguments(entity, *scope))


def scope_arguments(entity: Entity, tenant: str | None, level: str | None) -> dict[str, Any]:
    """The arguments of a class that say where it is read."""
    arguments = tenant_argument(entity, tenant)
    if level is not None and entity.collection.is_replicated:
        arguments["consistencyLevel"] = Symbol(level)
    return arguments


def indexed_field(
    entity: Entity, texts: Sequence[str], arguments: Mapping[str, Any], alias: str, *, limit: int
) -> FieldNode:
    """The objects that the id index has under some texts."""
    where = where_argument(Comparison(Path(entity, (), "id"), Operator.CONTAINS_ANY, list(texts)))
    return FieldNode(entity.collection.name, (ID,), {**arguments, "where": where, "limit": limit}, alias=alias)


def matching_field(entity: Entity, pattern: str, arguments: Mapping[str, Any], alias: str) -> FieldNode:
    """The objects of which the id index has a text of a pattern."""
    where = where_argument(Comparison(Path(entity, (), "id"), Operator.LIKE, pattern))
    return FieldNode(entity.collection.name, (ID,), {**arguments, "where": where, "limit": MOST_MATCHING}, alias=alias)


def stored_fields(entity: Entity, ids: Sequence[str], arguments: Mapping[str, Any]) -> Iterator[FieldNode]:
    """The object from the place of each id on: the one of that id, if there is one. No text is compared for it."""
    for number, id in enumerate(ids):
        before = UUID(id).int - 1
        after = str(UUID(int=before)) if before >= 0 else ""
        chosen = {**arguments, "after": after, "limit": 1}
        yield FieldNode(entity.collection.name, (ID,), chosen, alias=f"{STORED}{number}{entity.collection.name}")


def respelled(where: Filter, texts: Texts) -> Filter:
    """The filter with the texts that the index has for ids, beside the usual ones."""
    if isinstance(where, (And, Or)):
        return type(where)(tuple(respelled(each, texts) for each in where.operands))
    if isinstance(where, Not):
        return Not(respelled(where.operand, texts))
    assert isinstance(where, Comparison)
    known = texts.get(where.path.owner) if _names_ids(where) else None
    if not known:
        return where
    values = _values(where)
    others = [text for id in dict.fromkeys(map(usual_id, values)) for text in known.get(id, ())]
    if not others:
        return where
    both = Comparison(where.path, Operator.CONTAINS_ANY, list(dict.fromkeys((*values, *others))))
    return Not(both) if where.operator.is_negated else both


def _id_comparisons(where: Filter | None) -> Iterator[Comparison]:
    if isinstance(where, Comparison):
        if _names_ids(where):
            yield where
    elif isinstance(where, (And, Or)):
        for each in where.operands:
            yield from _id_comparisons(each)
    elif isinstance(where, Not):
        yield from _id_comparisons(where.operand)


def _names_ids(comparison: Comparison) -> bool:
    if comparison.path.member != "id":
        return False
    of_one = comparison.operator.operand is Operand.ALL_OF and len(comparison.value) == 1
    return of_one or comparison.operator.operand in _EQUALITY


def _values(comparison: Comparison) -> Collection[str]:
    return [comparison.value] if isinstance(comparison.value, str) else comparison.value
