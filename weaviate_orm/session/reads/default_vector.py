"""Reading the unnamed vector of collections that keep it under the name ``default``.

The official client of today makes such collections. The server takes objects and searches as if the vector had no
name, but GraphQL answers an empty ``vector`` and has the values in ``vectors`` (measured on Weaviate 1.35 and 1.39).
Other collections have no field ``vectors``, so that a query asks for one of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from weaviate_orm.client.schema import Schema
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.entity import VectorField
from weaviate_orm.query.query import Query
from weaviate_orm.schema.vectors import DEFAULT_NAME
from weaviate_orm.session.reads.loader import Row

_named: WeakKeyDictionary[Transport, set[str]] = WeakKeyDictionary()
"""The collections of each client that keep their one vector under the name ``default``."""


class DefaultVectors:
    """Tells the two kinds of collections apart, by as few requests as possible.

    Nothing is asked while vectors come. Where a query for unnamed vectors gets none, the schema is read: once for each
    collection of a client that names its vector, once for each collection of a session where objects have none.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._named = _named.setdefault(transport, set())
        self._unnamed: set[str] = set()

    def as_stored(self, query: Query) -> Query:
        """The query with the names under which the server keeps its vectors, as far as they are known."""
        if query.entity.collection.name not in self._named:
            return query
        vectors = tuple(map(_default, query.selection.vectors))
        return attrs.evolve(query, selection=attrs.evolve(query.selection, vectors=vectors))

    def is_misread(self, query: Query, rows: Sequence[Row]) -> bool:
        """Whether ``rows`` lack the unnamed vector because the server has it under a name; asks where that is open."""
        name = query.entity.collection.name
        if name in self._named or name in self._unnamed or not rows or not _asks_unnamed(query):
            return False
        if any(row["_additional"].get("vector") for row in rows):
            return False
        named = Schema(self._transport).get(name).get("vectorConfig") or {}
        (self._named if DEFAULT_NAME in named else self._unnamed).add(name)
        return DEFAULT_NAME in named

    def forget(self, query: Query) -> bool:
        """Forget what is known of the collection, which may have been made anew; whether anything was."""
        name = query.entity.collection.name
        is_known = name in self._named and _asks_unnamed(query)
        self._named.discard(name)
        return is_known


def unname(rows: Sequence[Row]) -> None:
    """Put vectors that came under the name ``default`` where an unnamed vector is."""
    for row in rows:
        additional: dict[str, Any] = row["_additional"]
        if DEFAULT_NAME in (additional.get("vectors") or ()):
            additional.setdefault("vector", additional["vectors"][DEFAULT_NAME])


def _asks_unnamed(query: Query) -> bool:
    return any(field.spec.name is None for field in query.selection.vectors)


def _default(field: VectorField) -> VectorField:
    return attrs.evolve(field, spec=attrs.evolve(field.spec, name=DEFAULT_NAME)) if field.spec.name is None else field
