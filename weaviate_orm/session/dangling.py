"""References whose targets are gone: found by reading all beacons of a class, because GraphQL leaves them out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.batch.send import remove_reference
from weaviate_orm.exceptions import UnexpectedStatusError
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.query.entity import Entity
from weaviate_orm.session.scope import Scope

PAGE = 500
"""Objects read at once."""

Existing = Callable[[Entity, "str | None", Sequence[str]], Collection[str]]
"""Which ids of a class and a tenant there are."""


@attrs.frozen
class Dangling:
    """A reference that leads to an object which is not there.

    Attributes:
        id: of the object that refers.
        attribute: the reference.
        target: the collection and the id that it leads to.
    """

    id: UUID
    attribute: str
    target: tuple[str, UUID]


def find_dangling(
    transport: Transport, scope: Scope, mapper: Mapper, tenant: str | None, existing: Existing
) -> Iterator[Dangling]:
    """The dangling references of a class, in the order of its objects' ids; constant memory."""
    targets = {
        target.collection.name: target
        for reference in mapper.entity.references.values()
        for target in reference.targets
    }
    for bodies in _pages(transport, scope, mapper, tenant):
        found = [
            (UUID(body["id"]), reference.attribute, _target(each["beacon"]))
            for body in bodies
            for reference in mapper.entity.references.values()
            for each in (body.get("properties") or {}).get(reference.spec.name) or ()
        ]
        wanted: dict[str, dict[str, None]] = {}
        for _, _, (collection, uuid) in found:
            wanted.setdefault(collection, {})[uuid] = None
        there = {
            (name, uuid)
            for name, ids in wanted.items()
            if name in targets
            for uuid in existing(targets[name], tenant, list(ids))
        }
        for source, attribute, (name, target) in dict.fromkeys(found):
            if (name, target) not in there:
                yield Dangling(source, attribute, (name, UUID(target)))


def remove_dangling(transport: Transport, scope: Scope, mapper: Mapper, tenant: str | None, dangling: Dangling) -> None:
    """Remove one from the server."""
    collection, target = dangling.target
    name = mapper.entity.references[dangling.attribute].spec.name
    path = f"/objects/{mapper.collection_name}/{dangling.id}/references/{name}"
    try:
        remove_reference(transport, path, f"weaviate://localhost/{collection}/{target}", scope.params(tenant))
    except UnexpectedStatusError as error:
        if error.status_code != 404:  # the object went meanwhile, and its references with it
            raise


def _pages(transport: Transport, scope: Scope, mapper: Mapper, tenant: str | None) -> Iterator[list[dict[str, Any]]]:
    after: str | None = None
    while True:
        params = {"class": mapper.collection_name, "limit": PAGE, "after": after, **scope.params(tenant)}
        bodies: list[dict[str, Any]] = transport.request("GET", "/objects", params=params).json()["objects"]
        if bodies:
            yield bodies
        if len(bodies) < PAGE:
            return
        after = bodies[-1]["id"]


def _target(beacon: str) -> tuple[str, str]:
    *_, collection, uuid = beacon.split("/")
    return collection, uuid
