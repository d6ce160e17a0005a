"""How much is read: in one request, or page after page. Pure: what the next page is, and why."""

from __future__ import annotations

from typing import Literal, get_args

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.operators import Operator
from weaviate_orm.query.expressions import Order
from weaviate_orm.query.filters import Comparison, Path
from weaviate_orm.query.query import Query

MOST = 10_000
"""The most objects of one answer, and the deepest that an offset reaches (QUERY_MAXIMUM_RESULTS)."""

Method = Literal["listing", "cursor", "keyset", "pages"]


@attrs.frozen
class Reading:
    """A way to read a query of any length, and why it is this one."""

    method: Method
    why: str


def choose_reading(query: Query, method: Method | None = None) -> Reading:
    """Return how a query is read: by a method, or by the best that it allows.

    Raises:
        QueryError: the query does not allow the method; or no method, for the server looks at all results together.
    """
    if method is not None and method not in get_args(Method):
        raise QueryError(f"a query is read by {', '.join(get_args(Method))}; not by {method!r}")
    if query.needs_single_response:
        raise QueryError(
            "autocut, groups, boosts, reranking, generated texts and the like are made of one answer: set a limit, and "
            "read it by hits()"
        )
    if query.allows_rest_listing and method in (None, "listing"):
        return Reading("listing", "nothing but a class: REST lists its objects by id, in less time than GraphQL")
    if method == "listing":
        raise QueryError(
            "REST lists whole objects of a class without lists of references and deferred fields, and takes no filter, "
            "search, order, offset, selection or consistency level: leave the method to iterator()"
        )
    if query.allows_cursor and method in (None, "cursor"):
        return Reading("cursor", "a class without filter, search, order or offset: the server's cursor walks it by id")
    if method == "cursor":
        raise QueryError("the server's cursor takes no filter, search, order or offset: leave the method to iterator()")
    if query.allows_keyset and method in (None, "keyset"):
        return Reading("keyset", "each page is filtered by ids beyond the last one's, so it may be of any length")
    if method == "keyset":
        raise QueryError("a keyset is in the order of ids: a search, an order or an offset is read by pages")
    reason = "a search" if query.search is not None else "an order or an offset"
    return Reading("pages", f"{reason} is read by offsets, which reach {MOST:,} objects")


def first_page(query: Query, reading: Reading, size: int) -> Query:
    """Return the query for the first page."""
    page = attrs.evolve(query, limit=min(size, _remaining(query, 0), max(MOST - query.offset, 0)))
    if reading.method == "keyset":
        # the count tells whether ids beyond the last one were all of them: see session/reads/keyset.py
        page = attrs.evolve(page, order_by=(Order(Path(query.entity, (), "id"), descending=False),), counted=True)
    return page


def next_page(query: Query, reading: Reading, size: int, read: int, last_id: str) -> Query:
    """Return the query for the page after ``read`` objects, of which the last has an id; there is none of limit 0."""
    page = attrs.evolve(first_page(query, reading, size), limit=min(size, _remaining(query, read)))
    if reading.method in ("listing", "cursor"):
        return attrs.evolve(page, after=last_id)
    if reading.method == "keyset":
        path = Path(query.entity, (), "id")
        beyond = Comparison(path, Operator.GREATER_THAN, last_id)
        return attrs.evolve(page, where=beyond if query.where is None else query.where & beyond, counted=False)
    offset = query.offset + read
    return attrs.evolve(page, offset=offset, limit=min(page.limit or 0, max(MOST - offset, 0)))


def _remaining(query: Query, read: int) -> int:
    return MOST if query.limit is None else max(query.limit - read, 0)
