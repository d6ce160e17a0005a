"""Mistakes that both type checkers must flag: every line that ends in a mark, and no other."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from typing_extensions import TypedDict

from weaviate_orm import (
    Boost,
    Client,
    Field,
    Model,
    Ref,
    ScopedSession,
    Session,
    field,
    listen,
    listens_for,
    ref,
    register_type,
    unlisten,
    vector,
)
from weaviate_orm.aio import AsyncSession
from weaviate_orm.contrib.fastapi import AsyncSessionDep, LimitOffsetPage, PageDep
from weaviate_orm.contrib.pydantic import ModelSchema, apply, build, loading, schema
from weaviate_orm.distributed import ClientSettings, PartitionReport, store_dask, store_partition, store_spark
from weaviate_orm.embedders import Embedder, WordLlama


class Author(Model):
    name: Field[str]


class Article(Model):
    title: Field[str]
    words: Field[int] = field(default=0)
    authors: Ref[list[Author]] = ref(factory=list)
    editor: Ref[Author | None] = ref(default=None)
    bare: Field[str | None] = None  # mistake


class Place(TypedDict):
    street: str


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents


class Offer(Model):
    price: Field[Decimal]
    takes: Field[timedelta] = field(default=timedelta(1))
    tags: Field[set[str]] = field(factory=set)
    days: Field[tuple[date, ...]] = field(default=())
    place: Field[Place | None] = field(default=None)
    rating: Field[Decimal] = field(default=Decimal(1), stored_as=str)  # mistake


article = Article(title="x")
offer = Offer(price=Decimal(1))

Offer(price=1.5)  # mistake
offer.price = "1.5"  # mistake
offer.takes = 3  # mistake
offer.tags = ["a"]  # mistake
offer.days = [date(2020, 1, 1)]  # mistake
offer.place = {"sity": "x"}  # mistake
print(Offer.takes > 3)  # mistake
register_type(Money, stored_as=int, encode=lambda money: money.euros, decode=Money)  # mistake
register_type(Money, stored_as=int, encode=lambda money: money.cents, decode=str)  # mistake
register_type(Money, encode=lambda money: money.cents, decode=Money)  # mistake
mean: float = Offer.query.aggregate(Offer.takes.mean())  # mistake

Article()  # mistake
Article(title=1)  # mistake
Article(titel="x")  # mistake
Article("x")  # mistake
article.title = 3  # mistake
article.words = "many"  # mistake
print(article.titel)  # mistake
article.editor = article  # mistake
article.authors = Author(name="Ada")  # mistake
article.title.like("x")  # mistake
print(Article.titel)  # mistake
print(Article.words > "many")  # mistake
Article.query.where(article.title > "x")  # mistake
Article.query.where(True)  # mistake
Article.query.limit("10")  # mistake
Article.query.near_text(3)  # mistake
Article.query.one().titel  # mistake
Article.query.where(article.title.contains("x"))  # mistake
Article.query.bm25("x", operator="xor")  # mistake
Article.query.boost("words")  # mistake
Boost.numeric_decay(Article.words, scale=1)  # mistake
Boost.time_decay(Article.words, scale=1)  # mistake
Boost.numeric_property(Article.words, modifier="ln")  # mistake
Article.query.aggregate(Article.words)  # mistake
Article.query.with_metadata("scor")  # mistake
Article.query.delete().all()  # mistake
wrong: str = Article.query.aggregate(Article.words.mean())  # mistake


def run(client: Client) -> None:
    session = Session(client, batch_size="10")  # mistake
    session.add("article")  # mistake
    session.get(Article, 3)  # mistake
    session.upsert(article)  # mistake
    ScopedSession(Session(client))  # mistake
    found: Author = session.query(Article).one()  # mistake
    print(found.name)


def note(author: Author, session: Session) -> None: ...


listen(Author, "load", note)
listen(Author, "before_insrt", note)  # mistake
listen(Author, "before_flush", note)  # mistake
listen(Article, "load", note)  # mistake
listen(Session, "before_flush", note)  # mistake
listen(Session, "after_flush", lambda session: None)  # mistake
listen(Author, "load", lambda author: None)  # mistake
listen(str, "load", note)  # mistake
unlisten(Author, "onload", note)  # mistake


@listens_for(Article, "load")  # mistake
def wrong_model(author: Author, session: Session) -> None: ...


@listens_for(Session, "after_flush")  # mistake
def too_few(session: Session) -> None: ...


async def forgotten(session: AsyncSession) -> None:
    articles: list[Article] = session.query(Article).all()  # mistake
    wrong: list[Author] = await session.query(Article).all()  # mistake
    await session.add(Article.query.one())  # mistake
    session.query(Article)[0]  # mistake
    await session.get(str, "id")  # mistake
    del articles, wrong


class Named(ModelSchema[Author], include={"name"}): ...


class NoModel(ModelSchema[str]): ...  # mistake


schema(str)  # mistake
schema(Author, include="name", naem="Named")  # mistake


async def shown(session: AsyncSessionDep, page: PageDep, named: Named) -> None:
    apply(named, article)  # mistake
    built: Article = build(named)  # mistake
    loading(session, Named)  # mistake
    forgotten: LimitOffsetPage[Named] = page.read(session.query(Author), Named)  # mistake
    other: LimitOffsetPage[Named] = await page.read(session.query(Author))  # mistake
    del built, forgotten, other


class Numbers:
    def embed_documents(self, texts: list[int], /) -> list[list[float]]:
        return [[float(number)] for number in texts]

    embed_queries = embed_documents


Embedder("all-MiniLM-L6-v2")  # mistake
Embedder(Numbers())  # mistake
Embedder(WordLlama(), cache=1.5)  # mistake
vector(vectorizer=WordLlama())  # mistake
Author.query.embed(missing="yes")  # mistake


def stored(frame: object) -> None:
    settings = ClientSettings(8080)  # mistake
    store_partition([], Article, "http://localhost:8080")  # mistake
    store_dask(frame, Article, settings, on_duplicate="newest")  # mistake
    store_spark(frame, Article, settings, retries=3)  # mistake
    report: PartitionReport = store_spark(frame, Article, settings)  # mistake
    del report
