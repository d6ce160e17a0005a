"""A collection rebuilt while processes read and write it, and while the rebuild is killed."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.migrations.rebuild.behind_alias import resume_writes
from weaviate_orm.migrations.rebuild.freezing import is_frozen
from weaviate_orm.session.request_options import FREEZE_TIMEOUT
from weaviate_orm.testing import Server

from .load_programs import START
from .loaded_collections import Load, fill, loaded
from .stored_collections import id_of, stored

# minutes where others are tested beside it
pytestmark = pytest.mark.timeout(1800)

COUNTS = [
    2_000,
    pytest.param(20_000, marks=[pytest.mark.heavy, pytest.mark.endurance, pytest.mark.timeout(1800)]),
]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("verify", [False, True], ids=["ids", "objects"])
def test_nothing_is_lost_while_others_write(
    server: Server, client: Client, names: tuple[str, str], count: int, verify: bool, tmp_path: Path
) -> None:
    with loaded([server.url], server.api_key or "", client, names[0], count, tmp_path) as load:
        load.migrator(verify=verify).finish()
    assert client.alias.get(alias_name=names[0]) == f"{names[0]}_2"
    assert max(load.result(f"writer{position}")["longest wait"] for position in (0, 1)) < FREEZE_TIMEOUT


@pytest.mark.parametrize("count", COUNTS)
def test_sessions_wait_and_go_over_by_themselves(
    server: Server, client: Client, names: tuple[str, str], count: int, tmp_path: Path
) -> None:
    key = server.api_key or ""
    with loaded([server.url], key, client, names[0], count, tmp_path, writers="session") as load:
        first, second = load.migrator("frozen"), load.migrator(START)
        second.wait_until_halted()  # so that they wait for rebuilds, and not for a program that starts
        first.kill()
        second.go_on()
        second.finish()
    assert max(load.result(f"writer{position}")["longest wait"] for position in (0, 1)) < FREEZE_TIMEOUT


@pytest.mark.parametrize("count", COUNTS)
def test_a_rebuild_that_was_killed_at_any_point_goes_on(
    server: Server, client: Client, names: tuple[str, str], count: int, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    points = sorted(chance.random() for _ in range(4))
    with loaded([server.url], server.api_key or "", client, names[0], count, tmp_path) as load:
        for point in points:
            load.migrator("copying", point).kill()
        load.migrator("frozen").kill()
        assert is_frozen(client.transport, [f"{names[0]}_1"])
        load.migrator().finish()
    assert client.alias.get(alias_name=names[0]) == f"{names[0]}_2"


def test_writes_go_on_after_a_kill_in_the_freeze(
    server: Server, client: Client, names: tuple[str, str], tmp_path: Path
) -> None:
    with loaded([server.url], server.api_key or "", client, names[0], 2_000, tmp_path) as load:
        load.migrator("frozen").kill()
        assert resume_writes(client) == [f"{names[0]}_1"]
        assert not is_frozen(client.transport, [f"{names[0]}_1"])
        assert resume_writes(client) == []
        time.sleep(1.0)
        load.migrator().finish()


def test_a_rebuild_that_is_told_to_end_lets_writers_go_on(
    server: Server, client: Client, names: tuple[str, str], tmp_path: Path
) -> None:
    load = Load([server.url], server.api_key or "", names[0], 2_000, tmp_path)
    fill(client, names[0], 2_000)
    assert load.migrator("frozen").terminate() == 143
    assert not is_frozen(client.transport, [f"{names[0]}_1"])
    load.migrator().finish()
    assert len(stored(client, names[0])) == 2_000
    assert id_of(1) in stored(client, f"{names[0]}_2")
