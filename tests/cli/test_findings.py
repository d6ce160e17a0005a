"""What is made of the answers of a server, without one."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from weaviate_orm.cli.findings import (
    clock_finding,
    history_finding,
    lock_finding,
    module_findings,
    node_findings,
)
from weaviate_orm.migrations.history import MigrationRecord
from weaviate_orm.migrations.lock import LockOwner

MOMENT = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
DATE = "Thu, 26 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("seconds", "status", "message"),
    [
        (0, "ok", "that of the server and that of this machine agree"),
        (4, "ok", "that of the server and that of this machine agree"),
        (60, "warning", "that of the server is 60 s behind that of this machine"),
        (-60, "warning", "that of the server is 60 s ahead of that of this machine"),
    ],
)
def test_clocks(seconds: int, status: str, message: str) -> None:
    finding = clock_finding(DATE, MOMENT.timestamp() + seconds)
    assert (finding.status, finding.message) == (status, message)


def test_a_server_without_a_date() -> None:
    assert clock_finding(None, 0.0).next_step == "compare the clocks by hand"


def node(**settings: object) -> dict[str, object]:
    return {"name": "a", "status": "HEALTHY", "version": "1.39.2", **settings}


def test_nodes() -> None:
    (fine,) = node_findings([node(), node(name="b")], {})
    assert (fine.status, fine.message) == ("ok", "2 healthy")
    (unwell,) = node_findings([node(), node(name="b", status="UNAVAILABLE")], {})
    assert (unwell.status, unwell.message) == ("problem", "b is UNAVAILABLE")
    (mixed,) = node_findings([node(), node(version="1.38.0")], {})
    assert (mixed.status, mixed.message) == ("warning", "versions 1.38.0 and 1.39.2")


def test_frozen_collections() -> None:
    shards = [
        {"class": "Note", "vectorIndexingStatus": "READONLY"},
        {"class": "Article_1", "vectorIndexingStatus": "READONLY"},
        {"class": "Article_2", "vectorIndexingStatus": "READY"},
    ]
    aliases = {"Article": "Article_2", "WeaviateOrmReplaced_Article_1": "Article_1"}
    _, old, frozen = node_findings([node(shards=shards)], aliases)
    assert (old.subject, old.message) == ("old copies", "Article_1 refuse writes since they were rebuilt")
    assert (frozen.subject, frozen.message) == ("frozen collections", "Note refuse writes")


def test_modules() -> None:
    (fine,) = module_findings(["b", "a"], {"a": "Article"})
    assert (fine.status, fine.message) == ("ok", "a, b")
    (missing,) = module_findings([], {"a": "Article"})
    assert (missing.status, missing.message) == ("problem", "Article needs a, which the server does not have")


def test_locks() -> None:
    now = datetime.now(timezone.utc)
    working = lock_finding(LockOwner("ada@build, process 7", now - timedelta(minutes=9), now, "token"))
    assert (working.message, working.next_step) == ("held by ada@build, process 7", None)
    silent = lock_finding(LockOwner("ada@build, process 7", now, now - timedelta(minutes=9), "token"))
    assert silent.next_step == "release it by `weaviate-orm unlock` if that process is gone"
    assert lock_finding(None).next_step == silent.next_step


def test_histories() -> None:
    records = [MigrationRecord("0001_initial", "done"), MigrationRecord("0002_summary", "planned")]
    assert history_finding(records).message == "1 applied"
    failed = history_finding([*records, MigrationRecord("0003_tags", "failed")])
    assert (failed.status, failed.message) == ("problem", "0003_tags was begun, and is not done")
