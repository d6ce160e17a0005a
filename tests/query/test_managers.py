"""Queries with verbs of a model's own, and scopes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typing_extensions import Self

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    Manager,
    MappingError,
    Model,
    QuerySet,
    Session,
    field,
)


class PostQueries(QuerySet["Post"]):
    def long(self) -> Self:
        return self.where(Post.words > 1000)

    def titles(self) -> list[str]:
        return [post.title for post in self.order_by("title")]


class Post(Model):
    title: Field[str]
    words: Field[int] = field(default=0)
    draft: Field[bool] = field(default=False)

    query = Manager(PostQueries, scope=lambda posts: posts.where(draft=False))
    everything = Manager.from_queryset(PostQueries)
    drafts = Manager(PostQueries, scope=lambda posts: posts.where(Post.draft == True))  # noqa: E712

    class Meta:
        name = "TestManagerPost"


class Special(Post):
    class Meta:
        name = "TestManagerSpecial"


@pytest.fixture
def session(client: Client) -> Iterator[Session]:
    with empty_collections(client, [Post, Special]), Session(client) as opened:
        opened.add_all(
            [
                Post(title="one", words=10),
                Post(title="two", words=2000),
                Post(title="three", words=3000, draft=True),
                Special(title="four", words=4000),
            ]
        )
        opened.commit()
        yield opened


def test_verbs_of_ones_own_chain_with_the_others(session: Session) -> None:
    assert Post.everything.long().titles() == ["three", "two"]
    assert Post.everything.order_by("-words").long()[:1].titles() == ["three"]
    assert isinstance(Post.query.limit(1).long(), PostQueries)


def test_scopes(session: Session) -> None:
    assert Post.query.titles() == ["one", "two"]
    assert Post.query.long().count() == 1
    assert Post.drafts.titles() == ["three"]
    hidden = Post.drafts.one()
    assert session.get(Post, hidden.id) is hidden
    assert not Post.query.where(id=hidden.id).exists()


def test_a_session_begins_as_the_model_does(client: Client, session: Session) -> None:
    other = Session(client)
    queries = other.query(Post)
    assert isinstance(queries, PostQueries)
    assert queries.titles() == ["one", "two"]
    assert queries.all()[0] not in session


def test_managers_are_inherited(session: Session) -> None:
    assert Special.query.long().titles() == ["four"]
    assert isinstance(Special.query, PostQueries)


def test_managers_belong_to_the_class(session: Session) -> None:
    post = Post(title="x")
    for name in ("query", "drafts"):
        with pytest.raises(AttributeError, match="belongs to the class"):
            getattr(post, name)
    with pytest.raises(MappingError, match="a subclass of QuerySet"):
        Manager(Post)  # type: ignore[type-var]
