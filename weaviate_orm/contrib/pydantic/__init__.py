"""Pydantic models of models: what an API shows of objects, and what it takes.

Needs the ``pydantic`` extra.

::

    class AuthorOut(ModelSchema[Author], include={"id", "name"}): ...

    class ArticleOut(ModelSchema[Article], exclude={"body"}):
        author: AuthorOut | None

    class ArticlePatch(ModelSchema[Article], partial=True): ...

    articles = loading(Article.query.near_text("novels"), ArticleOut).limit(5).all()  # one request
    shown = [ArticleOut.model_validate(article) for article in articles]
    apply(ArticlePatch.model_validate_json('{"title": "Emma"}'), articles[0])
"""

try:
    from weaviate_orm.contrib.pydantic.object_schema import ModelSchema, ReferenceId, schema
except ModuleNotFoundError as error:
    if error.name != "pydantic":
        raise
    raise ModuleNotFoundError(
        'weaviate_orm.contrib.pydantic needs pydantic: pip install "weaviate-mapper[pydantic]"', name=error.name
    ) from error
from weaviate_orm.contrib.pydantic.schema_loading import loading
from weaviate_orm.contrib.pydantic.schema_writing import apply, build

__all__ = ["ModelSchema", "ReferenceId", "apply", "build", "loading", "schema"]
