"""The ways to search, as data: what is looked for, and how near it must be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Union
from uuid import UUID

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.entity import Property, VectorField
from weaviate_orm.query.resolve import SearchedProperty
from weaviate_orm.query.target_vectors import Targets
from weaviate_orm.schema.values import encode_text
from weaviate_orm.types import HybridFusion

Medium = Literal["image", "audio", "video", "thermal", "depth", "imu"]
"""What a multi-modal module can search by, besides text."""

NO_TARGETS = Targets(())

VectorPer = tuple[tuple[VectorField, tuple[Any, ...]], ...]
"""For each target the vectors that it is compared with."""


def _concepts(value: str | Sequence[str]) -> tuple[str, ...]:
    concepts = (value,) if isinstance(value, str) else tuple(value)
    try:
        texts = tuple(map(encode_text, concepts))
    except ValueError as error:
        raise QueryError(f"a concept {error}") from error
    if not texts:
        raise QueryError("near_text needs at least one concept")
    return texts


def _optional_concepts(value: str | Sequence[str]) -> tuple[str, ...]:
    return _concepts(value) if value else ()


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _tuple_of(objects: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(objects)


@attrs.frozen
class Move:
    """Moves a text search towards, or away from, concepts and objects.

    Args:
        concepts: one text or several.
        force: how far, from 0 to 1.
        objects: models or ids whose vectors it moves by.
    """

    concepts: tuple[str, ...] = attrs.field(default=(), converter=_optional_concepts)
    force: float = attrs.field(kw_only=True)
    objects: tuple[Any, ...] = attrs.field(default=(), kw_only=True, converter=_tuple_of)

    def __attrs_post_init__(self) -> None:
        if not self.concepts and not self.objects:
            raise QueryError("a Move needs concepts or objects to move by")
        if not _is_number(self.force) or not 0 <= self.force <= 1:
            raise QueryError(f"the force of a Move is from 0 to 1; got {self.force!r}")


@attrs.frozen(kw_only=True)
class Nearness:
    """How near a vector search asks for: a bound by certainty or by distance, and which vectors are compared."""

    certainty: float | None = None
    distance: float | None = None
    targets: Targets = NO_TARGETS

    def __attrs_post_init__(self) -> None:
        if self.certainty is not None and self.distance is not None:
            raise QueryError("certainty and distance are two names of one bound: give one of them")
        if self.certainty is not None and not 0 <= self.certainty <= 1:
            raise QueryError(f"a certainty is from 0 to 1; got {self.certainty!r}")
        if self.distance is not None and not _is_number(self.distance):
            raise QueryError(f"a distance is a number; got {self.distance!r}")

    @property
    def is_bounded(self) -> bool:
        """Whether it yields only what is near enough."""
        return self.certainty is not None or self.distance is not None


@attrs.frozen(kw_only=True)
class NearText(Nearness):
    """By the meaning of a text; the collection's vectorizer makes its vector."""

    concepts: tuple[str, ...] = attrs.field(converter=_concepts)
    move_to: Move | None = None
    move_away_from: Move | None = None
    autocorrect: bool | None = None


@attrs.frozen(kw_only=True)
class NearVector(Nearness):
    """By a vector, or by one or more for each target."""

    vectors: VectorPer = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class NearObject(Nearness):
    """By the vector of an object."""

    id: UUID


@attrs.frozen(kw_only=True)
class NearMedia(Nearness):
    """By a picture, a sound …, in base64; a multi-modal vectorizer makes its vector."""

    medium: Medium
    data: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Ask(Nearness):
    """By a question, which a module answers out of what was found."""

    question: str
    properties: tuple[Property, ...] = ()
    autocorrect: bool | None = None
    rerank: bool | None = None

    @property
    def is_bounded(self) -> bool:
        """Never: the bound is of the answers, and leaves out no object (measured on Weaviate 1.39)."""
        return False


