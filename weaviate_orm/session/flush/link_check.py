"""References of new objects that another attempt may have stored as well: which are not what the server has.

An object that is stored again is stored whole, but its references are added after it, and as often as they are sent. So
what an attempt has sent before it was killed, and the server adds after the next one has stored the object, is there
twice; and an attempt that is killed between the two leaves an object of the other without them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

import attrs

from weaviate_orm.batch.engine import batched
from weaviate_orm.beacons import parse_beacon
from weaviate_orm.http.stored_objects import LONGEST_PAGE, read_object
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import Link, state_of
from weaviate_orm.operators import Operator
from weaviate_orm.query.entity import leads_out
from weaviate_orm.query.filters import Comparison, Path
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.query.rows import Page, Rows
from weaviate_orm.session.flush.plan import AppendReference, FlushPlan, RemoveReference, ReplaceReferences
from weaviate_orm.session.reads.rest import beacons_of
from weaviate_orm.session.request_options import RequestOptions, address

Targets = Counter[str]
"""How often a reference leads to each id."""


@attrs.frozen
class LinkCheck:
    """New objects, and where their references have to lead.

    Lists that are inverses are left out: others add to them.

    Attributes:
        links: of each object, by class and tenant, by id: the object, and its links by attribute.
    """

    links: Mapping[tuple[type[Model], str | None], Mapping[str, tuple[Model, Mapping[str, tuple[Link, ...]]]]]

    @classmethod
    def of(cls, instances: Iterable[Model]) -> LinkCheck:
        """Return the check of objects that were just stored, by what was stored of their references."""
        links: dict[tuple[type[Model], str | None], dict[str, tuple[Model, Mapping[str, tuple[Link, ...]]]]] = {}
        for instance in instances:
            state = state_of(instance)
            if state.is_stored and any(state.links.get(name) for name in own_references(instance.__mapper__)):
                by_id = links.setdefault((type(instance), state.tenant), {})
                by_id[id_of(instance)] = instance, dict(state.links)
        return cls(links)

    def differing(
        self, transport: Transport, options: RequestOptions, read: Callable[[Query], Page]
    ) -> Iterator[ReplaceReferences]:
        """Yield what makes the stored references those that they have to be.

        One query for 500 objects of a class; objects that differ by it, as those with a reference to what is not stored
        yet, which queries leave out, are read one by one.
        """
        for (model, tenant), by_id in self.links.items():
            names = own_references(model.__mapper__)
            for ids in batched(by_id, LONGEST_PAGE):
                stored = _stored_targets(options, read, model.__mapper__, tenant, ids)
                for id in ids:
                    instance, links = by_id[id]
                    if any(stored.get(name, {}).get(id) != _targets(links.get(name, ())) for name in names):
                        yield from _differing(transport, options, instance, links)


def own_references(mapper: Mapper) -> list[str]:
    """Return the references that nobody sets but who stores the object."""
    return [
        name
        for name in mapper.reference_names
        if not (name in mapper.inverses and mapper.declared_references[name].many)
    ]


def piecemeal(replacement: ReplaceReferences) -> FlushPlan:
    """Return the plan of a replacement that the server refuses: one with a target that is not stored yet."""
    instance, attribute = replacement.instance, replacement.attribute
    return FlushPlan(
        removes=tuple(RemoveReference(instance, attribute, link) for link in dict.fromkeys(replacement.targets)),
        adds=tuple(AppendReference(instance, attribute, link) for link in replacement.targets),
    )


def _targets(links: Iterable[Link]) -> Targets:
    return Counter(id for _, id in links)


def _stored_targets(
    options: RequestOptions, read: Callable[[Query], Page], mapper: Mapper, tenant: str | None, ids: Sequence[str]
) -> Mapping[str, Mapping[str, Targets]]:
    """Return where references lead, by attribute and id, as far as queries see it."""
    entity = mapper.entity
    references = [entity.references[name] for name in own_references(mapper)]
    references = [reference for reference in references if not leads_out(entity, reference)]
    if not references:
        return {}
    selection = Selection(properties=(), references=tuple((member, Selection(properties=())) for member in references))
    where = Comparison(Path(entity, (), "id"), Operator.CONTAINS_ANY, list(ids))
    query = Query(entity, where=where, limit=len(ids), selection=selection, tenant=tenant)
    rows = read(options.apply(query)).rows
    return {member.attribute: _targets_of_rows(rows, member.attribute) for member in references}


def _targets_of_rows(rows: Rows, attribute: str) -> dict[str, Targets]:
    referenced = rows.references[attribute]
    ids: list[str] = list(chain.from_iterable(of_class.ids for of_class in referenced.rows))
    places = iter(referenced.places)
    return {
        id: Counter(ids[place] for place in islice(places, count))
        for id, count in zip(rows.ids, referenced.counts, strict=True)
    }


def _differing(
    transport: Transport, options: RequestOptions, instance: Model, links: Mapping[str, tuple[Link, ...]]
) -> Iterator[ReplaceReferences]:
    """Look at one object itself."""
    collection, id, tenant = address(instance)
    body = read_object(transport, collection, id, options.params(tenant))
    if body is None:  # it was deleted meanwhile
        return
    for name in own_references(instance.__mapper__):
        beacons = beacons_of(body, instance.__mapper__.entity.references[name].spec.name)
        expected = links.get(name, ())
        if Counter(parse_beacon(beacon)[1] for beacon in beacons) != _targets(expected):
            yield ReplaceReferences(instance, name, expected)
