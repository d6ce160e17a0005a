"""What an operation of a migration is."""

from __future__ import annotations

from typing import Protocol

from weaviate_orm.migrations.schema_state import SchemaState


class Operation(Protocol):
    """One change of the collections or of their objects. It is data: nothing here talks to a server."""

    @property
    def destructive(self) -> bool:
        """Whether stored data is gone after it."""
        ...

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state after it. Raises MigrationError when it does not fit the state."""
        ...

    def reverse(self, before: SchemaState) -> Operation | None:
        """Return what undoes it, by the state before it; None when nothing does."""
        ...

    def describe(self) -> str:
        """Return what it does, as a sentence in the imperative without a full stop."""
        ...
