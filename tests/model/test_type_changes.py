"""Values of types that Weaviate has none of its own for: changed in place, by ``update()``, and by other programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import attrs

from tests.empty_collections import empty_collections
from tests.model.stored_types_models import MODELS, Box, Celsius, Colour, Slug, Thing, things, values_of
from weaviate_orm import Client, Field, Model, Session, create_all, field


def test_changes(client: Client) -> None:
    with empty_collections(client, MODELS), Session(client) as session:
        thing = things()[1]
        session.add(thing)
        session.commit()
        assert list(session.dirty) == []
        assert thing.address is not None
        assert thing.outline is not None
        changes: list[Callable[[], object]] = [
            partial(thing.tags.add, "more"),
            partial(thing.counts.update, a=7),
            partial(thing.boxes[Colour.RED].labels.add, "l"),
            partial(dict.update, thing.address, street="Spui"),
            partial(setattr, thing.pair[0], "width", 9),
            partial(setattr, thing.heat, "degrees", 5),
            partial(thing.outline.corners.append, 3.0),
            partial(setattr, thing, "steps", (1.0,)),
        ]
        for change in changes:
            change()
            assert list(session.dirty) == [thing]
            session.commit()
            assert list(session.dirty) == []
            with Session(client) as other:
                assert values_of(other.query(Thing).one()) == values_of(thing)


def test_update_get_or_create_and_upsert(client: Client) -> None:
    with empty_collections(client, MODELS), Session(client) as session:
        thing, is_new = session.query(Thing).get_or_create(
            name="n", price=Decimal("1.0"), codes=frozenset(), defaults={"opens": time(5)}
        )
        assert is_new
        again, is_new = session.query(Thing).get_or_create(name="n", price=Decimal("1.00"), codes=frozenset())
        assert (again, is_new) == (thing, False)
        values: dict[str, Any] = {
            "spans": (timedelta(1),),
            "counts": {"x": 1},
            "opens": time(1),
            "box": Box(1),
            "heat": Celsius(1),
            "weight": Decimal("3"),
        }
        assert session.query(Thing).where(price=Decimal(1)).update(**values) == 1
        session.upsert([Thing(name="n", price=Decimal("1"), slug=Slug("s"), **values)])
        session.commit()
        with Session(client) as other:
            stored = other.query(Thing).one()
            assert {name: getattr(stored, name) for name in values} == values
            assert (stored.slug, stored.id) == (Slug("s"), thing.id)


def test_an_absent_value_is_an_empty_collection(client: Client) -> None:
    with empty_collections(client, MODELS):
        client.data_object.create({"name": "bare", "box": {"width": 1}}, "TestTypesThing")
        with Session(client) as session:
            query = session.query(Thing).only(
                "name", "tags", "codes", "steps", "words", "counts", "maybe", "box", "pair"
            )
            for bare in (query.one(), query.order_by("name").one()):
                assert (bare.tags, bare.codes, bare.steps, bare.words) == (set(), frozenset(), (), [])
                assert (bare.counts, bare.maybe, bare.box, bare.pair) == ({}, None, Box(1), ())
                session.expire_all()


def test_members_of_dicts_that_the_class_does_not_map_stay(client: Client, unique: str) -> None:
    """As those of other nested objects, which another program wrote."""

    @attrs.define
    class Wide:
        a: int
        b: str | None = None

    @attrs.define
    class Narrow:
        a: int

    class Newer(Model):
        parts: Field[dict[str, Wide]] = field(factory=dict)

        class Meta:
            name = f"{unique}Parts"

    class Older(Model):
        parts: Field[dict[str, Narrow]] = field(factory=dict)

        class Meta:
            name = f"{unique}Parts"

    create_all(client, [Newer])
    with Session(client) as session:
        session.add(Newer(parts={"x": Wide(1, "kept"), "y": Wide(2, "kept too")}))
        session.commit()
    with Session(client) as session:
        older = session.query(Older).one()
        older.parts["x"].a = 9
        older.parts["z"] = Narrow(3)
        session.commit()
    with Session(client) as session:
        assert session.query(Newer).one().parts == {"x": Wide(9, "kept"), "y": Wide(2, "kept too"), "z": Wide(3)}
