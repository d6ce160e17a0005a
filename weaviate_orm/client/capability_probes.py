"""Ask a server what it can do. Nothing is changed by the questions."""

from __future__ import annotations

from typing import Final

from weaviate_orm.client.paths import path
from weaviate_orm.http.features import (
    PROPERTY_INDEX_REMOVAL,
    PROPERTY_REINDEX,
    VECTOR_INDEX_REMOVAL,
    server_version,
)
from weaviate_orm.http.transport import Transport
from weaviate_orm.schema.capabilities import Capabilities

_ABSENT: Final = "WeaviateOrmAbsent"
"""A class that no server has: the server looks first at whether it makes a change at all, then for the class."""

_REFUSALS: Final = frozenset({400, 403, 404, 422, 500})


def capabilities_of(transport: Transport) -> Capabilities:
    """Return what a server can do.

    Measured on Weaviate 1.39: a change of a class that does not exist is answered by 400 where runtime reindex is
    disabled and by 404 where it is enabled; the dropping of a vector by 500 and by 422.
    """
    version = server_version(transport)
    return Capabilities(
        reindex=PROPERTY_REINDEX.is_in(version)
        and _status(transport, "PUT", "properties", "absent", "index", "searchable") == 404,
        index_removal=PROPERTY_INDEX_REMOVAL.is_in(version),
        vector_removal=VECTOR_INDEX_REMOVAL.is_in(version)
        and _status(transport, "DELETE", "vectors", "absent", "index") == 422,
    )


def _status(transport: Transport, method: str, *names: str) -> int:
    resource = path("schema", _ABSENT, *names)
    body: dict[str, str] | None = {} if method == "PUT" else None
    return transport.request(method, resource, json=body, accept=_REFUSALS, repeatable=False).status
