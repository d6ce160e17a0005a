"""How a server differs from the state that its migrations have led to."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.migrations.stored_schema import StoredSchema
from weaviate_orm.schema.diff import differences


def drift(schema: StoredSchema, state: SchemaState, changing: Collection[str] = ()) -> tuple[str, ...]:
    """Return the differences, as one sentence each.

    Members that only the server has count too: a rebuild would lose them. Other collections of the server do not.

    Args:
        schema: what the server has.
        state: what it should have.
        changing: the collections that an interrupted operation may have left in between, which are not compared.
    """
    return tuple(_sentences(schema, state, changing))


def _sentences(schema: StoredSchema, state: SchemaState, changing: Collection[str]) -> Iterator[str]:
    for name, spec in state.collections.items():
        if name in changing:
            continue
        stored = schema.collection(name)
        if stored is None:
            yield f"the collection {name} is missing on the server"
            continue
        if spec.alias and not stored.spec.alias:
            yield f"the collection {name} is on the server under its own name, and not behind an alias"
        yield from map(str, differences(spec, stored.spec, strict=True))
