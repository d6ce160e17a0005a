"""Which collections a rebuild copies, and their new names. Pure.

A reference names its target collections by their physical names, which cannot change in place; so the collections that
refer to one that is rebuilt are rebuilt too, and those that refer to these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from weaviate_orm.exceptions import MigrationError
from weaviate_orm.http.collection_names import is_numbered, logical_names
from weaviate_orm.migrations.rebuild.class_bodies import logical_body
from weaviate_orm.migrations.rebuild.collection_move import CollectionMove, Rebuilding
from weaviate_orm.schema.renaming import renamed_class
from weaviate_orm.types import JSONObject


def plan_moves(
    requested: Sequence[Rebuilding],
    classes: Mapping[str, JSONObject],
    aliases: Mapping[str, str],
    targets: Mapping[str, str],
    used_names: Iterable[str],
    *,
    converts: bool = False,
) -> tuple[CollectionMove, ...]:
    """Return all collections that have to be rebuilt, those that were requested first.

    Args:
        requested: the collections that change.
        classes: the JSON of the classes that are in use, by their physical names.
        aliases: the collections of the server by their aliases.
        targets: the new collections of rebuilds that have begun, by logical names.
        used_names: names that no new collection can have.
        converts: whether a collection that is reached by its own name gets an alias.

    Raises MigrationError for a collection that is reached by its own name, unless it may be converted.
    """
    names = logical_names(aliases)
    by_source = {rebuilding.source: rebuilding for rebuilding in requested}
    for physical in referrers(by_source, classes):
        logical = names.get(physical, physical)
        by_source[physical] = Rebuilding(logical, physical, logical_body(classes[physical], aliases))
    moves = []
    used = [*used_names]
    for rebuilding in by_source.values():
        if rebuilding.source not in classes:
            raise MigrationError(f"the server has no collection {rebuilding.source}")
        is_aliased = aliases.get(rebuilding.logical) == rebuilding.source
        if not is_aliased and not (converts and rebuilding.logical == rebuilding.source):
            raise MigrationError(_not_aliased(rebuilding, requested))
        target = targets.get(rebuilding.logical) or next_name(rebuilding.logical, used)
        moves.append(CollectionMove(rebuilding, target, is_aliased))
    return tuple(moves)


def _not_aliased(rebuilding: Rebuilding, requested: Sequence[Rebuilding]) -> str:
    logical = rebuilding.logical
    if rebuilding in requested:
        reason = f"{logical} is no alias of {rebuilding.source}"
    else:
        names = ", ".join(other.logical for other in requested)
        reason = f"{logical} is reached by its own name, and refers to {names}, so that it has to be rebuilt too"
    return (
        f"{reason}. A collection is rebuilt while others use it only behind an alias: convert {logical} to one, or "
        f"rebuild offline"
    )


def referrers(collections: Iterable[str], classes: Mapping[str, JSONObject]) -> list[str]:
    """Return the physical names of the collections that refer to some, and of those that refer to these.

    >>> to = lambda *names: {"properties": [{"name": "to", "dataType": list(names)}]}
    >>> referrers(["A"], {"A": to("A"), "B": to("A", "C"), "C": to("B"), "D": to("text")})
    ['B', 'C']
    """
    reached = set(collections)
    added: list[str] = []
    waiting = list(reached)
    while waiting:
        name = waiting.pop()
        for physical, body in classes.items():
            if physical not in reached and name in _targets(body):
                reached.add(physical)
                added.append(physical)
                waiting.append(physical)
    return added


def _targets(body: JSONObject) -> set[str]:
    return {target for member in body.get("properties") or () for target in member["dataType"]}


def next_name(logical: str, names: Iterable[str]) -> str:
    """Return the first physical name of a collection that no other one has, nor has had before.

    >>> next_name("Article", ["Article", "Article_2", "Author_7"])
    'Article_3'
    """
    numbers = [int(name[len(logical) + 1 :]) for name in names if is_numbered(name, logical)]
    return f"{logical}_{max(numbers, default=0) + 1}"


def physical_body(move: CollectionMove, moves: Iterable[CollectionMove], aliases: Mapping[str, str]) -> JSONObject:
    """Return the JSON of a class to create, with physical names."""
    targets = {other.logical: other.target for other in moves}

    def physical(logical: str) -> str:
        return targets.get(logical) or aliases.get(logical, logical)

    body = renamed_class(move.rebuilding.body, physical)
    return {**body, "class": move.target}
