"""All that the server has of a class, as the REST interface lists it: each reference as often as it is stored."""

from __future__ import annotations

from typing import Any

from weaviate_orm import Client, Model
from weaviate_orm.beacons import parse_beacon
from weaviate_orm.http.stored_objects import read_page

PAGE = 1000


def read_all(client: Client, model: type[Model]) -> dict[str, tuple[Any, ...]]:
    """Properties, vector and the ids that references lead to, by id."""
    references = {reference.spec.name for reference in model.__mapper__.entity.references.values()}
    stored: dict[str, tuple[Any, ...]] = {}
    after = None
    while True:
        page = read_page(client.transport, model.__mapper__.collection_name, PAGE, after, {"include": "vector"})
        for body in page:
            properties = body.get("properties") or {}
            links = {
                name: sorted(parse_beacon(reference["beacon"])[1] for reference in properties[name])
                for name in properties.keys() & references
            }
            values = {name: value for name, value in properties.items() if name not in references}
            assert body["id"] not in stored
            stored[body["id"]] = (values, tuple(body.get("vector") or ()), links)
        if len(page) < PAGE:
            return stored
        after = page[-1]["id"]
