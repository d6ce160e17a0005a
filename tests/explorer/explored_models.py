"""A small shop, as the explorer shows it: references in a circle, several vectors, tenants, hostile texts."""

from __future__ import annotations

from datetime import datetime, timezone

from tests.shown_models import HOSTILE
from weaviate_orm import Client, Field, Model, Ref, Session, Vector, field, ref, vector
from weaviate_orm.schema import MultiTenancySpec


class Brand(Model):
    """Who makes it."""

    name: Field[str]
    favourite: Ref[Product | None] = ref(default=None)

    class Meta:
        name = "TestExploredBrand"
        key = ("name",)


class Product(Model):
    title: Field[str]
    price: Field[float]
    in_stock: Field[bool] = field(default=True)
    pieces: Field[int | None] = field(default=None)
    listed: Field[datetime | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    picture: Field[bytes | None] = field(default=None)
    color: Field[str] = field(name="mainColor", default="red")
    brand: Ref[Brand | None] = ref(default=None)
    beside: Ref[list[Product]] = ref(factory=list)
    shape: Vector = vector(default=None)
    smell: Vector = vector(default=None)

    class Meta:
        name = "TestExploredProduct"
        key = ("title",)


class Review(Model):
    text: Field[str]

    class Meta:
        name = "TestExploredReview"
        multi_tenancy = MultiTenancySpec(enabled=True, auto_tenant_creation=True)


MODELS: list[type[Model]] = [Brand, Product, Review]
COUNT = 60
TITLES = [f"lamp {number:02}" for number in range(COUNT)]


def fill(client: Client) -> None:
    """Store brands, products that refer to them, and the reviews of two tenants."""
    brands = [Brand(name=name) for name in ("Ada & Co", HOSTILE)]
    products = [
        Product(
            title=title,
            price=float(number),
            in_stock=number % 3 > 0,
            pieces=None if number == 1 else number,
            listed=datetime(2020, 1, 1 + number % 28, tzinfo=timezone.utc),
            tags=["light", HOSTILE],
            picture=bytes(3000),
            color="red" if number % 2 else "blue",
            brand=brands[number % 2],
            shape=[1.0, number / 10, -number / 20, 0.5],
            smell=[float(number % 7), 1.0],
        )
        for number, title in enumerate(TITLES)
    ]
    products[0].beside = products[1:3]
    brands[0].favourite = products[0]
    with Session(client) as session:
        session.add_all([*brands, *products])
        for tenant, texts in {"acme": ("good", "bad"), "bolt": ("fine",)}.items():
            for text in texts:
                session.add(Review(text=text), tenant=tenant)
        session.commit()
