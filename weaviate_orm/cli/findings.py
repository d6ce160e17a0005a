"""What is made of the answers of a server: findings, each with a next step. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

import attrs

from weaviate_orm.cli.inference_keys import key_headers, lacks_key
from weaviate_orm.cli.project_settings import TABLE
from weaviate_orm.migrations.history import MigrationRecord
from weaviate_orm.migrations.lock import LockOwner
from weaviate_orm.migrations.rebuild.marks import named_collections, replaced_collections
from weaviate_orm.schema.collection import CollectionSpec

Status = Literal["ok", "warning", "problem"]

OK: Final = "ok"
WARNING: Final = "warning"
PROBLEM: Final = "problem"

_LARGEST_SKEW: Final = 5.0
"""Seconds between two clocks from which on the times of locks and rebuilds mislead."""

_QUIET: Final = 60.0
"""Seconds without a sign of life after which the holder of a lock may be gone."""


@attrs.frozen
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what.
        status: ``ok``, ``warning`` or ``problem``.
        message: how it is.
        next_step: what to do about it.
    """

    subject: str
    status: Status
    message: str
    next_step: str | None = None


def needed_modules(specs: Iterable[CollectionSpec]) -> dict[str, str]:
    """Return the modules of collections, each with one that has it."""
    needed: dict[str, str] = {}
    for spec in specs:
        others = [module.name for module in (spec.generative, spec.reranker, *spec.modules) if module is not None]
        needed |= dict.fromkeys((*spec.vectorizers, *others), spec.name)
    return needed


def module_findings(enabled: Collection[str], needed: Mapping[str, str]) -> Iterator[Finding]:
    """Compare the modules of a server with those that collections need."""
    for module, collection in needed.items():
        if module not in enabled:
            yield Finding(
                "modules",
                PROBLEM,
                f"{collection} needs {module}, which the server does not have",
                f"add {module} to ENABLE_MODULES of the server",
            )
    if needed.keys() <= {*enabled}:
        yield Finding("modules", OK, ", ".join(sorted(enabled)) or "none")


def key_findings(needed: Mapping[str, str], headers: Collection[str]) -> Iterator[Finding]:
    """Name the modules for whose services no key is sent."""
    for module, collection in needed.items():
        if lacks_key(module, headers):
            names = " or ".join(key_headers(module))
            yield Finding(
                "inference keys",
                WARNING,
                f"{collection} has {module}, and no {names} is sent",
                f"unless the server has a key of its own, name a variable with it: headers in [{TABLE}]",
            )


def node_findings(nodes: Collection[Mapping[str, Any]], aliases: Mapping[str, str]) -> Iterator[Finding]:
    """Say how nodes are, and which collections refuse writes.

    Args:
        nodes: the server's JSON of them, with their shards.
        aliases: its collections by their aliases.
    """
    unwell = [f"{node['name']} is {node['status']}" for node in nodes if node.get("status") != "HEALTHY"]
    versions = sorted({str(node.get("version")) for node in nodes})
    if unwell:
        yield Finding("nodes", PROBLEM, "; ".join(unwell), "look at the logs of these nodes; migrate when all are well")
    elif len(versions) > 1:
        yield Finding("nodes", WARNING, f"versions {' and '.join(versions)}", "finish the update before you migrate")
    else:
        yield Finding("nodes", OK, f"{len(nodes)} healthy")
    frozen = sorted(
        {
            shard["class"]
            for node in nodes
            for shard in node.get("shards") or ()
            if shard.get("vectorIndexingStatus") == "READONLY"
        }
    )
    current = named_collections(aliases)
    replaced = [name for name in frozen if name in replaced_collections(aliases) and name not in current]
    if replaced:
        yield Finding(
            "old copies",
            WARNING,
            f"{', '.join(replaced)} refuse writes since they were rebuilt",
            "delete them by `weaviate-orm cleanup`",
        )
    if others := [name for name in frozen if name not in replaced]:
        yield Finding(
            "frozen collections",
            WARNING,
            f"{', '.join(others)} refuse writes",
            "if no rebuild is under way, one was killed: go on with it, or allow writes by `weaviate-orm unlock`; a "
            "full disk does the same",
        )


def clock_finding(date: str | None, now: float) -> Finding:
    """Compare the server's clock, as its answer dates itself, with that of this machine."""
    if date is None:
        return Finding("clock", WARNING, "the server does not say its time", "compare the clocks by hand")
    skew = parsedate_to_datetime(date).timestamp() - now
    if abs(skew) <= _LARGEST_SKEW:
        return Finding("clock", OK, "that of the server and that of this machine agree")
    way = "ahead of" if skew > 0 else "behind"
    return Finding(
        "clock",
        WARNING,
        f"that of the server is {abs(skew):.0f} s {way} that of this machine",
        "set both by NTP: the ages of locks are told by these clocks",
    )


def lock_finding(owner: LockOwner | None) -> Finding:
    """Say who holds the lock of migrations."""
    quiet = owner is None or owner.silence > _QUIET
    return Finding(
        "lock",
        WARNING,
        f"held by {owner.owner}" if owner is not None else "held by a process that has not said who it is",
        "release it by `weaviate-orm unlock` if that process is gone" if quiet else None,
    )


def history_finding(records: Collection[MigrationRecord]) -> Finding:
    """Say whether a migration was begun and is not done."""
    halfway = [record.name for record in records if record.is_halfway]
    if halfway:
        return Finding(
            "migrations", PROBLEM, f"{', '.join(halfway)} was begun, and is not done", "go on by `weaviate-orm migrate`"
        )
    return Finding("migrations", OK, f"{sum(record.is_applied for record in records)} applied")
