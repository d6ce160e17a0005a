"""Objects of known ids, and what they lack. Nothing is flushed: what is pending does not matter to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import attrs

from weaviate_orm.http.transport import Transport
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.server_times import TIMES
from weaviate_orm.model.state import state_of
from weaviate_orm.operators import Operator
from weaviate_orm.query.entity import Entity, Property, Reference, leads_out
from weaviate_orm.query.filters import Comparison, Path
from weaviate_orm.query.paging import MOST
from weaviate_orm.query.query import OnError, Query, Selection
from weaviate_orm.session.reads.cross_tenant import load_by_beacons
from weaviate_orm.session.reads.loader import Loader
from weaviate_orm.session.reads.reader import RowReader
from weaviate_orm.session.request_options import RequestOptions


class ObjectsById:
    """Reads objects by their ids, for one session."""

    def __init__(self, transport: Transport, options: RequestOptions, loader: Loader, reader: RowReader) -> None:
        self._transport = transport
        self._options = options
        self._loader = loader
        self._reader = reader

    def find(
        self,
        model: Any,
        tenant: str | None,
        ids: Sequence[str],
        attributes: Collection[str] = (),
        *,
        unsure: bool = False,
    ) -> list[Any]:
        """Return the stored ones among some objects, with all properties, and further attributes as far as queries go.

        Those that the session holds with the attributes are not read.

        ``unsure``: there may well be none of these ids; the same request then tells which are stored.
        """
        tenant = self._options.tenant_in(model, tenant)
        entity = model.__mapper__.entity
        # what cannot be decoded may be what is about to be mended
        selection = attrs.evolve(Selection().bringing(entity, attributes), on_error="defer")
        needed = selection.attributes(entity).intersection(attributes)
        identities = self._loader.identity.of(model, tenant)
        held = [instance for instance in map(identities.get, ids) if instance is not None]
        complete = {str(instance.id) for instance in held if needed <= instance.__dict__.keys()}
        lacking = [id for id in ids if id not in complete]
        loaded = self._load(entity, tenant, lacking, selection, unsure=unsure)
        return list({id(instance): instance for instance in (*held, *loaded)}.values())

    def existing(self, entity: Entity, tenant: str | None, ids: Sequence[str]) -> set[str]:
        """Return those of some ids that are stored; nothing is loaded."""
        where = Comparison(Path(entity, (), "id"), Operator.CONTAINS_ANY, list(ids))
        nothing = Selection(properties=())
        query = self._options.apply(Query(entity, where=where, limit=len(ids), selection=nothing, tenant=tenant))
        return set(self._reader.read_one(query).rows.ids)

    def load_attribute(
        self, entity: Entity, instances: Sequence[Any], attribute: str | None, on_error: OnError
    ) -> None:
        """Load one attribute of stored instances of one tenant; None for all properties."""
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
        ids = [id_of(instance) for instance in instances]
        self._load(entity, state_of(instances[0]).tenant, ids, attrs.evolve(selection, on_error=on_error))

    def load_times(self, entity: Entity, instances: Sequence[Any]) -> None:
        """Load when stored instances of one tenant were created and updated."""
        by_id = {id_of(instance): instance for instance in instances}
        tenant = state_of(instances[0]).tenant
        for query in self._queries(entity, tenant, list(by_id), Selection(properties=())):
            rows = self._reader.read_one(attrs.evolve(query, metadata=True, named=TIMES)).rows
            for id, times in zip(rows.ids, rows.times or (), strict=True):
                state_of(by_id[id]).times = times

    def _load(
        self, entity: Entity, tenant: str | None, ids: Sequence[str], selection: Selection, *, unsure: bool = False
    ) -> list[Any]:
        loaded: list[Any] = []
        for query in self._queries(entity, tenant, ids, selection):
            rows = self._reader.read_one(attrs.evolve(query, unsure=unsure)).rows
            loaded += self._loader.load(rows, query.selection, query.tenant)
        return [instance for instance in loaded if instance is not None]

    def _queries(self, entity: Entity, tenant: str | None, ids: Sequence[str], selection: Selection) -> Iterator[Query]:
        for begin in range(0, len(ids), MOST):
            part = list(ids[begin : begin + MOST])
            where = Comparison(Path(entity, (), "id"), Operator.CONTAINS_ANY, part)
            yield self._options.apply(Query(entity, where=where, limit=len(part), selection=selection, tenant=tenant))
