"""Collections under other names, in the server's JSON of classes and filters. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Rename = Callable[[str], str]


def renamed_class(body: Mapping[str, Any], rename: Rename) -> dict[str, Any]:
    """Return the JSON of a class, with other names of collections.

    >>> renamed_class({"class": "A", "properties": [{"name": "to", "dataType": ["B"]}]}, lambda name: f"{name}_1")
    {'class': 'A_1', 'properties': [{'name': 'to', 'dataType': ['B_1']}]}
    """
    properties = [renamed_property(member, rename) for member in body.get("properties") or ()]
    return {**body, "class": rename(body["class"]), "properties": properties}


def renamed_property(body: Mapping[str, Any], rename: Rename) -> dict[str, Any]:
    """Return the JSON of a property, with other names of collections; names of other data types are in lower case."""
    return {**body, "dataType": [rename(name) if name[:1].isupper() else name for name in body["dataType"]]}


def renamed_filter(where: Mapping[str, Any], rename: Rename) -> dict[str, Any]:
    """Return a filter, of GraphQL or of the REST interface, with other names of collections.

    >>> renamed_filter({"path": ["author", "Author", "name"], "operator": "IsNull"}, lambda name: f"{name}_2")
    {'path': ['author', 'Author_2', 'name'], 'operator': 'IsNull'}
    """
    renamed = dict(where)
    if "operands" in renamed:
        renamed["operands"] = [renamed_filter(operand, rename) for operand in renamed["operands"]]
    path = renamed.get("path")
    if path is not None and len(path) > 1:
        renamed["path"] = [rename(step) if place % 2 else step for place, step in enumerate(path)]
    return renamed
