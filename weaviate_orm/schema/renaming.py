"""Collections under other names: of the server's JSON of a class, the name and the targets of its references. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def renamed_class(body: Mapping[str, Any], rename: Callable[[str], str]) -> dict[str, Any]:
    """Return the JSON of a class, with other names of collections.

    >>> renamed_class({"class": "A", "properties": [{"name": "to", "dataType": ["B"]}]}, lambda name: f"{name}_1")
    {'class': 'A_1', 'properties': [{'name': 'to', 'dataType': ['B_1']}]}
    """
    properties = [renamed_property(member, rename) for member in body.get("properties") or ()]
    return {**body, "class": rename(body["class"]), "properties": properties}


def renamed_property(body: Mapping[str, Any], rename: Callable[[str], str]) -> dict[str, Any]:
    """Return the JSON of a property, with other names of collections; names of other data types are in lower case."""
    return {**body, "dataType": [rename(name) if name[:1].isupper() else name for name in body["dataType"]]}
