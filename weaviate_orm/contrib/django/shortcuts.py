"""Shortcuts of views, as those of ``django.shortcuts``."""

from __future__ import annotations

from typing import Any, TypeVar, Union
from uuid import UUID

from django.http import Http404

from weaviate_orm.contrib.django.request_sessions import aget_session
from weaviate_orm.exceptions import NotFoundError
from weaviate_orm.model.model import Model
from weaviate_orm.query.queryset import QuerySet

M = TypeVar("M", bound=Model)


def get_object_or_404(source: type[M] | QuerySet[M], id: UUID | str | None = None, /, **lookups: Any) -> M:
    """Return the one object of an id, or of lookups, as ``QuerySet.get()``; raise Http404 where there is none, or the
    text is no id.

    ::

        book = get_object_or_404(Book.query.include(Book.author), pk)

    Args:
        source: a model, or a query set.

    Raises MultipleResultsError where there are several.
    """
    try:
        return _queries(source).get(_pk(id, lookups), **lookups)
    except NotFoundError as error:
        raise Http404(str(error)) from error


def get_list_or_404(source: type[M] | QuerySet[M], **lookups: Any) -> list[M]:
    """Return the objects of lookups; raise Http404 where there are none."""
    queries = _queries(source)
    objects = (queries.where(**lookups) if lookups else queries).all()
    if not objects:
        raise Http404(f"no {queries._query.entity.label} matches")
    return objects


async def aget_object_or_404(model: type[M], id: UUID | str | None = None, /, **lookups: Any) -> M:
    """Return the one object of an id, or of lookups, by the session of ``aget_session()``; or raise Http404."""
    session = await aget_session()
    try:
        return await session.query(model).get(_pk(id, lookups), **lookups)
    except NotFoundError as error:
        raise Http404(str(error)) from error


def _pk(id: UUID | str | None, lookups: dict[str, Any]) -> UUID | str | None:
    """Return the id, which Django's lookups name ``pk``. Raises Http404 for a text that is none."""
    pk: UUID | str | None = lookups.pop("pk", None) if id is None else id
    try:
        return UUID(pk) if isinstance(pk, str) else pk
    except ValueError:
        raise Http404(f"{pk!r} is no id") from None


def _queries(source: Union[type[M], QuerySet[M]]) -> QuerySet[M]:
    return source if isinstance(source, QuerySet) else source.query
