"""The verbs that return plain values in place of models: dicts, tuples, columns, data frames, attrs classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.query.additions import METADATA_NAMES
from weaviate_orm.query.base import Base, M
from weaviate_orm.query.entity import Property
from weaviate_orm.query.expressions import Expression
from weaviate_orm.query.members import property_of
from weaviate_orm.query.results import Hit
from weaviate_orm.query.search import Nearness

D = TypeVar("D")

TOLD: tuple[str, ...] = tuple(
    field.name for field in attrs.fields(Hit) if field.name not in ("object", "id", *METADATA_NAMES)
)
"""What a hit tells without being asked for by name."""


class Tabular(Base[M]):
    """Plain values. No models are made: nothing is kept in the session, and nothing loads later.

    A name is a property's attribute, ``"id"``, or an attribute of a :class:`~weaviate_orm.Hit`, such as ``"distance"``.
    """

    __slots__ = ()

    def values(self, *names: Any) -> list[dict[str, Any]]:
        """A dict for each object: of these names, or of the id and all properties."""
        chosen = self._chosen(names)
        return [{name: row.get(name) for name in chosen} for row in self._rows(chosen)]

    def values_list(self, *names: Any, flat: bool = False) -> list[Any]:
        """A tuple for each object; of a single name with ``flat`` the value itself."""
        chosen = self._chosen(names)
        if flat and len(chosen) != 1:
            raise QueryError(f"values_list(flat=True) is of one name, not of {len(chosen)}")
        rows = self._rows(chosen)
        if flat:
            return [row.get(chosen[0]) for row in rows]
        return [tuple(row.get(name) for name in chosen) for row in rows]

    def to_dict(self, *names: Any) -> dict[str, list[Any]]:
        """A list for each name: the columns of a table."""
        chosen = self._chosen(names)
        rows = self._rows(chosen)
        return {name: [row.get(name) for row in rows] for name in chosen}

    def to_pandas(self, *names: Any) -> Any:
        """A ``pandas.DataFrame``, a column for each name. Needs pandas."""
        # the user's own; nothing else here needs it
        import pandas  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        return pandas.DataFrame(self.to_dict(*names))

    def to_arrow(self, *names: Any) -> Any:
        """A ``pyarrow.Table``, a column for each name; ids and UUIDs as text. Needs pyarrow."""
        # the user's own; nothing else here needs it
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        from weaviate_orm.query.columns import plain_column

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
        known = {*self._query.entity.properties, "id", *TOLD, *METADATA_NAMES}
        wanted = [field.name for field in bound if field.name in known or field.default is attrs.NOTHING]
        chosen = self._chosen(wanted)
        aliases = {field.name: field.alias or field.name for field in bound}
        return [make(**{aliases[name]: row.get(name) for name in chosen}) for row in self._rows(chosen)]

    # -- inside

    def _chosen(self, names: Any) -> list[str]:
        entity = self._query.entity
        if not names:
            return ["id", *(each.attribute for each in self._query.selection.members(entity))]
        return [self._name(each) for each in names]

    def _name(self, given: Any) -> str:
        entity = self._query.entity
        if isinstance(given, Expression) and isinstance(given._path().member, str):
            return str(given._path().member)
        if isinstance(given, str) and (given == "id" or given in TOLD or given in METADATA_NAMES):
            if given not in entity.properties:
                return given
        elif isinstance(given, str) and given not in entity.properties:
            known = (*entity.properties, "id", *TOLD, *METADATA_NAMES)
            raise UnknownNameError(f"{entity.label} value", given, known)
        return property_of(entity, given, "values()").attribute

    def _rows(self, chosen: list[str]) -> list[dict[str, Any]]:
        entity = self._query.entity
        if self._query.group_by is not None:
            raise QueryError("grouped results are read by groups()")
        self._refuse_absent(chosen)
        members = tuple(entity.properties[name] for name in chosen if name in entity.properties)
        named = tuple(name for name in chosen if name in METADATA_NAMES and name not in entity.properties)
        told = any(name not in entity.properties and name != "id" for name in chosen)
        selection = attrs.evolve(self._query.selection, properties=_unique(members), references=(), vectors=())
        query = attrs.evolve(
            self._query,
            selection=selection,
            metadata=told,
            named=tuple(dict.fromkeys((*self._query.named, *named))),
        )
        return self._run.fetch_values(query)

    def _refuse_absent(self, chosen: list[str]) -> None:
        search = self._query.search
        for name, told, by in (
            ("distance", isinstance(search, Nearness), "near_…()"),
            ("certainty", isinstance(search, Nearness) and search.targets.are_cosine, "near_…() by cosine"),
            ("score", search is not None and not isinstance(search, Nearness), "bm25() or hybrid()"),
            ("rerank_score", self._query.rerank is not None, "rerank()"),
            ("generated", self._query.generate is not None, "generate()"),
        ):
            if name in chosen and not told and name not in self._query.entity.properties:
                raise QueryError(f"a {name} is told by {by}, which this query has not")


def _unique(members: tuple[Property, ...]) -> tuple[Property, ...]:
    return tuple({member.attribute: member for member in members}.values())
