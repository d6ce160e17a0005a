"""The unnamed vector of collections that keep it under the name ``default``.

The official client of today makes such collections. The server takes objects and searches as if the vector had no
name, but GraphQL answers an empty ``vector`` and has the values in ``vectors`` (measured on Weaviate 1.35 and 1.39).
Other collections have no field ``vectors``, so that a query asks for one of the two.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import attrs

from weaviate_orm.http.shapes import OBJECT
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.entity import VectorField
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import Rows
from weaviate_orm.schema.vectors import DEFAULT_NAME

_named: WeakKeyDictionary[Transport, set[str]] = WeakKeyDictionary()
"""The collections of each client that keep their one vector under the name ``default``."""


class DefaultVectors:
    """Tells the two kinds of collections apart, by few requests.

    None is sent while vectors arrive. Where a query for unnamed vectors gets none, the schema is read: once for each
    collection of a client that names its vector, once for each collection of a session where objects have none.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._named = _named.setdefault(transport, set())
        self._unnamed: set[str] = set()

    def as_stored(self, query: Query) -> Query:
        """Return the query with the names under which the server keeps its vectors, as far as they are known."""
        if query.entity.collection.name not in self._named:
            return query
        vectors = tuple(map(_default, query.selection.vectors))
        return attrs.evolve(query, selection=attrs.evolve(query.selection, vectors=vectors))

    def is_misread(self, query: Query, rows: Rows) -> bool:
        """Return whether rows lack the unnamed vector because it has a name; reads the schema where that is open."""
        if not query.selection.vectors:
            return False
        name = query.entity.collection.name
        unnamed = [field.attribute for field in query.selection.vectors if field.spec.name is None]
        if not unnamed or not rows.ids or name in self._named or name in self._unnamed:
            return False
        if any(any(rows.vectors[attribute]) for attribute in unnamed):
            return False
        names = self._transport.collection_names
        answer = names.read(name, lambda physical: self._transport.request("GET", f"/schema/{physical}"))
        stored = answer.json(OBJECT).get("vectorConfig") or {}
        (self._named if DEFAULT_NAME in stored else self._unnamed).add(name)
        return DEFAULT_NAME in stored

    def forget(self, query: Query) -> bool:
        """Forget the collection, which may have been made anew; return whether that changes the query."""
        name = query.entity.collection.name
        is_renamed = name in self._named and any(field.spec.name is None for field in query.selection.vectors)
        self._named.discard(name)
        return is_renamed


def _default(field: VectorField) -> VectorField:
    return attrs.evolve(field, spec=attrs.evolve(field.spec, name=DEFAULT_NAME)) if field.spec.name is None else field
