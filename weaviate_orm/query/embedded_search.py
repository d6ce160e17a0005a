"""Searches by text of vectors that embedders make: the text is embedded here, and the search is by its vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.embedders.query_vectors import mean_vector, moved_away, moved_to
from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.entity import Embedding, VectorField
from weaviate_orm.query.query import Query
from weaviate_orm.query.searches import Hybrid, Move, NearText, NearVector, VectorPer, words_of
from weaviate_orm.query.target_vectors import is_multi

StoredVectors = Callable[[Query, Sequence[Any], Sequence[VectorField]], Mapping[str, Sequence[Any]]]
"""Returns stored vectors of objects of the class of a query, by attribute."""


def embedded_targets(query: Query) -> tuple[Embedding, ...]:
    """Return the embeddings of the vectors that a search by text compares; nothing for any other search."""
    search = query.search
    is_by_text = isinstance(search, NearText) or (
        isinstance(search, Hybrid) and search.alpha != 0 and not search.vectors and search.query is not None
    )
    if not is_by_text or not query.entity.embeddings:
        return ()
    assert isinstance(search, (NearText, Hybrid))
    embeddings = query.entity.embeddings
    return tuple(embeddings[field.attribute] for field in search.targets.fields if field.attribute in embeddings)


def is_moved_by_objects(query: Query) -> bool:
    """Return whether a search is by a vector that is made of those of stored objects, which are read when it runs."""
    moves = [getattr(query.search, name, None) for name in ("move_to", "move_away_from")]
    return bool(embedded_targets(query)) and any(move is not None and move.objects for move in moves)


def with_query_vectors(query: Query, stored: StoredVectors) -> Query:
    """Return a query that searches by the vectors of its text; any other query as it is.

    Args:
        query: searches by a text.
        stored: reads the vectors of objects that the search is moved by.

    Raises EmbeddingError where the embedder makes no vector.
    """
    embeddings = embedded_targets(query)
    if not embeddings:
        return query
    search = query.search
    assert isinstance(search, (NearText, Hybrid))
    vectors = _vectors(query, search, embeddings, stored)
    rerank = query.rerank
    if rerank is not None and rerank.query is None:
        rerank = attrs.evolve(rerank, query=words_of(search))
    if isinstance(search, Hybrid):
        by_vector: NearVector | Hybrid = attrs.evolve(
            search, vectors=vectors, concepts=(), move_to=None, move_away_from=None
        )
    else:
        by_vector = NearVector(
            vectors=vectors, certainty=search.certainty, distance=search.distance, targets=search.targets
        )
    return attrs.evolve(query, search=by_vector, rerank=rerank)


def without_objects(query: Query, ids: Sequence[str], fields: Sequence[VectorField]) -> Mapping[str, Sequence[Any]]:
    """Refuse to read vectors, where there is no server to read them from."""
    raise QueryError(
        f"this search is by a vector that is made of those of {query.entity.label} {', '.join(ids)}, which are read "
        f"when it runs: there is no document before"
    )


def _vectors(
    query: Query, search: NearText | Hybrid, embeddings: Sequence[Embedding], stored: StoredVectors
) -> VectorPer:
    concepts = search.concepts
    if isinstance(search, Hybrid) and not concepts:
        assert search.query is not None
        concepts = (search.query,)
    moves = [move for move in (search.move_to, search.move_away_from) if move is not None and move.force]
    objects = list(dict.fromkeys(_id(item) for move in moves for item in move.objects))
    of_objects = stored(query, objects, [embedding.field for embedding in embeddings]) if objects else {}
    texts = list(dict.fromkeys((*concepts, *(text for move in moves for text in move.concepts))))
    by_text: dict[tuple[int, bool, int | None], dict[str, Any]] = {}
    vectors: list[tuple[VectorField, tuple[Any, ...]]] = []
    for embedding in embeddings:
        field, embedder = embedding.field, embedding.embedder
        dimensions = field.spec.dimensions
        key = (id(embedder), is_multi(field), dimensions)
        if key not in by_text:
            of_queries = embedder.queries(texts, several=is_multi(field), dimensions=dimensions)
            by_text[key] = dict(zip(texts, of_queries, strict=True))
        of_texts = by_text[key]
        near = dict(zip(objects, of_objects.get(field.attribute, ()), strict=False))
        vector = mean_vector([of_texts[text] for text in concepts])
        for move, step in ((search.move_to, moved_to), (search.move_away_from, moved_away)):
            if move is not None and move.force:
                vector = step(vector, _target(move, of_texts, near), move.force)
        vectors.append((field, (vector,)))
    return tuple(vectors)


def _target(move: Move, of_texts: Mapping[str, Any], near: Mapping[str, Any]) -> Any:
    """Return the vector that a move leads to: the mean of that of its concepts, and those of its objects."""
    concepts = [mean_vector([of_texts[text] for text in move.concepts])] if move.concepts else []
    return mean_vector([*concepts, *(near[_id(item)] for item in move.objects)])


def _id(item: Any) -> str:
    """Return the id of an object, or an id, in its usual spelling."""
    text = str(getattr(item, "id", item))
    try:
        return str(UUID(text))
    except ValueError:
        raise QueryError(f"a search is moved by objects or their UUIDs, not by {item!r:.200}") from None
