"""What inverse references need loaded before a flush is planned."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from weaviate_orm.exceptions import NotFoundError
from weaviate_orm.model.backrefs import leave_all
from weaviate_orm.model.state import state_of, value_of


def leave_inverses(deleted: Iterable[Any]) -> None:
    """Let the inverses of deleted objects not lead to them any more."""
    for instance in deleted:
        with suppress(NotFoundError):  # somebody else deleted it; whom it referred to cannot be known
            leave_all(instance)


def load_crowded(changed: Iterable[Any]) -> bool:
    """Load references that several objects left: one query and one write are less than one write for each.

    Returns whether there were any.
    """
    found = False
    for instance in changed:
        for attribute, changes in state_of(instance).link_changes.items():
            if len(changes.removed) > 1:
                value_of(instance, attribute)
                found = True
    return found
