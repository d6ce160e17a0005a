"""Rules of the server that a query follows by every wire, and what no wire but gRPC has."""

from __future__ import annotations

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.filters import Comparison, Exact, Filter, Not
from weaviate_orm.query.module_options import Rerank
from weaviate_orm.query.query import Query
from weaviate_orm.query.searches import Nearness, words_of

DEEPEST_REFERENCE = 4
"""The levels of references that one query may load (a fifth is rejected, tried on Weaviate 1.35)."""


def check_depth(depth: int) -> None:
    """Raise QueryError for a reference that is loaded below too many others."""
    if depth == DEEPEST_REFERENCE:
        raise QueryError(f"include() follows at most {DEEPEST_REFERENCE} references in a row, as the server does")


SEARCH_LIMIT = 100
"""The limit of searches that have none: what GraphQL takes where the server is not configured otherwise.

gRPC takes 10, and GraphQL too beside an offset or autocut (QUERY_DEFAULTS_LIMIT; measured on Weaviate 1.39).
"""


def sent_limit(query: Query) -> int | None:
    """Return the limit that a query sends; None for what is read whole: a search within a distance or certainty."""
    if query.limit is not None:
        return query.limit
    is_bounded = isinstance(query.search, Nearness) and query.search.is_bounded
    is_list = query.search is None and not query.needs_single_response
    is_whole = is_list or (is_bounded and beyond_graphql(query) is None)
    return None if is_whole else SEARCH_LIMIT


def sent_filter(query: Query) -> Filter | None:
    """Return the filter that a query for objects sends.

    In an order the server takes, of a single comparison, the first objects up to the limit, and sorts those; within a
    Not or an And it takes all (measured on Weaviate 1.39).
    """
    where = query.where
    return Not(Not(where)) if query.order_by and isinstance(where, (Comparison, Exact)) else where


def rerank_text(query: Query, rerank: Rerank) -> str:
    """Return what objects are compared with: the server's own default is an empty text. Raises QueryError for none."""
    text = rerank.query if rerank.query is not None else words_of(query.search)
    if text is None:
        raise QueryError("rerank needs a query: there is no search whose text it could take")
    return text


def beyond_graphql(query: Query) -> str | None:
    """Return what of a query gRPC alone has; None where there is nothing (measured on Weaviate 1.39)."""
    verbs = {"boost()": query.boosting, "diversify()": query.diversity}
    return " and ".join(verb for verb, value in verbs.items() if value is not None) or None
