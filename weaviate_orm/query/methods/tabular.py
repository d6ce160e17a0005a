"""Methods that return plain values instead of models: dicts, tuples, columns, data frames, attrs classes."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import attrs

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.query.expressions import Expression
from weaviate_orm.query.methods.base import BaseQuerySet, M
from weaviate_orm.query.module_options import METADATA_NAMES, FindEntities, Project, Summarize
from weaviate_orm.query.query import Query
from weaviate_orm.query.resolve import property_of
from weaviate_orm.query.results import HIT_PREFIX, Hit
from weaviate_orm.query.searches import Ask, Keywords, Nearness

D = TypeVar("D")

IMPLICIT_METADATA: tuple[str, ...] = tuple(
    field.name for field in attrs.fields(Hit) if field.name not in ("object", "id", *METADATA_NAMES)
)
"""The attributes of a hit that need no ``with_metadata()``."""

_EXTRA_NAMES = {Summarize: "summaries", FindEntities: "entities", Project: "projection"}


class TabularMixin(BaseQuerySet[M]):
    """Read plain values. No models are made: nothing is kept in the session, and nothing loads later.

    A name is a property's attribute, ``"id"``, or an attribute of a :class:`~weaviate_orm.Hit`, such as ``"distance"``
    or ``"hit__distance"``. Where a property has the name, the short form is the property; the long one is always the
    hit's, for no attribute of a model has two underscores.

    Without names: the id, all properties, and the metadata of the query, by its long names.
    """

    __slots__ = ()

    def values(self, *names: Any) -> list[dict[str, Any]]:
        """Return a dict for each object.

        ::

            Article.query.bm25("silk").values()  # [{"id": …, "title": …, "hit__score": 1.3}, …]
            Article.query.bm25("silk").values("title", "score")  # [{"title": …, "score": 1.3}, …]
        """
        columns = self._columns(names)
        return [{name: row.get(key) for name, key in columns} for row in self._rows(columns)]

    def values_list(self, *names: Any, flat: bool = False) -> list[Any]:
        """Return a tuple for each object; with ``flat`` and a single name, the value itself."""
        columns = self._columns(names)
        if flat and len(columns) != 1:
            raise QueryError(f"values_list(flat=True) is of one name, not of {len(columns)}")
        keys = [key for _, key in columns]
        rows = self._rows(columns)
        if flat:
            return [row.get(keys[0]) for row in rows]
        return [tuple(row.get(key) for key in keys) for row in rows]

    def to_dict(self, *names: Any) -> dict[str, list[Any]]:
        """Return a list for each name: the columns of a table."""
        columns = self._columns(names)
        rows = self._rows(columns)
        return {name: [row.get(key) for row in rows] for name, key in columns}

    def to_pandas(self, *names: Any) -> Any:
        """Return a ``pandas.DataFrame``, a column for each name. Needs pandas."""
        # the user's own; nothing else here needs it
        import pandas  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        return pandas.DataFrame(self.to_dict(*names))

    def to_arrow(self, *names: Any) -> Any:
        """Return a ``pyarrow.Table``, a column for each name; ids and UUIDs as text. Needs pyarrow."""
        # the user's own; nothing else here needs it
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        return pyarrow.table({name: _plain_column(column) for name, column in self.to_dict(*names).items()})

    def into(self, cls: type[D]) -> list[D]:
        """Return an instance of an attrs class for each object; its fields are bound by name.

        ::

            @attrs.frozen
            class Headline:
                title: str
                distance: float

            Article.query.near_text("fashion").limit(3).into(Headline)
        """
        make: Callable[..., D] = cls
        if not attrs.has(cls):
            raise QueryError(f"into() makes instances of attrs classes, and {cls!r} is none")
        fields: Any = attrs.fields(cls)
        bound = [field for field in fields if field.init]
        columns = self._columns(
            [field.name for field in bound if field.default is attrs.NOTHING or _is_column(self._query, field.name)]
        )
        aliases = {field.name: field.alias or field.name for field in bound}
        return [make(**{aliases[name]: row.get(key) for name, key in columns}) for row in self._rows(columns)]

    # -- inside

    def _columns(self, names: Any) -> list[tuple[str, str]]:
        """Return the name of each column, and the key of its values in a row."""
        query = self._query
        if names:
            return [self._column(name) for name in names]
        attributes = [member.attribute for member in query.selection.members(query.entity)]
        metadata = [f"{HIT_PREFIX}{name}" for name in _implicit_metadata(query)]
        return [(name, name) for name in ("id", *attributes, *metadata)]

    def _column(self, key: Any) -> tuple[str, str]:
        entity = self._query.entity
        if isinstance(key, Expression) and isinstance(key._path().member, str):
            key = str(key._path().member)
        if isinstance(key, str) and key not in entity.properties:
            if not _is_column(self._query, key):
                words = [name for name in (*IMPLICIT_METADATA, *METADATA_NAMES) if name not in entity.properties]
                long = [
                    f"{HIT_PREFIX}{name}" for name in (*IMPLICIT_METADATA, *METADATA_NAMES) if name in entity.properties
                ]
                raise UnknownNameError(f"{entity.label} value", key, (*entity.properties, "id", *words, *long))
            return key, key if key == "id" or key.startswith(HIT_PREFIX) else f"{HIT_PREFIX}{key}"
        attribute = property_of(entity, key, "values()").attribute
        return attribute, attribute

    def _rows(self, columns: list[tuple[str, str]]) -> list[dict[str, Any]]:
        entity = self._query.entity
        if self._query.group_by is not None:
            raise QueryError("grouped results are read by groups()")
        keys = dict.fromkeys(key for _, key in columns)
        hit_words = [key.removeprefix(HIT_PREFIX) for key in keys if key.startswith(HIT_PREFIX)]
        self._refuse_absent(hit_words)
        members = tuple(entity.properties[key] for key in keys if key in entity.properties)
        named = tuple(name for name in hit_words if name in METADATA_NAMES)
        selection = attrs.evolve(self._query.selection, properties=members, references=(), vectors=())
        query = attrs.evolve(
            self._query,
            selection=selection,
            metadata=bool(hit_words),
            named=tuple(dict.fromkeys((*self._query.named, *named))),
        )
        return self._executor.fetch_values(query)

    def _refuse_absent(self, hit_words: list[str]) -> None:
        search = self._query.search
        for name, is_available, by in (
            ("distance", isinstance(search, Nearness), "near_…()"),
            ("certainty", isinstance(search, Nearness) and search.targets.are_cosine, "near_…() by cosine"),
            ("score", _has_score(self._query), "bm25() or hybrid() or boost()"),
            ("rerank_score", self._query.rerank is not None, "rerank()"),
            ("generated", self._query.generate is not None, "generate()"),
        ):
            if name in hit_words and not is_available:
                raise QueryError(f"a {name} comes from {by}, which this query lacks")


def _is_column(query: Query, name: str) -> bool:
    return (
        name in query.entity.properties
        or name == "id"
        or name.removeprefix(HIT_PREFIX) in (*IMPLICIT_METADATA, *METADATA_NAMES)
    )


def _has_score(query: Query) -> bool:
    return isinstance(query.search, Keywords) or query.boosting is not None


def _implicit_metadata(query: Query) -> tuple[str, ...]:
    """Return the attributes of a hit that a query fills; the explanation of a score has to be requested by name."""
    names: list[str] = []
    if isinstance(query.search, Nearness):
        names += ("distance", "certainty") if query.search.targets.are_cosine else ("distance",)
        names += ("answer",) if isinstance(query.search, Ask) else ()
    if _has_score(query):
        names.append("score")
    names += ("rerank_score",) if query.rerank is not None else ()
    names += ("generated", "generation_error") if query.generate is not None else ()
    names += [_EXTRA_NAMES[type(extra)] for extra in query.extras]
    return (*names, *query.named)


def _plain_column(column: list[Any]) -> list[Any]:
    """Convert values for Arrow: UUIDs to text, attrs classes to dicts."""
    return [_plain(value) for value in column]


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if attrs.has(type(value)):
        return attrs.asdict(value, value_serializer=lambda _, __, inner: _plain(inner))
    return value
