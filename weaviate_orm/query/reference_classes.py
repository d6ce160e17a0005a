"""References to several classes, for a wire that follows each reference to one class in a request.

The request itself follows each to its first class; further ones, for the same objects, to the others. Pure: what these
load, and how it is put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import attrs

from weaviate_orm.query.entity import Reference
from weaviate_orm.query.filters import Path
from weaviate_orm.query.query import PROBE, Query, Selection
from weaviate_orm.query.rows import Referenced, Rows

_NOTHING = Selection(properties=())


@attrs.frozen
class FurtherPart:
    """What one further request loads of the objects of a query.

    Attributes:
        selection: references, each to one class.
        probe: the place of a text that is loaded to be compared; None for none.
    """

    selection: Selection = _NOTHING
    probe: int | None = None


def split(query: Query) -> tuple[Query, tuple[FurtherPart, ...]]:
    """Return a query that follows each reference to one class, and what is left to load of its objects."""
    parts: list[FurtherPart] = []
    if query.group_by is not None:
        return query, ()  # groups lack such references, and are compared to nothing
    if _leads_to_several(query.selection):
        selection, *others = _by_class(query.selection)
        query = attrs.evolve(query, selection=selection)
        parts += map(FurtherPart, others)
    if any(map(_is_beyond_several, query.probes)):
        parts += (FurtherPart(probe=number) for number in range(len(query.probes)))
        query = attrs.evolve(query, probes=())
    return query, tuple(parts)


def query_of(part: FurtherPart, query: Query) -> Query:
    """Return the query for a part; ``query`` is the whole one, of which it has tenant and consistency level."""
    probes = () if part.probe is None else (query.probes[part.probe],)
    return Query(
        query.entity,
        selection=part.selection,
        probes=probes,
        tenant=query.tenant,
        consistency_level=query.consistency_level,
    )


def add(part: FurtherPart, rows: Rows, others: Rows) -> None:
    """Add to rows what others have of the same objects. An object that these lack is gone, and refers to nothing."""
    if part.probe is not None:
        texts = dict(zip(others.ids, (values[f"{PROBE}0"] for values in others.values), strict=True))
        for id, values in zip(rows.ids, rows.values, strict=True):
            values[f"{PROBE}{part.probe}"] = texts.get(id, [])
    _add_references(rows, others)


def _leads_to_several(selection: Selection) -> bool:
    return any(len(reference.targets) > 1 or _leads_to_several(below) for reference, below in selection.references)


def _is_beyond_several(path: Path) -> bool:
    return any(len(reference.targets) > 1 for reference, _ in path.references)


def _by_class(selection: Selection) -> list[Selection]:
    """Return selections that load together what one does: the first all but what the others follow."""
    ways = [_ways(reference, below) for reference, below in selection.references]
    first = attrs.evolve(selection, references=tuple(of_one[0] for of_one in ways))
    others = (
        Selection(properties=(), references=tuple(of_one[number] for of_one in ways if number < len(of_one)))
        for number in range(1, max(map(len, ways), default=1))
    )
    return [first, *others]


def _ways(reference: Reference, below: Selection) -> list[tuple[Reference, Selection]]:
    return [
        (attrs.evolve(reference, targets=(target,)), of_one)
        for target in reference.targets
        for of_one in _by_class(below)
    ]


def _add_references(rows: Rows, others: Rows) -> None:
    places = {id: place for place, id in enumerate(others.ids)}
    of_rows = [places.get(id) for id in rows.ids]
    added = {
        attribute: _joined(rows.references[attribute], referenced, of_rows)
        for attribute, referenced in others.references.items()
    }
    rows.references = {**rows.references, **added}


def _joined(held: Referenced, further: Referenced, of_rows: Sequence[int | None]) -> Referenced:
    """Return a reference with what a further request has of it; ``of_rows`` are the places there of its rows."""
    (targets,) = further.rows
    for rows in held.rows:
        if rows.entity is targets.entity:  # the same targets, and more of what they refer to
            _add_references(rows, targets)
            return held
    begin = sum(map(len, held.rows))
    remaining, ends = iter(held.places), list(accumulate(further.counts))
    counts, places = [], []
    for count, place in zip(held.counts, of_rows, strict=True):
        new = () if place is None else further.places[ends[place] - further.counts[place] : ends[place]]
        places += [next(remaining) for _ in range(count)]
        places += [begin + target for target in new]
        counts.append(count + len(new))
    return Referenced(counts, places, [*held.rows, targets])
