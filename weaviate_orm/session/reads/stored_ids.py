"""Objects whose ids the server's filters miss, because another program wrote these in another spelling.

See ``query/id_spellings.py``. Only ids that a filter missed are looked up here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import attrs

from weaviate_orm.batch.engine import batched
from weaviate_orm.exceptions import ResultError
from weaviate_orm.http.stored_objects import next_after
from weaviate_orm.query.entity import Entity
from weaviate_orm.query.id_spellings import (
    by_pattern,
    by_place,
    by_texts,
    id_probes,
    id_query,
    ids_named,
    is_complete,
    is_told_by_rows,
    respelled,
    spellings,
    unknown_cases,
)
from weaviate_orm.query.paging import MOST
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import IdCheck
from weaviate_orm.query.wire import Wire
from weaviate_orm.session.request_options import RequestOptions

QUERIES_AT_ONCE = 500
"""The most queries for ids of one request."""

LISTED_AS_FAST = 8
"""How many ids are listed in the time of one query for an id."""


class StoredIds:
    """The ids that are indexed by other texts than the usual ones, as far as a session knows of them."""

    def __init__(self, wire: Wire, options: RequestOptions) -> None:
        self._wire = wire
        self._options = options
        self._texts: dict[str | None, dict[Entity, dict[str, list[str]]]] = {}  # by tenant

    # -- queries

    def respelled(self, query: Query) -> Query:
        """Return a query with the known texts of its ids."""
        if not self._texts or query.where is None:
            return query
        texts = self._texts.get(query.tenant)
        return query if not texts else attrs.evolve(query, where=respelled(query.where, texts))

    def learn(self, query: Query, check: IdCheck, ids: Sequence[str] | None = None) -> bool:
        """Learn the texts of ids that a query names and its filter misses; return whether it has to be sent again.

        ``ids`` are those of the query's objects, which tell as much where the query names nothing but ids.
        """
        if check.is_settled:
            return False
        is_told = ids is not None and is_told_by_rows(query)
        if is_told and is_complete(query, len(ids or ())):
            return False
        learned = False
        for entity, named in ids_named(query.where).items():
            indexed = set(ids or ()) if is_told else check.indexed[entity]
            missing = [id for id in named if id not in indexed]
            if not missing:
                continue
            stored = check.stored.get(entity) if query.unsure else None
            if stored is None:
                learned |= self.remember(entity, query.tenant, missing)
            else:
                learned |= self._remember(entity, query.tenant, [id for id in missing if id in stored])
        return learned

    def check_before(self, query: Query) -> Query:
        """Return a query with all texts of its ids, for what cannot be sent again: they are looked up first."""
        query = self.respelled(query)
        probes = id_probes([query], told_by_rows=False)
        if not probes.queries:
            return query
        check = probes.check(iter(self._wire.find_ids(probes.queries)))
        return self.respelled(query) if self.learn(query, check) else query

    # -- ids

    def stored(self, entity: Entity, tenant: str | None, ids: Collection[str]) -> list[str]:
        """Return those of some ids that the server has objects of, however they are spelled there."""
        stored: set[str] = set()
        if len(ids) > QUERIES_AT_ONCE and self._count(entity, tenant) <= LISTED_AS_FAST * len(ids):
            for page in self.all_ids(entity, tenant, MOST):
                stored.update(page)
        else:
            query = self._query(entity, tenant)
            for part in batched(ids, QUERIES_AT_ONCE):
                for part_ids in self._wire.find_ids([by_place(query, id) for id in part]):
                    stored.update(part_ids)
        return [id for id in ids if id in stored]

    def all_ids(self, entity: Entity, tenant: str | None, size: int) -> Iterator[list[str]]:
        """Yield the ids of all objects of a class in their order, in pages."""
        query = attrs.evolve(self._query(entity, tenant), limit=size)
        ids = [""]
        while ids:
            before, (ids,) = ids, self._wire.find_ids([attrs.evolve(query, after=ids[-1])])
            if ids:
                next_after(ids[-1], before[-1])
                yield ids
            if len(ids) < size:
                return

    def unusual_texts(self, entity: Entity, tenant: str | None, ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the texts of stored ids that filters miss by the usual ones.

        Raises ResultError for an id that no filter finds.
        """
        (indexed,) = self._wire.find_ids([by_texts(self._query(entity, tenant), ids)])
        usual = set(indexed)
        return self._find_all_texts(entity, tenant, [id for id in ids if id not in usual])

    def remember(self, entity: Entity, tenant: str | None, ids: Collection[str]) -> bool:
        """Learn the texts of ids that a filter missed; return whether any of them is stored under another one.

        Raises ResultError for an id that no filter finds.
        """
        return self._remember(entity, tenant, self.stored(entity, tenant, ids))

    def find_texts(self, entity: Entity, tenant: str | None, ids: Collection[str]) -> dict[str, list[str]]:
        """Return the texts by which filters find the objects of stored ids, as far as there are any."""
        texts = self._spelled(entity, tenant, ids)
        return texts | self._spelled_in_mixed_cases(entity, tenant, [id for id in ids if id not in texts])

    # -- inside

    def _remember(self, entity: Entity, tenant: str | None, ids: Collection[str]) -> bool:
        texts = self._find_all_texts(entity, tenant, ids)
        of_class = self._texts.setdefault(tenant, {}).setdefault(entity, {})
        changed = {id: others for id, others in texts.items() if others not in ([id], of_class.get(id))}
        of_class.update(changed)
        return bool(changed)

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
        return self._wire.count(self._query(entity, tenant)).value

    def _spelled(self, entity: Entity, tenant: str | None, ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the texts of ids that are in one of the spellings that programs use."""
        query = self._query(entity, tenant)
        texts: dict[str, list[str]] = {}
        for part in batched(ids, QUERIES_AT_ONCE):
            ways = list(zip(*map(spellings, part), strict=True))
            indexed = self._wire.find_ids([by_texts(query, way) for way in ways])
            for way, of_way in zip(ways, map(set, indexed), strict=True):
                for id, text in zip(part, way, strict=True):
                    if id in of_way:
                        texts.setdefault(id, []).append(text)
        return texts

    def _spelled_in_mixed_cases(self, entity: Entity, tenant: str | None, ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the texts of ids in any mixture of cases, by looking for them letter by letter."""
        query = self._query(entity, tenant)
        texts: dict[str, list[str]] = {}
        open_ends = [(id, spelling) for id in ids for spelling in unknown_cases(id)]
        while open_ends:
            candidates = [(id, longer) for id, spelling in open_ends for longer in spelling.next()]
            open_ends = []
            for part in batched(candidates, QUERIES_AT_ONCE):
                matches = self._wire.find_ids([by_pattern(query, spelling.pattern) for _, spelling in part])
                for (id, spelling), matching in zip(part, matches, strict=True):
                    if id not in matching:
                        continue
                    if spelling.next():
                        open_ends.append((id, spelling))
                    else:
                        texts.setdefault(id, []).append(spelling.prefix + spelling.rest)
        return texts

    def _query(self, entity: Entity, tenant: str | None) -> Query:
        level = self._options.consistency_level
        return id_query(entity, tenant, level.value if level is not None else None)
