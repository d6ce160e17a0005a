"""The server's rules for names, checked before anything is sent.

Weaviate capitalises the first letter of a class and lower-cases that of a property without a word (measured on
Weaviate 1.39), so that ``article`` comes back as ``Article`` and ``Title`` as ``title``. Such names are refused.
"""

from __future__ import annotations

import re
from typing import Final

from weaviate_orm.exceptions import MappingError

RESERVED_PROPERTY_NAMES: Final = frozenset({"id", "_id", "_additional", "__typename"})
"""The last is GraphQL's: the server stores such a property, and answers the name of its type (measured on 1.39)."""

_CLASS = re.compile(r"[A-Z][_0-9A-Za-z]{0,254}")
_PROPERTY = re.compile(r"[_a-z][_0-9A-Za-z]{0,230}")
_NESTED = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_VECTOR = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,229}")
_TENANT = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_class_name(name: str) -> None:
    """Raise MappingError unless a collection can have this name."""
    if not _CLASS.fullmatch(name):
        raise MappingError(
            f"a collection cannot be named {name!r}: it takes an upper-case letter of A-Z, then at most 254 letters, "
            f"digits and underscores"
        )


def check_property_name(name: str) -> None:
    """Raise MappingError unless a property or a reference can have this name.

    The endings that 1.39 reserves for its indexes (``_temp``, ``_searchable``, …) are left to the server: older ones
    take them, and collections that have them live on.
    """
    if not _PROPERTY.fullmatch(name):
        raise MappingError(
            f"a property cannot be named {name!r}: it takes a lower-case letter of a-z or an underscore, then at most "
            f"230 letters, digits and underscores"
        )
    if name in RESERVED_PROPERTY_NAMES:
        raise MappingError(f"a property cannot be named {name!r}: Weaviate or GraphQL keeps that name for itself")


def check_nested_name(name: str) -> None:
    """Raise MappingError unless a property inside an object property can have this name."""
    if not _NESTED.fullmatch(name):
        raise MappingError(
            f"a nested property cannot be named {name!r}: it takes a letter or an underscore, then letters, digits and "
            f"underscores"
        )


def check_vector_name(name: str) -> None:
    """Raise MappingError unless a named vector can have this name."""
    if not _VECTOR.fullmatch(name):
        raise MappingError(
            f"a vector cannot be named {name!r}: it takes a letter or an underscore, then at most 229 letters, digits "
            f"and underscores"
        )


def check_tenant_name(name: str) -> None:
    """Raise MappingError unless a tenant can have this name."""
    if not _TENANT.fullmatch(name):
        raise MappingError(
            f"a tenant cannot be named {name!r}: it takes 1 to 64 letters, digits, underscores and hyphens"
        )
