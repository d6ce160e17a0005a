"""Queries of one session: compiled, sent, and made into models or values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import attrs
import orjson

from weaviate_orm.batch.engine import batched
from weaviate_orm.exceptions import GraphQLError, ResultError, StoredValueError
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.graphql.document import Document
from weaviate_orm.graphql.run import run_graphql, single_row
from weaviate_orm.http.features import AND_CROSS, QUERY_PROFILE, STOPWORDS_BY_LIKE, Feature, require, server_version
from weaviate_orm.http.response import reading_values
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import state_of
from weaviate_orm.model.times import TIMES
from weaviate_orm.operators import Operator
from weaviate_orm.query.aggregates import Aggregate, GroupResult, decode_group_value
from weaviate_orm.query.entity import Entity, Property, Reference, leads_out
from weaviate_orm.query.exact_text import is_compared_here, needs_check
from weaviate_orm.query.filter_json import finds_stopwords
from weaviate_orm.query.filters import Comparison, Path
from weaviate_orm.query.graphql.aggregate_fields import read_aggregate, read_group_value
from weaviate_orm.query.graphql.compiler import (
    compile_aggregate,
    compile_count,
    compile_get,
    compile_gets,
    compile_groups,
)
from weaviate_orm.query.graphql.selection_fields import group_selection
from weaviate_orm.query.paging import MOST, Reading, choose_reading, first_page, next_page
from weaviate_orm.query.query import OnError, Query, Selection
from weaviate_orm.query.results import HIT_PREFIX, Group, Groups, Hit, Hits
from weaviate_orm.session.reads.bodies import next_after
from weaviate_orm.session.reads.cross_tenant import load_by_beacons, refuse_leading_out
from weaviate_orm.session.reads.default_vector import DefaultVectors, unname
from weaviate_orm.session.reads.exact_pages import ExactPages
from weaviate_orm.session.reads.hits import read_metadata, read_task
from weaviate_orm.session.reads.keyset import MATCHING, Keyset, Page
from weaviate_orm.session.reads.large_ints import restore_ints
from weaviate_orm.session.reads.listing import list_rows
from weaviate_orm.session.reads.loader import Loader, Row, query_times, tell_error
from weaviate_orm.session.reads.stored_ids import StoredIds
from weaviate_orm.session.request_options import RequestOptions


class SessionExecutor:
    """Runs queries for a session, after ``before_query``, which flushes it."""

    def __init__(
        self, transport: Transport, options: RequestOptions, loader: Loader, before_query: Callable[[], None]
    ) -> None:
        self._transport = transport
        self._options = options
        self._loader = loader
        self._exact = ExactPages(options, self)
        self._before = before_query
        self.ids = StoredIds(self._transport, options)
        self._default_vectors = DefaultVectors(self._transport)

    # -- objects

    def fetch(self, query: Query) -> list[Any]:
        """The objects of a query; one request for up to 10,000.

        Raises ResultError when a query without a limit has more than can be had.
        """
        query = self._options.apply(query)
        if query.is_empty:
            return []
        self._before()
        return self.select(query)

    def select(self, query: Query) -> list[Any]:
        """The same, with what is pending left pending."""
        query = self._options.apply(query)
        if query.is_empty:
            return []
        if is_compared_here(query):
            return list(self._exact_objects(query))
        if _is_one_answer(query):
            return self._page(query)[0]
        reading = choose_reading(query)
        if reading.method == "keyset":
            # most filters leave less than a page, which then needs no order
            objects, ids = self._page(attrs.evolve(query, limit=MOST))
            if len(ids) < MOST:
                return objects
        return list(self._pages(query, reading, MOST))

    def fetch_many(self, queries: Sequence[Query]) -> list[list[Any]]:
        """The objects of several queries, by one request; one that has more than an answer holds is read by itself."""
        queries = [self._options.apply(each) for each in queries]
        if len({each.tenant for each in queries}) > 1:
            return [self.fetch(each) for each in queries]  # one document asks of one tenant
        together = [not (each.is_empty or is_compared_here(each)) for each in queries]
        asked = [each for each, is_asked in zip(queries, together, strict=True) if is_asked]
        if not asked:
            return [self.fetch(each) for each in queries]
        self._before()
        for query in queries:
            self._require_features(query)
        bounded = [
            each
            if each.search is not None or each.needs_single_response
            else attrs.evolve(each, limit=_first_limit(each))
            for each in asked
        ]
        bounded = [self.ids.respelled(each) for each in bounded]
        answer = run_graphql(self._transport, compile_gets([*map(self._default_vectors.as_stored, bounded)]))["Get"]
        all_rows: list[list[Row]] = [answer.pop(f"q{number}") or [] for number in range(len(asked))]
        if any(self.ids.learn(each, answer, rows) for each, rows in zip(bounded, all_rows, strict=True)):
            return self.fetch_many(queries)
        for rows in all_rows:
            unname(rows)
        objects = iter(
            [
                self.fetch(query)
                if len(rows) == page.limit != query.limit or self._default_vectors.is_misread(query, rows)
                else self._loaded(query, rows, answer)
                for query, page, rows in zip(asked, bounded, all_rows, strict=True)
            ]
        )
        return [
            next(objects) if is_asked else self.fetch(each) for each, is_asked in zip(queries, together, strict=True)
        ]

    def iterate(self, query: Query, reading: Reading, size: int) -> Iterator[Any]:
        """The objects, one page in memory at a time. Raises ResultError where pages end before the objects do."""
        query = self._options.apply(query)
        if query.is_empty:
            return iter(())
        self._before()
        return (
            self._exact_objects(query, size, reading) if is_compared_here(query) else self._pages(query, reading, size)
        )

    # -- what is said of them

    def fetch_hits(self, query: Query) -> Hits[Any]:
        """The objects of a query, each with what the query says of it."""
        query = self._options.apply(query)
        if query.is_empty:
            return Hits()
        self._before()
        hits: Hits[Any] = Hits()
        pages: Iterable[Page] = self._exact.read(query) if is_compared_here(query) else (self.read_one(query),)
        for rows, guards in pages:
            said = [row["_additional"] for row in rows]
            objects = self._loader.load(query.entity, rows, query.selection, guards, query.tenant)
            if any(name in TIMES for name in query.named):
                for instance, found in zip(objects, said, strict=True):
                    if instance is not None:
                        state = state_of(instance)
                        state.times = query_times(found, state.times)
            with reading_values("what a query says of its objects"):
                read = [
                    Hit(object=each, **read_metadata(found))
                    for each, found in zip(objects, said, strict=True)
                    if each is not None
                ]
                hits = Hits([*hits, *read], **(read_task(said[0]) if said else {}))
        return hits

    def fetch_groups(self, query: Query) -> Groups[Any]:
        """The objects of a query in their groups."""
        query = self._options.apply(query)
        assert query.group_by is not None
        if query.is_empty:
            return Groups()
        self._before()
        rows, guards = self.read_one(query)
        said = [row["_additional"] for row in rows]
        with reading_values("a group"):
            all_hits: list[list[Row]] = [each["group"]["hits"] for each in said]
            flat = [hit for hits in all_hits for hit in hits]
            metadata = [read_metadata(hit["_additional"]) for hit in flat]
        selection = group_selection(query.entity, query.selection)
        objects = self._loader.load(query.entity, flat, selection, guards, query.tenant)
        made = (Hit(object=each, **found) for each, found in zip(objects, metadata, strict=True))
        with reading_values("a group"):
            groups = [
                Group(
                    value=str(read_group_value(query.group_by.key, each["group"]["groupedBy"]["value"]))
                    if isinstance(query.group_by.key, Reference)
                    else each["group"]["groupedBy"]["value"],
                    hits=Hits([hit for hit in islice(made, len(hits)) if hit.object is not None]),
                    count=each["group"]["count"],
                    min_distance=each["group"]["minDistance"],
                    max_distance=each["group"]["maxDistance"],
                    generated=(each.get("generate") or {}).get("singleResult"),
                )
                for each, hits in zip(said, all_hits, strict=True)
            ]
            return Groups(groups, generated=read_task(said[0])["generated"] if said else None)

    def fetch_values(self, query: Query) -> list[dict[str, Any]]:
        """The values of each object, with its id and what the query says of it."""
        query = self._options.apply(query)
        if query.is_empty:
            return []
        self._before()
        told = query.metadata or query.rerank is not None or query.generate is not None
        made: list[dict[str, Any]] = []
        for rows, guards in self._read(query):
            # what was merged is no object that could be read again
            if guards is not None and (query.similar is None or not query.similar.merge):
                restore_ints(self._transport, self._options, query.entity, rows, query.selection, guards, query.tenant)
            with collection_paused():
                rows = self._decoded(query, rows)
                additional = [row.pop("_additional") for row in rows]
                if told:
                    with reading_values("what a query says of its objects"):
                        all_metadata = list(map(read_metadata, additional))
                    for row, metadata in zip(rows, all_metadata, strict=True):
                        row["id"] = metadata.pop("id")
                        row.update((f"{HIT_PREFIX}{name}", value) for name, value in metadata.items())
                    made += rows
                    continue
                for row, said in zip(rows, additional, strict=True):
                    if said["id"] and "id" not in row:
                        row["id"] = UUID(said["id"])
                made += rows
        return made

    def _read(self, query: Query) -> Iterable[Page]:
        """The rows of a query, in as few requests as it takes."""
        if is_compared_here(query):
            return self._exact.read(query)
        if _is_one_answer(query):
            return (self.read_one(query),)
        return self.read_pages(query, choose_reading(query), MOST)

    def _decoded(self, query: Query, rows: list[Row]) -> list[Row]:
        """Rows of values, without those that the query leaves out for one that cannot be decoded."""
        mapper: Mapper = query.entity.model.__mapper__
        undecoded = mapper.decode_rows(rows)
        on_error = query.selection.on_error
        for each in undecoded:
            tell_error(mapper.undecodable(each, each.row["_additional"]["id"] or None), on_error)
            each.row[each.attribute] = None
        if not undecoded or on_error == "defer":
            return rows
        left_out = {id(each.row) for each in undecoded}
        return [row for row in rows if id(row) not in left_out]

    # -- figures

    def count(self, query: Query) -> int:
        """How many objects there are."""
        query = self._options.apply(query)
        if query.is_empty:
            return 0
        self._before()
        self._require_features(query)
        if needs_check(query.where):
            counted = attrs.evolve(query, selection=Selection(properties=()))
            return sum(len(rows) for rows, _ in self._exact.read(counted))
        found = self._aggregated(query, compile_count)
        count: int = max(single_row(found)["meta"]["count"] - query.offset, 0)
        return count if query.limit is None else min(count, query.limit)

    def aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]]) -> list[Any]:
        """The figures of the objects of a query."""
        query = self._options.apply(query)
        if query.is_empty:
            return [each.of_nothing() for each in aggregates]
        self._before()
        self._require_features(query)
        found = single_row(self._aggregated(query, lambda spelled: compile_aggregate(spelled, aggregates)))
        with reading_values("the figures of a query"):
            return [each.decode(read_aggregate(each, found)) for each in aggregates]

    def aggregate_by(
        self, query: Query, key: Property | Reference, aggregates: Sequence[Aggregate[Any]], limit: int | None
    ) -> list[GroupResult]:
        """The figures of each group."""
        query = self._options.apply(query)
        if query.is_empty:
            return []
        self._before()
        self._require_features(query)
        groups = []
        on_error: OnError = "raise" if query.selection.on_error == "defer" else query.selection.on_error
        for found in self._aggregated(query, lambda spelled: compile_groups(spelled, key, aggregates, limit)) or ():
            with reading_values("a group"):
                grouped = read_group_value(key, found["groupedBy"]["value"])
            try:
                value = decode_group_value(key, grouped)
            except ValueError as error:
                undecodable = _undecodable_group(query, key, grouped, error)
                tell_error(undecodable, on_error)
                continue
            with reading_values("the figures of a group"):
                results = tuple(each.decode(read_aggregate(each, found)) for each in aggregates)
                count = found["meta"]["count"]
            result = results if len(results) > 1 else (results[0] if results else None)
            groups.append(GroupResult(value, count, result))
        return groups

    def profile(self, query: Query) -> Sequence[Mapping[str, Any]]:
        """What the server tells about running a query; nothing where it finds nothing, or is older than profiles."""
        if not QUERY_PROFILE.is_in(server_version(self._transport)):
            return ()
        query = self._options.apply(query)
        self._before()
        rows, _ = self.read_one(query)
        text = rows[0]["_additional"].get("queryProfile") if rows else None
        with reading_values("the profile of a query"):
            profile: Sequence[Mapping[str, Any]] = orjson.loads(text) if text else ()
        return profile

    # -- what objects lack

    def find(
        self,
        model: Any,
        tenant: str | None,
        ids: Sequence[str],
        attributes: Collection[str] = (),
        *,
        unsure: bool = False,
    ) -> list[Any]:
        """The objects of ids with all properties, and with some attributes besides, as far as a query loads these.

        Those that the session holds with the attributes are not asked for. Does not flush.

        ``unsure``: there may well be none of these ids; what there is is then told by the same request.
        """
        tenant = self._options.tenant_in(model, tenant)
        entity = model.__mapper__.entity
        # what cannot be decoded may be what is about to be mended
        selection = attrs.evolve(Selection().bringing(entity, attributes), on_error="defer")
        needed = selection.attributes(entity).intersection(attributes)
        held = [each for each in map(self._loader.identity.of(model, tenant).get, ids) if each is not None]
        complete = {str(each.id) for each in held if needed <= each.__dict__.keys()}
        loaded = self._load(entity, tenant, [each for each in ids if each not in complete], selection, unsure=unsure)
        return list({id(each): each for each in (*held, *loaded)}.values())

    def existing(self, entity: Entity, tenant: str | None, ids: Sequence[str]) -> set[str]:
        """Those of some ids that the server has; nothing is loaded."""
        where = Comparison(Path(entity, (), "id"), Operator.CONTAINS_ANY, list(ids))
        nothing = Selection(properties=())
        query = self._options.apply(Query(entity, where=where, limit=len(ids), selection=nothing, tenant=tenant))
        return {row["_additional"]["id"] for row in self.read_one(query)[0]}

    def load_attribute(
        self, entity: Entity, instances: Sequence[Any], attribute: str | None, on_error: OnError
    ) -> None:
        """Load one attribute of stored instances of one tenant, or all properties.

        Does not flush: nothing pending matters to it.
        """
        member = entity.member(attribute) if attribute is not None else None
        if member is None:
            selection = Selection()
        elif isinstance(member, Reference) and leads_out(entity, member):
            load_by_beacons(self._transport, self._options, instances, member, self.find)
            return
        elif isinstance(member, Reference):
            selection = Selection(properties=(), references=((member, Selection()),))
        elif isinstance(member, Property):
            selection = Selection(properties=(member,))
        else:
            selection = Selection(properties=(), vectors=(member,))
        ids = [instance.__mapper__.id_of(instance) for instance in instances]
        self._load(entity, state_of(instances[0]).tenant, ids, attrs.evolve(selection, on_error=on_error))

    def load_times(self, entity: Entity, instances: Sequence[Any]) -> None:
        """Load when stored instances of one tenant were created and updated. Does not flush."""
        by_id = {instance.__mapper__.id_of(instance): instance for instance in instances}
        tenant = state_of(instances[0]).tenant
        for query in self._by_ids(entity, tenant, list(by_id), Selection(properties=())):
            timed = attrs.evolve(query, metadata=True, named=TIMES)
            for row in self._queried(timed)[0]:
                state_of(by_id[row["_additional"]["id"]]).times = query_times(row["_additional"])

    def _load(
        self, entity: Entity, tenant: str | None, ids: Sequence[str], selection: Selection, *, unsure: bool = False
    ) -> list[Any]:
        loaded: list[Any] = []
        for query in self._by_ids(entity, tenant, ids, selection):
            loaded += self._page(attrs.evolve(query, unsure=unsure))[0]
        return loaded

    def _by_ids(self, entity: Entity, tenant: str | None, ids: Sequence[str], selection: Selection) -> Iterator[Query]:
        for part in batched(ids, MOST):
            where = Comparison(Path(entity, (), "id"), Operator.CONTAINS_ANY, part)
            yield self._options.apply(Query(entity, where=where, limit=len(part), selection=selection, tenant=tenant))

    # -- inside

    def _require_features(self, query: Query) -> None:
        for feature in _features(query):
            require(self._transport, feature)
        version = self._transport.version
        may_lack = version is None or not STOPWORDS_BY_LIKE.is_in(version)  # else no filter is looked through
        if may_lack and query.where is not None and finds_stopwords(query.where):
            require(self._transport, STOPWORDS_BY_LIKE)

    def _pages(self, query: Query, reading: Reading, size: int) -> Iterator[Any]:
        for rows, guards in self.read_pages(query, reading, size):
            yield from self._loaded(query, rows, guards)

    def _exact_objects(self, query: Query, size: int | None = None, reading: Reading | None = None) -> Iterator[Any]:
        for rows, guards in self._exact.read(query, size, reading):
            yield from self._loaded(query, rows, guards)

    def read_pages(self, query: Query, reading: Reading, size: int) -> Iterator[Page]:
        if reading.method == "keyset":
            yield from Keyset(self._queried, self.ids, query, reading, size).pages()
            return
        read = 0
        page = first_page(query, reading, size)
        ask = self._listed if reading.method == "listing" else self._queried
        while page.limit:
            rows, guards = ask(page)
            count = len(rows)
            last = rows[-1]["_additional"]["id"] if rows else ""  # who gets the rows uses them up
            yield rows, guards
            read += count
            if count < page.limit:
                return
            before, page = page, next_page(query, reading, size, read, last)
            if page.after is not None:
                next_after(last, before.after)
        if query.limit is None or read < query.limit:
            raise _beyond(query)

    def _page(self, query: Query) -> tuple[list[Any], list[str]]:
        rows, guards = self.read_one(query)
        ids = [row["_additional"]["id"] for row in rows]
        return self._loaded(query, rows, guards), ids

    def _loaded(self, query: Query, rows: Sequence[Row], guards: Mapping[str, Any] | None) -> list[Any]:
        """The models of rows, without those that the query leaves out for a value that cannot be decoded."""
        loaded = self._loader.load(query.entity, rows, query.selection, guards, query.tenant)
        if query.selection.on_error in ("raise", "defer"):
            return loaded
        return [each for each in loaded if each is not None]

    def read_one(self, query: Query) -> tuple[list[Row], dict[str, Any] | None]:
        """The rows of one answer, and what :meth:`Loader.load` calls their guards."""
        return self._listed(query) if query.allows_rest_listing else self._queried(query)

    def _queried(self, query: Query) -> tuple[list[Row], dict[str, Any]]:
        refuse_leading_out(query.entity, query.selection)
        query = self.ids.respelled(query)
        rows, guards = self._asked(query)
        if self.ids.learn(query, guards, rows):
            query = self.ids.respelled(query)
            rows, guards = self._asked(query)
        if self._default_vectors.is_misread(query, rows):
            rows, guards = self._asked(query)
        return rows, guards

    def _asked(self, query: Query) -> tuple[list[Row], dict[str, Any]]:
        self._require_features(query)
        stored = self._default_vectors.as_stored(query)
        try:
            data = run_graphql(self._transport, compile_get(stored))
        except GraphQLError:
            if not self._default_vectors.forget(query):
                raise
            return self._queried(query)
        name, answer = query.entity.collection.name, data["Get"]
        rows: list[Row] = answer.pop(name) or []
        if query.counted:
            answer[MATCHING] = single_row(data["Aggregate"][name])["meta"]["count"]
        if stored is not query:
            unname(rows)
        return rows, answer

    def _aggregated(self, query: Query, compile: Callable[[Query], Document]) -> Any:
        """What the server answers of the class to a document below ``Aggregate``."""
        query = self.ids.respelled(query)
        answer = run_graphql(self._transport, compile(query))
        if self.ids.learn(query, answer.get("Get") or {}):
            answer = run_graphql(self._transport, compile(self.ids.respelled(query)))
        return answer["Aggregate"][query.entity.collection.name]

    def _listed(self, query: Query) -> tuple[list[Row], None]:
        return list_rows(self._transport, query), None


def _features(query: Query) -> Iterator[Feature]:
    """What a query asks of the server that older ones lack."""
    if "query_profile" in query.named:
        yield QUERY_PROFILE
    if getattr(query.search, "operator", None) == "and_cross":
        yield AND_CROSS


def _undecodable_group(query: Query, key: Property | Reference, found: Any, cause: Exception) -> StoredValueError:
    error = StoredValueError(
        f"{query.entity.label}: {key.attribute} is {found!r} of a group on the server, which the field cannot hold: "
        f"{cause}. Leave out such objects by where(), or such groups by on_error('skip')",
        model=query.entity.model,
        id=None,
        field=key.attribute,
        value=found,
    )
    error.__cause__ = cause
    return error


def _is_one_answer(query: Query) -> bool:
    if query.needs_single_response:
        return True
    # a search without a limit is cut by the server, where its settings say
    return query.search is not None if query.limit is None else query.limit <= MOST


def _first_limit(query: Query) -> int:
    left = MOST - query.offset
    return left if query.limit is None else min(query.limit, left)


def _beyond(query: Query) -> ResultError:
    return ResultError(
        f"this query matches {MOST:,} {query.entity.label} objects or more, which is all that Weaviate yields in an "
        f"order: narrow it by where(), set a limit, or leave out the order"
    )
