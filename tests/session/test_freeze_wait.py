"""Batches of which a freeze refuses parts."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from weaviate_orm import FrozenCollectionError, ItemError
from weaviate_orm.exceptions import ConnectionFailedError, TransportError, UnexpectedStatusError
from weaviate_orm.http.collection_names import CollectionNames
from weaviate_orm.session import frozen_collections
from weaviate_orm.session.frozen_collections import FreezeWait

FROZEN = "store is read-only due to: manually set by user"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen_collections, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(frozen_collections, "LONGEST_WAIT", 0.002)


class Batch:
    """Stores at most three of the items of a request; some are refused a few times."""

    def __init__(self, refusals: dict[str, int]) -> None:
        self.refusals = refusals
        self.stored: list[str] = []
        self.flags: list[bool] = []

    def __call__(self, items: Sequence[str], were_refused: bool) -> list[Exception | None]:
        self.flags.append(were_refused)
        outcomes: list[Exception | None] = []
        for item in items[:3]:
            if self.refusals.get(item, 0) > 0:
                self.refusals[item] -= 1
                outcomes.append(ItemError(FROZEN))
            else:
                self.stored.append(item)
                outcomes.append(None)
        return outcomes


def names(*aliases: dict[str, str]) -> CollectionNames:
    answers = list(aliases) or [{}]
    return CollectionNames(lambda _: answers.pop(0) if len(answers) > 1 else answers[0])


def test_only_what_was_refused_is_sent_again() -> None:
    batch = Batch({"a": 3, "c": 1})
    assert FreezeWait(names(), 60).send_all("abcde", batch) == [None, None, None]
    assert batch.stored == ["b", "c", "a"]
    assert batch.flags == [False, True, True, True]


def test_other_refusals_are_left_alone() -> None:
    refusal = ItemError("no such property")
    assert FreezeWait(names(), 60).send_all("ab", lambda items, _: [refusal, None]) == [refusal, None]


def test_the_limit_counts_for_all_batches() -> None:
    wait = FreezeWait(names(), 0.05)
    batch = Batch({"a": 10_000})
    began = time.monotonic()
    (reason,) = wait.send_all("a", batch)
    assert isinstance(reason, FrozenCollectionError)
    assert FROZEN in str(reason)
    sent = len(batch.flags)
    (reason,) = wait.send_all("a", batch)
    assert isinstance(reason, FrozenCollectionError)
    assert len(batch.flags) == sent + 1
    assert time.monotonic() - began < 60


def test_a_request_that_is_refused_whole() -> None:
    errors: list[TransportError] = [
        UnexpectedStatusError(FROZEN, status_code=500),
        UnexpectedStatusError('class "A_1" not found', status_code=422),
    ]

    def write(items: Sequence[str], _: bool) -> list[Exception | None]:
        if errors:
            raise errors.pop(0)
        return [None] * len(items)

    assert FreezeWait(names({"A": "A_1"}, {"A": "A_2"}), 60).send_all("ab", write) == [None, None]


def test_a_connection_that_is_lost_while_it_waits() -> None:
    errors: list[Exception] = [ConnectionFailedError("lost", sent=True)]

    def write(items: Sequence[str], were_refused: bool) -> list[Exception | None]:
        if not were_refused:
            return [ItemError(FROZEN), None]
        raise errors[0]

    assert FreezeWait(names(), 60).send_all("ab", write) == [errors[0], None]


def test_one_write() -> None:
    errors: list[Exception] = [
        UnexpectedStatusError(FROZEN, status_code=500),
        ItemError(FROZEN),
        UnexpectedStatusError('collection "A_1" not found in schema', status_code=422),
    ]

    def write() -> str:
        if errors:
            raise errors.pop(0)
        return "stored"

    read = names({"A": "A_1"}, {"A": "A_1"}, {"A": "A_1"}, {"A": "A_2"})
    read.refresh()
    assert FreezeWait(read, 60).send(write, "A") == "stored"


def test_one_write_for_too_long() -> None:
    def write() -> None:
        raise UnexpectedStatusError(FROZEN, status_code=500)

    with pytest.raises(FrozenCollectionError, match="freeze_timeout"):
        FreezeWait(names(), 0.01).send(write, "A")


def test_one_write_that_another_reason_refuses() -> None:
    def write() -> None:
        raise UnexpectedStatusError("nothing of the kind", status_code=500)

    with pytest.raises(UnexpectedStatusError, match="nothing of the kind"):
        FreezeWait(names(), 60).send(write, "A")
