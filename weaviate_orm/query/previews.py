"""The first objects of a query, as a notebook shows them: what is sent for them, and what is said above them. Pure."""

from __future__ import annotations

from typing import Final

import attrs

from weaviate_orm.query.exact_text import is_compared_here, server_part
from weaviate_orm.query.query import Query

PREVIEW_SIZE: Final = 10
"""The most objects that are shown."""


def preview_query(query: Query) -> Query:
    """Return the query for the first objects, and one more where the limit is ours to set.

    What language models and other modules would write is left out: to look at a query must not be paid for.
    """
    query = attrs.evolve(server_part(query), generate=None, extras=())
    if query.group_by is not None:
        query = attrs.evolve(query, selection=query.selection.in_groups(query.entity))
    if query.needs_single_response:
        return query  # the server looks at all results together
    size = PREVIEW_SIZE + 1
    return attrs.evolve(query, limit=size if query.limit is None else min(size, query.limit))


def preview_caption(query: Query, count: int) -> str:
    """Say what a table shows.

    Args:
        query: of which they are the first objects.
        count: how many objects came.
    """
    label = query.entity.label
    shown = f"The first {PREVIEW_SIZE} {label} objects" if count > PREVIEW_SIZE else f"{count} {label} objects"
    sent = "Sent for this: nothing" if query.is_empty else "Sent for this: one request"
    words = " Texts are compared by the server." if is_compared_here(query) else ""
    return f"{shown}, as they are stored. {sent}; nothing was flushed.{words}"
