"""Stored objects changed by a function of each, while others read and write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import has_tenants
from weaviate_orm.exceptions import MigrationError, MigrationRowError, UnexpectedStatusError
from weaviate_orm.http.stored_objects import read_page
from weaviate_orm.migrations.patches import Patch
from weaviate_orm.migrations.rebuild.rebuild_checks import inactive_tenants
from weaviate_orm.migrations.row import Row, stored_vectors
from weaviate_orm.types import JSONObject

WORKERS: Final = 4
"""How many changes are sent at once: the server has no request that changes several objects."""

GONE: Final = frozenset({404})

Report = Callable[[int], None]
"""A function that is called with the number of objects that were looked at."""


class Checkpoint(Protocol):
    """Where a function that was interrupted goes on."""

    def load(self) -> Mapping[str, Any]:
        """Return what was saved last; nothing at the beginning."""
        ...

    def save(self, position: Mapping[str, Any]) -> None:
        """Store a position."""
        ...


def change_objects(
    client: Client,
    physical: str,
    patch: Patch,
    *,
    batch: int = 500,
    vectors: bool = False,
    checkpoint: Checkpoint | None = None,
    report: Report | None = None,
) -> int:
    """Change stored objects one by one, and return how many were changed.

    An object is changed a moment after it was read; others may write it in between, and their value is then replaced.

    Args:
        client: the server.
        physical: the server's name of the collection.
        patch: what to change of a row.
        batch: how many objects are read at once; after them the position is saved.
        vectors: whether rows have their vectors.
        checkpoint: where to go on, and where to save the position.
        report: called with the number of objects looked at.

    Raises:
        MigrationError: the collection has inactive tenants, whose objects cannot be read.
        MigrationRowError: the function raised an error for a row, or the server refused its change; the objects before
            it are changed.
    """
    position = dict(checkpoint.load()) if checkpoint is not None else {}
    changed = read = 0
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="weaviate-orm-migration") as pool:
        for tenant in _tenants(client, physical):
            if position and tenant != position.get("tenant"):
                continue  # done before the interruption
            for page in _pages(client, physical, tenant, position.pop("after", None), batch, vectors):
                requests = (_request(physical, body, tenant, patch) for body in page)
                sent = [pool.submit(_send, client, physical, request) for request in requests if request is not None]
                for future in sent:
                    future.result()
                changed, read = changed + len(sent), read + len(page)
                if checkpoint is not None:
                    checkpoint.save({"tenant": tenant, "after": page[-1]["id"]})
                if report is not None:
                    report(read)
            position = {}
    return changed


def _tenants(client: Client, physical: str) -> list[str | None]:
    if not has_tenants(client.schema.get(physical)):
        return [None]
    tenants = client.tenants.get(physical)
    if inactive := inactive_tenants(tenants):
        raise MigrationError(
            f"{physical} has inactive tenants, whose objects cannot be read: {', '.join(inactive[:10])}"
            f"{' and others' if len(inactive) > 10 else ''}. Activate them, and migrate again"
        )
    return [*sorted(tenants)]


def _pages(
    client: Client, physical: str, tenant: str | None, after: str | None, batch: int, vectors: bool
) -> Iterator[list[JSONObject]]:
    params: dict[str, Any] = {"tenant": tenant, "include": "vector" if vectors else None}
    while True:
        page = read_page(client.transport, physical, batch, after or "", params)
        if page:
            yield page
            after = page[-1]["id"]
        if len(page) < batch:
            return


def _request(physical: str, body: JSONObject, tenant: str | None, patch: Patch) -> JSONObject | None:
    row = _row(body, tenant)
    try:
        change = patch(row)
    except Exception as error:
        raise MigrationRowError(
            f"the function of the migration raised {type(error).__name__}: {error}",
            collection=physical,
            id=row.id,
            tenant=tenant,
        ) from error
    if change is None:
        return None
    return {"class": physical, "id": row.id, **change} | ({} if tenant is None else {"tenant": tenant})


def _row(body: JSONObject, tenant: str | None) -> Row:
    properties = {
        name: value
        for name, value in (body.get("properties") or {}).items()
        if value is not None and not _is_references(value)
    }
    return Row(body["id"], properties, stored_vectors(body), tenant)


def _is_references(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping) and "beacon" in value[0]


def _send(client: Client, physical: str, body: JSONObject) -> None:
    try:
        # one that was deleted meanwhile needs no change
        client.transport.request("PATCH", f"/objects/{physical}/{body['id']}", json=body, accept=GONE)
    except UnexpectedStatusError as error:
        raise MigrationRowError(
            f"the server refused the change: {error}", collection=physical, id=body["id"], tenant=body.get("tenant")
        ) from error
