"""Ids in filters: Weaviate stores UUIDs, but its filters compare the text in which an id was written.

An object that another program stored under ``F81D4FAE7DEC…`` is found, changed and deleted by its path and by a cursor
under any spelling, and every answer spells its id in the usual way. Its id index has the text as it was, so a filter by
the usual spelling does not find the object (measured on Weaviate 1.39). So a query that names ids also asks whether
there are objects of these ids that the filter cannot find, and if so, is sent again with their texts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from weaviate_orm.ids import id_before, usual_id
from weaviate_orm.operators import Operand, Operator
from weaviate_orm.query.entity import Entity
from weaviate_orm.query.filters import And, Comparison, Filter, Not, Or, Path
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.query.rows import IdCheck

FEW = 20
"""The most ids of which a query itself asks whether they are stored; of more, those that it misses are looked up."""

MOST_MATCHING = 1_000
"""The most objects that one pattern is expected to match: those whose ids differ in letters alone."""

Texts = Mapping[Entity, Mapping[str, Sequence[str]]]
"""The texts that the index has for ids, where these are not the usual ones; several of one that was stored again."""

_EQUALITY = frozenset({Operand.VALUE, Operand.ANY_OF, Operand.NONE_OF})


def spellings(id: str) -> tuple[str, ...]:
    """Return the spellings of an id that programs use, the usual one first."""
    dashed, plain = (id, id.upper()), (id.replace("-", ""), id.replace("-", "").upper())
    braced = tuple(f"{{{spelling}}}" for spelling in dashed)
    return (
        *dashed,
        *plain,
        *braced,
        *(f"{urn}{spelling}" for urn in ("urn:uuid:", "URN:UUID:") for spelling in dashed),
    )


@attrs.frozen
class Spelling:
    """A text of an id, in lower case, of which the case of the first letters is known: ``prefix`` and the ``rest``."""

    prefix: str
    rest: str

    @property
    def pattern(self) -> str:
        """What Weaviate's Like finds it by, whatever the case of the rest. The server seeks the prefix."""
        return self.prefix + re.sub("[a-z]", "?", self.rest)

    def next(self) -> tuple[Spelling, ...]:
        """Return the two spellings of which one letter more is known; none where all are."""
        letter = re.search("[a-z]", self.rest)
        if letter is None:
            return ()
        before, after = self.prefix + self.rest[: letter.start()], self.rest[letter.end() :]
        return tuple(Spelling(before + case, after) for case in (letter[0], letter[0].upper()))


def unknown_cases(id: str) -> tuple[Spelling, ...]:
    """Return the spellings of an id in any mixture of cases: with dashes, without, in braces, as URN."""
    return tuple(Spelling("", text) for text in (id, id.replace("-", ""), f"{{{id}}}", f"urn:uuid:{id}"))


def ids_named(where: Filter | None) -> dict[Entity, dict[str, None]]:
    """Return the ids that a filter compares for equality, each once and in their usual spelling, by their classes."""
    named: dict[Entity, dict[str, None]] = {}
    for comparison in _id_comparisons(where):
        named.setdefault(comparison.path.owner, {}).update(dict.fromkeys(map(usual_id, _values(comparison))))
    return named


def is_told_by_rows(query: Query) -> bool:
    """Return whether the objects of a query are those of the ids that it names, and so tell which are missing."""
    where = query.where
    return (
        isinstance(where, Comparison)
        and where.path.member == "id"
        and not where.path.references
        and where.operator in (Operator.EQUAL, Operator.CONTAINS_ANY)
        and query.allows_keyset
    )


def single_id(query: Query) -> str | None:
    """Return the id of a query for one object by that alone, which needs no filter; None of any other query."""
    if not is_told_by_rows(query):
        return None
    assert isinstance(query.where, Comparison)
    ids = {usual_id(text) for text in _values(query.where)}
    return ids.pop() if len(ids) == 1 else None


def is_complete(query: Query, count: int) -> bool:
    """Return whether ``count`` objects of a query that :func:`is_told_by_rows` are all that it can have."""
    assert isinstance(query.where, Comparison)
    return count >= len(_values(query.where)) or (query.limit is not None and count >= query.limit)


def required_ids(query: Query) -> set[str] | None:
    """Return the ids of which each object of a query has one; None where its filter names none, or in another way."""
    where = query.where
    operands = where.operands if isinstance(where, And) else (where,)
    required = [operand for operand in operands if isinstance(operand, Comparison) and _names_ids(operand)]
    if not required or len(required) < len(list(_id_comparisons(where))):
        return None
    if any(comparison.operator.is_negated or comparison.path.references for comparison in required):
        return None
    return {usual_id(text) for comparison in required for text in _values(comparison)}


