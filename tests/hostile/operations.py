"""The public operations that a hostile server answers, each with what the real server answered to it once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import attrs

from tests.scripted_host import Answer, Request, forward
from weaviate_orm import AuthApiKey, Client, Field, Model, Ref, Session, Vector, create_all, field, ref, vector
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.session.inspection import inspect
from weaviate_orm.testing import Server

AUTHORS, ARTICLES = "TestHostileAuthor", "TestHostileArticle"
ONE, TWO, THREE, FOUR = (str(UUID(int=number)) for number in (1, 2, 3, 4))


@attrs.define
class Place:
    city: str
    storey: int = 0


class Author(Model):
    name: Field[str] = field(tokenization="field")

    class Meta:
        name = AUTHORS
        key = ("name",)


class Article(Model):
    title: Field[str] = field(tokenization="field")
    count: Field[int | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    places: Field[list[Place]] = field(factory=list)
    authors: Ref[list[Author]] = ref(factory=list)
    embedding: Vector = vector(default=None)

    class Meta:
        name = ARTICLES
        key = ("title",)


MODELS = (Author, Article)


def fill(client: Client) -> None:
    """The objects that are read."""
    create_all(client, MODELS)
    with Session(client) as session:
        ada, ben = Author(name="Ada"), Author(name="Ben")
        for number in range(3):
            places = [Place("Ghent", number), Place("Bruges")]
            article = Article(title=f"T{number}", count=number, tags=["a", "b"], places=places, authors=[ada, ben])
            article.embedding = [1.0, float(number)]
            session.add(article)
        session.commit()


def new(number: int) -> Article:
    return Article(title=f"new {number}", count=number, embedding=[float(number), 1.0])


def of_session(work: Callable[[Session], Any]) -> Callable[[Client], Any]:
    def run(client: Client) -> Any:
        with Session(client) as session:
            return work(session)

    return run


def shown(articles: Any) -> Any:
    """Articles with all that was loaded of them."""
    return [(each.id, each.title, each.count, each.tags, each.places) for each in articles]


def first_authors(session: Session) -> Any:
    return [author.name for article in Article.query.order_by("title").all()[:1] for author in article.authors]


def changed(session: Session) -> Any:
    article = Article.query.order_by("title").first()
    if article is not None:
        article.count, article.authors = 7, []
    session.commit()


def commit(session: Session) -> set[str]:
    """Commit three new objects; returns the ids of those that the session takes for stored."""
    articles = [new(number) for number in range(3)]
    try:
        session.add_all(articles)
        session.commit()
    except Exception:
        commit_claims[:] = [{str(each.id) for each in articles if inspect(each).status.name == "PERSISTENT"}]
        raise
    return {str(each.id) for each in articles if inspect(each).status.name == "PERSISTENT"}


commit_claims: list[set[str]] = []
"""What the session took for stored when the commit raised."""


def batch(client: Client) -> Any:
    client.batch.configure(batch_size=None, callback=None)
    client.batch.add_data_object({"title": "x"}, ARTICLES, uuid=THREE, vector=[1.0, 2.0])
    client.batch.add_data_object({"title": "y"}, ARTICLES, uuid=FOUR, vector=[1.0, 2.0])
    try:
        return [(each["id"], each["result"]["status"]) for each in client.batch.create_objects()]
    finally:
        client.batch.empty_objects()


def batch_references(client: Client) -> Any:
    client.batch.configure(batch_size=None, callback=None)
    client.batch.add_reference(THREE, ARTICLES, "authors", ONE, AUTHORS)
    try:
        return [each["result"]["status"] for each in client.batch.create_references()]
    finally:
        client.batch.empty_references()


WHERE = {"path": ["title"], "operator": "Equal", "valueText": "T1"}

READS: dict[str, Callable[[Client], Any]] = {
    "is_ready": lambda client: client.is_ready(),
    "is_live": lambda client: client.is_live(),
    "meta": lambda client: client.get_meta().get("version"),
    "oidc": lambda client: client.get_open_id_configuration(),
    "schema": lambda client: bool(client.schema.get()),
    "schema of a class": lambda client: client.schema.get(ARTICLES),
    "schema exists": lambda client: client.schema.exists(ARTICLES),
    "schema contains": lambda client: client.schema.contains({"class": ARTICLES}),
    "shards": lambda client: client.schema.get_class_shards(ARTICLES),
    "object": lambda client: client.data_object.get_by_id(ONE, class_name=AUTHORS),
    "objects": lambda client: client.data_object.get(class_name=ARTICLES, limit=2),
    "object exists": lambda client: client.data_object.exists(ONE, class_name=AUTHORS),
    "validate": lambda client: client.data_object.validate({"title": 7}, ARTICLES, ONE),
    "v3 get": lambda client: client.query.get(ARTICLES, ["title"]).with_limit(2).do(),
    "v3 batch": lambda client: client.query.raw_batch([f"{{Get{{{ARTICLES}(limit: 2){{title}}}}}}"] * 2),
    "v3 aggregate": lambda client: client.query.aggregate(ARTICLES).with_meta_count().do(),
    "nodes": lambda client: bool(client.cluster.get_nodes_status()),
    "statistics": lambda client: bool(client.cluster.statistics()),
    "aliases": lambda client: client.alias.list_all(collection=ARTICLES),
    "alias": lambda client: client.alias.get(alias_name="TestHostileNone"),
    "tenants": lambda client: client.tenants.get("TestHostileMany"),
    "user": lambda client: client.users.get_my_user(),
    "tasks": lambda client: bool(client.tasks.list_all()),
    "indexes": lambda client: client.schema.get_property_indexes(ARTICLES),
    "tokenize": lambda client: client.tokenize.for_property(ARTICLES, "title", "a b"),
    "create_all": lambda client: create_all(client, MODELS),
    "all": of_session(lambda session: shown(Article.query.all())),
    "where": of_session(lambda session: shown(Article.query.where(title="T1").all())),
    "with vectors": of_session(
        lambda session: [each.embedding for each in Article.query.order_by("title").with_vector().all()]
    ),
    "include": of_session(
        lambda session: [[a.name for a in each.authors] for each in Article.query.include("authors").all()]
    ),
    "lazy": of_session(first_authors),
    "only": of_session(lambda session: [each.count for each in Article.query.only("title").all()]),
    "count": of_session(lambda session: Article.query.where(title="T1").count()),
    "exists": of_session(lambda session: Article.query.exists()),
    "one": of_session(lambda session: Article.query.where(title="T2").one().title),
    "hits": of_session(
        lambda session: [(hit.object.title, hit.distance) for hit in Article.query.near_vector([1.0, 0.0]).hits()]
    ),
    "groups": of_session(
        lambda session: [
            (group.value, group.count, [hit.object.title for hit in group.hits])
            for group in Article.query.near_vector([1.0, 0.0]).group_by("title").groups()
        ]
    ),
    "bm25": of_session(lambda session: [hit.score for hit in Article.query.bm25("T1").with_metadata().hits()]),
    "values": of_session(lambda session: Article.query.order_by("title").values("id", "title", "count")),
    "aggregate": of_session(lambda session: Article.query.aggregate(Article.count.mean(), Article.title.top())),
    "aggregate_by": of_session(lambda session: len(Article.query.aggregate_by("title", Article.count.sum()))),
    "iterator": of_session(lambda session: shown(Article.query.iterator(2))),
    "keyset": of_session(lambda session: shown(Article.query.where(count__gte=0).iterator(2))),
    "in_bulk": of_session(lambda session: len(Author.query.in_bulk([Author(name="Ada").id, ONE]))),
    "get": of_session(lambda session: getattr(session.get(Author, Author(name="Ada").id), "name", None)),
    "explain": of_session(lambda session: Article.query.explain().reading),
    "dangling": of_session(lambda session: list(session.dangling(Article))),
}

WRITES: dict[str, Callable[[Client], Any]] = {
    "create": lambda client: client.data_object.create({"name": "C"}, AUTHORS, ONE),
    "update": lambda client: client.data_object.update({"name": "D"}, AUTHORS, ONE),
    "replace": lambda client: client.data_object.replace({"name": "E"}, AUTHORS, ONE),
    "reference": lambda client: client.data_object.reference.add(
        Article(title="T1").id, "authors", TWO, ARTICLES, AUTHORS
    ),
    "batch": batch,
    "batch of references": batch_references,
    "commit": of_session(commit),
    "change": of_session(changed),
    "upsert": of_session(lambda session: (session.upsert([Author(name="Ada"), Author(name="Zoe")]), None)[1]),
    "bulk_insert": of_session(lambda session: session.bulk_insert([new(number) for number in (5, 6)]).stored),
    "update many": of_session(lambda session: Article.query.where(title="T0").update(count=9)),
    "get_or_create": of_session(lambda session: Author.query.get_or_create(name="Yan")[1]),
    "delete": of_session(lambda session: Article.query.where(title="new 5").delete()),
    "delete by filter": of_session(lambda session: Article.query.where(count__gte=6).delete()),
    "batch delete": lambda client: client.batch.delete_objects(ARTICLES, WHERE)["results"]["successful"],
    "delete object": lambda client: client.data_object.delete(ONE, AUTHORS),
    "drop": lambda client: client.schema.delete_class("TestHostileMany"),
}

OPERATIONS = {**READS, **WRITES}


@attrs.frozen
class Recording:
    """The answers that an operation got, in their order, and what came out of it."""

    answers: tuple[Answer, ...]
    result: Any


def recordings(server: Server, serve: Callable[[Callable[[Request], Answer]], Any]) -> dict[str, Recording]:
    """Run each operation once against a real server."""
    answers: list[Answer] = []

    def relay(request: Request) -> Answer:
        answers.append(forward(attrs.evolve(request, path=server.url + request.path)))
        return answers[-1]

    made: dict[str, Recording] = {}
    with client_of(serve(relay).url, server.api_key) as client:
        client.schema.create_class({"class": "TestHostileMany", "multiTenancyConfig": {"enabled": True}})
        fill(client)
        client.data_object.create({"name": "A"}, AUTHORS, TWO)
        for name, run in OPERATIONS.items():
            answers.clear()
            client.transport.version = (1, 39, 2)
            try:
                result = run(client)
            except Exception as error:
                result = type(error)
            made[name] = Recording(tuple(answers), result)
    return made


@contextmanager
def client_of(url: str, key: str | None = "key") -> Iterator[Client]:
    """A client that waits for nothing."""
    with Client(url, AuthApiKey(key or "key"), startup_period=None, timeout_config=(60, 60)) as client:
        client.transport.retry = NO_RETRY
        client.transport.version = (1, 39, 2)
        yield client
