"""Collections of tests: emptied between them, dropped after them, and under names of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from weaviate_orm.batch.delete_by_filter import delete_matching
from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import has_tenants, read_classes
from weaviate_orm.exceptions import ConfigurationError

_EVERYTHING = {"path": ["id"], "operator": "NotEqual", "valueText": str(UUID(int=0))}


def drop_collections(client: Client, prefix: str) -> None:
    """Delete, with their objects, the collections whose names begin with ``prefix``, and their aliases.

    Raises:
        ValueError: the prefix is empty; use ``client.schema.delete_all()`` if everything shall go.
    """
    if not prefix:
        raise ValueError("an empty prefix would drop every collection of the server")
    for name in _collections(client, prefix):
        client.schema.delete_class(name)
    for alias, collection in client.alias.list_all().items():
        if alias.startswith(prefix) or collection.startswith(prefix):
            client.alias.delete(alias_name=alias)


def empty_collections(client: Client, names: Iterable[str] | None = None) -> None:
    """Delete all objects and tenants of collections, which stay.

    Args:
        client: the server.
        names: the server's names of the collections; by default those with the prefix of
            :func:`prefixed_collections`, or without one, all of the server.
    """
    prefix = client.transport.collection_names.prefix
    collections = _collections(client, prefix)
    chosen = {name: collections[name] for name in (collections if names is None else names) if name in collections}
    with_tenants = [name for name, body in chosen.items() if has_tenants(body)]
    for name in with_tenants:
        logical = name.removeprefix(prefix)
        tenants = client.tenants.get(logical)
        if tenants:
            client.tenants.remove(logical, tenants)
    for name in _filled(client, [name for name in chosen if name not in with_tenants]):
        for _ in delete_matching(client.transport, name, _EVERYTHING, {}):
            pass


@contextmanager
def prefixed_collections(client: Client, prefix: str) -> Iterator[None]:
    """Have models' collections begin with a prefix on the server, for sessions and queries of a client within a block.

    So that test runs, and processes of one, may share a server. ``create_all()`` and ``drop_all()`` have it too.
    Methods of the client itself, but for ``client.tenants``, and migrations take the server's names as they are.

    Args:
        client: no session of it is in use meanwhile.
        prefix: begins with a capital, as names of collections do; "" is none.
    """
    if prefix and re.fullmatch("[A-Z][_0-9A-Za-z]*", prefix) is None:
        raise ConfigurationError(f"{prefix!r} is no prefix: names of collections begin with a capital, as Test_")
    names = client.transport.collection_names
    before, names.prefix = names.prefix, prefix
    try:
        yield
    finally:
        names.prefix = before


@contextmanager
def clean_collections(client: Client) -> Iterator[None]:
    """Empty the collections after a block, and drop those that came within it."""
    prefix = client.transport.collection_names.prefix
    before = _collections(client, prefix)
    try:
        yield
    finally:
        for name in _collections(client, prefix).keys() - before.keys():
            client.schema.delete_class(name)
        empty_collections(client, before)


def _collections(client: Client, prefix: str) -> dict[str, Mapping[str, Any]]:
    return {name: body for name, body in read_classes(client).items() if name.startswith(prefix)}


def _filled(client: Client, names: list[str]) -> list[str]:
    """Return the collections that have objects, by one request."""
    if not names:
        return []
    fields = " ".join(f"{name}{{meta{{count}}}}" for name in names)
    counts = client.query.raw(f"{{Aggregate{{{fields}}}}}")["data"]["Aggregate"]
    return [name for name in names if counts[name][0]["meta"]["count"]]
