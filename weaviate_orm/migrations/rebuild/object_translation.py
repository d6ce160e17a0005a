"""An object of the old collection as one of the new: renamed collections, changed rows, dropped properties. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any, NoReturn

import attrs

from weaviate_orm.beacons import make_beacon
from weaviate_orm.client.stored_classes import has_tenants
from weaviate_orm.exceptions import MigrationRowError
from weaviate_orm.migrations.rebuild.collection_move import Change, Rebuilding
from weaviate_orm.migrations.row import Row, stored_vectors
from weaviate_orm.schema.properties import is_reference
from weaviate_orm.types import JSONObject

Members = Mapping[str, Any]
"""The names of properties, with the members of nested objects; None for other values."""


@attrs.frozen
class ObjectCopy:
    """An object to store.

    Attributes:
        body: its JSON, without references.
        references: its references, by their names: beacons in their order.
    """

    body: JSONObject
    references: Mapping[str, tuple[str, ...]]

    @property
    def id(self) -> str:
        """Its id."""
        id: str = self.body["id"]
        return id

    def reference_items(self) -> list[JSONObject]:
        """Return its references as a batch takes them."""
        tenant = {"tenant": self.body["tenant"]} if "tenant" in self.body else {}
        source = make_beacon(self.id, self.body["class"])
        return [
            {"from": f"{source}/{name}", "to": beacon, **tenant}
            for name, beacons in self.references.items()
            for beacon in beacons
        ]


class ObjectTranslation:
    """Translates the objects of one collection.

    A property that only the old collection has is dropped, after the function of the rebuild had it. One that neither
    has is refused: the server would add it to the new collection (auto-schema).

    Args:
        rebuilding: what is rebuilt.
        source: the JSON of the old class.
        target: the JSON of the new class, with physical names.
        physical: the new physical names of collections by the old ones.
    """

    def __init__(
        self, rebuilding: Rebuilding, source: JSONObject, target: JSONObject, physical: Mapping[str, str]
    ) -> None:
        self._logical = rebuilding.logical
        self._change = rebuilding.change
        self._collection = target["class"]
        self._physical = physical
        self._changes_tenancy = has_tenants(source) is not has_tenants(target)
        self._has_tenants = has_tenants(target)
        self._source_members = _members(source)
        self._members = _members(target)
        self._nested = {name: members for name, members in self._members.items() if members is not None}
        self._source_references = _references(source)
        self._references = _references(target)
        self._reference_names = {name: rebuilding.references.get(name, name) for name in self._source_references}
        self._vectors = _vectors(target)
        self._revectorized = rebuilding.revectorized

    def translate(self, stored: JSONObject, tenant: str | None) -> ObjectCopy | None:
        """Return the object to store for a stored one, or None where the rebuild leaves it out.

        Raises MigrationRowError when the function of the rebuild raises an error, or returns what cannot be stored.
        """
        properties, references = self._split(stored.get("properties") or {}, self._source_references)
        vectors = stored_vectors(stored)
        row: Row | None = Row(stored["id"], properties, vectors, tenant)
        if self._change is not None:
            row = self._changed(self._change, stored["id"], properties, vectors, tenant)
            if row is None:
                return None
        assert row is not None
        return ObjectCopy(self._body(row, tenant), self._renamed(references))

    def is_stored(self, copy: ObjectCopy, stored: JSONObject) -> bool:
        """Return whether a stored object of the new collection is what a copy stores.

        Vectors that the server makes are not compared. A value that the server writes in another way than it was sent
        is another one, which costs a copy: types of values are not known here, and texts must not be equal as dates.
        """
        properties, references = self._split(stored.get("properties") or {}, self._references)
        if copy.body["properties"] != properties:
            return False
        stored_references = {name: tuple(item["beacon"] for item in items) for name, items in references.items()}
        if dict(copy.references) != stored_references:
            return False
        vectors = stored_vectors(stored)
        return all(
            _same_vector(vector, vectors.get(name))
            for name, vector in [(None, copy.body.get("vector")), *(copy.body.get("vectors") or {}).items()]
            if vector is not None
        )

    def _changed(
        self, change: Change, id: str, properties: dict[str, Any], vectors: dict[str | None, Any], tenant: str | None
    ) -> Row | None:
        result: Any
        try:
            result = change(Row(id, properties, vectors, tenant))
        except Exception as error:
            raise MigrationRowError(
                f"the function of the rebuild raised {type(error).__name__}: {error}",
                collection=self._logical,
                id=id,
                tenant=tenant,
            ) from error
        if result is None:
            return None
        if not isinstance(result, Row):
            self._refuse(f"the function of the rebuild returned {type(result).__name__}, not a Row or None", id, tenant)
        if result.id != id or (result.tenant != tenant and not self._changes_tenancy):
            self._refuse("the function of the rebuild changed the id or the tenant", id, tenant)
        return result

    def _body(self, row: Row, tenant: str | None) -> JSONObject:
        properties = {}
        for name, value in row.properties.items():
            if value is None:
                continue
            if name in self._nested:
                properties[name] = self._members_of(
                    value, self._nested[name], self._source_members.get(name), name, row
                )
            elif name in self._members:
                properties[name] = value
            elif name not in self._source_members:
                self._refuse_property(name, row)
        body: JSONObject = {"class": self._collection, "id": row.id, "properties": properties}
        if self._has_tenants:
            if row.tenant is None:
                self._refuse("the function of the rebuild gave it no tenant", row.id, tenant)
            body["tenant"] = row.tenant
        vectors = {
            name: vector
            for name, vector in row.vectors.items()
            if name in self._vectors and name not in self._revectorized and vector is not None
        }
        if None in vectors:
            body["vector"] = vectors.pop(None)
        if vectors:
            body["vectors"] = vectors
        return body

    def _members_of(self, value: Any, members: Members, source: Members | None, path: str, row: Row) -> Any:
        """Return a nested value without the members that only the old collection has."""
        if isinstance(value, list):
            return [self._members_of(item, members, source, path, row) for item in value]
        if not isinstance(value, dict):
            return value
        members_of_both = {}
        for name, member in value.items():
            inner = f"{path}.{name}"
            if name in members:
                nested = members[name]
                older = (source or {}).get(name)
                members_of_both[name] = (
                    member if nested is None else self._members_of(member, nested, older, inner, row)
                )
            elif name not in (source or {}):
                self._refuse_property(inner, row)
        return members_of_both

    def _renamed(self, references: Mapping[str, list[JSONObject]]) -> dict[str, tuple[str, ...]]:
        renamed = {}
        for name, items in references.items():
            new_name = self._reference_names[name]
            if new_name in self._references:
                renamed[new_name] = tuple(self._moved(item["beacon"]) for item in items)
        return renamed

    def _moved(self, beacon: str) -> str:
        before, _, id = beacon.rpartition("/")
        host, _, collection = before.rpartition("/")
        moved = self._physical.get(collection)
        return beacon if moved is None else f"{host}/{moved}/{id}"

    @staticmethod
    def _split(
        properties: Mapping[str, Any], reference_names: frozenset[str]
    ) -> tuple[dict[str, Any], dict[str, list[JSONObject]]]:
        """Divide the properties of an object; a reference without any beacon is left out."""
        if not reference_names:
            return dict(properties), {}
        values = {name: value for name, value in properties.items() if name not in reference_names}
        references = {name: properties[name] for name in properties if name in reference_names and properties[name]}
        return values, references

    def _refuse_property(self, name: str, row: Row) -> NoReturn:
        self._refuse(f"neither the old nor the new collection has the property {name!r}", row.id, row.tenant)

    def _refuse(self, reason: str, id: str, tenant: str | None) -> NoReturn:
        raise MigrationRowError(reason, collection=self._logical, id=id, tenant=tenant)


def _references(body: JSONObject) -> frozenset[str]:
    return frozenset(member["name"] for member in body.get("properties") or () if is_reference(member))


def _members(body: JSONObject) -> dict[str, Any]:
    values = [member for member in body.get("properties") or () if not is_reference(member)]
    return {member["name"]: _nested(member) for member in values}


def _nested(member: JSONObject) -> Members | None:
    inner = member.get("nestedProperties")
    return {nested["name"]: _nested(nested) for nested in inner} if inner else None


def _vectors(body: JSONObject) -> frozenset[str | None]:
    """Return the names of the vectors of a class; the unnamed one is there unless all have names."""
    named = frozenset(body.get("vectorConfig") or {})
    return named | {None} if body.get("vectorIndexType") or not named else named


def _same_vector(sent: Any, stored: Any) -> bool:
    """Return whether a stored vector is the one that was sent, as 32-bit floats."""
    if sent == stored:
        return True
    if stored is None or len(sent) != len(stored):
        return False
    if len(sent) and hasattr(sent[0], "__len__"):
        return all(map(_same_vector, sent, stored))
    return array("f", sent) == array("f", stored)
