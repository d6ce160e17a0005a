"""The columns of a table that a query is read into: what each holds, and what the query has to load for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Union

import attrs

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.expressions import Expression, ReferenceExpression, VectorExpression
from weaviate_orm.query.module_options import METADATA_NAMES, FindEntities, Project, Summarize
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.query.results import HIT_PREFIX, Hit
from weaviate_orm.query.searches import Ask, Keywords, Nearness

IMPLICIT_METADATA: tuple[str, ...] = tuple(
    field.name for field in attrs.fields(Hit) if field.name not in ("object", "id", *METADATA_NAMES)
)
"""The attributes of a hit that need no ``with_metadata()``."""

_EXTRA_NAMES = {Summarize: "summaries", FindEntities: "entities", Project: "projection"}

ID = "id"


@attrs.frozen
class Column:
    """A column.

    Attributes:
        name: as the table has it.
        references: those that lead to the objects whose values it holds, one below the other.
        entity: the class of these objects; of several classes, the first.
        member: a property, a vector, ``"id"``, or the name of what a hit tells.
    """

    name: str
    references: tuple[Reference, ...]
    entity: Entity
    member: Union[Property, VectorField, str]

    @property
    def is_metadata(self) -> bool:
        """Whether it holds what a hit tells."""
        return isinstance(self.member, str) and self.member != ID

    @property
    def below(self) -> Column:
        """The same column for the targets of the first reference."""
        return attrs.evolve(self, references=self.references[1:])


def columns_of(query: Query, keys: Sequence[Any]) -> list[Column]:
    """Return the columns of some names and expressions; without any, those of all that the query loads.

    Raises:
        UnknownNameError: a name that is no column.
        QueryError: what the query does not tell, or two columns of one name.
    """
    if not keys:
        columns = list(_loaded(query.entity, query.selection, ()))
        columns += [_metadata(query.entity, f"{HIT_PREFIX}{name}", name) for name in _implicit_metadata(query)]
    else:
        columns = [_column(query.entity, key) for key in keys]
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1 and len({column for column in columns if column.name == name}) > 1:
            raise QueryError(f"two columns are called {name!r}: name the columns, and leave one out")
    _refuse_absent(query, [column.member for column in columns if column.is_metadata])
    return columns


def query_of(query: Query, columns: Sequence[Column]) -> Query:
    """Return the query that loads what columns hold, and nothing else."""
    words = [column.member for column in columns if column.is_metadata]
    named = [word for word in words if word in METADATA_NAMES]
    return attrs.evolve(
        query,
        selection=attrs.evolve(_selection(columns), on_error=query.selection.on_error),
        metadata=bool(words),
        named=tuple(dict.fromkeys((*query.named, *named))),
    )


def is_column(query: Query, name: str) -> bool:
    """Return whether a column of a name is to be had."""
    try:
        _column(query.entity, name)
    except (UnknownNameError, QueryError):
        return False
    return True


# -- names


def _loaded(entity: Entity, selection: Selection, references: tuple[Reference, ...]) -> Iterator[Column]:
    """Yield the columns of all that a selection loads."""
    prefix = "".join(f"{reference.attribute}__" for reference in references)
    yield Column(f"{prefix}{ID}", references, entity, ID)
    for member in selection.members(entity) if not references or len(references[-1].targets) == 1 else ():
        yield Column(f"{prefix}{member.attribute}", references, entity, member)
    for vector in selection.vectors:
        yield Column(f"{prefix}{vector.attribute}", references, entity, vector)
    for reference, below in selection.references:
        yield from _loaded(reference.targets[0], below, (*references, reference))


def _column(entity: Entity, key: Any) -> Column:
    if isinstance(key, (ReferenceExpression, Expression)):
        path = key._path()
        references = tuple(reference for reference, _ in path.references)
        target = path.references[-1][1] if path.references else entity
        if isinstance(path.member, Reference):
            raise UnknownNameError(f"{entity.label} value", path.member.attribute, (f"{path.member.attribute}__{ID}",))
        member = path.member
        name = member if isinstance(member, str) else member.attribute
        prefix = "".join(f"{reference.attribute}__" for reference in references)
        if isinstance(member, str) and member != ID:
            if references:
                raise QueryError(f"{path}: a table has what a hit tells of the objects themselves only")
            return _named(entity, member)
        if member != ID and any(len(reference.targets) > 1 for reference in references):
            raise QueryError(f"{path}: a reference leads to several classes, of which a table has only the ids")
        return Column(f"{prefix}{name}", references, target, member)
    if isinstance(key, VectorExpression):
        return Column(key.field.attribute, (), entity, key.field)
    if not isinstance(key, str):
        raise QueryError(f"a column is a name or an expression, not {key!r}")
    return _named(entity, key)


def _named(entity: Entity, name: str) -> Column:
    if name in entity.properties:
        return Column(name, (), entity, entity.properties[name])
    if name == ID:
        return Column(name, (), entity, ID)
    word = name.removeprefix(HIT_PREFIX)
    if word in (*IMPLICIT_METADATA, *METADATA_NAMES) and (word != name or word not in entity.references):
        return _metadata(entity, name, word)
    if name in entity.vectors:
        return Column(name, (), entity, entity.vectors[name])
    first, _, rest = name.partition("__")
    if first in entity.references and rest:
        return _below(entity, name, first, rest)
    words = [other for other in (*IMPLICIT_METADATA, *METADATA_NAMES) if other not in entity.properties]
    long = [f"{HIT_PREFIX}{other}" for other in (*IMPLICIT_METADATA, *METADATA_NAMES) if other in entity.properties]
    others = (*entity.properties, ID, *entity.vectors, *(f"{other}__{ID}" for other in entity.references))
    raise UnknownNameError(f"{entity.label} value", name, (*others, *words, *long))


def _below(entity: Entity, name: str, first: str, rest: str) -> Column:
    """Return a column of the targets of a reference."""
    reference = entity.references[first]
    target, *others = reference.targets
    if rest != ID and others:
        raise QueryError(
            f"{entity.label}.{first} leads to several classes, of which a table has only the ids: name {first}__{ID}"
        )
    head, _, deeper = rest.partition("__")
    if rest == ID:
        below = Column(rest, (), target, ID)
    elif head in target.references and deeper:
        below = _below(target, rest, head, deeper)
    elif rest in target.properties:
        below = Column(rest, (), target, target.properties[rest])
    elif rest in target.vectors:
        below = Column(rest, (), target, target.vectors[rest])
    else:
        raise UnknownNameError(
            f"{target.label} value", rest, (*target.properties, ID, *target.vectors, *target.references)
        )
    return attrs.evolve(below, name=name, references=(reference, *below.references))


def _metadata(entity: Entity, name: str, word: str) -> Column:
    return Column(name, (), entity, word)


# -- what is loaded


def _selection(columns: Sequence[Column]) -> Selection:
    own = [column.member for column in columns if not column.references]
    below: dict[str, tuple[Reference, list[Column]]] = {}
    for column in columns:
        if column.references:
            first = column.references[0]
            below.setdefault(first.attribute, (first, []))[1].append(column.below)
    return Selection(
        properties=tuple(dict.fromkeys(member for member in own if isinstance(member, Property))),
        references=tuple((reference, _selection(of_targets)) for reference, of_targets in below.values()),
        vectors=tuple(dict.fromkeys(member for member in own if isinstance(member, VectorField))),
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
    if query.generate is not None:
        names += ("generated", "generation_error")
        names += ("generation_usage",) if query.generate.usage and query.generate.prompt is not None else ()
    names += [_EXTRA_NAMES[type(extra)] for extra in query.extras]
    return (*names, *query.named)


def _refuse_absent(query: Query, words: Sequence[Any]) -> None:
    search = query.search
    for name, is_available, by in (
        ("distance", isinstance(search, Nearness), "near_…()"),
        ("certainty", isinstance(search, Nearness) and search.targets.are_cosine, "near_…() by cosine"),
        ("score", _has_score(query), "bm25() or hybrid() or boost()"),
        ("rerank_score", query.rerank is not None, "rerank()"),
        ("generated", query.generate is not None, "generate()"),
    ):
        if name in words and not is_available:
            raise QueryError(f"a {name} comes from {by}, which this query lacks")
