"""References whose targets are gone: found by reading all beacons of a class, because queries leave them out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from uuid import UUID

import attrs

from weaviate_orm.batch.send import remove_reference
from weaviate_orm.beacons import parse_beacon
from weaviate_orm.exceptions import UnexpectedStatusError
from weaviate_orm.http.stored_objects import Body, next_after, read_page
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.query.entity import Entity
from weaviate_orm.session.reads.rest import beacons_of
from weaviate_orm.session.request_options import RequestOptions

PAGE = 500
"""How many objects one request reads."""

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
    for bodies in _pages(transport, options, mapper, tenant):
        references = [
            (UUID(body["id"]), reference.attribute, beacon)
            for body in bodies
            for reference in mapper.entity.references.values()
            for beacon in beacons_of(body, reference.spec.name)
        ]
        ids_by_class: dict[str, dict[str, None]] = {}
        leads_to = {beacon: parse_beacon(beacon) for _, _, beacon in references}
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
    name = mapper.entity.references[dangling.attribute].spec.name
    path = f"/objects/{mapper.collection_name}/{dangling.id}/references/{name}"
    try:
        remove_reference(transport, path, beacon, options.params(tenant))
    except UnexpectedStatusError as error:
        if error.status_code != 404:  # the object went meanwhile, and its references with it
            raise


def _pages(transport: Transport, options: RequestOptions, mapper: Mapper, tenant: str | None) -> Iterator[list[Body]]:
    after: str | None = None
    while True:
        bodies = read_page(transport, mapper.collection_name, PAGE, after, options.params(tenant))
        if bodies:
            yield bodies
        if len(bodies) < PAGE:
            return
        after = next_after(bodies[-1]["id"], after)
