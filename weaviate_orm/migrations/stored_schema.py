"""The collections of a server, under the names that models have for them."""

from __future__ import annotations

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import read_classes
from weaviate_orm.http.collection_names import logical_names
from weaviate_orm.http.response import reading_values
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.renaming import renamed_class
from weaviate_orm.types import JSONObject


@attrs.frozen(eq=False)
class StoredCollection:
    """A collection of the server.

    Attributes:
        physical: the name of its class on the server.
        body: the JSON of the class, with the server's names.
        spec: the collection, with the names of the models; ``alias`` says whether it is behind one.
    """

    physical: str
    body: JSONObject
    spec: CollectionSpec


class StoredSchema:
    """The collections of a server, read by two requests.

    Attributes:
        classes: the JSON of each class, by the server's names.
        aliases: the server's names of collections, by their aliases.
    """

    def __init__(self, client: Client) -> None:
        self.classes = read_classes(client)
        self.aliases = client.alias.list_all()
        self._logical = logical_names(self.aliases)

    def logical(self, physical: str) -> str:
        """Return the name that models have for a collection."""
        return self._logical.get(physical, physical)

    def physical(self, logical: str) -> str:
        """Return the server's name of a collection."""
        return self.aliases.get(logical, logical)

    def collection(self, logical: str) -> StoredCollection | None:
        """Return a collection, or None if the server does not have it."""
        physical = self.physical(logical)
        body = self.classes.get(physical)
        if body is None:
            return None
        # the alias of one that is renamed does not have its number
        names = {physical: logical}
        with reading_values(f"the class {physical}"):
            spec = CollectionSpec.from_json(renamed_class(body, lambda name: names.get(name) or self.logical(name)))
        return StoredCollection(physical, body, attrs.evolve(spec, alias=physical != logical))

    def specs(self) -> dict[str, CollectionSpec]:
        """Return the collections that models can have: not the old copies of rebuilds."""
        return {
            name: stored.spec
            for name in map(self.logical, self.classes)
            if (stored := self.collection(name)) is not None
        }
