"""Writes to collections that are frozen, as they are for the last pass of a rebuild, or were replaced by another one.

A frozen collection refuses every write. So a refused write is built and sent again, to the collection that the alias
leads to by then; what was stored before the freeze is in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import TypeVar

from weaviate_orm.exceptions import FrozenCollectionError, ItemError, TransportError
from weaviate_orm.http.collection_names import REFUSALS, ROUNDS, CollectionNames, is_frozen

T = TypeVar("T")
ItemT = TypeVar("ItemT")

Write = Callable[[Sequence[ItemT], bool], Sequence["Exception | None"]]
"""Sends some items, and returns the outcomes of all or of the first ones.

The flag says that they were refused before, and that some may be stored all the same: a freeze refuses what it meets
half done (measured on Weaviate 1.39).
"""

FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0


class FreezeWait:
    """Sends writes again while their collections are frozen, or have another physical name than was sent.

    A write builds its request by the physical names of the time when it is called.

    Args:
        names: of the client.
        seconds: how long to wait, in all.
    """

    def __init__(self, names: CollectionNames, seconds: float) -> None:
        self._names = names
        self._seconds = seconds
        self._deadline: float | None = None

    def send(self, write: Callable[[], T], collection: str) -> T:
        """Return the answer to a write of one object, of a collection by its logical name.

        Raises FrozenCollectionError where the collection is frozen for too long; else what the write does.
        """
        attempt = 0
        while True:
            version = self._names.version
            try:
                with self._names.building(version):
                    return write()
            except (*REFUSALS, ItemError) as error:
                if not self._is_refused(error, collection):
                    raise
                if not self._may_pass([error], version, attempt):
                    raise self._explained(error) from error.__cause__
            attempt += 1

    def send_all(
        self, items: Sequence[ItemT], write: Write[ItemT], collection: str | None = None
    ) -> list[Exception | None]:
        """Return the outcomes of a batch, or of its first items; raises what the write does."""
        version = self._names.version
        outcomes: list[Exception | None]
        try:
            with self._names.building(version):
                outcomes = list(write(items, False))
        except REFUSALS as error:
            if not self._is_refused(error, collection):
                raise
            outcomes = [error] * len(items)
        attempt = 0
        while True:
            refused = {
                position: outcome
                for position, outcome in enumerate(outcomes)
                if outcome is not None and self._is_refused(outcome, collection)
            }
            if not refused or not self._may_pass(refused.values(), version, attempt):
                return [outcome and self._explained(outcome) for outcome in outcomes]
            version = self._names.version
            with self._names.building(version):
                again = _whole([items[place] for place in refused], write)
            for position, outcome in zip(refused, again, strict=True):
                outcomes[position] = outcome
            attempt += 1

    def _is_refused(self, error: Exception, collection: str | None) -> bool:
        return is_frozen(error) or self._names.may_explain(error, collection)

    def _may_pass(self, errors: Collection[Exception], version: int, attempt: int) -> bool:
        """Return whether refused writes may pass now, after a wait if any was refused by a freeze."""
        if not any(map(is_frozen, errors)):
            return attempt < ROUNDS and self._names.have_changed(version, next(iter(errors)))
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + self._seconds
        if now >= self._deadline:
            return False
        time.sleep(min(FIRST_WAIT * 2 ** min(attempt, 10), LONGEST_WAIT, self._deadline - now))
        with suppress(TransportError):  # such as a key that may not read aliases: the collection may thaw as well
            self._names.refresh()
        return True

    def _explained(self, error: Exception) -> Exception:
        if not is_frozen(error):
            return error
        return FrozenCollectionError(
            f"{error}. The collection is frozen, as it is at the end of a rebuild, and was so for "
            f"{self._seconds:g} s: commit again, or wait longer by Session(freeze_timeout=…)"
        )


def _whole(items: Sequence[ItemT], write: Write[ItemT]) -> list[Exception | None]:
    """Return the outcomes of all items."""
    outcomes: list[Exception | None] = []
    while len(outcomes) < len(items):
        try:
            outcomes += write(items[len(outcomes) :], True)
        except TransportError as error:
            outcomes += [error] * (len(items) - len(outcomes))
    return outcomes
