"""The verbs that search: by meaning, by vector, by picture or sound, by words, by a question."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from copy import copy
from io import BufferedIOBase
from pathlib import Path
from typing import Any, TypedDict, Union
from uuid import UUID

from typing_extensions import Self, Unpack

from weaviate_orm.exceptions import QueryError, ValidationError
from weaviate_orm.query.entity import VectorField
from weaviate_orm.query.methods.base import BaseQuerySet, M
from weaviate_orm.query.resolve import searched_properties, text_of, vector_of
from weaviate_orm.query.searches import (
    Ask,
    Hybrid,
    KeywordSearch,
    Medium,
    Move,
    NearMedia,
    NearObject,
    NearText,
    NearVector,
    Search,
    VectorPer,
    WordOperator,
)
from weaviate_orm.query.target_vectors import Targets, is_multi, resolve_targets
from weaviate_orm.schema.values import encode_text
from weaviate_orm.schema.vector_values import check_shape, prepared_vector
from weaviate_orm.types import HybridFusion
from weaviate_orm.util import file_encoder_b64

MediaInput = Union[str, Path, bytes, BufferedIOBase]
"""A file by its path, opened in binary mode, or its content."""


class Bounds(TypedDict, total=False):
    """How near a search asks for, and which vector it compares."""

    certainty: float | None
    distance: float | None
    target: Any


class SearchMixin(BaseQuerySet[M]):
    """The searches. A query has one of them at most.

    ``target`` is the named vector that is compared, as ``Article.summary``; needed where there are several. Several are
    a list, or a :class:`~weaviate_orm.TargetVectors`, which says how their distances are combined.

    ``certainty`` is the least nearness, 0 to 1 (cosine only), ``distance`` the largest distance, in the metric of the
    index.
    """

    __slots__ = ()

    def near_text(
        self,
        concepts: str | Sequence[str],
        *,
        certainty: float | None = None,
        distance: float | None = None,
        move_to: Move | None = None,
        move_away_from: Move | None = None,
        autocorrect: bool | None = None,
        target: Any = None,
    ) -> Self:
        """Search by the meaning of a text. The collection needs a text vectorizer, or an embedder in the client.

        Args:
            concepts: one text or several.
            certainty: the least nearness, 0 to 1 (cosine only); or
            distance: the largest distance, in the metric of the index.
            move_to, move_away_from: shift the search by other concepts or objects.
            autocorrect: let the server correct spelling (needs its text-spellcheck module).
            target: the named vector that is compared, as ``Article.summary``; needed where there are several.
        """
        return self._searching(
            NearText(
                concepts=concepts,
                certainty=certainty,
                distance=distance,
                move_to=move_to,
                move_away_from=move_away_from,
                autocorrect=autocorrect,
                targets=self._targets(target),
            )
        )

    def near_vector(
        self,
        vector: Any,
        *,
        certainty: float | None = None,
        distance: float | None = None,
        target: Any = None,
    ) -> Self:
        """Search by a vector: a sequence of floats or a numpy array; of a multi-vector index a list of such.

        Several targets have a mapping of them, ``{Article.title_vector: […], "summary": […]}``, one vector or a list
        of vectors each; with the mapping, ``target`` need only say how the distances are combined.
        """
        if target is None and isinstance(vector, Mapping):
            target = list(vector)
        targets = self._targets(target)
        vectors = self._vectors(vector, targets)
        return self._searching(NearVector(vectors=vectors, certainty=certainty, distance=distance, targets=targets))

    def near_object(
        self, object: Any, *, certainty: float | None = None, distance: float | None = None, target: Any = None
    ) -> Self:
        """Search by the vector of an object: a model or its id. Arguments as for :meth:`near_text`."""
        key = getattr(object, "id", object)
        try:
            id = key if isinstance(key, UUID) else UUID(key)
        except (TypeError, ValueError, AttributeError):
            raise QueryError(f"near_object needs an object or its UUID, got {object!r}") from None
        targets = self._targets(target)
        return self._searching(NearObject(id=id, certainty=certainty, distance=distance, targets=targets))

    def near_image(self, image: MediaInput, **bounds: Unpack[Bounds]) -> Self:
        """Search by a picture: its path, its bytes, or an open binary file.

        The collection needs a vectorizer for pictures (multi2vec-…, img2vec-neural). ``certainty``, ``distance`` and
        ``target`` as for :meth:`near_text`.
        """
        return self.near_media("image", image, **bounds)

    def near_audio(self, audio: MediaInput, **bounds: Unpack[Bounds]) -> Self:
        """Search by a sound (multi2vec-bind); arguments as for :meth:`near_image`."""
        return self.near_media("audio", audio, **bounds)

    def near_video(self, video: MediaInput, **bounds: Unpack[Bounds]) -> Self:
        """Search by a film (multi2vec-bind, multi2vec-google); arguments as for :meth:`near_image`."""
        return self.near_media("video", video, **bounds)

    def near_thermal(self, thermal: MediaInput, **bounds: Unpack[Bounds]) -> Self:
        """Search by a thermal picture (multi2vec-bind); arguments as for :meth:`near_image`."""
        return self.near_media("thermal", thermal, **bounds)

    def near_depth(self, depth: MediaInput, **bounds: Unpack[Bounds]) -> Self:
        """Search by a depth picture (multi2vec-bind); arguments as for :meth:`near_image`."""
        return self.near_media("depth", depth, **bounds)

    def near_imu(self, imu: MediaInput, **bounds: Unpack[Bounds]) -> Self:
        """Search by a record of motion (multi2vec-bind); arguments as for :meth:`near_image`."""
        return self.near_media("imu", imu, **bounds)

    def near_media(
        self,
        medium: Medium,
        content: MediaInput,
        *,
        certainty: float | None = None,
        distance: float | None = None,
        target: Any = None,
    ) -> Self:
        """Search by a medium of any kind; what :meth:`near_image` and the others stand on."""
        targets = self._targets(target)
        if len(targets.fields) > 1:
            raise QueryError(f"Weaviate compares near_{medium} with one vector; target names several")
        data = _encoded(medium, content)
        return self._searching(
            NearMedia(medium=medium, data=data, certainty=certainty, distance=distance, targets=targets)
        )

    def ask(
        self,
        question: str,
        *,
        properties: Sequence[Any] = (),
        certainty: float | None = None,
        distance: float | None = None,
        autocorrect: bool | None = None,
        rerank: bool | None = None,
    ) -> Self:
        """Search by a question and have a module (qna-…) answer it: ``hit.answer``.

        Args:
            question: in plain words.
            properties: where the answer is looked for; all text by default.
            certainty: of the answer, the least; objects without one that sure come all the same; or
            distance: the largest.
            autocorrect: let the server correct spelling (needs its text-spellcheck module).
            rerank: put the objects with the surest answers first.
        """
        try:
            encode_text(question)
        except ValueError as error:
            raise QueryError(f"the question of ask {error}") from error
        read = tuple(text_of(self._query.entity, field, "ask") for field in properties)
        return self._searching(
            Ask(
                question=question,
                properties=read,
                certainty=certainty,
                distance=distance,
                autocorrect=autocorrect,
                rerank=rerank,
                targets=self._targets(None),
            )
        )

    def bm25(
        self,
        query: str,
        *,
        properties: Sequence[Any] = (),
        operator: WordOperator | None = None,
        minimum_match: int | None = None,
    ) -> Self:
        """Search by the words of a text, ranked by BM25F.

        Args:
            query: the words.
            properties: where to look, all text properties by default: names or expressions, ``"title^3"`` boosted.
            operator: which words an object must have: ``"or"`` any (the default), ``"and"`` all of them in one
                property, ``"and_cross"`` all of them, in whichever properties.
            minimum_match: of ``"or"``, how many of them.
        """
        searched = searched_properties(self._query.entity, properties, "bm25")
        return self._searching(
            KeywordSearch(query=query, properties=searched, operator=operator, minimum_match=minimum_match)
        )

    def hybrid(
        self,
        query: str | None = None,
        *,
        alpha: float | None = None,
        vector: Any = None,
        concepts: str | Sequence[str] = (),
        move_to: Move | None = None,
        move_away_from: Move | None = None,
        properties: Sequence[Any] = (),
        operator: WordOperator | None = None,
        minimum_match: int | None = None,
        fusion_type: HybridFusion | None = None,
        max_vector_distance: float | None = None,
        target: Any = None,
    ) -> Self:
        """Search by words and by vector, and join the two rankings.

        Args:
            query: the words, and the text whose meaning is searched for.
            alpha: the weight of the vector's ranking, 0 to 1; the server's default is 0.75.
            vector: in place of the one that the vectorizer makes of ``query``; as for :meth:`near_vector`.
            concepts: the meaning that is searched for, where it is not that of ``query``.
            move_to, move_away_from: shift that meaning, as for :meth:`near_text`; by concepts only.
            properties: where the words are looked for, as for :meth:`bm25`.
            operator, minimum_match: which words an object must have, as for :meth:`bm25`.
            fusion_type: how the rankings are joined; the server's default is relative scores.
            max_vector_distance: what is farther is not found, not by its words either (measured on Weaviate 1.39).
            target: the named vector that is compared.
        """
        if target is None and isinstance(vector, Mapping):
            target = list(vector)
        if target is None and vector is None and alpha == 0:
            # no vector counts, and yet the server wants one named
            target = list(self._query.entity.vectors)[:1]
        targets = self._targets(target)
        return self._searching(
            Hybrid(
                query=query,
                alpha=alpha,
                vectors=self._vectors(vector, targets) if vector is not None else (),
                concepts=concepts,
                move_to=move_to,
                move_away_from=move_away_from,
                properties=searched_properties(self._query.entity, properties, "hybrid"),
                operator=operator,
                minimum_match=minimum_match,
                fusion_type=fusion_type,
                max_vector_distance=max_vector_distance,
                targets=targets,
            )
        )

    # -- inside

    def _searching(self, search: Search) -> Self:
        if self._query.search is not None:
            raise QueryError("a query searches in one way; for words and vectors together use hybrid()")
        return self._evolve(search=search)

    def _targets(self, target: Any) -> Targets:
        return resolve_targets(self._query.entity, target)

    def _vectors(self, vector: Any, targets: Targets) -> VectorPer:
        """Check the vectors of each target."""
        if not isinstance(vector, Mapping):
            if targets.only is None:
                raise QueryError("a search of several targets needs a vector for each: {Article.title_vector: […], …}")
            return ((targets.only, (self._vector(targets.only, vector),)),)
        entity = self._query.entity
        by_name = {vector_of(entity, target).attribute: vectors for target, vectors in vector.items()}
        if set(by_name) != {field.attribute for field in targets.fields}:
            raise QueryError(f"the vectors are for {', '.join(by_name)}, and the search is of other targets")
        per_target = tuple((field, self._several(field, by_name[field.attribute])) for field in targets.fields)
        for (field, vectors), weights in zip(per_target, targets.weights, strict=False):
            if len(weights) != len(vectors):
                raise QueryError(
                    f"{entity.label}.{field.attribute} is compared with {len(vectors)} vectors and has "
                    f"{len(weights)} weights: give one for each"
                )
        return per_target

    def _several(self, field: VectorField, vectors: Any) -> tuple[Any, ...]:
        depth = _depth(vectors)
        listed = vectors if depth == (3 if is_multi(field) else 2) else (vectors,)
        return tuple(self._vector(field, vector) for vector in listed)

    def _vector(self, field: VectorField, vector: Any) -> Any:
        try:
            check_shape(vector, field.spec.dimensions, several=is_multi(field))
            prepared = prepared_vector(vector)
        except ValueError as error:
            raise QueryError(f"the search by {self._query.entity.label}.{field.attribute} {error}") from None
        # a query does not change when the list or array does that it was made of
        return [*map(copy, prepared)] if is_multi(field) else copy(prepared)


def _depth(vector: Any) -> int:
    """Return how deep lists are nested: 1 for a vector, 2 for several."""
    depth = 0
    while not isinstance(vector, (str, bytes)) and hasattr(vector, "__len__") and hasattr(vector, "__getitem__"):
        depth += 1
        if not len(vector) or isinstance(vector, Mapping):
            break
        vector = next(iter(vector))
    return depth


def _encoded(medium: str, content: MediaInput) -> str:
    if isinstance(content, bytes):
        return base64.b64encode(content).decode("ascii")
    try:
        return file_encoder_b64(content)
    except (TypeError, ValidationError) as error:
        raise QueryError(f"near_{medium} needs a path, bytes or an open binary file: {error}") from error
