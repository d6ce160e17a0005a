"""References whose targets are gone: found by reading all beacons of a class, because queries leave them out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from uuid import UUID

import attrs

from weaviate_orm.batch.send import remove_reference
from weaviate_orm.beacons import parse_beacon
from weaviate_orm.exceptions import UnexpectedStatusError
from weaviate_orm.http.stored_objects import Body, next_after, read_page
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import Link
from weaviate_orm.query.entity import Entity
from weaviate_orm.session.frozen_collections import FreezeWait
from weaviate_orm.session.reads.rest import beacons_of, links_to
from weaviate_orm.session.request_options import RequestOptions

PAGE = 500
"""How many objects one request reads."""

_StoredReference = tuple[UUID, str, str]
"""A reference of a stored object: the id of that, the attribute, the beacon."""

Existing = Callable[[Entity, "str | None", Sequence[str]], Collection[str]]
"""Which ids of a class and a tenant there are."""


@attrs.frozen
class Dangling:
    """A reference that leads to an object which does not exist.

    Attributes:
        id: of the object that refers.
        attribute: the reference.
        target: the collection and the id that it leads to.
    """

    id: UUID
    attribute: str
    target: tuple[str, UUID]


def find_dangling(
    transport: Transport, options: RequestOptions, mapper: Mapper, tenant: str | None, existing: Existing
) -> Iterator[tuple[Dangling, str]]:
    """Yield the dangling references of a class with their beacons, in the order of ids, in constant memory."""
    targets = {
        target.collection.name: target
        for reference in mapper.entity.references.values()
        for target in reference.targets
    }
    for references, leads_to in _pages(transport, options, mapper, tenant, targets):
        ids_by_class: dict[str, dict[str, None]] = {}
        for collection, uuid in leads_to.values():
            ids_by_class.setdefault(collection, {})[uuid] = None
        stored = {
            (name, uuid)
            for name, ids in ids_by_class.items()
            if name in targets
            for uuid in existing(targets[name], tenant, list(ids))
        }
        for source, attribute, beacon in dict.fromkeys(references):
            name, target = leads_to[beacon]
            if (name, target) not in stored:
                yield Dangling(source, attribute, (name, UUID(target))), beacon


def remove_dangling(
    transport: Transport, options: RequestOptions, mapper: Mapper, tenant: str | None, dangling: Dangling, beacon: str
) -> None:
    """Remove one from the server, by its beacon as it is stored."""
    names, target = transport.collection_names, dangling.target[0]
    stored = parse_beacon(beacon)[0]
    property_name = mapper.entity.references[dangling.attribute].spec.name

    def remove() -> None:
        path = f"/objects/{names.physical(mapper.collection_name)}/{dangling.id}/references/{property_name}"
        # in another physical collection the beacons of its references are others
        respelled = beacon if target == stored else beacon.replace(f"/{stored}/", f"/{names.physical(target)}/")
        remove_reference(transport, path, respelled, options.params(tenant))

    try:
        FreezeWait(names, options.freeze_timeout).send(remove, mapper.collection_name)
    except UnexpectedStatusError as error:
        if error.status_code != 404:  # the object went meanwhile, and its references with it
            raise


def _pages(
    transport: Transport, options: RequestOptions, mapper: Mapper, tenant: str | None, targets: Collection[str]
) -> Iterator[tuple[list[_StoredReference], dict[str, Link]]]:
    """Yield the references of each page, and where their beacons lead."""

    def read(after: str | None) -> tuple[list[Body], list[_StoredReference], dict[str, Link]]:
        bodies = read_page(transport, mapper.collection_name, PAGE, after, options.params(tenant))
        references = [
            (UUID(body["id"]), reference.attribute, beacon)
            for body in bodies
            for reference in mapper.entity.references.values()
            for beacon in beacons_of(body, reference.spec.name)
        ]
        beacons = list(dict.fromkeys(beacon for _, _, beacon in references))
        return bodies, references, dict(zip(beacons, links_to(transport, targets, beacons), strict=True))

    after: str | None = None
    while True:
        bodies, references, leads_to = transport.collection_names.consistent(partial(read, after))
        if bodies:
            yield references, leads_to
        if len(bodies) < PAGE:
            return
        after = next_after(bodies[-1]["id"], after)
