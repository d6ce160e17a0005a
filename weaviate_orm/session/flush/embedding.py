"""Vectors that embedders make in the client: of new objects, and of stored ones whose sources change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Union

import attrs

from weaviate_orm.embedders.object_text import object_text
from weaviate_orm.exceptions import EmbeddingError, NotFoundError, describe
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import state_of, value_of
from weaviate_orm.query.entity import Embedding
from weaviate_orm.query.target_vectors import is_multi
from weaviate_orm.session.flush.plan import Create, FlushPlan, Merge
from weaviate_orm.types import JSONObject

Write = Union[Create, Merge]


@attrs.define(eq=False)
class EmbeddedPlan:
    """A plan with the vectors that embedders have made.

    Attributes:
        plan: the operations that have their vectors, and all that need none.
        unsent: the operations that have not, each with the reason.
        embedded: the objects and attributes of the vectors that were made.
    """

    plan: FlushPlan
    unsent: list[tuple[Write, Exception]] = attrs.field(factory=list)
    embedded: list[tuple[Any, str]] = attrs.field(factory=list)

    def expire_stored(self) -> None:
        """Let the objects that were stored load their vectors when they are read: a list takes eight times the memory.

        What an object has is what was assigned; so one that is deleted and added again is embedded again.
        """
        for instance, attribute in self.embedded:
            state = state_of(instance)
            if state.is_stored and state.error is None:
                vars(instance).pop(attribute, None)


def embed_plan(plan: FlushPlan, check: Callable[[Mapper], None]) -> EmbeddedPlan:
    """Have the vectors of a plan made that embedders make, and that nobody has assigned.

    Where an embedder fails, what it has made is sent. ``check`` raises OtherEmbedderError for a class whose stored
    vectors another embedder has made.
    """
    models = {type(write.instance) for write in _writes(plan)}
    mappers = [mapper for model in models if (mapper := model.__mapper__).embeddings]
    if not mappers:
        return EmbeddedPlan(plan)
    for mapper in mappers:
        check(mapper)
    unsent: dict[int, tuple[Write, Exception]] = {}
    embedded: list[tuple[Write, Embedding, Any]] = []
    for embedding, texts in _texts(plan, unsent).items():
        # one that is not sent needs no other vector now
        sendable = [(write, text) for write, text in texts if id(write) not in unsent]
        for write, error in _embed(embedding, sendable, embedded):
            unsent[id(write)] = (write, error)
    vectors: dict[int, JSONObject] = {}
    for write, embedding, vector in embedded:
        vectors[id(write)] = _with_vector(vectors.get(id(write), write.vectors), embedding, vector)
    creates = [_completed(create, vectors) for create in plan.creates if id(create) not in unsent]
    merges = [_completed(merge, vectors) for merge in plan.merges if id(merge) not in unsent]
    return EmbeddedPlan(
        attrs.evolve(plan, creates=tuple(creates), merges=tuple(merges)),
        list(unsent.values()),
        [(write.instance, embedding.field.attribute) for write, embedding, _ in embedded],
    )


def _writes(plan: FlushPlan) -> Iterator[Write]:
    yield from plan.creates
    yield from plan.merges


def _texts(plan: FlushPlan, unsent: dict[int, tuple[Write, Exception]]) -> Mapping[Embedding, list[tuple[Write, str]]]:
    """Return the texts that are to be embedded; an empty text has no vector, as on the server."""
    texts: dict[Embedding, list[tuple[Write, str]]] = {}
    for write in _writes(plan):
        mapper: Mapper = write.instance.__mapper__
        for embedding in mapper.embeddings.values():
            if _has_vector(write, embedding):
                continue
            try:
                values = _values(write, embedding)
            except NotFoundError as error:
                unsent[id(write)] = (write, error)
                break
            text = _text(mapper, embedding, values) if values is not None else ""
            if text:
                texts.setdefault(embedding, []).append((write, text))
    return texts


def _values(write: Write, embedding: Embedding) -> Mapping[str, Any] | None:
    """Return the JSON of the sources of a vector, by attribute; None where none of them changes."""
    if isinstance(write, Create):
        return write.properties
    sources = [source.attribute for source in embedding.sources]
    if write.properties.keys().isdisjoint(sources):
        return None
    state = state_of(write.instance)
    values = {**state.snapshot, **write.properties}
    for source in sources:
        if source not in values:
            value_of(write.instance, source)  # loads it, for all objects of the same query
            values |= {source: state.snapshot.get(source)}
    return values


def _text(mapper: Mapper, embedding: Embedding, values: Mapping[str, Any]) -> str:
    embedder = embedding.embedder
    return object_text(
        mapper.collection_name,
        ((source.spec, values.get(source.attribute)) for source in embedding.sources),
        vectorize_class_name=embedder.vectorize_class_name,
        lowercase=embedder.lowercase,
        names_sources=embedding.names_sources,
    )


def _embed(
    embedding: Embedding, texts: list[tuple[Write, str]], embedded: list[tuple[Write, Embedding, Any]]
) -> Iterable[tuple[Write, Exception]]:
    """Make the vectors of texts; return the operations without one, each with the reason."""
    lacking = dict(enumerate(write for write, _ in texts))
    cure = "They stay pending: mend that, and commit() again, or assign their vectors"
    try:
        for position, vector in _vectors(embedding, [(write.instance, text) for write, text in texts], cure):
            embedded.append((lacking.pop(position), embedding, vector))
    except EmbeddingError as error:
        return [(write, error) for write in lacking.values()]
    return ()


def _vectors(embedding: Embedding, texts: Sequence[tuple[Any, str]], cure: str) -> Iterator[tuple[int, Any]]:
    """Yield the vectors of the texts of objects, each with its position. Raises EmbeddingError, with the cure."""
    field = embedding.field
    count = 0
    vectors = embedding.embedder.documents(
        [text for _, text in texts], several=is_multi(field), dimensions=field.spec.dimensions
    )
    try:
        for positions, vector in vectors:
            for position in positions:
                count += 1
                yield position, vector
    except EmbeddingError as error:
        first = texts[error.position][0]
        others = len(texts) - count - 1
        subject = f"{describe(first)} has no {field.attribute}" + (f", nor have {others:,} others" if others else "")
        raise EmbeddingError(
            f"{subject}: {error}. {cure}", instance=first, field=field.attribute, position=error.position
        ) from error.__cause__


def stored_vectors(
    instances: Iterable[Any], embeddings: Iterable[Embedding], *, missing: bool
) -> Iterator[tuple[Any, str, Any]]:
    """Yield the vectors of stored objects whose sources are loaded, each with its object and attribute.

    ``missing``: of those that have none. Raises EmbeddingError.
    """
    loaded = list(instances)
    for embedding in embeddings:
        attribute = embedding.field.attribute
        texts = [
            (instance, text)
            for instance in loaded
            if not (missing and vars(instance).get(attribute))
            and (text := _text(instance.__mapper__, embedding, state_of(instance).snapshot))
        ]
        for position, vector in _vectors(embedding, texts, "What was stored before stays; call it again"):
            yield texts[position][0], attribute, vector


def _has_vector(write: Write, embedding: Embedding) -> bool:
    name = embedding.field.spec.name
    return "vector" in write.vectors if name is None else name in write.vectors.get("vectors", ())


def _with_vector(vectors: Mapping[str, Any], embedding: Embedding, vector: Any) -> JSONObject:
    name = embedding.field.spec.name
    if name is None:
        return {**vectors, "vector": vector}
    return {**vectors, "vectors": {**vectors.get("vectors", {}), name: vector}}


def _completed(write: Any, vectors: Mapping[int, JSONObject]) -> Any:
    return attrs.evolve(write, vectors=vectors[id(write)]) if id(write) in vectors else write
