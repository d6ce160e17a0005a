"""Beacons: the URLs by which cross-references name their objects, ``weaviate://localhost/Collection/id``."""

from __future__ import annotations

from urllib.parse import unquote

from weaviate_orm.ids import usual_id

SCHEME = "weaviate://"


def make_beacon(id: str, collection: str | None = None) -> str:
    """Return the beacon of an object.

    >>> make_beacon("28f3f61b-b524-45e0-9bbe-2c1550bf73d2", "Author")
    'weaviate://localhost/Author/28f3f61b-b524-45e0-9bbe-2c1550bf73d2'
    """
    return f"{SCHEME}localhost/{id}" if collection is None else f"{SCHEME}localhost/{collection}/{id}"


def make_source(id: str, collection: str, property_name: str) -> str:
    """Return the beacon of a reference property, as a batch of references names the object that refers."""
    return f"{make_beacon(id, collection)}/{property_name}"


def parse_beacon(beacon: str) -> tuple[str, str]:
    """Return the collection and the id of a beacon, the id in its usual spelling.

    Raises ValueError when it has no collection, or no id.

    >>> parse_beacon("weaviate://localhost/Author/28F3F61BB52445E09BBE2C1550BF73D2")
    ('Author', '28f3f61b-b524-45e0-9bbe-2c1550bf73d2')
    """
    *_, collection, id = beacon.split("/")
    return collection, usual_id(unquote(id))


def parse_source(source: str) -> tuple[str, str, str]:
    """Return the collection, the id and the property of what :func:`make_source` returned."""
    *_, collection, id, property_name = source.split("/")
    return collection, id, property_name


def split_beacon(beacon: str) -> tuple[str, list[str]]:
    """Return the host of a beacon, and the segments of its path.

    >>> split_beacon("weaviate://localhost/Author/28f3f61b-b524-45e0-9bbe-2c1550bf73d2")
    ('localhost', ['Author', '28f3f61b-b524-45e0-9bbe-2c1550bf73d2'])
    """
    host, *segments = beacon.removeprefix(SCHEME).split("/")
    return host, segments
