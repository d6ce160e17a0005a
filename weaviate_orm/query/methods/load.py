"""The verbs that say what is loaded with the objects, and what modules shall make of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
from typing_extensions import Self

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.query.entity import Entity, Property
from weaviate_orm.query.expressions import Expression, ReferenceExpression, VectorExpression
from weaviate_orm.query.methods.base import BaseQuerySet, M
from weaviate_orm.query.module_options import (
    METADATA_NAMES,
    Extra,
    FindEntities,
    Generate,
    Metadata,
    Project,
    Summarize,
    server_prompt,
)
from weaviate_orm.query.query import OnError
from weaviate_orm.query.resolve import property_of, reference_path, text_of, vector_of


class LoadMixin(BaseQuerySet[M]):
    """What is loaded."""

    __slots__ = ()

    def include(self, *references: Any) -> Self:
        """Load references with the objects, in the same request: ``include(Article.authors, "publication")``.

        One below another is ``Article.authors.writes_for`` or ``"authors__writes_for"``, at most four in a row.
        """
        selection = self._query.selection
        for reference in references:
            selection = selection.including(reference_path(self._query.entity, reference))
        return self._evolve(selection=selection)

    def only(self, *fields: Any) -> Self:
        """Load only these properties; the others load when they are read."""
        members = tuple(property_of(self._query.entity, field, "only()") for field in fields)
        return self._evolve(selection=attrs.evolve(self._query.selection, properties=members))

    def defer(self, *fields: Any) -> Self:
        """Load all properties but these, which load when they are read."""
        left_out = {property_of(self._query.entity, field, "defer()") for field in fields}
        return self._loading(member for member in self._members if member not in left_out)

    def undefer(self, *fields: Any) -> Self:
        """Load these properties too, which ``field(deferred=True)`` or :meth:`defer` left out."""
        named = [property_of(self._query.entity, field, "undefer()") for field in fields]
        return self._loading((*self._members, *(member for member in named if member not in self._members)))

    def raiseload(self, *attributes: Any) -> Self:
        """Let reading what this query does not load raise a NotLoadedError, in place of loading it.

        For code that must not send a request where none is seen: templates, serialisers, loops.

        Args:
            attributes: properties, references and vectors, by name or as expressions; without any, all that the query
                does not load, of the objects that it includes too.

        An object that the session knew before keeps what held for it. What ``expire()`` forgot loads again.
        """
        entity = self._query.entity
        names = tuple(_attribute(entity, attribute) for attribute in attributes)
        return self._evolve(selection=attrs.evolve(self._query.selection, refused=names or None))

    def on_error(self, do: OnError) -> Self:
        """Say what becomes of objects with a stored value that its field cannot hold, as a date of the year 0.

        Other programs can store such values, and a class may have changed since. Each is told as a
        :class:`~weaviate_orm.StoredValueError` with the object's id, the field and the value.

        Args:
            do: ``"raise"``, the default: the first one ends the query. ``"skip"``: the object is left out, and the
                error logged as a warning of the logger ``weaviate_orm``. ``"defer"``: the object comes without the
                value; reading it raises the error, assigning it mends the object; :meth:`values` have None, and log.
                Or a function that is called with the error, as ``errors.append``; the object is left out.

        ``count()`` counts all. A reference to an object that is left out is not loaded; reading it raises the error.
        """
        if do not in ("raise", "skip", "defer") and not callable(do):
            raise QueryError(f"on_error() takes 'raise', 'skip', 'defer' or a function, not {do!r}")
        return self._evolve(selection=attrs.evolve(self._query.selection, on_error=do))

    def with_vector(self, *vectors: Any) -> Self:
        """Load vectors as well: all of them, or those named."""
        entity = self._query.entity
        all_vectors = tuple(entity.vectors.values())
        chosen = tuple(vector_of(entity, vector) for vector in vectors) if vectors else all_vectors
        return self._evolve(selection=attrs.evolve(self._query.selection, vectors=chosen))

    def with_metadata(self, *names: Metadata) -> Self:
        """Have :meth:`hits` and :meth:`values` tell more of each object.

        ``created_at`` and ``updated_at``; ``classification``, by which it got a value; ``spell_check``, of a search
        with autocorrect; ``query_profile``, where the time went; ``is_consistent``, of replicated collections;
        ``explain_score``, of any search.
        """
        for name in names:
            if name not in METADATA_NAMES:
                raise UnknownNameError("metadata", name, METADATA_NAMES)
        return self._evolve(named=tuple(dict.fromkeys((*self._query.named, *names))))

    def generate(
        self,
        prompt: str | None = None,
        *,
        task: str | None = None,
        properties: Sequence[Any] = (),
        provider: str | None = None,
        settings: dict[str, Any] | None = None,
        debug: bool = False,
        usage: bool = False,
    ) -> Self:
        """Have a language model write about the results: ``hit.generated``, and of a task ``hits.generated``.

        Args:
            prompt: asked of each object; ``{title}`` stands for its property.
            task: asked once, of all of them.
            properties: what of each object a task reads; all text by default.
            provider: the module asked in place of the collection's, as ``"openai"`` or ``"ollama"``.
            settings: of that provider, by the server's names: ``{"model": "…", "temperature": 0}``
                (docs.weaviate.io, "Model provider integrations").
            debug: also return the prompt that was sent, where the module tells it: ``hit.prompt``.
            usage: also return how many tokens the provider read and wrote: ``hit.generation_usage``, and of a task
                ``hits.generation_usage``. For a prompt or a task, of a provider that tells, without group_by().
        """
        entity = self._query.entity
        if prompt is not None:
            server_prompt(entity, prompt)
        read = tuple(property_of(entity, field, "generate") for field in properties)
        return self._evolve(generate=Generate(prompt, task, read, provider, settings or {}, debug, usage))

    def summarize(self, *properties: Any) -> Self:
        """Have the server's sum-transformers module sum up texts: ``hit.summaries``."""
        if not properties:
            raise QueryError("summarize needs the properties that it sums up")
        return self._extra(Summarize(tuple(text_of(self._query.entity, field, "summarize") for field in properties)))

    def find_entities(
        self,
        *properties: Any,
        certainty: float | None = None,
        distance: float | None = None,
        limit: int | None = None,
    ) -> Self:
        """Have the server's ner-transformers module find the names in texts: ``hit.entities``.

        Args:
            properties: the texts.
            certainty, distance: the least or the largest of a find.
            limit: the most finds of an object.
        """
        if not properties:
            raise QueryError("find_entities needs the properties that it reads")
        read = tuple(text_of(self._query.entity, field, "find_entities") for field in properties)
        return self._extra(FindEntities(read, certainty, distance, limit))

    def project(
        self,
        dimensions: int | None = None,
        *,
        learning_rate: int | None = None,
        iterations: int | None = None,
        perplexity: int | None = None,
        algorithm: str | None = None,
    ) -> Self:
        """Have the server project the results' vectors to few dimensions, by t-SNE: ``hit.projection``.

        Only for collections whose one vector is unnamed.
        """
        if any(vector.spec.name is not None for vector in self._query.entity.vectors.values()):
            raise QueryError("Weaviate projects the unnamed vector only, and this class has named ones")
        return self._extra(Project(dimensions, learning_rate, iterations, perplexity, algorithm))

    @property
    def _members(self) -> tuple[Property, ...]:
        return self._query.selection.members(self._query.entity)

    def _loading(self, members: Iterable[Property]) -> Self:
        return self._evolve(selection=attrs.evolve(self._query.selection, properties=tuple(members)))

    def _extra(self, extra: Extra) -> Self:
        others = tuple(other for other in self._query.extras if type(other) is not type(extra))
        return self._evolve(extras=(*others, extra))


def _attribute(entity: Entity, key: Any) -> str:
    """Return the attribute of the class itself that is named, of whatever kind."""
    if isinstance(key, str):
        return entity.member(key).attribute
    if isinstance(key, VectorExpression):
        return vector_of(entity, key).attribute
    if isinstance(key, ReferenceExpression):
        first, *below = reference_path(entity, key)
        if below:
            raise QueryError(f"raiseload() takes attributes of {entity.label}; {key._path()} is of another class")
        return first.attribute
    if isinstance(key, Expression):
        return property_of(entity, key, "raiseload()").attribute
    raise QueryError(f"raiseload() takes names and expressions, not {key!r}")
