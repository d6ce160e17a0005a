"""Schemas against a real server: what is loaded in one request, and references that are written by ids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pydantic
import pytest
from pydantic import Field

from tests.contrib.shop_models import Article, Country, Maker, Page, Size
from tests.empty_collections import empty_collections
from weaviate_orm import Client, Model, NotLoadedError, Session, StaleObjectError, ValidationError
from weaviate_orm.aio import AsyncSession
from weaviate_orm.contrib.pydantic import ModelSchema, ReferenceId, apply, build, loading, schema
from weaviate_orm.testing import recorded_requests

MODELS: list[type[Model]] = [Article, Maker, Country, Page]


class CountryOut(ModelSchema[Country], include={"id", "name"}): ...


class MakerOut(ModelSchema[Maker], exclude={"address"}):
    country: CountryOut | None


class ArticleOut(ModelSchema[Article], exclude={"price"}):
    maker: MakerOut | None
    sellers: list[ReferenceId]
    about: ReferenceId | None


class ArticleIn(ModelSchema[Article], exclude={"id"}):
    maker: ReferenceId | None = None
    sellers: list[ReferenceId] = Field(default_factory=list)


class ArticlePatch(ModelSchema[Article], include={"title", "size"}, partial=True):
    maker: ReferenceId | None = None
    about: ReferenceId | None = None


@pytest.fixture(scope="module")
def shop(client: Client) -> Iterator[Client]:
    with empty_collections(client, MODELS):
        with Session(client) as session:
            country = Country(name="UK", anthem="God save")
            ada, bo = Maker(name="Ada", address="Here", country=country), Maker(name="Bo")
            session.add_all(
                [
                    Article(
                        title="Ball",
                        body="long",
                        size=Size(1, 2),
                        look=[1, 0],
                        maker=ada,
                        sellers=[ada, bo],
                        about=country,
                    ),
                    Article(title="Dice", look=[0, 1], maker=bo, about=bo),
                ]
            )
            session.commit()
        yield client


@pytest.fixture
def session(shop: Client) -> Iterator[Session]:
    with Session(shop) as opened:
        yield opened


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def show(shown: type[ModelSchema[Any]], instances: list[Any]) -> list[dict[str, Any]]:
    return [shown.model_validate(instance).model_dump() for instance in instances]


def test_what_a_schema_shows_is_loaded_in_one_request(shop: Client, session: Session) -> None:
    with recorded_requests(shop) as requests:
        articles = loading(session.query(Article).order_by("title"), ArticleOut).all()
        ball, dice = show(ArticleOut, articles)
    assert len(requests) == 1
    assert (ball["title"], ball["body"], dice["body"]) == ("Ball", "long", "")
    assert (ball["maker"]["name"], ball["maker"]["country"]["name"]) == ("Ada", "UK")
    assert (dice["maker"]["name"], dice["maker"]["country"]) == ("Bo", None)
    assert (len(ball["sellers"]), dice["sellers"]) == (2, [])
    assert dice["about"] == dice["maker"]["id"]
    assert "price" not in vars(articles[0])
    assert "address" not in vars(articles[0].maker)
    assert articles[0].maker is not None
    assert "anthem" not in vars(articles[0].maker.country)


def test_hits_and_slices_are_loaded_in_one_request(shop: Client, session: Session) -> None:
    class Found(ModelSchema[Article], include={"title"}):
        maker: MakerOut | None
        distance: float

    with recorded_requests(shop) as requests:
        hits = loading(session.query(Article).near_vector([1.0, 0.0], target="look"), Found).limit(1).hits()
        assert show(Found, hits)[0]["title"] == "Ball"
    assert len(requests) == 1


def test_vectors_and_times_are_loaded_in_one_request(shop: Client, session: Session) -> None:
    made = schema(Article, include={"title", "look", "created_at", "updated_at"})
    for read in (lambda query: query.all(), lambda query: query.limit(5).all(), lambda query: list(query.iterator())):
        session.close()
        with recorded_requests(shop) as requests:
            shown = show(made, read(loading(session.query(Article), made)))
        assert len(requests) == 1
        assert all(isinstance(row["created_at"], datetime) and row["updated_at"] for row in shown)
        assert sorted(row["look"] for row in shown) == [[0.0, 1.0], [1.0, 0.0]]


def test_a_property_of_python_reads_what_it_needs(shop: Client, session: Session) -> None:
    class Headed(ModelSchema[Article], include={"id"}):
        headline: str

    with recorded_requests(shop) as requests:
        articles = loading(session.query(Article).order_by("title"), Headed).all()
        assert [row["headline"] for row in show(Headed, articles)] == ["Ball at 1.5", "Dice at 1.5"]
    assert len(requests) == 1
    assert "body" not in vars(articles[0])  # deferred


def test_objects_of_several_classes_are_loaded_with_the_objects(shop: Client, session: Session) -> None:
    class Name(ModelSchema[Maker], include={"name"}): ...

    made = schema(Article, include={"title"}, refs={"about": Name | CountryOut})
    with recorded_requests(shop) as requests:
        shown = show(made, loading(session.query(Article).order_by("title"), made).all())
    assert len(requests) == 1
    assert [row["about"]["name"] for row in shown] == ["UK", "Bo"]


def test_what_is_not_loaded_is_an_error_where_nothing_may_be(session: Session) -> None:
    ball = session.query(Article).where(title="Ball").raiseload().one()
    with pytest.raises(pydantic.ValidationError, match="maker is not loaded"):
        ArticleOut.model_validate(ball)


@pytest.mark.anyio
async def test_an_asynchronous_session_loads_what_a_schema_shows(shop: Client) -> None:
    async with AsyncSession(shop) as session:
        with recorded_requests(shop) as requests:
            articles = await loading(session.query(Article).order_by("title"), ArticleOut).all()
            assert [row["maker"]["name"] for row in show(ArticleOut, articles)] == ["Ada", "Bo"]
        assert len(requests) == 1


def test_references_are_written_by_ids(shop: Client, session: Session) -> None:
    bo = session.query(Maker).get(name="Bo")
    with recorded_requests(shop) as requests:
        built = build(ArticleIn.model_validate({"title": "New", "maker": bo.id, "sellers": [bo.id]}))
    assert (built.maker, built.sellers) == (bo, [bo])
    assert requests == []  # the session has it
    session.add(built)
    session.commit()
    ada = session.query(Maker).get(name="Ada")
    country = session.query(Country).one()
    with recorded_requests(shop) as requests:
        apply(ArticlePatch.model_validate({"title": "Newer", "maker": ada.id}), built)
    assert requests == []
    apply(ArticlePatch.model_validate({"about": country.id}), built)
    assert (built.title, built.maker, built.about) == ("Newer", ada, country)
    with pytest.raises(ValidationError, match="is not stored") as caught:
        apply(ArticlePatch.model_validate({"title": "None", "maker": UUID(int=1)}), built)
    assert (caught.value.field, built.title) == ("maker", "Newer")
    session.commit()
    session.delete(built)
    session.commit()


def test_objects_of_references_are_changed_where_they_are_stored(session: Session) -> None:
    class MakerIn(ModelSchema[Maker], partial=True):
        id: UUID | None = None

    class Sold(ModelSchema[Article], include={"title"}):
        sellers: list[MakerIn]

    ball = session.query(Article).where(title="Ball").one()
    bo = session.query(Maker).get(name="Bo")
    apply(
        Sold.model_validate(
            {"title": "Ball", "sellers": [{"id": bo.id, "address": "There"}, {"name": "Cy", "address": "Far"}]}
        ),
        ball,
    )
    assert ball.sellers[0] is bo
    assert (bo.address, ball.sellers[1].name) == ("There", "Cy")
    session.rollback()


def test_what_a_reference_by_id_replaces_is_not_loaded(shop: Client, session: Session) -> None:
    bo = session.query(Maker).get(name="Bo")
    ball = session.query(Article).where(title="Ball").one()
    with recorded_requests(shop) as requests:
        apply(ArticlePatch.model_validate({"about": bo.id}), ball)
    assert requests == []
    assert ball.about is bo
    session.rollback()


def test_references_by_ids_are_looked_up_in_one_query(shop: Client, session: Session) -> None:
    ids = [maker.id for maker in session.query(Maker).all()]
    session.close()
    ball = session.query(Article).where(title="Ball").one()
    made = schema(Article, include={"title"}, refs={"sellers": UUID})
    with recorded_requests(shop) as requests:
        apply(made.model_validate({"title": "Ball", "sellers": ids}), ball)
    assert len(requests) == 1
    assert [seller.id for seller in ball.sellers] == ids
    session.rollback()


@pytest.mark.anyio
async def test_references_by_ids_are_found_in_a_thread(shop: Client) -> None:
    async with AsyncSession(shop) as session:
        ball = await session.query(Article).where(title="Ball").include("maker").one()
        bo = await session.query(Maker).get(name="Bo")
        country = await session.query(Country).one()
        patch = ArticlePatch.model_validate({"title": "Balls", "about": country.id})
        with pytest.raises(NotLoadedError, match="would block the event loop"):
            apply(patch, ball)
        assert ball.title == "Ball"
        await session.run(apply, patch, ball)
        assert (ball.title, ball.about) == ("Balls", country)
        data = ArticleIn.model_validate({"title": "New", "maker": bo.id})
        built = await session.run(lambda: build(data))
        assert built.maker is bo


def test_a_stale_version_is_refused(session: Session) -> None:
    page = Page(text="a")
    session.add(page)
    session.commit()
    made = schema(Page)
    shown = made.model_validate(page)
    page.text = "b"
    session.commit()
    with pytest.raises(StaleObjectError):
        apply(shown, page)
    apply(made.model_validate({"id": page.id, "text": "c", "version": page.version}), page)
    session.commit()
    assert page.text == "c"
