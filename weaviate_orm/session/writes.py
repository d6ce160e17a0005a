"""The queries of a session that write: they store new objects, and change or delete the objects that they match."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import attrs

from weaviate_orm.batch.delete_by_filter import delete_matching
from weaviate_orm.batch.engine import batched
from weaviate_orm.batch.outcomes import item_error
from weaviate_orm.exceptions import ItemError, QueryError, ResultError, SessionError
from weaviate_orm.http.collection_names import is_frozen
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.field_hooks import check_assignable
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import state_of
from weaviate_orm.query.dates import ordered_dates
from weaviate_orm.query.entity import Embedding, Entity
from weaviate_orm.query.exact_text import is_compared_here, needs_check, server_part
from weaviate_orm.query.filter_json import filter_json
from weaviate_orm.query.filters import EVERYTHING
from weaviate_orm.query.id_spellings import ids_named, is_told_by_rows
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.schema.renaming import renamed_filter
from weaviate_orm.schema.values import is_ordered_date
from weaviate_orm.session.dispatch import Event, listeners_to
from weaviate_orm.session.embedder_notes import refuse_other_embedder
from weaviate_orm.session.flush.delete_rules import rules_for
from weaviate_orm.session.flush.embedding import stored_vectors
from weaviate_orm.session.frozen_collections import FreezeWait
from weaviate_orm.session.reads.executor import SessionExecutor
from weaviate_orm.session.reads.loader import Loader
from weaviate_orm.session.request_options import RequestOptions
from weaviate_orm.session.unit_of_work import UnitOfWork
from weaviate_orm.types import JSONObject

PAGE_SIZE = 1_000

_DELETION_EVENTS: tuple[Event, ...] = ("before_delete", "after_delete", "after_flush")
"""The events whose listeners are called with deleted objects."""


class WritingSession(Protocol):
    """The session of a :class:`StoringExecutor`."""

    def add(self, instance: Any, *, tenant: str | None = None) -> None:
        """Queue an object for the next flush."""

    def delete(self, instance: Any) -> None:
        """Delete an object at the next flush."""

    def flush(self) -> None:
        """Send what is pending."""


class StoringExecutor(SessionExecutor):
    """Runs all queries of a session, those that write as well.

    Attributes:
        page_size: how many objects are read, and written, at once.
    """

    def __init__(
        self,
        session: WritingSession,
        unit: UnitOfWork,
        transport: Transport,
        options: RequestOptions,
        loader: Loader,
        before_query: Callable[[], None],
    ) -> None:
        super().__init__(transport, options, loader, before_query)
        self._session = session
        self._unit = unit
        self.page_size = PAGE_SIZE

    def store(self, instance: Any, tenant: str | None) -> None:
        """Store a new object, and everything else that is pending."""
        self._session.add(instance, tenant=tenant)
        self._session.flush()

    def store_missing(self, instance: Any, tenant: str | None, sought: Sequence[str]) -> None:
        """Store a new object, unless the server has one of its id: raises SessionError then.

        The caller has looked for objects with the ``sought`` values; where these are the whole key, no request asks
        again.
        """
        mapper: Mapper = instance.__mapper__
        has_explicit_id = state_of(instance).id is not None
        if has_explicit_id or (mapper.options.key and not set(mapper.options.key) <= set(sought)):
            existing = self.by_id.find(type(instance), tenant, [id_of(instance)], unsure=True)
            if existing:
                raise SessionError(
                    f"no {mapper.label} matches the lookups, and the new one would take the place of {existing[0]!r}, "
                    f"of the same id: look for it by {' and '.join(mapper.options.key) or 'its id'}"
                )
        self.store(instance, tenant)

    def save(self, instance: Any) -> None:
        """Store the changes of an object, which joins the session, and everything else that is pending."""
        self._session.add(instance)
        self._session.flush()

    def update(self, query: Query, values: Mapping[str, Any]) -> int:
        """Assign values to the objects of a query, page by page; return how many there are."""
        _check_values(query.entity, values)
        count = 0
        for part in batched(self._matching(_comparing(query, values)), self.page_size):
            for instance in part:
                _assign(instance, values)
            self._session.flush()
            count += len(part)
        return count

    def embed(self, query: Query, embeddings: Sequence[Embedding], *, missing: bool) -> int:
        """Make the vectors of the objects of a query, page by page; return how many there are."""
        entity = query.entity
        refuse_other_embedder(self._transport, entity.model.__mapper__)
        needed = {source.attribute for embedding in embeddings for source in embedding.sources}
        needed |= {embedding.field.attribute for embedding in embeddings}  # to be compared
        selection = _least(entity).bringing(entity, needed)
        count = 0
        for part in batched(self._matching(attrs.evolve(query, selection=selection)), self.page_size):
            for instance, attribute, vector in stored_vectors(part, embeddings, missing=missing):
                setattr(instance, attribute, vector)
            self._session.flush()
            count += len(part)
        return count

    def delete(self, query: Query) -> int:
        """Delete the objects of a query; return how many there were."""
        has_listener = any(listeners_to(event, self._session, query.entity.model) for event in _DELETION_EVENTS)
        if _is_deleted_by_filter(query) and not has_listener:
            query = self._options.apply(query)
            self._session.flush()
            if query.is_empty:
                return 0
            self._check_dates(query)
            return self._delete_by_filter(query)
        count = 0
        selection = Selection(on_error="defer") if has_listener else _least(query.entity)
        for part in batched(self._matching(attrs.evolve(query, selection=selection)), self.page_size):
            for instance in part:
                self._session.delete(instance)
            self._session.flush()
            count += len(part)
        return count

    def _delete_by_filter(self, query: Query) -> int:
        """Delete by filter on the server, however it spells the ids of the filter."""
        if not is_told_by_rows(query):
            answers = self._deletions(self.reader.ids.check_before(query))
            return sum(results["successful"] for results in answers)
        ((entity, ids),) = ids_named(query.where).items()
        deleted = self._deleted_ids(query)
        if self.reader.ids.remember(entity, query.tenant, ids.keys() - deleted):
            deleted |= self._deleted_ids(query)
        return len(deleted)

    def _deleted_ids(self, query: Query) -> set[str]:
        answers = self._deletions(self.reader.ids.respelled(query), output="verbose")
        listed = (item for results in answers for item in results.get("objects") or ())
        return {item["id"] for item in listed if item.get("id") and item["status"] == "SUCCESS"}

    def _deletions(self, query: Query, output: str = "minimal") -> Iterator[JSONObject]:
        """Delete by filter on the server, 10,000 objects a request, and mark matching loaded objects deleted.

        Yields the results of each request. Raises ItemError when some could not be deleted.
        """
        self.reader.require_features(query)
        entity = query.entity
        where = filter_json(query.where if query.where is not None else EVERYTHING)
        identities = self._unit.identity.of(entity.model, query.tenant)
        if any(True for _ in identities):
            output = "verbose"
        count = 0
        params = self._options.params(query.tenant)
        for answer in self._answers(entity.collection.name, where, params, output):
            results = answer["results"]
            count += results["successful"]
            listed = results.get("objects") or ()
            for item in listed:
                instance = identities.get(item.get("id") or "")
                if item["status"] == "SUCCESS" and instance is not None:
                    self._unit.mark_deleted(instance)
            if results["failed"]:
                failed: JSONObject = next((item for item in listed if item["status"] != "SUCCESS"), {})
                raise ItemError(
                    f"{results['failed']:,} {entity.label} objects could not be deleted, the other {count:,} are: "
                    f"{failed.get('id', 'all')}: {item_error(failed)}; delete() again"
                )
            yield results

    def _answers(
        self, collection: str, where: Mapping[str, Any], params: Mapping[str, Any], output: str
    ) -> Iterator[JSONObject]:
        """Delete by filter on the server; what a freeze refuses, when that is over."""
        names = self._transport.collection_names
        answers: Iterator[JSONObject] | None = None

        def next_answer() -> JSONObject | None:
            nonlocal answers
            if answers is None:
                name, filter = names.consistent(
                    lambda: (names.physical(collection), renamed_filter(where, names.physical))
                )
                answers = delete_matching(self._transport, name, filter, params, output=output)
            begun, answers = answers, None  # an error ends them
            answer = next(begun, None)
            if answer is None:
                return None
            frozen, answer = _without_frozen(answer)
            if frozen is None:
                answers = begun
            elif not answer["results"]["successful"]:
                raise frozen
            return answer

        freeze = FreezeWait(names, self._options.freeze_timeout)
        while (answer := freeze.send(next_answer, collection)) is not None:
            yield answer

    def _check_dates(self, query: Query) -> None:
        """Raise ResultError when a filter by the order of dates finds an object whose date Weaviate misorders."""
        members = ordered_dates(query.where)
        if not members:
            return
        dates = attrs.evolve(query, selection=Selection(properties=members))
        for page in self.reader.read(dates):
            for values in page.rows.values:
                for member in members:
                    date = values[member.attribute]
                    if date is not None and not is_ordered_date(date):
                        raise ResultError(
                            f"{query.entity.label}.{member.attribute}: the filter finds {date}, and Weaviate orders "
                            f"dates from 1677-09-21 to 2262-04-11 only. Nothing was written: find the objects by other "
                            f"fields, or give them dates within"
                        )

    def _matching(self, query: Query) -> Iterator[Any]:
        """Iterate over the objects of a query, in a way that changes and deletions meanwhile do not affect."""
        query = self._options.apply(query)
        self._session.flush()
        if query.is_empty:
            return iter(())
        query = self._embedded(query)
        self._check_dates(query)
        if is_compared_here(query) and server_part(query).allows_keyset:
            size = None if query.limit is not None else self.page_size
            return self._load_all(query, self.reader.read_chunks(query, size))
        if query.allows_keyset:
            return self._load_all(query, self.reader.read_chunks(query, self.page_size))
        return iter(self.select(query))


def _without_frozen(answer: JSONObject) -> tuple[ItemError | None, JSONObject]:
    """Return the refusal by a freeze, and an answer without what it concerns, where all failures are such."""
    listed = answer["results"].get("objects") or ()
    refusals = [error for item in listed if item["status"] != "SUCCESS" and (error := item_error(item)) is not None]
    if not refusals or not all(map(is_frozen, refusals)):
        return None, answer
    deleted = [item for item in listed if item["status"] == "SUCCESS"]
    return refusals[0], {**answer, "results": {**answer["results"], "failed": 0, "objects": deleted}}


def _check_values(entity: Entity, values: Mapping[str, Any]) -> None:
    """Raise QueryError, ValidationError or UnknownNameError for values that stored objects cannot be assigned."""
    mapper: Mapper = entity.model.__mapper__
    for name, value in values.items():
        if name in (*mapper.options.key, "id"):
            raise QueryError(f"{entity.label}.{name} makes the id, which is fixed for stored objects")
        if name == mapper.options.version:
            raise QueryError(f"{entity.label}.{name} is the version, which the session counts; it is not assigned")
        entity.member(name)
        check_assignable(mapper, name, value)


def _comparing(query: Query, values: Mapping[str, Any]) -> Query:
    """Load the stored values too, so that equal ones are not written."""
    entity = query.entity
    sources = [
        [source.attribute for source in embedding.sources]
        for embedding in entity.embeddings.values()
        if embedding.field.attribute not in values
    ]
    # whoever changes one of them needs the others, for the vector that is made of all
    needed = [name for names in sources if not values.keys().isdisjoint(names) for name in names]
    return attrs.evolve(query, selection=_least(entity).bringing(entity, {*values, *needed}))


def _assign(instance: Any, values: Mapping[str, Any]) -> None:
    """Assign copies of values to an object."""
    references = instance.__mapper__.reference_names
    for name, value in values.items():
        if name not in references:
            value = copy.deepcopy(value)
        elif isinstance(value, (list, tuple)):
            value = list(value)
        setattr(instance, name, value)


def _is_deleted_by_filter(query: Query) -> bool:
    """Return whether objects can be deleted without loading them."""
    model = query.entity.model
    if needs_check(query.where):
        return False
    return query.allows_keyset and query.limit is None and not model.__mapper__.inverses and not rules_for(model)


def _least(entity: Entity) -> Selection:
    """Select the least that a write needs: the version, if the class has one."""
    version = entity.model.__mapper__.options.version
    # a value that cannot be decoded may be overwritten, or deleted
    return Selection(properties=(entity.properties[version],) if version else (), on_error="defer")
