"""What the server should hold, in plain Python: the properties, the vector and the references of each object."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

import attrs

from tests.session.stateful.models import ANCHOR
from weaviate_orm import Client

Key = tuple[str, int]
"""An object: its kind and the number of its id."""


@attrs.frozen(repr=False)
class Relation:
    """A reference of a kind of objects; ``kept`` where it may lead to what was deleted."""

    name: str
    target: str
    many: bool
    inverse: str | None = None
    on_delete: str = "nothing"

    def __repr__(self) -> str:
        return self.name

    @property
    def kept(self) -> bool:
        return self.on_delete == "nothing" and self.inverse is None


RELATIONS: dict[str, tuple[Relation, ...]] = {
    "Shelf": (Relation("books", "Book", True, inverse="shelf"),),
    "Topic": (Relation("books", "Book", True, inverse="topics"),),
    "Person": (
        Relation("partner", "Person", False, inverse="partner"),
        Relation("friends", "Person", True, inverse="friends"),
    ),
    "Book": (
        Relation("shelf", "Shelf", False, inverse="books"),
        Relation("topics", "Topic", True, inverse="books"),
        Relation("author", "Person", False, on_delete="clear"),
        Relation("readers", "Person", True, on_delete="clear"),
        Relation("cites", "Book", True),
    ),
    "Review": (
        Relation("book", "Book", False, on_delete="cascade"),
        Relation("critic", "Person", False),
    ),
}
BY_NAME = {(kind, each.name): each for kind, relations in RELATIONS.items() for each in relations}
PREFIX = "TestStateful"


@attrs.define
class Record:
    """One object. Empty values are left out of ``properties``, and empty references are empty lists."""

    properties: dict[str, Any]
    vector: list[float] | None
    references: dict[str, list[Key]]


@attrs.define
class Store:
    """Objects by their keys."""

    objects: dict[Key, Record] = attrs.field(factory=dict)

    def copy(self) -> Store:
        return copy.deepcopy(self)

    # -- references and their inverses

    def assign(self, key: Key, name: str, targets: Iterable[Key]) -> None:
        """Let a reference lead to other objects; its inverse follows."""
        references = self.objects[key].references
        before, after = references[name], list(targets)
        references[name] = after
        inverse = BY_NAME[key[0], name].inverse
        if inverse is not None:
            for target in before:
                if target not in after:
                    self._part(target, inverse, key)
            for target in after:
                if target not in before:
                    self._join(target, inverse, key)

    def _join(self, key: Key, name: str, source: Key) -> None:
        references = self.objects[key].references
        before = references[name]
        if source in before:
            return
        if BY_NAME[key[0], name].many:
            before.append(source)
            return
        references[name] = [source]
        for other in before:
            inverse = BY_NAME[key[0], name].inverse
            assert inverse is not None
            self._part(other, inverse, key)

    def _part(self, key: Key, name: str, source: Key) -> None:
        if key in self.objects:
            references = self.objects[key].references
            references[name] = [each for each in references[name] if each != source]

    def edges(self) -> Iterator[tuple[Key, Relation, Key]]:
        """All references, one by one."""
        for key, record in self.objects.items():
            for relation in RELATIONS[key[0]]:
                for target in record.references[relation.name]:
                    yield key, relation, target

    def one_sided(self) -> list[tuple[Key, Relation, Key]]:
        """The references whose inverse does not lead back."""
        return [
            (key, relation, target)
            for key, relation, target in self.edges()
            if relation.inverse is not None
            and (target not in self.objects or key not in self.objects[target].references[relation.inverse])
        ]

    # -- what a flush brings with it

    def doomed_by(self, deleted: Iterable[Key]) -> set[Key]:
        """What is deleted, with all that cascades delete."""
        doomed = set(deleted)
        edges = [(key, target) for key, relation, target in self.edges() if relation.on_delete == "cascade"]
        while more := {key for key, target in edges if target in doomed} - doomed:
            doomed |= more
        return doomed

    def remove(self, doomed: Collection[Key]) -> None:
        """Delete objects, and all references to them."""
        for key in doomed:
            self.objects.pop(key, None)
        for record in self.objects.values():
            for name, targets in record.references.items():
                record.references[name] = [each for each in targets if each not in doomed]

    def reached_from(self, roots: Iterable[Key], among: Collection[Key]) -> set[Key]:
        """Those of some objects that others lead to, directly or by way of each other."""
        found: set[Key] = set()
        waiting = list(roots)
        while waiting:
            record = self.objects.get(waiting.pop())
            for targets in record.references.values() if record is not None else ():
                new = [each for each in targets if each in among and each not in found]
                found |= set(new)
                waiting += new
        return found

    # -- comparing

    def differences(self, actual: Store) -> set[tuple[Key, str]]:
        """Where another store differs: an object that is there or not (""), its properties, vector, a reference.

        The order of references does not count here, nor do those that lead to deleted objects where they may.
        """
        found: set[tuple[Key, str]] = set()
        for key in {*self.objects, *actual.objects}:
            mine, theirs = self.objects.get(key), actual.objects.get(key)
            if mine is None or theirs is None:
                found.add((key, ""))
                if mine is not None:
                    found |= {(key, name) for name in mine.references if self._live(key, name, mine)}
                continue
            if mine.properties != theirs.properties:
                found.add((key, "properties"))
            if mine.vector != theirs.vector:
                found.add((key, "vector"))
            for name in mine.references:
                if self._live(key, name, mine) != self._live(key, name, theirs):
                    found.add((key, name))
        return found

    def _live(self, key: Key, name: str, record: Record) -> list[Key]:
        kept = BY_NAME[key[0], name].kept
        return sorted(each for each in record.references[name] if not kept or each in self.objects)


def read(client: Client) -> Store:
    """What the server holds."""
    store = Store()
    for kind, relations in RELATIONS.items():
        params = {"class": _physical(client, kind), "limit": 10_000, "include": "vector"}
        for body in client.transport.request("GET", "/objects", params=params).json()["objects"]:
            if body["id"] == str(ANCHOR):
                continue
            properties = body["properties"]
            references = {each.name: [_key(found) for found in properties.pop(each.name, ())] for each in relations}
            store.objects[kind, UUID(body["id"]).int] = Record(
                {name: value for name, value in properties.items() if value not in (None, [])},
                body.get("vector") or None,
                references,
            )
    return store


def write_references(client: Client, key: Key, name: str, targets: Iterable[Key]) -> None:
    """Set a reference on the server, as another program does."""
    beacons = [
        {"beacon": f"weaviate://localhost/{_physical(client, kind)}/{UUID(int=number)}"} for kind, number in targets
    ]
    path = f"/objects/{_physical(client, key[0])}/{UUID(int=key[1])}/references/{name}"
    client.transport.request("PUT", path, json=beacons)


def _key(reference: dict[str, Any]) -> Key:
    *_, collection, uuid = reference["beacon"].split("/")
    return collection.removeprefix(PREFIX).partition("_")[0], UUID(uuid).int


def _physical(client: Client, kind: str) -> str:
    """The collection of a kind, of which some are behind aliases."""
    return client.transport.collection_names.physical(PREFIX + kind)
