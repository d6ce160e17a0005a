"""Operations on stored objects, and on whatever a function does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.migrations.row import Row
from weaviate_orm.migrations.schema_state import SchemaState

Change = Callable[[Row], Mapping[str, Any] | None]


@attrs.frozen
class UpdateObjects:
    """Change stored objects, in batches. It can be interrupted, and goes on where it was.

    Attributes:
        collection: the collection.
        change: a function of a stored object (:class:`~weaviate_orm.migrations.Row`) that returns the properties to
            change with their values, as JSON; None changes nothing. It may be called twice for an object.
        backward: as ``change``, to undo it.
        batch: how many objects are read and written at once.
    """

    collection: str
    change: Change
    backward: Change | None = None
    batch: int = attrs.field(default=500, validator=attrs.validators.ge(1))
    destructive = False

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state, which is as before."""
        state.collection(self.collection)
        return state

    def reverse(self, before: SchemaState) -> UpdateObjects | None:
        """Return the update by ``backward``; None without it."""
        if self.backward is None:
            return None
        return UpdateObjects(self.collection, self.backward, backward=self.change, batch=self.batch)

    def describe(self) -> str:
        """Return what it does."""
        return f"Update the objects of {self.collection} by {getattr(self.change, '__name__', self.change)}"


@attrs.frozen
class RunPython:
    """Call a function.

    Attributes:
        forward: a function of a :class:`~weaviate_orm.client.Client`. After a failure it is called again.
        backward: as ``forward``, to undo it.
    """

    forward: Callable[[Client], None]
    backward: Callable[[Client], None] | None = None
    destructive = False

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state, which is as before."""
        return state

    def reverse(self, before: SchemaState) -> RunPython | None:
        """Return the call of ``backward``; None without it."""
        return None if self.backward is None else RunPython(self.backward, self.forward)

    def describe(self) -> str:
        """Return what it does."""
        return f"Call {getattr(self.forward, '__name__', self.forward)}"