@attrs.frozen
class IdProbes:
    """Queries for ids that tell, along with other queries, which ids of these a filter finds, and which are stored.

    Attributes:
        indexed: for each class the query by the texts that the filters have.
        stored: for each class the queries by the places of the ids.
    """

    indexed: Mapping[Entity, Query]
    stored: Mapping[Entity, Sequence[Query]]

    @property
    def queries(self) -> tuple[Query, ...]:
        """All of them."""
        return (*self.indexed.values(), *(query for queries in self.stored.values() for query in queries))

    def check(self, ids: Iterator[Collection[str]]) -> IdCheck:
        """Return what the ids say that :attr:`queries` found, in their order."""
        indexed = {entity: set(next(ids)) for entity in self.indexed}
        stored = {entity: {id for _ in queries for id in next(ids)} for entity, queries in self.stored.items()}
        return IdCheck(indexed, stored)


def id_probes(queries: Sequence[Query], *, told_by_rows: bool = True, by_places: bool = True) -> IdProbes:
    """Return the probes for the ids that queries of one tenant name.

    Args:
        queries: the queries.
        told_by_rows: leave out the ids that the rows of a query tell of.
        by_places: also ask which are stored, if the query is unsure of that.
    """
    if all(query.where is None for query in queries):
        return NO_PROBES
    indexed: dict[Entity, dict[str, None]] = {}
    stored: dict[Entity, dict[str, None]] = {}
    for query in queries:
        is_told = told_by_rows and is_told_by_rows(query)
        for comparison in _id_comparisons(query.where):
            entity, texts = comparison.path.owner, dict.fromkeys(_values(comparison))
            if not is_told:
                indexed.setdefault(entity, {}).update(texts)
            if by_places and query.unsure and len(texts) <= FEW:
                stored.setdefault(entity, {}).update(dict.fromkeys(map(usual_id, texts)))
    if not indexed and not stored:
        return NO_PROBES
    tenant, level = queries[0].tenant, queries[0].consistency_level
    return IdProbes(
        {entity: by_texts(id_query(entity, tenant, level), list(texts)) for entity, texts in indexed.items()},
        {
            entity: [by_place(id_query(entity, tenant, level), id) for id in ids]
            for entity, ids in stored.items()
            if len(ids) <= FEW
        },
    )


NO_PROBES = IdProbes({}, {})


def id_query(entity: Entity, tenant: str | None, level: str | None) -> Query:
    """Return the query for the ids of a class, where others are read in a tenant and by a consistency level."""
    return Query(
        entity,
        selection=Selection(properties=()),
        tenant=tenant if entity.collection.is_multi_tenant else None,
        consistency_level=level if entity.collection.is_replicated else None,
    )


def by_texts(query: Query, texts: Sequence[str]) -> Query:
    """Return the query for the objects that the id index has under some texts."""
    where = Comparison(Path(query.entity, (), "id"), Operator.CONTAINS_ANY, list(texts))
    return attrs.evolve(query, where=where, limit=len(texts))


def by_pattern(query: Query, pattern: str) -> Query:
    """Return the query for the objects of which the id index has a text of a pattern."""
    where = Comparison(Path(query.entity, (), "id"), Operator.LIKE, pattern)
    return attrs.evolve(query, where=where, limit=MOST_MATCHING)


def by_place(query: Query, id: str) -> Query:
    """Return the query for the first object from an id on: the one of that id, if stored. It compares no text."""
    return attrs.evolve(query, after=id_before(id), limit=1)


def respelled(where: Filter, texts: Texts) -> Filter:
    """Return the filter with the texts that the index has for ids, beside the usual ones."""
    if isinstance(where, (And, Or)):
        return type(where)(tuple(respelled(operand, texts) for operand in where.operands))
    if isinstance(where, Not):
        return Not(respelled(where.operand, texts))
    assert isinstance(where, Comparison)
    of_class = texts.get(where.path.owner) if _names_ids(where) else None
    if not of_class:
        return where
    values = _values(where)
    others = [text for id in dict.fromkeys(map(usual_id, values)) for text in of_class.get(id, ())]
    if not others:
        return where
    both = Comparison(where.path, Operator.CONTAINS_ANY, list(dict.fromkeys((*values, *others))))
    return Not(both) if where.operator.is_negated else both


def _id_comparisons(where: Filter | None) -> Iterator[Comparison]:
    if isinstance(where, Comparison):
        if _names_ids(where):
            yield where
    elif isinstance(where, (And, Or)):
        for operand in where.operands:
            yield from _id_comparisons(operand)
    elif isinstance(where, Not):
        yield from _id_comparisons(where.operand)


def _names_ids(comparison: Comparison) -> bool:
    if comparison.path.member != "id":
        return False
    of_one = comparison.operator.operand is Operand.ALL_OF and len(comparison.value) == 1
    return of_one or comparison.operator.operand in _EQUALITY


def _values(comparison: Comparison) -> Collection[str]:
    return [comparison.value] if isinstance(comparison.value, str) else comparison.value
