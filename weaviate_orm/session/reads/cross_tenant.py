"""References that queries cannot follow: from a class with tenants to one without.

The server looks for the targets in the tenant of the query, and fails (weaviate/weaviate#7281; measured on Weaviate
1.39). So the beacons are read by REST, one request an object, and the targets by one query a class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from weaviate_orm.exceptions import QueryError
from weaviate_orm.http.stored_objects import read_object
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.state import Link
from weaviate_orm.query.entity import Entity, Reference, leads_out
from weaviate_orm.query.query import Selection
from weaviate_orm.session.reads.loader import link_all
from weaviate_orm.session.reads.rest import beacons_of, links_to
from weaviate_orm.session.request_options import RequestOptions, address


def refuse_leading_out(entity: Entity, selection: Selection) -> None:
    """Raise QueryError for a reference that cannot be loaded with its query."""
    for reference, below in selection.references:
        if leads_out(entity, reference):
            raise QueryError(
                f"{entity.label}.{reference.attribute} leads from a multi-tenant class to one that is not, which a "
                f"query cannot load (weaviate/weaviate#7281): leave out include(); it loads when it is read"
            )
        for target in reference.targets:
            refuse_leading_out(target, below)


def load_by_beacons(
    transport: Transport,
    options: RequestOptions,
    instances: Sequence[Any],
    reference: Reference,
    find: Callable[[Any, str | None, Sequence[str]], Sequence[Any]],
) -> None:
    """Load one reference of stored instances of one tenant; what is dangling is left out."""
    links = transport.collection_names.consistent(
        lambda: [_read_links(transport, options, instance, reference) for instance in instances]
    )
    targets: dict[Link, Any] = {}
    for entity in reference.targets:
        name = entity.collection.name
        ids = dict.fromkeys(id for of_instance in links for collection, id in of_instance if collection == name)
        if ids:
            tenant = address(instances[0])[2]
            targets |= {(name, str(target.id)): target for target in find(entity.model, tenant, list(ids))}
    link_all(
        instances, reference, [[targets[link] for link in of_instance if link in targets] for of_instance in links]
    )


def _read_links(transport: Transport, options: RequestOptions, instance: Any, reference: Reference) -> list[Link]:
    collection, id, tenant = address(instance)
    body = read_object(transport, collection, id, options.params(tenant))
    return links_to(transport, reference.spec.targets, beacons_of(body or {}, reference.spec.name))
