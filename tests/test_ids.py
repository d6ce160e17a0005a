"""Random ids: of the standard's form, and never the same twice."""

from __future__ import annotations

import os
import random
import uuid

from weaviate_orm.ids import random_id


def test_they_are_uuids_of_version_4() -> None:
    ids = [random_id() for _ in range(5_000)]
    assert len(set(ids)) == 5_000
    for text in ids:
        parsed = uuid.UUID(text)
        assert (parsed.version, parsed.variant, str(parsed)) == (4, uuid.RFC_4122, text)
    # every bit that is random takes both values
    ones, zeros = 0, 0
    for text in ids:
        ones |= uuid.UUID(text).int
        zeros |= ~uuid.UUID(text).int
    assert (ones & zeros).bit_count() == 122


def test_a_seed_of_the_program_does_not_repeat_them() -> None:
    state = random.getstate()
    first = random_id()
    random.setstate(state)
    assert random_id() != first


def test_a_fork_does_not_repeat_them() -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, random_id().encode())
        os._exit(0)
    os.close(write)
    with open(read) as told:
        assert told.read() != random_id()
    os.waitpid(child, 0)
