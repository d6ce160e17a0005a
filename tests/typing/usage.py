"""Code as users write it. Both type checkers pass over it; what they infer is asserted."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

from attrs import frozen, validators
from typing_extensions import NotRequired, Self, TypedDict, assert_type

from weaviate_orm import (
    Boost,
    Client,
    Field,
    Flushed,
    Groups,
    Hit,
    Hits,
    Manager,
    Model,
    Occurrence,
    Q,
    QuerySet,
    Ref,
    ScopedSession,
    Session,
    Vector,
    asdict,
    field,
    gather,
    listen,
    listens_for,
    ref,
    register_type,
    unlisten,
    vector,
)
from weaviate_orm.aio import AsyncQuerySet, AsyncSession
from weaviate_orm.contrib.fastapi import AsyncSessionDep, LimitOffsetPage, PageDep, SessionDep
from weaviate_orm.contrib.pydantic import ModelSchema, ReferenceId, apply, build, loading, schema
from weaviate_orm.distributed import ClientSettings, PartitionReport, store_dask, store_partition, store_ray
from weaviate_orm.embedders import Embedder, OpenAICompatible, WordLlama
from weaviate_orm.model.fields import VectorLike
from weaviate_orm.query.expressions import Expression, ReferenceExpression
from weaviate_orm.query.filters import Filter


class Author(Model):
    name: Field[str]
    born: Field[datetime | None] = field(default=None)


class Article(Model):
    title: Field[str]
    words: Field[int | None] = field(default=None, name="wordCount")
    tags: Field[list[str]] = field(factory=list)
    authors: Ref[list[Author]] = ref(factory=list)
    editor: Ref[Author | None] = ref(default=None)
    summary: Vector = vector(default=None, dimensions=3)


@frozen
class Headline:
    title: str


class Place(TypedDict):
    street: str
    floor: NotRequired[int]


@dataclass
class Box:
    width: int


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents


register_type(Money, stored_as=int, encode=lambda money: money.cents, decode=Money, ordered=True)
register_type(PurePath, stored_as=str, encode=str, decode=PurePath)


class Offer(Model):
    price: Field[Decimal]
    rating: Field[Decimal | None] = field(default=None, stored_as=float)
    takes: Field[timedelta] = field(default=timedelta(1))
    opens: Field[time | None] = field(default=None)
    days: Field[tuple[date, ...]] = field(default=())
    tags: Field[set[str]] = field(factory=set)
    counts: Field[dict[str, int]] = field(factory=dict)
    place: Field[Place | None] = field(default=None)
    boxes: Field[tuple[Box, ...]] = field(default=())
    money: Field[Money | None] = field(default=None)
    path: Field[PurePath | None] = field(default=None)
    stars: Field[int] = field(default=3, validator=[validators.ge(0), validators.le(5)])
    title: Field[str] = field(default="", converter=str.strip)


offer = Offer(price=Decimal("1.50"), tags={"a"}, counts={"a": 1}, place={"street": "Dam"}, boxes=(Box(1),))
assert_type(offer.price, Decimal)
assert_type(offer.rating, "Decimal | None")
assert_type(offer.takes, timedelta)
assert_type(offer.days, "tuple[date, ...]")
assert_type(offer.tags, "set[str]")
assert_type(offer.counts, "dict[str, int]")
assert_type(offer.place, "Place | None")
assert_type(offer.boxes, "tuple[Box, ...]")
assert_type(offer.money, "Money | None")
assert_type(offer.title, str)
assert_type(Offer.price == Decimal(1), Filter)
assert_type(Offer.takes > timedelta(1), Filter)
assert_type(Offer.query.aggregate(Offer.rating.mean()), "Decimal | None")
assert_type(Offer.query.aggregate(Offer.takes.sum()), "timedelta | None")
assert_type(Offer.query.aggregate(Offer.takes.mean()), "timedelta | None")
assert_type(Offer.query.aggregate(Offer.opens.median()), "time | None")
assert_type(Offer.query.aggregate(Offer.days.minimum()), "date | None")
assert_type(Offer.query.aggregate(Offer.stars.mean()), "float | None")
assert_type(Offer.query.aggregate(Offer.tags.top()), list[Occurrence[str]])


class PostQueries(QuerySet["Post"]):
    def recent(self) -> Self:
        return self.order_by("-title")


class Post(Model):
    title: Field[str]

    query = Manager(PostQueries)
    others = Manager(PostQueries, scope=lambda posts: posts.where(title="x"))


article = Article(title="x", words=3, authors=[Author(name="Ada")], summary=[1.0, 2.0, 3.0], id=UUID(int=1))
assert_type(article.title, str)
assert_type(article.words, "int | None")
assert_type(article.tags, "list[str]")
assert_type(article.authors, "list[Author]")
assert_type(article.editor, "Author | None")
assert_type(article.summary, "VectorLike | None")
assert_type(article.id, UUID)

assert_type(Article.title, "Expression[str]")
assert_type(Article.title == "x", Filter)
assert_type(Article.query.on_error("skip").all(), "list[Article]")
assert_type(Article.query.on_error(lambda error: error.field), "QuerySet[Article]")
assert_type(asdict(Author(name="x"), depth=1), dict[str, Any])
assert_type(Article.created_at, "Expression[datetime]")
assert_type(Author(name="x").updated_at, "datetime | None")
assert_type(Article.words > 3, Filter)
assert_type((Article.title == "x") & ~(Article.words > 3), Filter)
assert_type(Article.editor, "ReferenceExpression[Author | None]")

article.title = "y"
article.editor = None
article.authors.append(Author(name="Bo"))


def run(client: Client) -> None:
    with Session(client) as session:
        session.add(article)
        session.commit()
        assert_type(session.get(Article, article.id), "Article | None")
        query = Article.query.where(Article.editor.name == "Ada", words__gt=3).order_by("-words")
        assert_type(query, "QuerySet[Article]")
        assert_type(query[:10], "QuerySet[Article]")
        assert_type(query[0], Article)
        assert_type(query.all(), "list[Article]")
        assert_type(query.first(), "Article | None")
        assert_type(query.one(), Article)
        assert_type(query.hits(), "Hits[Article]")
        assert_type(query.near_text("x").limit(3).autocut(1), "QuerySet[Article]")
        boosts = Article.words > 3, Q(words=4), Boost.numeric_property(Article.words, weight=2)
        assert_type(query.near_text("x").boost(*boosts, weight=0.3).diversify(3), "QuerySet[Article]")
        assert_type(query.where(Q(words__gt=3) | (Article.title == "x")), "QuerySet[Article]")
        assert_type(query.iterator(), "Iterator[Article]")
        assert_type(query.in_bulk([]), "dict[UUID, Article]")
        assert_type(query.group_by(Article.tags).groups(), "Groups[Article]")
        assert_type(query.into(Headline), "list[Headline]")
        assert_type(gather(query, session.query(Author)), "tuple[list[Article], list[Author]]")
        assert_type(query.aggregate(Article.id.count()), int)
        assert_type(query.aggregate(Article.words.maximum(), Article.words.mean()), "tuple[int | None, float | None]")
        assert_type(query.aggregate(Author.born.median()), "datetime | None")
        assert_type(Post.query, "PostQueries")
        assert_type(Post.query.recent().limit(1), "PostQueries")
        assert_type(Post.query.one(), "Post")
        assert_type(query.update(words=3), int)
        assert_type(query.delete(), int)
        assert_type(query.create(title="x"), Article)
        assert_type(query.get_or_create(title="x"), "tuple[Article, bool]")
        assert_type(query.defer("title").raiseload(), "QuerySet[Article]")
        assert_type(session.upsert([article]), "list[Article]")
        for row in (*Article.from_rows([{}]), *Article.from_arrow(None), *Article.from_pandas(None)):
            assert_type(row, Article)
        assert_type(session.bulk_insert(Article.from_rows([{}]), progress=True, journal="x").failed, int)
        settings = ClientSettings("http://localhost:8080", credentials=lambda: "key")
        assert_type(store_partition([], Article, settings, on_duplicate="first"), PartitionReport)
        assert_type(store_dask(None, "shop:Article", settings, retries=1, rename={"a": "b"}), "list[PartitionReport]")
        assert_type(
            store_ray(None, Article, lambda: Client("http://localhost:8080"), rows=None), "list[PartitionReport]"
        )
        assert_type(query.to_parquet("x"), int)
        assert_type(ScopedSession(lambda: Session(client))(), Session)
        for each in query:
            assert_type(each, Article)
        assert_type(session.query(Author).one().name, str)


@listens_for(Article, "before_update")
def stamp(article: Article, session: Session) -> int:
    article.words = 3
    return 3


@listens_for(Session, "after_flush")
def trace(session: Session, flushed: Flushed) -> None:
    session.add_all(flushed.inserted)


def note(instance: Model, session: Session) -> None: ...


def hear(session: Session) -> None:
    assert_type(stamp(article, session), int)
    listen(Article, "after_insert", note)
    listen(Article, "load", lambda article, session: session.get(Article, article.id))
    listen(Model, "after_delete", note)
    listen(Session, "before_insert", note)
    listen(session, "before_commit", Session.flush)
    listen(session, "after_flush", lambda session, flushed: len(flushed.updated))
    unlisten(Article, "load", note)


async def wait(session: AsyncSession) -> None:
    assert_type(await session.query(Article).all(), list[Article])
    assert_type(await session.query(Article).where(words=3).near_text("a").limit(2)[:1].all(), list[Article])
    assert_type(await session.query(Article).first(), Article | None)
    assert_type(await session.query(Article).count(), int)
    assert_type(await session.query(Article).get_or_create(words=3), tuple[Article, bool])
    assert_type(await session.get(Article, "id"), Article | None)
    assert_type(await session.load(Article.query.one(), "words"), Article)
    assert_type(await session.run(len, [1]), int)
    async for each in session.query(Author):
        assert_type(each.name, str)
    async for each in session.query(Author).iterator(10):
        assert_type(each, Author)


class AuthorOut(ModelSchema[Author], include={"name"}): ...


class ArticleOut(ModelSchema[Article], exclude={"words"}):
    editor: AuthorOut | None
    authors: list[ReferenceId]


class ArticlePatch(ModelSchema[Article], partial=True): ...


Shown = schema(Article, refs={"editor": AuthorOut, "authors": UUID}, name="Shown")


def show(session: SessionDep, page: PageDep, patch: ArticlePatch) -> LimitOffsetPage[ArticleOut]:
    article = loading(session.query(Article), Shown).one()
    assert_type(loading(session.query(Article), ArticleOut), QuerySet[Article])
    assert_type(build(patch, title="a"), Article)
    assert_type(apply(patch, article), Article)
    shown = ArticleOut.model_validate(article)
    assert_type(shown.editor, AuthorOut | None)
    assert_type(shown.title, Any)
    assert_type(page.read(session.query(Article)), LimitOffsetPage[Article])
    return page.read(session.query(Article), ArticleOut)


async def show_async(session: AsyncSessionDep, page: PageDep) -> LimitOffsetPage[ArticleOut]:
    assert_type(loading(session.query(Article), ArticleOut), AsyncQuerySet[Article])
    assert_type(await page.read(session.query(Article)), LimitOffsetPage[Article])
    return await page.read(session.query(Article), ArticleOut)


class Letters:
    name = "letters"

    def embed_documents(self, texts: Sequence[str], /) -> list[list[float]]:
        return [[float(len(text))] for text in texts]

    async def embed_queries(self, texts: Sequence[str], /) -> list[array[float]]:
        return [array("f", [len(text)]) for text in texts]


class Made(Model):
    text: Field[str]
    gist: Vector = vector(default=None, vectorizer=Embedder(Letters(), dimensions=1), source_properties=["text"])
    other: Vector = vector(default=None, vectorizer=Embedder(WordLlama(), cache="vectors.sqlite"))


assert_type(Made.query.embed("gist", Made.other, missing=True), int)
Embedder(OpenAICompatible("model", url="http://localhost/v1"), cache=None)

_ = (Hit, Hits, Groups, Iterator, QuerySet, VectorLike, Expression, ReferenceExpression)
