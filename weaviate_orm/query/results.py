"""What queries return besides models: hits, groups, and what modules say of an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import attrs

from weaviate_orm.shown_values import CELL_WIDTH, brief, html_table, shortened, shortened_document

M = TypeVar("M")

_ROWS = 20
"""The most hits or groups that are shown."""

HIT_PREFIX = "hit__"
"""Before the name of what a hit tells, in a table: ``hit__score``. No attribute of a model has two underscores."""


@attrs.frozen
class Answer:
    """A module's answer to the question of ``ask()``: the text, where it stands, and how sure it is."""

    text: str | None
    property: str | None
    certainty: float | None
    distance: float | None
    start: int | None
    end: int | None


@attrs.frozen
class FoundEntity:
    """A name that ``find_entities()`` found, what kind of thing it names, and where it stands."""

    word: str
    kind: str
    property: str
    certainty: float | None
    distance: float | None
    start: int
    end: int


@attrs.frozen
class HitClassification:
    """How an object got a value by a classification: its id, the fields, and when it was completed."""

    id: str
    based_on: tuple[str, ...]
    classified_fields: tuple[str, ...]
    scope: tuple[str, ...]
    completed: datetime | None


@attrs.frozen
class SpellCheck:
    """What the server made of one text of a search with autocorrect."""

    original: str
    corrected: str
    location: str
    changes: Mapping[str, str]


@attrs.frozen
class TokenUsage:
    """How many tokens a language model read and wrote, as its provider counts; None where it does not tell."""

    read: int | None
    written: int | None
    total: int | None


@attrs.frozen(kw_only=True, repr=False)
class Hit(Generic[M]):
    """One object of a query, with what the query says of it. What was not asked for, or is not to be had, is None.

    Attributes:
        object: the model.
        id: its id.
        distance: between the query's vector and the object's, in the metric of the index; smaller is nearer.
        certainty: from 0 to 1, larger is nearer; cosine distances only.
        score: of bm25, hybrid and boosted searches; larger is better.
        explain_score: how the score came about, in the server's words.
        rerank_score: of ``rerank()``; larger is better.
        generated: what a model wrote to the prompt of ``generate()``.
        generation_error: why it wrote nothing.
        prompt: what it was sent, with ``generate(debug=True)`` and a module that tells.
        generation_usage: the tokens of that, with ``generate(usage=True)``.
        answer: of ``ask()``; None where it has none.
        summaries: of ``summarize()``, by property.
        entities: of ``find_entities()``.
        projection: of ``project()``.
        created_at, updated_at, classification, spell_check, query_profile, is_consistent: of ``with_metadata()``.
    """

    object: M
    id: UUID
    distance: float | None = None
    certainty: float | None = None
    score: float | None = None
    explain_score: str | None = None
    rerank_score: float | None = None
    generated: str | None = None
    generation_error: str | None = None
    prompt: str | None = None
    generation_usage: TokenUsage | None = None
    answer: Answer | None = None
    summaries: Mapping[str, str] | None = None
    entities: tuple[FoundEntity, ...] | None = None
    projection: tuple[float, ...] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    classification: HitClassification | None = None
    spell_check: tuple[SpellCheck, ...] | None = None
    query_profile: str | None = None
    is_consistent: bool | None = None

    def __repr__(self) -> str:
        says = "".join(f", {name}={shortened(value)}" for name, value in said_of(self).items())
        return f"Hit({shortened(self.object, CELL_WIDTH)}{says})"

    def __rich_repr__(self) -> Iterator[Any]:
        """Yield the object and what the query says of it, for rich."""
        yield self.object
        yield from ((name, brief(value)) for name, value in said_of(self).items())

    def _repr_html_(self) -> str:
        """Return the loaded values of the object, and what the query says of it, as a table, for notebooks."""
        return hits_html([self], "1 hit")


