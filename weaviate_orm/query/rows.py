"""Rows: the objects of an answer, column by column, whatever wire brought them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import accumulate
from typing import Any

import attrs

from weaviate_orm.query.entity import Entity
from weaviate_orm.query.results import TokenUsage

Times = tuple["int | None", "int | None"]
"""When an object was created and updated, in milliseconds since 1970; None where that was not requested."""


@attrs.define
class Rows:
    """Objects of one class.

    Attributes:
        entity: the class.
        ids: the id of each object in its usual spelling; empty for one that was merged of several.
        values: the stored JSON of each object's properties, by attribute, all in the same order. Who loads the rows
            changes these dicts.
        vectors: the vectors of all objects, by attribute.
        references: where each reference of the objects leads, by attribute.
        metadata: what the query says of each object, by the names of :class:`~weaviate_orm.Hit`; None unless requested.
        times: of each object; None unless requested.
        restore: puts in the ints that the wire could not carry, which takes requests of its own; None where the wire
            carried all. It takes the rows, or some of them.
    """

    entity: Entity
    ids: Sequence[str]
    values: Sequence[dict[str, Any]]
    vectors: Mapping[str, Sequence[Any]] = attrs.field(factory=dict)
    references: Mapping[str, Referenced] = attrs.field(factory=dict)
    metadata: Sequence[dict[str, Any]] | None = None
    times: Sequence[Times] | None = None
    restore: Callable[[Rows], None] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, places: Sequence[int]) -> Rows:
        """Return the rows at some places."""
        return Rows(
            self.entity,
            _at(places, self.ids),
            _at(places, self.values),
            {attribute: _at(places, column) for attribute, column in self.vectors.items()},
            {attribute: column.select(places) for attribute, column in self.references.items()},
            None if self.metadata is None else _at(places, self.metadata),
            None if self.times is None else _at(places, self.times),
            self.restore,
        )


@attrs.define
class Referenced:
    """Where one reference of some rows leads.

    Attributes:
        counts: how many targets each row has.
        places: the places of all targets in ``rows``, taken as one sequence, row after row.
        rows: the targets, each once; the rows of each class after the other.
    """

    counts: Sequence[int]
    places: Sequence[int]
    rows: Sequence[Rows]

    def select(self, places: Sequence[int]) -> Referenced:
        """Return the reference of the rows at some places."""
        ends = list(accumulate(self.counts))
        targets = [target for place in places for target in self.places[ends[place] - self.counts[place] : ends[place]]]
        unique = sorted(set(targets))
        begin, rows = 0, []
        for of_class in self.rows:
            end = begin + len(of_class)
            rows.append(of_class.select([target - begin for target in unique if begin <= target < end]))
            begin = end
        moved = {target: place for place, target in enumerate(unique)}
        return Referenced(_at(places, self.counts), [moved[target] for target in targets], rows)


def _at(places: Sequence[int], column: Sequence[Any]) -> list[Any]:
    return [column[place] for place in places]


@attrs.frozen
class IdCheck:
    """What the server has of the ids that a query names: see ``query/id_spellings.py``.

    Attributes:
        indexed: by class, the ids that a filter finds by the texts of the query.
        stored: by class, those that are stored under any text; classes for which this was not asked are missing.
        is_settled: none can be missed, however they are spelled.
    """

    indexed: Mapping[Entity, Collection[str]] = attrs.field(factory=dict)
    stored: Mapping[Entity, Collection[str]] = attrs.field(factory=dict)
    is_settled: bool = False


NO_CHECK = IdCheck()
"""Of a query that names no ids."""


@attrs.frozen
class RowGroup:
    """One group of a page.

    Attributes:
        value: the value in common, as text; of a reference the id of the object.
        size: how many of the rows belong to it.
        count: how many objects it has on the server.
        min_distance, max_distance: of its objects.
        generated: what a model wrote of it.
    """

    value: str
    size: int
    count: int
    min_distance: float | None
    max_distance: float | None
    generated: str | None


@attrs.define
class Page:
    """One answer to a query.

    Attributes:
        rows: the objects; of a grouped query those of each group after the other.
        id_check: on the ids that the query names.
        matching: how many objects match, for a query that is ``counted``.
        groups: the groups of a grouped query.
        generated: what a model wrote once of all objects.
        generation_error: why it wrote nothing.
        generation_usage: the tokens of that, where they were asked for.
        profile: where the server's time went, as JSON, for a query that asks for it.
    """

    rows: Rows
    id_check: IdCheck = NO_CHECK
    matching: int | None = None
    groups: tuple[RowGroup, ...] = ()
    generated: str | None = None
    generation_error: str | None = None
    generation_usage: TokenUsage | None = None
    profile: str | None = None
