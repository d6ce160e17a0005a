"""Methods that write: new objects, and the matches of a query, changed or deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import Self

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.exact_text import find_unequal
from weaviate_orm.query.methods.base import M
from weaviate_orm.query.methods.fetch import FetchMixin
from weaviate_orm.query.resolve import vector_of


class WriteMixin(FetchMixin[M]):
    """Write objects. All is sent at once, by the session of the query, with what else is pending there."""

    __slots__ = ()

    def create(self, **values: Any) -> M:
        """Store a new object of these values, and return it.

        Raises:
            ValidationError: a value that its field cannot take; nothing was sent.
            FlushError: the server refused it, or what else was pending.
        """
        instance: M = self._query.entity.model(**values)
        self._executor.store(instance, self._query.tenant)
        return instance

    def get_or_create(self, defaults: Mapping[str, Any] | None = None, **lookups: Any) -> tuple[M, bool]:
        """Return the one object that matches the lookups, or a new one, stored; and whether it is new.

        Texts are compared as Python compares them, whatever the tokenization: "Not Verified" is not "Verified".

        ::

            author, is_new = Author.query.get_or_create(name="Ada", defaults={"born": date})

        A new object has the values of the lookups that ask for equality, and the ``defaults``, of which functions are
        called. Between looking and storing somebody else may store the same; a model with a key then has one object
        all the same, others have two.

        Raises:
            MultipleResultsError: several objects match.
            SessionError: none matches, but the server has one of the same id, as of another object with the same key.
        """
        match = self._narrowed(**lookups).one_or_none()
        return (match, False) if match is not None else (self._make(lookups, defaults), True)

    def update_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        **lookups: Any,
    ) -> tuple[M, bool]:
        """Return the one object that matches the lookups, with ``defaults``, or a new one; and whether it is new.

        A new one has ``create_defaults`` in their place, where these are given. Nothing is sent for values that the
        object has already. Raises as :meth:`get_or_create` and :meth:`create` do.
        """
        narrowed = self._narrowed(**lookups)
        query = narrowed._query
        brought = query.selection.bringing(query.entity, defaults or ())  # to be compared
        match = narrowed._evolve(selection=brought).one_or_none()
        if match is None:
            return self._make(lookups, defaults if create_defaults is None else create_defaults), True
        for name, value in (defaults or {}).items():
            setattr(match, name, value() if callable(value) else value)
        self._executor.save(match)
        return match, False

    def update(self, **values: Any) -> int:
        """Assign these values to all objects that match, however many, and store them; returns how many match.

        Texts are compared as Python compares them, as by :meth:`one`: of what ``all()`` finds by the words, what is
        equal is changed.

        Weaviate changes objects one by one, so each that differs is a request; what has the values already is left
        alone. The objects are read and written page after page, in constant memory. Those that the session holds are
        changed there too; versions are counted.

        Raises:
            QueryError: there is nothing to assign, or it cannot be assigned to stored objects; the filter says that a
                text is not equal, and ``all()`` shows fewer objects, those without its words.
            FlushError: some could not be stored, and are pending; the pages after theirs are not changed.
        """
        self._refuse_results_of_many("update")
        if not values:
            raise QueryError("update() needs the values to assign: update(title=…)")
        return self._executor.update(self._to_write("update")._query, values)

    def embed(self, *vectors: Any, missing: bool = False) -> int:
        """Make the vectors of all objects that match, and store those that differ; returns how many match.

        For vectors that embedders make in the client: of a named vector that stored objects lack, or after others have
        written their texts. Pages of objects are read, embedded and written as by :meth:`update`. An object without
        text keeps the vector that it has.

        Args:
            vectors: which, by name or as ``Article.summary``; by default all that embedders make.
            missing: leave out the vectors that objects have.

        Raises:
            QueryError: no embedder makes such a vector; the filter is refused as by :meth:`update`.
            EmbeddingError: an embedder failed; what was stored before stays.
            OtherEmbedderError: another one has made the vectors that are stored; nothing was sent.
            FlushError: some could not be stored, and are pending; the pages after theirs are not changed.
        """
        self._refuse_results_of_many("embed")
        entity = self._query.entity
        fields = [vector_of(entity, vector) for vector in vectors] or entity.vectors.values()
        embeddings = [entity.embeddings[field.attribute] for field in fields if field.attribute in entity.embeddings]
        if len(embeddings) < len(vectors) or not embeddings:
            names = ", ".join(entity.embeddings) or "none"
            raise QueryError(f"embed() is for vectors that embedders make, and of {entity.label} these are: {names}")
        return self._executor.embed(self._to_write("embed")._query, embeddings, missing=missing)

    def delete(self) -> int:
        """Delete all objects that match, however many; returns how many there were.

        Texts are compared as Python compares them, as by :meth:`one`: of what ``all()`` finds by the words, what is
        equal is deleted. Where the tokenization is not "field", the objects are read for that.

        The server does it by the filter, 10,000 at a request. Where more is to be known of the objects (a search, an
        order or a limit, an inverse, an ``on_delete`` of references to them, a listener) they are read, and deleted by
        their ids, page after page.

        Raises:
            QueryError: the filter says that a text is not equal, and ``all()`` shows fewer objects, those without its
                words.
            DeleteDeniedError: a reference denies it; the pages before are deleted.
            FlushError: some could not be deleted.
        """
        self._refuse_results_of_many("delete")
        return self._executor.delete(self._to_write("delete")._query)

    # -- inside

    def _make(self, lookups: Mapping[str, Any], defaults: Mapping[str, Any] | None) -> M:
        values = {name.removesuffix("__exact"): value for name, value in lookups.items() if _is_equality(name)}
        sought = tuple(values)
        values |= {name: value() if callable(value) else value for name, value in (defaults or {}).items()}
        instance: M = self._query.entity.model(**values)
        self._executor.store_missing(instance, self._query.tenant, sought)
        return instance

    def _to_write(self, verb: str) -> Self:
        """Return the query with texts compared literally; what is written is among what the query as it is shows."""
        where = self._query.where
        path = None if where is None else find_unequal(where)
        if path is not None:
            raise QueryError(
                f"{verb}() compares whole texts, and more are unequal to this {path} than all() shows, which leaves "
                f"out what has the words: say ~exact(…) for all of them, or contains_none([…]) for those without the "
                f"words"
            )
        return self._literally(writes=True)

    def _refuse_results_of_many(self, verb: str) -> None:
        self._refuse_merged()
        if self._query.group_by is not None:
            raise QueryError(f"{verb}() is for objects; leave out group_by()")


def _is_equality(lookup: str) -> bool:
    return "__" not in lookup.removesuffix("__exact")
