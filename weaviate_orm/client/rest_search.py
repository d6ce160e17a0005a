"""Searches by REST, which servers without GraphQL have too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from typing_extensions import TypedDict, Unpack

from weaviate_orm.batch.delete_by_filter import rest_filter
from weaviate_orm.client import arguments
from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.client.query.where import encode_filter
from weaviate_orm.exceptions import UnknownNameError
from weaviate_orm.http.features import REST_SEARCH, require
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import ConsistencyLevel, HybridFusion, JSONObject
from weaviate_orm.util import get_valid_uuid

_RESULTS = {"results": [{"id": str, "properties": dict, "references?": dict, "metadata?": dict}]}


class SearchOptions(TypedDict, total=False):
    """The arguments that every search takes, as RestSearch describes them."""

    where: Mapping[str, Any] | None
    limit: int | None
    offset: int | None
    auto_limit: int | None
    return_properties: str | Sequence[str] | None
    return_metadata: str | Sequence[str] | None
    tenant: str | None
    consistency_level: ConsistencyLevel | str | None


class RestSearch:
    """``/v1/search``, Weaviate 1.39 and newer with ``EXPERIMENTAL_REST_SEARCH_ENABLED``. Reached as ``client.search``.

    Every search takes these arguments too:

    - ``where``: a filter as for ``with_where``.
    - ``limit`` and ``offset``; the limit is QUERY_DEFAULTS_LIMIT of the server by default.
    - ``auto_limit``: the number of jumps of the score after which the results end.
    - ``return_properties``: by default all but references and blobs; those of a reference are ``author.name``.
    - ``return_metadata``: of ``distance``, ``certainty``, ``score``, ``explainScore``, ``creationTime`` and
      ``lastUpdateTime``; by default none.
    - ``tenant`` and ``consistency_level``.

    Results are ``{"id": …, "properties": {…}}``, with ``references`` and ``metadata`` where these are asked for.

    Raises:
        QueryError, UnknownNameError: a filter that ``with_where`` refuses, or an argument that does not exist.
        ServerTooOldError: the server is older than Weaviate 1.39.
        UnexpectedStatusError: 404 when the class does not exist, 400 or 422 for other arguments, and 422 where the
            server does not have these searches enabled.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def bm25(
        self,
        class_name: str,
        query: str,
        *,
        query_properties: str | Sequence[str] | None = None,
        **options: Unpack[SearchOptions],
    ) -> list[JSONObject]:
        """Return the objects that contain words of a query, the best first.

        ``query_properties`` are where the words are looked for, as ``title^2`` with a weight; by default all texts.
        """
        body = {
            "query": arguments.text("query", query),
            "queryProperties": _texts("query_properties", query_properties),
        }
        return self._search(class_name, "bm25", body, options)

    def near_text(
        self,
        class_name: str,
        query: str | Sequence[str],
        *,
        certainty: float | None = None,
        distance: float | None = None,
        target_vector: str | None = None,
        **options: Unpack[SearchOptions],
    ) -> list[JSONObject]:
        """Return the objects that are nearest in meaning to one or more texts; the class needs a vectorizer.

        Args:
            class_name: the class.
            query: the texts.
            certainty: the least nearness, 0 to 1; not together with ``distance``.
            distance: the largest distance.
            target_vector: the named vector, where there are several.
            options: the arguments of every search.
        """
        body = {"query": arguments.texts("query", query), **_nearness(certainty, distance, target_vector)}
        return self._search(class_name, "near-text", body, options)

    def near_object(
        self,
        class_name: str,
        uuid: str | UUID,
        *,
        certainty: float | None = None,
        distance: float | None = None,
        target_vector: str | None = None,
        **options: Unpack[SearchOptions],
    ) -> list[JSONObject]:
        """Return the objects whose vectors are nearest to that of an object, itself included.

        Other arguments are those of :meth:`near_text`.
        """
        body = {"id": get_valid_uuid(uuid), **_nearness(certainty, distance, target_vector)}
        return self._search(class_name, "near-object", body, options)

    def hybrid(
        self,
        class_name: str,
        query: str,
        *,
        alpha: float | None = None,
        fusion_type: HybridFusion | None = None,
        max_vector_distance: float | None = None,
        query_properties: str | Sequence[str] | None = None,
        target_vector: str | None = None,
        **options: Unpack[SearchOptions],
    ) -> list[JSONObject]:
        """Return the objects that a search by words and one by meaning find, joined.

        Args:
            class_name: the class.
            query: the words and the meaning.
            alpha: the weight of the meaning, 0 to 1; the server's default is 0.75. With 0, no vectorizer is needed.
            fusion_type: how the rankings are joined; by default by their scores.
            max_vector_distance: the largest distance; what is farther is not found by its words either.
            query_properties: as for :meth:`bm25`.
            target_vector: the named vector, where there are several.
            options: the arguments of every search.
        """
        body = {
            "query": arguments.text("query", query),
            "alpha": alpha,
            "fusionType": None if fusion_type is None else HybridFusion(fusion_type).value.removesuffix("Fusion"),
            "maxVectorDistance": max_vector_distance,
            "queryProperties": _texts("query_properties", query_properties),
            "targetVector": target_vector,
        }
        return self._search(class_name, "hybrid", body, options)

    def _search(self, class_name: str, kind: str, body: JSONObject, options: SearchOptions) -> list[JSONObject]:
        for name in options:
            if name not in SearchOptions.__annotations__:
                raise UnknownNameError("the argument", name, SearchOptions.__annotations__)
        where = options.get("where")
        body |= {
            "where": None if where is None else rest_filter(encode_filter(where)),
            "limit": options.get("limit"),
            "offset": options.get("offset"),
            "autoLimit": options.get("auto_limit"),
            "returnProperties": _texts("return_properties", options.get("return_properties")),
            "returnMetadata": _texts("return_metadata", options.get("return_metadata")),
            "tenant": options.get("tenant"),
            "consistencyLevel": arguments.level(options.get("consistency_level")),
        }
        require(self._transport, REST_SEARCH)
        resource = path("search", stored_name(class_name), kind)
        sent = {name: value for name, value in body.items() if value is not None}
        results: list[JSONObject] = self._transport.request("POST", resource, json=sent).json(_RESULTS)["results"]
        return results


def _texts(name: str, value: str | Sequence[str] | None) -> list[str] | None:
    return None if value is None else arguments.texts(name, value)


def _nearness(certainty: float | None, distance: float | None, target_vector: str | None) -> JSONObject:
    return {"certainty": certainty, "distance": distance, "targetVector": target_vector}
