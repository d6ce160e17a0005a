"""What an operation will do on a server, and what it costs. Pure."""

from __future__ import annotations

from typing import Literal

import attrs

Strategy = Literal[
    "nothing",
    "create",
    "in place",
    "reindex",
    "backfill",
    "rebuild",
    "tenancy rebuild",
    "offline rebuild",
    "delete",
    "call",
]
"""How an operation is carried out. ``rebuild``: behind an alias, while others read and write."""

STOPS: dict[Strategy, str] = {
    "rebuild": "writes wait for the last pass, some seconds",
    "tenancy rebuild": "writes wait until all objects are copied",
    "offline rebuild": "nobody may write, and the collection is missing for a moment",
}


@attrs.frozen
class Work:
    """What an operation will do on this server.

    Attributes:
        description: the operation, as a sentence in the imperative.
        strategy: how it is carried out.
        collection: the collection; None where there is no single one.
        objects: how many objects are read or copied; None where they are not counted.
        vectorizes: whether the server's vectorizer is called for them, which may cost money.
        reversible: whether migrating backwards undoes it.
        destructive: whether stored data is gone afterwards.
        reasons: why it takes a rebuild.
        warnings: what it leaves as it is, and what has to be done first.
        blocked: why it cannot run here; None where it can.
    """

    description: str
    strategy: Strategy
    collection: str | None = None
    objects: int | None = None
    vectorizes: bool = False
    reversible: bool = True
    destructive: bool = False
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    blocked: str | None = None

    @property
    def stops_writes(self) -> bool:
        """Whether writes are refused for a while."""
        return self.strategy in STOPS

    def __str__(self) -> str:
        notes: list[str] = [self.strategy]
        if self.objects is not None and self.strategy not in ("in place", "create", "nothing"):
            notes.append(f"{self.objects:,} objects")
        notes += [STOPS[self.strategy]] if self.strategy in STOPS else []
        notes += ["calls the vectorizer"] if self.vectorizes else []
        notes += ["deletes data"] if self.destructive else []
        notes += [] if self.reversible else ["cannot be undone"]
        lines = [f"{self.description} ({'; '.join(notes)})"]
        lines += [f"  because {reason}" for reason in self.reasons]
        lines += [f"  warning: {warning}" for warning in self.warnings]
        lines += [f"  not possible here: {self.blocked}"] if self.blocked else []
        return "\n".join(lines)
