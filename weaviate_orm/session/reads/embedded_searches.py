"""The texts of searches, embedded in the client before they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.exceptions import QueryError
from weaviate_orm.http.transport import Transport
from weaviate_orm.operators import Operator
from weaviate_orm.query.embedded_search import embedded_targets, with_query_vectors
from weaviate_orm.query.entity import VectorField
from weaviate_orm.query.filters import Comparison, Path
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.query.rows import Rows
from weaviate_orm.session.embedder_notes import refuse_other_embedder
from weaviate_orm.session.reads.reader import RowReader
from weaviate_orm.session.request_options import RequestOptions


def search_by_vectors(query: Query, transport: Transport, reader: RowReader, options: RequestOptions) -> Query:
    """Return a query that searches by the vector of its text, where an embedder makes the vectors of the class.

    Raises:
        EmbeddingError: the embedder makes no vector.
        OtherEmbedderError: another one has made those that are stored.
        QueryError: the search is moved by an object that is not stored, or has no vector.
    """
    if not embedded_targets(query):
        return query
    refuse_other_embedder(transport, query.entity.model.__mapper__)

    def stored(query: Query, ids: Sequence[str], fields: Sequence[VectorField]) -> Mapping[str, Sequence[Any]]:
        where = Comparison(Path(query.entity, (), "id"), Operator.CONTAINS_ANY, list(ids))
        selection = Selection(properties=(), vectors=tuple(fields))
        by_id = options.apply(
            Query(query.entity, where=where, limit=len(ids), selection=selection, tenant=query.tenant)
        )
        return _in_order(query, reader.read_one(by_id).rows, ids)

    return with_query_vectors(query, stored)


def _in_order(query: Query, rows: Rows, ids: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    places = {id: place for place, id in enumerate(rows.ids)}
    vectors: dict[str, Sequence[Any]] = {}
    for attribute, column in rows.vectors.items():
        stored = [column[places[id]] if id in places else None for id in ids]
        for id, vector in zip(ids, stored, strict=True):
            if not vector:
                raise QueryError(
                    f"the search is moved by {query.entity.label} {id}, which is not stored, or has no {attribute}"
                )
        vectors[attribute] = stored
    return vectors
