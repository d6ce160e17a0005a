"""The physical collections of models: behind an alias, behind one that is to be made, or by their own names. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import count

import attrs

from weaviate_orm.exceptions import SchemaMismatchError
from weaviate_orm.http.collection_names import is_numbered
from weaviate_orm.schema.collection import CollectionSpec


@attrs.frozen
class CreateAlias:
    """``POST /v1/aliases``: a name, and the physical collection that it leads to."""

    name: str
    collection: str


@attrs.frozen
class Places:
    """Where collections are, or will be.

    Attributes:
        by_name: the physical names, by logical name; other collections have one name.
        missing_aliases: those to be made.
    """

    by_name: Mapping[str, str]
    missing_aliases: tuple[CreateAlias, ...]

    def physical(self, name: str) -> str:
        """Return the physical name of a collection."""
        return self.by_name.get(name, name)

    def logical(self, physical: str) -> str:
        """Return the logical name of a physical collection."""
        return next((name for name, collection in self.by_name.items() if collection == physical), physical)


def place_collections(
    specs: Sequence[CollectionSpec], classes: Collection[str], aliases: Mapping[str, str], prefix: str = ""
) -> Places:
    """Return where the collections of models are on a server with some classes and aliases.

    A class without its alias is of a creation that was interrupted; it gets the alias. ``prefix``: what all names on
    the server begin with.

    Raises SchemaMismatchError for a class that has the name of an alias to be made, or several without their alias.
    """
    by_name: dict[str, str] = {}
    missing: list[CreateAlias] = []
    names = {spec.name for spec in specs}
    referred = {target for spec in specs for reference in spec.references for target in reference.targets}
    reserved = {prefix + name for name in names} | set(aliases.values())
    for name in names | referred:
        by_name[name] = aliases.get(prefix + name, prefix + name)
    for spec in specs:
        alias = prefix + spec.name
        if spec.alias and alias not in aliases:
            by_name[spec.name] = _place(alias, classes, reserved)
            missing.append(CreateAlias(alias, by_name[spec.name]))
    return Places(by_name, tuple(missing))


def _place(name: str, classes: Collection[str], reserved: Collection[str]) -> str:
    if name in classes:
        raise SchemaMismatchError(
            name,
            [
                "it is a class of this name, which an alias cannot have, and the model says alias=True: convert it "
                "once, by weaviate-orm rebuild --to-alias or by migrations"
            ],
        )
    copies = [collection for collection in classes if is_numbered(collection, name) and collection not in reserved]
    if len(copies) > 1:
        raise SchemaMismatchError(
            name,
            [
                f"the alias {name} is missing, and it may have led to any of {', '.join(sorted(copies))}: create it by "
                f"client.alias.create()"
            ],
        )
    if copies:
        return copies[0]
    return next(place for number in count(1) if (place := f"{name}_{number}") not in reserved)
