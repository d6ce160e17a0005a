"""Names of classes and attributes for the server's names of collections and properties."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable

import attrs

from weaviate_orm.model.metaclass import RESERVED

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

IN_BODIES = frozenset({"attrs", "bool", "bytes", "datetime", "field", "float", "int", "list", "ref", "str", "vector"})
"""Names that the bodies of the classes use; an attribute of the same name would hide them."""


def class_name(collection: str) -> str:
    """Return a collection's name as that of a class.

    >>> class_name("Article"), class_name("My_old_articles")
    ('Article', 'MyOldArticles')
    """
    if "_" not in collection:
        return collection
    return "".join(word[:1].upper() + word[1:] for word in collection.split("_"))


def attribute_name(name: str) -> str:
    """Return the name of a property, a reference or a vector as that of an attribute.

    >>> attribute_name("wordCount"), attribute_name("sourceURL"), attribute_name("_2nd__try")
    ('word_count', 'source_url', 'nd_try')
    """
    words = re.sub(r"_+", "_", _WORDS.sub("_", name)).lower()
    return words.lstrip("_0123456789").rstrip("_") or "value"


@attrs.define
class Names:
    """The names of one namespace, each given once.

    Attributes:
        reserved: names that are not given.
    """

    reserved: Collection[str] = ()
    _in_use: set[str] = attrs.field(factory=set)

    def take(self, wish: str, suffix: str = "") -> str:
        """Return a name that is free: the wish, else the wish with the suffix, else that with a number."""
        names = (wish, f"{wish}{suffix}", *(f"{wish}{suffix}{number}" for number in range(2, len(self._in_use) + 4)))
        name = next(name for name in names if self._is_free(name))
        self._in_use.add(name)
        return name

    def _is_free(self, name: str) -> bool:
        return name not in self._in_use and name not in self.reserved and not keyword.iskeyword(name)


def attribute_names(members: Iterable[tuple[str, str]], reserved: Collection[str] = ()) -> list[str]:
    """Return the attributes of members, in their order; names that can be attributes stay as they are.

    Args:
        members: the server's names, each with a suffix for where the name cannot be used: ``_field``.
        reserved: names that no attribute may have, besides those of every model.
    """
    names = Names({*RESERVED, *IN_BODIES, *reserved})
    wishes = [(name, attribute_name(name), suffix) for name, suffix in members]
    unchanged_first = sorted(range(len(wishes)), key=lambda place: wishes[place][0] != wishes[place][1])
    attributes = {place: names.take(*wishes[place][1:]) for place in unchanged_first}
    return [attributes[place] for place in range(len(wishes))]
