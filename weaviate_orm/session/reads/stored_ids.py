"""Objects whose ids the server's filters do not find, because another program wrote these in another spelling.

See ``query/id_spellings.py``. What is asked here is asked only of ids that a filter did not find.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import attrs

from weaviate_orm.batch.engine import batched
from weaviate_orm.exceptions import ResultError
from weaviate_orm.graphql.document import Document, FieldNode
from weaviate_orm.graphql.run import run_graphql, single_row
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.entity import Entity
from weaviate_orm.query.graphql.selection_fields import tenant_argument
from weaviate_orm.query.id_spellings import (
    ID,
    INDEXED,
    STORED,
    id_guards,
    ids_named,
    indexed_field,
    is_complete,
    is_told_by_rows,
    matching_field,
    respelled,
    scope_arguments,
    spellings,
    stored_fields,
    unknown_cases,
)
from weaviate_orm.query.paging import MOST
from weaviate_orm.query.query import Query
from weaviate_orm.session.reads.bodies import next_after
from weaviate_orm.session.request_options import RequestOptions

FIELDS_AT_ONCE = 500
"""The most objects that are each asked for by a field of its own, in one request."""

LISTED_AS_FAST = 8
"""So many ids are listed in the time in which one is asked for by a field of its own."""

Row = Mapping[str, Any]


class StoredIds:
    """The ids of which a session knows that they are indexed by other texts than the usual ones."""

    def __init__(self, transport: Transport, options: RequestOptions) -> None:
        self._transport = transport
        self._options = options
        self._texts: dict[str | None, dict[Entity, dict[str, list[str]]]] = {}  # by tenant

    # -- queries

    def respelled(self, query: Query) -> Query:
        """A query with the texts that are known of its ids."""
        if not self._texts or query.where is None:
            return query
        texts = self._texts.get(query.tenant)
        return query if not texts else attrs.evolve(query, where=respelled(query.where, texts))

    def learn(self, query: Query, answer: Mapping[str, Any], rows: Sequence[Row] | None = None) -> bool:
        """Learn the texts of ids that a query names and its filter does not find; whether it has to be sent again.

        ``answer`` holds the guards of the query; ``rows`` are its objects, which tell as much where only ids are asked.
        """
        is_told = rows is not None and is_told_by_rows(query)
        if is_told and is_complete(query, len(rows or ())):
            return False
        learned = False
        for entity, ids in ids_named(query.where).items():
            found = _ids((rows if is_told else answer[f"{INDEXED}{entity.collection.name}"]) or ())
            at_place = _at_places(answer, entity) if query.unsure else None
            missing = [id for id in ids if id not in found]
            if not missing:
                continue
            if at_place is None:
                learned |= self.remember(entity, query.tenant, missing)
            else:
                learned |= self._remember(entity, query.tenant, [id for id in missing if id in at_place])
        return learned

    def asked_before(self, query: Query) -> Query:
        """A query with all texts of its ids, for what cannot be sent again: they are asked for first."""
        query = self.respelled(query)
        guards = tuple(id_guards([query], told_by_rows=False))
        return self.respelled(query) if guards and self.learn(query, self._get(guards)) else query

    # -- ids

    def stored(self, entity: Entity, tenant: str | None, ids: Collection[str]) -> list[str]:
        """Those of some ids that the server has objects of, however they are spelled there."""
        arguments = self._arguments(entity, tenant)
        if len(ids) > FIELDS_AT_ONCE and self._count(entity, tenant) <= LISTED_AS_FAST * len(ids):
            there = set(chain.from_iterable(self.all_ids(entity, tenant, MOST)))
        else:
            there = set()
            for part in batched(ids, FIELDS_AT_ONCE):
                there |= _at_places(self._get(stored_fields(entity, part, arguments)), entity) or set()
        return [id for id in ids if id in there]

    def all_ids(self, entity: Entity, tenant: str | None, size: int) -> Iterator[list[str]]:
        """The ids of all objects of a class in their order, so many at a time."""
        arguments = {**self._arguments(entity, tenant), "limit": size}
        name, ids = entity.collection.name, [""]
        while ids:
            rows = self._get([FieldNode(name, (ID,), {**arguments, "after": ids[-1]})])[name]
            before, ids = ids, [row["_additional"]["id"] for row in rows or ()]
            if ids:
                next_after(ids[-1], before[-1])
                yield ids
            if len(ids) < size:
                return

    def unusual_texts(self, entity: Entity, tenant: str | None, ids: Sequence[str]) -> dict[str, list[str]]:
        """The texts of stored ids that filters do not find by the usual ones.

        Raises ResultError for an id that no filter finds.
        """
        field = indexed_field(entity, ids, self._arguments(entity, tenant), INDEXED, limit=len(ids))
        indexed = _ids(self._get([field])[INDEXED] or ())
        return self._find_all_texts(entity, tenant, [id for id in ids if id not in indexed])

    def remember(self, entity: Entity, tenant: str | None, ids: Collection[str]) -> bool:
        """Learn the texts of ids that a filter did not find; whether any of them is stored under another one.

        Raises ResultError for an id that no filter finds.
        """
        return self._remember(entity, tenant, self.stored(entity, tenant, ids))

    def find_texts(self, entity: Entity, tenant: str | None, ids: Collection[str]) -> dict[str, list[str]]:
        """The texts by which filters find the objects of stored ids, as far as there are any."""
        texts = self._spelled(entity, tenant, ids)
        return texts | self._spelled_in_mixed_cases(entity, tenant, [id for id in ids if id not in texts])

    # -- inside

    def _remember(self, entity: Entity, tenant: str | None, ids: Collection[str]) -> bool:
        texts = self._find_all_texts(entity, tenant, ids)
        known = self._texts.setdefault(tenant, {}).setdefault(entity, {})
        news = {id: others for id, others in texts.items() if others not in ([id], known.get(id))}
        known.update(news)
        return bool(news)

    def _find_all_texts(self, entity: Entity, tenant: str | None, ids: Collection[str]) -> dict[str, list[str]]:
        texts = self.find_texts(entity, tenant, ids)
        lost = self.stored(entity, tenant, [id for id in ids if id not in texts])
        if lost:
            raise ResultError(
                f"{entity.label} {lost[0]} is stored, but another program spelled its id in a way that no filter of "
                f"Weaviate finds; session.get() does"
            )
        return texts

    def _count(self, entity: Entity, tenant: str | None) -> int:
        name = entity.collection.name
        counted = FieldNode(name, (FieldNode("meta", (FieldNode("count"),)),), tenant_argument(entity, tenant))
        answer = run_graphql(self._transport, Document((FieldNode("Aggregate", (counted,)),)))
        count: int = single_row(answer["Aggregate"][name])["meta"]["count"]
        return count

    def _spelled(self, entity: Entity, tenant: str | None, ids: Iterable[str]) -> dict[str, list[str]]:
        """The texts of ids that are in one of the spellings that programs use."""
        arguments = self._arguments(entity, tenant)
        texts: dict[str, list[str]] = {}
        for part in batched(ids, FIELDS_AT_ONCE):
            ways = list(zip(*map(spellings, part), strict=True))
            answer = self._get(
                indexed_field(entity, way, arguments, f"way{number}", limit=len(part))
                for number, way in enumerate(ways)
            )
            for number, way in enumerate(ways):
                found = _ids(answer[f"way{number}"] or ())
                for id, text in zip(part, way, strict=True):
                    if id in found:
                        texts.setdefault(id, []).append(text)
        return texts

    def _spelled_in_mixed_cases(self, entity: Entity, tenant: str | None, ids: Iterable[str]) -> dict[str, list[str]]:
        """The texts of ids in any mixture of cases, found letter by letter."""
        arguments = self._arguments(entity, tenant)
        texts: dict[str, list[str]] = {}
        open_ends = [(id, spelling) for id in ids for spelling in unknown_cases(id)]
        while open_ends:
            candidates = [(id, longer) for id, spelling in open_ends for longer in spelling.next()]
            open_ends = []
            for part in batched(candidates, FIELDS_AT_ONCE):
                answer = self._get(
                    matching_field(entity, spelling.pattern, arguments, f"way{number}")
                    for number, (_, spelling) in enumerate(part)
                )
                matching = [
                    (id, spelling)
                    for number, (id, spelling) in enumerate(part)
                    if id in _ids(answer[f"way{number}"] or ())
                ]
                for id, spelling in matching:
                    if spelling.next():
                        open_ends.append((id, spelling))
                    else:
                        texts.setdefault(id, []).append(spelling.known + spelling.rest)
        return texts

    def _arguments(self, entity: Entity, tenant: str | None) -> dict[str, Any]:
        level = self._options.consistency_level
        return scope_arguments(entity, tenant, level.value if level is not None else None)

    def _get(self, fields: Iterable[FieldNode]) -> dict[str, Any]:
        answer: dict[str, Any] = run_graphql(self._transport, Document((FieldNode("Get", tuple(fields)),)))["Get"]
        return answer


def _ids(rows: Iterable[Row]) -> set[str]:
    return {row["_additional"]["id"] for row in rows}


def _at_places(answer: Mapping[str, Any], entity: Entity) -> set[str] | None:
    """The ids that the fields of :func:`stored_fields` found; None where nothing asked for them."""
    name = entity.collection.name
    if f"{STORED}0{name}" not in answer:
        return None
    there: set[str] = set()
    number = 0
    while f"{STORED}{number}{name}" in answer:
        there |= _ids(answer[f"{STORED}{number}{name}"] or ())
        number += 1
    return there