@attrs.frozen(kw_only=True)
class KeywordSearch:
    """By the words of a text (the BM25F ranking)."""

    query: str
    properties: tuple[SearchedProperty, ...] = ()
    operator: WordOperator | None = None
    minimum_match: int | None = None

    def __attrs_post_init__(self) -> None:
        check_words("bm25", self.query, self.properties, self.operator, self.minimum_match)


@attrs.frozen(kw_only=True)
class Hybrid:
    """By words and by vector together; ``alpha`` 0 is words only, 1 vector only."""

    query: str | None = None
    alpha: float | None = None
    vectors: VectorPer = attrs.field(default=(), repr=False)
    concepts: tuple[str, ...] = attrs.field(default=(), converter=_optional_concepts)
    move_to: Move | None = None
    move_away_from: Move | None = None
    properties: tuple[SearchedProperty, ...] = ()
    operator: WordOperator | None = None
    minimum_match: int | None = None
    fusion_type: HybridFusion | None = None
    max_vector_distance: float | None = None
    targets: Targets = NO_TARGETS

    def __attrs_post_init__(self) -> None:
        if self.query is None and not self.vectors:
            raise QueryError("hybrid needs a query, a vector, or both")
        if self.query is None and self.moves:
            raise QueryError("hybrid moves what its query means: give a query")
        if self.alpha is not None and not (_is_number(self.alpha) and 0 <= self.alpha <= 1):
            raise QueryError(f"the alpha of hybrid is from 0 (words) to 1 (vector); got {self.alpha!r}")
        if self.max_vector_distance is not None and not _is_number(self.max_vector_distance):
            raise QueryError(f"max_vector_distance is a number; got {self.max_vector_distance!r}")
        if self.vectors and self.moves:
            raise QueryError("hybrid searches by a vector or by concepts and moves, not by both")
        if any(move is not None and move.objects for move in (self.move_to, self.move_away_from)):
            # the server drops them, and says nothing (measured on Weaviate 1.39)
            raise QueryError("hybrid is moved by concepts, not by objects: use near_text(), or give it a vector")
        check_words("hybrid", self.query, self.properties, self.operator, self.minimum_match)

    @property
    def moves(self) -> bool:
        """Whether the vector is made of other than the plain query."""
        return bool(self.concepts or self.move_to or self.move_away_from)


WordOperator = Literal["and", "or", "and_cross"]
"""Which of a query's words an object must have: all of them in one property, any, or all of them in any properties."""

_WORD_OPERATORS = ("and", "or", "and_cross")


def check_words(
    verb: str, query: Any, properties: tuple[SearchedProperty, ...], operator: Any, minimum_match: Any
) -> None:
    """Refuse what a keyword search cannot mean."""
    if query is not None:
        try:
            encode_text(query)
        except ValueError as error:
            raise QueryError(f"the query of {verb} {error}") from error
    if operator is not None and operator not in _WORD_OPERATORS:
        raise QueryError(f"the operator of {verb} is one of {', '.join(_WORD_OPERATORS)}; got {operator!r}")
    if minimum_match is not None:
        if isinstance(minimum_match, bool) or not isinstance(minimum_match, int) or minimum_match < 1:
            raise QueryError(f"minimum_match is a whole number from 1; got {minimum_match!r}")
        if operator not in (None, "or"):
            raise QueryError(f"{verb}: minimum_match is for the operator 'or'; {operator!r} asks for every word")
    cuts = {member.spec.tokenization or "word" for member, _ in properties}
    if operator == "and_cross" and len(cuts) > 1:
        raise QueryError(
            f"{verb}: 'and_cross' needs properties of one tokenization; these have {', '.join(sorted(cuts))}"
        )


Search = Union[NearText, NearVector, NearObject, NearMedia, Ask, KeywordSearch, Hybrid]
Keywords = (KeywordSearch, Hybrid)
"""The searches that have scores in place of distances."""


def words_of(search: Search | None) -> str | None:
    """Return the text that a search is for; None where it is for none."""
    if isinstance(search, (KeywordSearch, Hybrid)):
        return search.query
    if isinstance(search, NearText):
        return " ".join(search.concepts)
    return search.question if isinstance(search, Ask) else None
