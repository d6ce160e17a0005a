"""Code as users write it. Both type checkers pass over it; what they infer is asserted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from typing_extensions import assert_type

from weaviate_orm import Client, Field, Hit, Hits, Model, QuerySet, Ref, Session, Vector, field, ref, vector
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
        for each in query:
            assert_type(each, Article)
        assert_type(session.query(Author).one().name, str)


_ = (Hit, Hits, QuerySet, VectorLike, Expression, ReferenceExpression)
