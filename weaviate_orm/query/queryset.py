"""The query set: a lazy, immutable query that a user builds up by methods and runs by reading from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, NoReturn, TypeVar, overload
from uuid import UUID

import attrs
from typing_extensions import Self

from weaviate_orm.exceptions import MultipleResultsError, NotFoundError, QueryError, UnknownNameError
from weaviate_orm.query.compiler import compile_get
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.executor import Executor, Hit, current_executor
from weaviate_orm.query.expressions import Expression, Order, ReferenceExpression, VectorExpression
from weaviate_orm.query.filters import Filter
from weaviate_orm.query.lookups import lookup, order
from weaviate_orm.query.search import BM25, Hybrid, Move, NearObject, NearText, NearVector, Search
from weaviate_orm.query.tree import Query
from weaviate_orm.types import HybridFusion, Tenant

M = TypeVar("M")


class QuerySet(Generic[M]):
    """A query for the objects of one model.

    Each method returns a new query set; nothing is sent until objects are asked for, by ``all()``, ``first()``,
    iteration, an index. Then one request is sent, each time anew: a query set keeps no results.

    Without a limit, a query set yields every object there is; a search without one yields as many as the server's
    ``QUERY_DEFAULTS_LIMIT_GRAPHQL``, 100 where it is not set.
    """

    __slots__ = ("_executor", "_query")

    def __init__(self, query: Query, executor: Executor | None = None) -> None:
        self._query = query
        self._executor = executor

    def __repr__(self) -> str:
        return f"<QuerySet {self.graphql()}>"

    def __bool__(self) -> NoReturn:
        raise TypeError("a query set has no truth of its own: use .exists(), or the truth of .all()")

    # -- searching

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
        """Search by the meaning of a text. The collection needs a text vectorizer.

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
        """Search by a vector: a sequence of floats or a numpy array. Arguments as for :meth:`near_text`."""
        targets = self._targets(target)
        self._check_dimensions(vector, targets)
        return self._searching(NearVector(vector=vector, certainty=certainty, distance=distance, targets=targets))

    def near_object(
        self, object: Any, *, certainty: float | None = None, distance: float | None = None, target: Any = None
    ) -> Self:
        """Search by the vector of an object: a model or its id. Arguments as for :meth:`near_text`."""
        found = getattr(object, "id", object)
        try:
            id = found if isinstance(found, UUID) else UUID(found)
        except (TypeError, ValueError, AttributeError):
            raise QueryError(f"near_object needs an object or its UUID, got {object!r}") from None
        targets = self._targets(target)
        return self._searching(NearObject(id=id, certainty=certainty, distance=distance, targets=targets))

    def bm25(self, query: str, *, properties: Sequence[Any] = ()) -> Self:
        """Search by the words of a text, ranked by BM25F.

        Args:
            query: the words.
            properties: where to look, all text properties by default: names or expressions, ``"title^3"`` boosted.
        """
        if self._query.order_by:
            raise QueryError("Weaviate cannot sort a bm25 search: leave out order_by, or sort the objects")
        return self._searching(BM25(query=query, properties=self._searched_properties(properties)))

    def hybrid(
        self,
        query: str | None = None,
        *,
        alpha: float | None = None,
        vector: Any = None,
        properties: Sequence[Any] = (),
        fusion_type: HybridFusion | None = None,
        target: Any = None,
    ) -> Self:
        """Search by words and by vector, and join the two rankings.

        Args:
            query: the words, and the text whose meaning is searched for.
            alpha: the weight of the vector's ranking, 0 to 1; the server's default is 0.75.
            vector: in place of the one that the vectorizer makes of ``query``.
            properties: where the words are looked for, as for :meth:`bm25`.
            fusion_type: how the rankings are joined; the server's default is relative scores.
            target: the named vector that is compared.
        """
        if self._query.order_by:
            raise QueryError("Weaviate cannot sort a hybrid search: leave out order_by, or sort the objects")
        targets = self._targets(target)
        if vector is not None:
            self._check_dimensions(vector, targets)
        return self._searching(
            Hybrid(
                query=query,
                alpha=alpha,
                vector=vector,
                properties=self._searched_properties(properties),
                fusion_type=fusion_type,
                targets=targets,
            )
        )

    # -- narrowing, ordering, cutting

    def where(self, *conditions: Filter, **lookups: Any) -> Self:
        """Only the objects for which every condition holds.

        Conditions are expressions, ``Article.word_count > 1000``, joined by ``& | ~``; or lookups,
        ``word_count__gt=1000``, ``publication__name="Vogue"``. Text is compared by its tokens, as the property's
        ``tokenization`` makes them: with the default, "word", ``name == "the vogue"`` finds "Vogue, The".

        Raises:
            UnknownNameError: a field or lookup that does not exist, with the nearest that does.
            QueryError: an operator or a value that the field cannot be compared by.
        """
        made = [*conditions, *(lookup(self._query.entity, name, value) for name, value in lookups.items())]
        where = self._query.where
        for condition in made:
            if not isinstance(condition, Filter):
                raise QueryError(f"where() takes comparisons of fields and lookups, not {condition!r}")
            where = condition if where is None else where & condition
        return self._evolve(where=where)

    def order_by(self, *keys: str | Expression[Any] | Order) -> Self:
        """Sort by names (``"-word_count"`` descending) or expressions; nulls come first. Replaces what was set."""
        if self._query.search is not None and isinstance(self._query.search, (BM25, Hybrid)):
            raise QueryError("Weaviate cannot sort a bm25 or hybrid search: leave out order_by, or sort the objects")
        made: list[Order] = []
        for key in keys:
            if isinstance(key, str):
                made.append(order(self._query.entity, key))
            elif isinstance(key, Order):
                made.append(key)
            elif isinstance(key, Expression):
                made.append(key.asc())
            else:
                raise QueryError(f"order_by() takes names and expressions of fields, not {key!r}")
        return self._evolve(order_by=tuple(made))

    def limit(self, limit: int) -> Self:
        """At most so many objects."""
        return self._evolve(limit=_counting("limit", limit))

    def offset(self, offset: int) -> Self:
        """Leave out the first ones. The server refuses limit + offset beyond 10,000 (QUERY_MAXIMUM_RESULTS)."""
        return self._evolve(offset=_counting("offset", offset))

    def tenant(self, tenant: str | Tenant) -> Self:
        """Objects of a tenant, in place of the session's."""
        if not self._query.entity.collection.is_multi_tenant:
            raise QueryError(f"{self._query.entity.label} is not multi-tenant: all its objects are in one place")
        try:
            name = tenant.name if isinstance(tenant, Tenant) else Tenant(tenant).name
        except ValueError as error:
            raise QueryError(str(error)) from None
        return self._evolve(tenant=name)

    # -- what is loaded

    def include(self, *references: Any) -> Self:
        """Load references with the objects, in the same request: ``include(Article.authors, "publication")``.

        One below another is ``Article.authors.writes_for`` or ``"authors__writes_for"``, at most four in a row.
        """
        selection = self._query.selection
        for reference in references:
            selection = selection.including(self._reference_path(reference))
        return self._evolve(selection=selection)

    def only(self, *fields: Any) -> Self:
        """Load only these properties; the others load when they are read."""
        members = tuple(self._property(field) for field in fields)
        return self._evolve(selection=attrs.evolve(self._query.selection, properties=members))

    def with_vector(self, *vectors: Any) -> Self:
        """Load vectors as well: all of them, or those named."""
        known = tuple(self._query.entity.vectors.values())
        chosen = tuple(self._vector(vector) for vector in vectors) if vectors else known
        return self._evolve(selection=attrs.evolve(self._query.selection, vectors=chosen))

    # -- running

    def all(self) -> list[M]:
        """The objects."""
        return self._run.fetch(self._query)

    def __iter__(self) -> Iterator[M]:
        return iter(self.all())

    def hits(self) -> list[Hit[M]]:
        """The objects, each with its distance and certainty, or its score."""
        return self._run.fetch_hits(attrs.evolve(self._query, metadata=True))

    def first(self) -> M | None:
        """The first object, or None."""
        found = self._head(1)
        return found[0] if found else None

    def one(self) -> M:
        """The only object; raises NotFoundError or MultipleResultsError when there is not exactly one."""
        found = self.one_or_none()
        if found is None:
            raise NotFoundError(f"no {self._query.entity.label} matches {self.graphql()}")
        return found

    def one_or_none(self) -> M | None:
        """The only object, or None; raises MultipleResultsError when there are several."""
        found = self._head(2)
        if len(found) > 1:
            raise MultipleResultsError(f"several {self._query.entity.label} objects match {self.graphql()}")
        return found[0] if found else None

    def get(self, id: UUID | str | None = None, /, **lookups: Any) -> M:
        """The one object of an id, or of lookups as in :meth:`where`.

        Raises NotFoundError or MultipleResultsError when there is not exactly one.
        """
        if id is not None:
            lookups["id"] = id
        return self.where(**lookups).one()

    def count(self) -> int:
        """How many objects there are; as the server counts, in one request, cut by limit and offset."""
        return self._run.count(self._query)

    def exists(self) -> bool:
        """Whether there is any."""
        none_loaded = attrs.evolve(self._query.selection, properties=(), references=(), vectors=())
        return bool(self._evolve(selection=none_loaded)._head(1))

    def graphql(self) -> str:
        """The document that is sent."""
        return compile_get(self._query)

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> M | Self:
        if isinstance(index, int):
            if index < 0:
                raise QueryError("a query set has no negative indexes; reverse its order instead")
            found = self[index : index + 1].all()
            if not found:
                raise IndexError(f"the query set has no object at {index}")
            return found[0]
        if index.step is not None:
            raise QueryError("a query set is cut without a step")
        start = _counting("slice", index.start) if index.start is not None else 0
        stop = _counting("slice", index.stop) if index.stop is not None else None
        left = None if self._query.limit is None else max(self._query.limit - start, 0)
        length = None if stop is None else max(stop - start, 0)
        limits = [each for each in (left, length) if each is not None]
        return self._evolve(offset=self._query.offset + start, limit=min(limits) if limits else None)

    # -- inside

    @property
    def _run(self) -> Executor:
        return self._executor if self._executor is not None else current_executor()

    def _evolve(self, **changes: Any) -> Self:
        return type(self)(attrs.evolve(self._query, **changes), self._executor)

    def _searching(self, search: Search) -> Self:
        if self._query.search is not None:
            raise QueryError("a query searches in one way; for words and vectors together use hybrid()")
        return self._evolve(search=search)

    def _head(self, size: int) -> list[M]:
        limit = self._query.limit
        return self.limit(size if limit is None else min(size, limit)).all()

    def _property(self, field: Any) -> Property:
        if isinstance(field, str):
            found = self._query.entity.member(field)
        elif isinstance(field, Expression):
            path = field._path()
            if path.references or isinstance(path.member, str):
                raise QueryError(f"only() takes properties of {self._query.entity.label}; {path} is none")
            found = path.member
        else:
            raise QueryError(f"only() takes names and expressions of properties, not {field!r}")
        if not isinstance(found, Property):
            raise QueryError(
                f"{self._query.entity.label}.{found.attribute} is no property; see include() and with_vector()"
            )
        return found

    def _reference_path(self, reference: Any) -> tuple[Reference, ...]:
        if isinstance(reference, ReferenceExpression):
            path = reference._path()
            assert isinstance(path.member, Reference)
            return (*(step for step, _ in path.references), path.member)
        if not isinstance(reference, str):
            raise QueryError(f"include() takes names and expressions of references, not {reference!r}")
        steps: list[Reference] = []
        entity = self._query.entity
        for name in reference.split("__"):
            member = entity.member(name)
            if not isinstance(member, Reference):
                raise QueryError(f"include() takes references; {entity.label}.{name} is none")
            steps.append(member)
            entity = member.targets[0]
        return tuple(steps)

    def _vector(self, vector: Any) -> Any:
        if isinstance(vector, VectorExpression):
            return vector.field
        if isinstance(vector, str) and vector in self._query.entity.vectors:
            return self._query.entity.vectors[vector]
        raise UnknownNameError(f"vector of {self._query.entity.label}", str(vector), self._query.entity.vectors)

    def _targets(self, target: Any) -> tuple[Any, ...]:
        if target is None:
            named = [vector for vector in self._query.entity.vectors.values() if vector.spec.name is not None]
            if len(named) > 1:
                names = ", ".join(f"{self._query.entity.label}.{vector.attribute}" for vector in named)
                raise QueryError(f"{self._query.entity.label} has several vectors; say which by target=: {names}")
            return tuple(named)
        return (self._vector(target),)

    def _check_dimensions(self, vector: Any, targets: tuple[Any, ...]) -> None:
        wanted = targets[0].spec.dimensions if targets else self._unnamed_dimensions()
        try:
            length = len(vector)
        except TypeError:
            raise QueryError(f"a vector is a sequence of floats or a numpy array, not {vector!r}") from None
        if wanted is not None and length != wanted:
            raise QueryError(f"the vectors of {self._query.entity.label} have {wanted} dimensions; got {length}")

    def _unnamed_dimensions(self) -> int | None:
        for vector in self._query.entity.vectors.values():
            if vector.spec.name is None:
                return vector.spec.dimensions
        return None

    def _searched_properties(self, properties: Sequence[Any]) -> tuple[str, ...]:
        if isinstance(properties, str):
            raise QueryError("properties is a list of names or expressions")
        made: list[str] = []
        for each in properties:
            name, boosted, boost = each.partition("^") if isinstance(each, str) else (each, "", "")
            made.append(f"{self._property(name).spec.name}{boosted}{boost}")
        return tuple(made)


def _counting(what: str, number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise QueryError(f"a {what} is a whole number from 0, not {number!r}")
    return number
