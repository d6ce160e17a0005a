"""What Weaviate cannot answer together: refused when it is asked for, with the reason (measured on Weaviate 1.39)."""

from __future__ import annotations

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.embedded_search import embedded_targets
from weaviate_orm.query.entity import VectorField
from weaviate_orm.query.exact_text import needs_check
from weaviate_orm.query.module_options import Diversity
from weaviate_orm.query.query import Query
from weaviate_orm.query.searches import (
    Ask,
    Hybrid,
    KeywordSearch,
    NearMedia,
    Nearness,
    NearObject,
    NearText,
    NearVector,
    words_of,
)
from weaviate_orm.query.target_vectors import is_multi, metric
from weaviate_orm.query.word_search import check_searched


def check_combination(query: Query) -> None:
    """Raise QueryError for a query that Weaviate would refuse, or answer with nothing or with something else."""
    search = query.search
    if isinstance(search, KeywordSearch) or (
        isinstance(search, Hybrid) and search.alpha == 0 and search.query is not None
    ):
        verb = "bm25" if isinstance(search, KeywordSearch) else "hybrid with alpha=0"
        check_searched(query.entity, [member for member, _ in search.properties], search.query or "", verb)
    if query.needs_single_response and needs_check(query.where):
        raise QueryError(
            "autocut, groups, boosts, reranking, generated texts and the like are made of all that Weaviate finds, "
            "which is by words: leave out what compares whole texts, or declare tokenization='field' for the property"
        )
    if query.order_by and isinstance(search, (KeywordSearch, Hybrid)):
        raise QueryError("Weaviate cannot sort a bm25 or hybrid search: leave out order_by, or sort the objects")
    if query.autocut is not None and search is None:
        raise QueryError("autocut cuts the results of a search where scores jump; without a search it yields nothing")
    if isinstance(search, Nearness):
        _check_nearness(query, search)
    if isinstance(search, (NearText, Hybrid)):
        _check_embedded(query, search)
    if isinstance(search, Hybrid) and search.alpha != 0 and not search.vectors:
        _need_vectorizer(query, search.targets.fields, "hybrid, to search by the meaning of its query,")
    if query.rerank is not None and query.rerank.query is None and search is not None and words_of(search) is None:
        raise QueryError("rerank needs a query here: the search is for no text that objects could be compared with")
    if query.group_by is not None:
        _check_group_by(query)
    if query.boosting is not None:
        _check_boosting(query)
    if query.diversity is not None:
        _check_diversity(query, query.diversity)
    if query.generate is not None and query.generate.usage and query.group_by is not None:
        raise QueryError("the usage of generate is not told of groups: leave out usage, or group_by")
    if query.similar is not None and not isinstance(search, Nearness):
        raise QueryError("similar results are told by their vectors: group_similar needs a vector search, near_…()")


def _check_nearness(query: Query, search: Nearness) -> None:
    targets = search.targets
    if search.certainty is not None and not targets.are_cosine:
        field = targets.only
        if field is None:
            raise QueryError("a certainty is of one vector: with several targets give a distance")
        raise QueryError(
            f"a certainty is for cosine distances of single vectors, and {query.entity.label}.{field.attribute} has "
            f"{metric(field)} distances or several vectors: give a distance"
        )
    if isinstance(search, (NearText, NearMedia, Ask)):
        verb = {NearText: "near_text", Ask: "ask"}.get(type(search), f"near_{getattr(search, 'medium', '')}")
        _need_vectorizer(query, targets.fields, verb)


def _check_embedded(query: Query, search: NearText | Hybrid) -> None:
    """Refuse what embedders in the client cannot do, and the server's modules can."""
    embeddings = embedded_targets(query)
    if not embeddings:
        return
    label = query.entity.label
    if len(embeddings) < len(search.targets.fields):
        raise QueryError(
            f"{label} has targets of which an embedder makes some, and the server the others: search by one kind at a "
            f"time"
        )
    if getattr(search, "autocorrect", None) is not None:
        raise QueryError(
            f"autocorrect is the server's, and the text is embedded here, by {embeddings[0].embedder.name}"
        )
    for embedding in embeddings:
        moved = search.move_to or search.move_away_from or len(search.concepts) > 1
        if moved and is_multi(embedding.field):
            raise QueryError(
                f"{label}.{embedding.field.attribute} has several vectors for an object, which are searched by one "
                f"concept, without moves"
            )


def _need_vectorizer(query: Query, fields: tuple[VectorField, ...], verb: str) -> None:
    by_text = {embedding.field.attribute for embedding in embedded_targets(query)}
    for field in fields:
        if field.spec.vectorizer is None and field.attribute not in by_text:
            raise QueryError(
                f"{verb} needs a vectorizer, and {query.entity.label}.{field.attribute} has none, its vectors are "
                f"given: declare one (Meta.vectorizer, or vector(vectorizer=…)), or search by a vector"
            )


def _check_group_by(query: Query) -> None:
    if not isinstance(query.search, (Nearness, Hybrid)):
        raise QueryError(
            "group_by groups the results of a vector or hybrid search; of others Weaviate returns none. For figures of "
            "groups use aggregate_by()"
        )
    if query.selection.vectors:
        raise QueryError("Weaviate returns no vectors with groups: leave out with_vector(); they load when read")
    if query.similar is not None:
        raise QueryError("group_by and group_similar are two ways to group: choose one")


def _check_boosting(query: Query) -> None:
    if query.order_by:
        raise QueryError("boost() makes an order of its own: leave out order_by, or boost by the values of that order")
    if query.group_by is not None or query.similar is not None:
        raise QueryError("Weaviate boosts objects, not groups: leave out boost(), or group what it returns")
    if isinstance(query.search, Ask):
        raise QueryError("boost() goes by gRPC, which has no ask(): choose one of them")


def _check_diversity(query: Query, diversity: Diversity) -> None:
    search = query.search
    if query.group_by is not None or query.similar is not None:
        raise QueryError("diversify and a group are two ways to have different results: choose one")
    if query.limit is not None and diversity.limit > query.limit:
        raise QueryError(
            f"diversify({diversity.limit}) chooses out of the first limit({query.limit}) results: set a larger limit"
        )
    if not isinstance(search, (NearText, NearVector, NearObject, Hybrid)):
        raise QueryError("Weaviate diversifies searches by text, by vector, by object and hybrid: no others")
    field = search.targets.only
    if field is None or is_multi(field):
        raise QueryError("diversify compares objects by one vector, and the search is of several: name one by target=")
