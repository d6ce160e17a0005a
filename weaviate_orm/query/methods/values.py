"""The verbs that return plain values in place of models: dicts, tuples, columns, data frames, attrs classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.query.expressions import Expression
from weaviate_orm.query.methods.base import Base, M
from weaviate_orm.query.module_options import METADATA_NAMES, FindEntities, Project, Summarize
from weaviate_orm.query.query import Query
from weaviate_orm.query.resolve import property_of
from weaviate_orm.query.results import HIT_PREFIX, Hit
from weaviate_orm.query.searches import Ask, Nearness

D = TypeVar("D")

TOLD: tuple[str, ...] = tuple(
    field.name for field in attrs.fields(Hit) if field.name not in ("object", "id", *METADATA_NAMES)
)
"""What a hit tells without being asked for by name."""

_EXTRA_NAMES = {Summarize: "summaries", FindEntities: "entities", Project: "projection"}


class Tabular(Base[M]):
    """Plain values. No models are made: nothing is kept in the session, and nothing loads later.

    A name is a property's attribute, ``"id"``, or an attribute of a :class:`~weaviate_orm.Hit`, such as ``"distance"``
    or ``"hit__distance"``. Where a property has the name, the short form is the property; the long one is always the
    hit's, for no attribute of a model has two underscores.

    Without names there are the id, all properties, and what the query tells of each object, by its long names.
    """

    __slots__ = ()

    def values(self, *names: Any) -> list[dict[str, Any]]:
        """A dict for each object.

        ::

            Article.query.bm25("silk").values()  # [{"id": …, "title": …, "hit__score": 1.3}, …]
            Article.query.bm25("silk").values("title", "score")  # [{"title": …, "score": 1.3}, …]
        """
        columns = self._columns(names)
        return [{name: row.get(key) for name, key in columns} for row in self._rows(columns)]

    def values_list(self, *names: Any, flat: bool = False) -> list[Any]:
        """A tuple for each object; of a single name with ``flat`` the value itself."""
        columns = self._columns(names)
        if flat and len(columns) != 1:
            raise QueryError(f"values_list(flat=True) is of one name, not of {len(columns)}")
        keys = [key for _, key in columns]
        rows = self._rows(columns)
        if flat:
            return [row.get(keys[0]) for row in rows]
        return [tuple(row.get(key) for key in keys) for row in rows]

    def to_dict(self, *names: Any) -> dict[str, list[Any]]:
        """A list for each name: the columns of a table."""
        columns = self._columns(names)
        rows = self._rows(columns)
        return {name: [row.get(key) for row in rows] for name, key in columns}

    def to_pandas(self, *names: Any) -> Any:
        """A ``pandas.DataFrame``, a column for each name. Needs pandas."""
        # the user's own; nothing else here needs it
        import pandas  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        return pandas.DataFrame(self.to_dict(*names))

    def to_arrow(self, *names: Any) -> Any:
        """A ``pyarrow.Table``, a column for each name; ids and UUIDs as text. Needs pyarrow."""
        # the user's own; nothing else here needs it
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        from weaviate_orm.query.methods.columns import plain_column

        return pyarrow.table({name: plain_column(column) for name, column in self.to_dict(*names).items()})

    def into(self, cls: type[D]) -> list[D]:
        """An instance of an attrs class for each object; its fields are bound by their names.

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
        """The name of each column, and the key of its values in a row."""
        query = self._query
        if names:
            return [self._column(name) for name in names]
        attributes = [member.attribute for member in query.selection.members(query.entity)]
        told = [f"{HIT_PREFIX}{name}" for name in _told(query)]
        return [(name, name) for name in ("id", *attributes, *told)]

    def _column(self, named: Any) -> tuple[str, str]:
        entity = self._query.entity
        if isinstance(named, Expression) and isinstance(named._path().member, str):
            named = str(named._path().member)
        if isinstance(named, str) and named not in entity.properties:
            if not _is_column(self._query, named):
                words = [name for name in (*TOLD, *METADATA_NAMES) if name not in entity.properties]
                long = [f"{HIT_PREFIX}{name}" for name in (*TOLD, *METADATA_NAMES) if name in entity.properties]
                raise UnknownNameError(f"{entity.label} value", named, (*entity.properties, "id", *words, *long))
            return named, named if named == "id" or named.startswith(HIT_PREFIX) else f"{HIT_PREFIX}{named}"
        attribute = property_of(entity, named, "values()").attribute
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
        return self._run.fetch_values(query)

    def _refuse_absent(self, hit_words: list[str]) -> None:
        search = self._query.search
        for name, is_told, by in (
            ("distance", isinstance(search, Nearness), "near_…()"),
            ("certainty", isinstance(search, Nearness) and search.targets.are_cosine, "near_…() by cosine"),
            ("score", search is not None and not isinstance(search, Nearness), "bm25() or hybrid()"),
            ("rerank_score", self._query.rerank is not None, "rerank()"),
            ("generated", self._query.generate is not None, "generate()"),
        ):
            if name in hit_words and not is_told:
                raise QueryError(f"a {name} is told by {by}, which this query has not")


def _is_column(query: Query, name: str) -> bool:
    return name in query.entity.properties or name == "id" or name.removeprefix(HIT_PREFIX) in (*TOLD, *METADATA_NAMES)


def _told(query: Query) -> tuple[str, ...]:
    """The attributes of a hit that a query fills, but for the explanation of a score, which has to be asked for."""
    names: list[str] = []
    if isinstance(query.search, Nearness):
        names += ("distance", "certainty") if query.search.targets.are_cosine else ("distance",)
        names += ("answer",) if isinstance(query.search, Ask) else ()
    elif query.search is not None:
        names.append("score")
    names += ("rerank_score",) if query.rerank is not None else ()
    names += ("generated", "generation_error") if query.generate is not None else ()
    names += [_EXTRA_NAMES[type(extra)] for extra in query.extras]
    return (*names, *query.named)
