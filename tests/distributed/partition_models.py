"""Models that workers import by their path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from weaviate_orm import Field, Model, Ref, field, ref

DIMENSIONS = 128


class Mill(Model):
    name: Field[str] = field(tokenization="field")
    founded: Field[int | None] = field(default=None)
    opened: Field[datetime | None] = field(default=None)

    class Meta:
        name = "TestPartitionsMill"
        key = "name"


class Shop(Model):
    name: Field[str] = field(tokenization="field")
    rolls: Ref[list[Roll]] = ref(inverse="shop", factory=list)

    class Meta:
        name = "TestPartitionsShop"
        key = "name"


class Cloth(Model):
    """What heavy tests store: a vector, a reference to one object and one to several."""

    number: Field[int]
    title: Field[str]
    mill: Ref[Mill | None] = ref(default=None)
    like: Ref[list[Mill]] = ref(factory=list)

    class Meta:
        name = "TestPartitionsCloth"
        key = "number"
        dimensions = DIMENSIONS


class Roll(Model):
    number: Field[int]
    metres: Field[float | None] = field(default=None)
    picture: Field[bytes | None] = field(default=None)
    shop: Ref[Shop | None] = ref(inverse="rolls", default=None)
    mill: Ref[Mill | None] = ref(default=None)
    beside: Ref[list[Roll]] = ref(factory=list)

    class Meta:
        name = "TestPartitionsRoll"
        key = "number"


class Scrap(Model):
    """It has no key."""

    text: Field[str]

    class Meta:
        name = "TestPartitionsScrap"


MODELS: tuple[type[Model], ...] = (Mill, Shop, Cloth, Roll, Scrap)

MILLS = 50


def mill_rows() -> list[dict[str, Any]]:
    return [{"name": f"Mill {number}", "founded": 1800 + number} for number in range(MILLS)]


def mill_id(number: int) -> str:
    return str(Mill(name=f"Mill {number % MILLS}").id)


def cloth_row(number: int) -> dict[str, Any]:
    """A row of the heavy tests; the numbers of its vector are exact as 32-bit floats."""
    return {
        "number": number,
        "title": f"cloth {number}",
        "vector": [((number * 31 + place * 7) % 257) / 256 - 0.5 for place in range(DIMENSIONS)],
        "mill__id": mill_id(number),
        "like__id": [mill_id(number + step) for step in range(1, 1 + number % 3)],
    }


def stored_form(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row as :func:`tests.distributed.stored_objects.read_all` returns it of the server."""
    links = {"mill": [row["mill__id"]], "like": sorted(row["like__id"])}
    values = {"number": row["number"], "title": row["title"]}
    return values, tuple(row["vector"]), {name: ids for name, ids in links.items() if ids}
