"""Which searches Weaviate counts and aggregates, by every wire (measured on Weaviate 1.39)."""

from __future__ import annotations

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.query import Query
from weaviate_orm.query.searches import Hybrid, KeywordSearch, Nearness
from weaviate_orm.schema.datatypes import DataType


def objects_aggregated(query: Query, *, counted: bool = False) -> int | None:
    """Return the most objects that a search aggregates; None where nothing but the search bounds them.

    ``counted``: only the count is requested.

    Raises QueryError for a search that Weaviate does not aggregate, or that would match every object.
    """
    search = query.search
    if isinstance(search, KeywordSearch):
        raise QueryError("Weaviate cannot count a bm25 search, nor aggregate it; use what it returns, len(query.all())")
    if query.needs_single_response:
        raise QueryError("Weaviate cannot count or aggregate cut, grouped, boosted, reranked or generated results")
    if not isinstance(search, (Nearness, Hybrid)):
        return None
    if len(search.targets.fields) > 1 or any(len(several) > 1 for _, several in getattr(search, "vectors", ())):
        # of several, Aggregate takes the first alone
        raise QueryError("Weaviate aggregates and counts searches of one vector only: name one by target=")
    if isinstance(search, Hybrid):
        _refuse_other_figures(query, search, counted)
    bounded = search.is_bounded if isinstance(search, Nearness) else search.max_vector_distance is not None
    if query.limit is not None:
        return query.limit + query.offset
    if not bounded:
        raise QueryError("a search without a limit, certainty or distance matches every object: set one of them")
    return None


def _refuse_other_figures(query: Query, search: Hybrid, counted: bool) -> None:
    """Refuse a hybrid search whose figures would be those of other objects."""
    by_words = search.alpha != 1
    lists = [
        member.attribute
        for member in query.entity.properties.values()
        if member.spec.data_type is DataType.TEXT_ARRAY and member.spec.index_searchable is not False
    ]
    if search.fusion_type is not None:
        reason = "without a fusion_type"
    elif search.properties:
        reason = "over all text properties, whichever it is given"
    elif search.moves:
        reason = "by the query's own meaning, without concepts and moves"
    elif by_words and lists:
        reason = f"by words in text alone, and {query.entity.label} has lists of it ({', '.join(lists)}): say alpha=1"
    elif by_words and search.alpha != 0 and query.limit is not None and not counted:
        reason = "up to the limit of words, and of vectors again: say alpha=0 or alpha=1, or leave out the limit"
    else:
        return
    raise QueryError(f"Weaviate counts and aggregates hybrid searches {reason}; or use what it returns, query.all()")
