"""References that GraphQL cannot follow: from a class with tenants to one without.

The server looks for the targets in the tenant of the query, and fails (weaviate/weaviate#7281; measured on Weaviate
1.39). So the beacons are read by REST, one request an object, and the targets by one query a class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from weaviate_orm.beacons import parse_beacon
from weaviate_orm.exceptions import NotWeaviateError, QueryError
from weaviate_orm.http.shapes import check
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.state import Link
from weaviate_orm.query.entity import Entity, Reference, leads_out
from weaviate_orm.query.query import Selection
from weaviate_orm.session.reads.loader import link_all
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
    beacons = [_beacons(transport, options, instance, reference) for instance in instances]
    targets: dict[tuple[str, str], Any] = {}
    for entity in reference.targets:
        name = entity.collection.name
        ids = dict.fromkeys(uuid for each in beacons for collection, uuid in each if collection == name)
        if ids:
            tenant = address(instances[0])[2]
            targets |= {(name, str(each.id)): each for each in find(entity.model, tenant, list(ids))}
    each_targets = [[targets[each] for each in found if each in targets] for found in beacons]
    link_all(instances, reference, each_targets)


def _beacons(transport: Transport, options: RequestOptions, instance: Any, reference: Reference) -> list[Link]:
    collection, uuid, tenant = address(instance)
    answer = transport.request(
        "GET", f"/objects/{collection}/{uuid}", params=options.params(tenant), accept=frozenset({404})
    )
    body = {} if answer.status == 404 else answer.json({"properties?": dict})
    return [parse_beacon(beacon) for beacon in read_beacons(body, reference.spec.name)]


def read_beacons(body: Mapping[str, Any], name: str) -> list[str]:
    """The beacons of a reference of an object as the REST interface answers it; raises NotWeaviateError."""
    held = (body.get("properties") or {}).get(name) or []
    try:
        check(held, [{"beacon": str}], f"the reference {name!r}")
        for each in held:
            parse_beacon(each["beacon"])
    except ValueError as error:
        raise NotWeaviateError(f"an object was answered, but not as Weaviate does: {error}") from None
    return [each["beacon"] for each in held]