class Hits(list[Hit[M]]):
    """The hits of a query, a list.

    Attributes:
        generated: what a model wrote to the task of ``generate()``, once of all of them.
        generation_error: why it wrote nothing.
        generation_usage: the tokens of that, with ``generate(usage=True)``.
    """

    def __init__(
        self,
        hits: Sequence[Hit[M]] = (),
        *,
        generated: str | None = None,
        generation_error: str | None = None,
        generation_usage: TokenUsage | None = None,
    ) -> None:
        super().__init__(hits)
        self.generated = generated
        self.generation_error = generation_error
        self.generation_usage = generation_usage

    def __repr__(self) -> str:
        return _several(self)

    def _repr_html_(self) -> str:
        """Return the hits as a table, for notebooks."""
        more = f", of which these are the first {_ROWS}" if len(self) > _ROWS else ""
        return hits_html(self[:_ROWS], f"{len(self):,} hits{more}")


@attrs.frozen(kw_only=True)
class Group(Generic[M]):
    """Results of equal value.

    Attributes:
        value: the value that they have, as text; of a reference the id of the object; empty where they have none.
        count: how many hits there are.
        hits: each with its object and, of a vector search, its distance.
        min_distance, max_distance: of the hits.
        generated: what a model wrote to the prompt of ``generate()``, of the group's first object.
    """

    value: str
    hits: Hits[M]
    count: int
    min_distance: float | None = None
    max_distance: float | None = None
    generated: str | None = None


class Groups(list[Group[M]]):
    """The groups of a query, a list; ``generated`` as for :class:`Hits`."""

    def __init__(self, groups: Sequence[Group[M]] = (), *, generated: str | None = None) -> None:
        super().__init__(groups)
        self.generated = generated

    def __repr__(self) -> str:
        return _several(self)

    def _repr_html_(self) -> str:
        """Return the values of the groups as a table, for notebooks."""
        rows = [(group.value, group.count, group.min_distance, group.max_distance, group.hits) for group in self]
        return html_table(("value", "count", "min_distance", "max_distance", "hits"), rows, f"{len(self):,} groups")


@attrs.frozen(kw_only=True)
class Explanation:
    """How a query is run.

    Attributes:
        document: the query in GraphQL, by whichever wire it goes.
        reading: how all of it is read: ``"one request"``, or by ``"listing"``, ``"cursor"``, ``"keyset"`` or
            ``"pages"``; ``"nothing"`` where no object can match, and nothing is sent.
        why: the reason for that.
        profile: where the server's time went, as it tells (Weaviate 1.36 and later), shard by shard.
        wire: the protocol by which it goes: ``"REST"``, ``"gRPC"`` or ``"GraphQL"``; ``"none"`` where nothing is sent.
        why_wire: the reason for that.
    """

    document: str = attrs.field(repr=shortened_document)
    reading: str
    why: str
    profile: Sequence[Mapping[str, Any]] = attrs.field(repr=shortened)
    wire: str
    why_wire: str

    def __str__(self) -> str:
        shards = [f"{shard['name']}: {shard.get('searches')}" for shard in self.profile]
        return "\n".join(
            (self.document, f"read by {self.reading}: {self.why}", f"sent by {self.wire}: {self.why_wire}", *shards)
        )


def said_of(hit: Hit[Any]) -> dict[str, Any]:
    """Return what a query says of an object, without what it does not say."""
    fields = (field.name for field in attrs.fields(Hit) if field.name not in ("object", "id"))
    return {name: value for name in fields if (value := getattr(hit, name)) is not None}


def loaded_values(instance: Any) -> dict[str, Any]:
    """Return the loaded properties of an instance, by attribute."""
    values = vars(instance)
    return {name: values[name] for name in type(instance).__mapper__.properties if name in values}


def hits_html(hits: Sequence[Hit[Any]], caption: str) -> str:
    """Return hits as a table of HTML: what the query says of each, its id, and the loaded values of its object."""
    rows = [{**said_of(hit), "id": str(hit.id), **loaded_values(hit.object)} for hit in hits]
    headers = [*dict.fromkeys(name for row in rows for name in row)]
    return html_table(headers, [[row.get(name) for name in headers] for row in rows], caption)


def _several(items: list[Any]) -> str:
    shown = ", ".join(map(repr, items[:_ROWS]))
    return f"[{shown}, … {len(items):,} in all]" if len(items) > _ROWS else f"[{shown}]"
