"""What is right and wrong with the settings, the server, and what migrations need of it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from email.utils import parsedate_to_datetime
from typing import Final, Literal

import attrs
import requests

from weaviate_orm.cli.inference_keys import key_headers, lacks_key
from weaviate_orm.cli.invocation import Invocation
from weaviate_orm.cli.project_settings import FILE, TABLE
from weaviate_orm.client.capability_probes import capabilities_of
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import (
    AuthenticationError,
    ConfigurationError,
    LoginError,
    PermissionDeniedError,
    StartUpError,
    WeaviateORMError,
)
from weaviate_orm.http.connections import without_credentials
from weaviate_orm.http.grpc import Rpc
from weaviate_orm.migrations.history import History
from weaviate_orm.migrations.lock import read_owner
from weaviate_orm.migrations.rebuild.marks import named_collections, replaced_collections
from weaviate_orm.migrations.reflection.logical_names import logical_schema
from weaviate_orm.model.model import Model

Status = Literal["ok", "warning", "problem"]

OK: Final = "ok"
WARNING: Final = "warning"
PROBLEM: Final = "problem"

_LARGEST_SKEW: Final = 5.0
"""Seconds between two clocks from which on the times of locks and rebuilds mislead."""

_GRPC_SECONDS: Final = 5.0

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


def diagnose(invocation: Invocation) -> list[Finding]:
    """Look at the settings and the server. Later things are left out where they need an earlier one that is wrong."""
    return list(_findings(invocation))


def _findings(invocation: Invocation) -> Iterator[Finding]:
    settings = invocation.settings
    yield Finding("settings", OK, f"[{TABLE}] of {settings.file}" if settings.file else f"no [{TABLE}] in {FILE}")
    models = yield from _models(invocation)
    try:
        with invocation.client(grpc=False) as client:
            yield from _server(invocation, client, models)
    except StartUpError as error:
        yield _problem("server", error, "start the server, or correct the url")
    except (LoginError, AuthenticationError) as error:
        yield _problem("API key", error, "give the name of the variable that holds the key as api-key-env")
    except PermissionDeniedError as error:
        yield _problem("permissions", error, "give the user of this key a role that may read and change the schema")
    except ConfigurationError as error:
        yield _problem("settings", error, None)
    except WeaviateORMError as error:
        yield _problem("server", error, None)


def _problem(subject: str, error: Exception, next_step: str | None) -> Finding:
    return Finding(subject, PROBLEM, without_credentials(str(error)), next_step)


def _models(invocation: Invocation) -> Generator[Finding, None, list[type[Model]]]:
    if not invocation.settings.models:
        yield Finding("models", WARNING, "none are named", f"set models in [{TABLE}] to compare them with the server")
        return []
    try:
        models = invocation.models()
        for model in models:
            model.__mapper__.collection  # noqa: B018  # raises for what Weaviate cannot hold
    except WeaviateORMError as error:
        yield _problem("models", error, None)
        return []
    yield Finding("models", OK, f"{len(models)} in {', '.join(invocation.settings.models)}")
    return models


def _server(invocation: Invocation, client: Client, models: list[type[Model]]) -> Iterator[Finding]:
    meta = client.get_meta()
    yield Finding("server", OK, f"Weaviate {meta['version']} at {client.url}")
    yield _key(invocation, client)
    needed = _needed_modules(models)
    yield from _modules(meta.get("modules") or {}, needed)
    yield from _inference_keys(needed, client)
    yield from _nodes(client)
    yield _reindex(client)
    yield _clock(client)
    yield _grpc(invocation, client)
    yield from _collections(client)
    yield from _lock(invocation, client)


def _key(invocation: Invocation, client: Client) -> Finding:
    client.schema.get()  # raises where the key does not let it be read
    if client.transport.auth is not None:
        return Finding("API key", OK, "the server takes it")
    return Finding("API key", WARNING, "none is given, and the server asks for none", "do not expose this server")


def _needed_modules(models: list[type[Model]]) -> dict[str, str]:
    """Return the modules of models, each with a collection that has it."""
    needed: dict[str, str] = {}
    for model in models:
        spec = model.__mapper__.collection
        others = [module.name for module in (spec.generative, spec.reranker, *spec.modules) if module is not None]
        needed |= dict.fromkeys((*spec.vectorizers, *others), spec.name)
    return needed


def _modules(enabled: dict[str, object], needed: dict[str, str]) -> Iterator[Finding]:
    for module, collection in needed.items():
        if module not in enabled:
            yield Finding(
                "modules",
                PROBLEM,
                f"{collection} needs {module}, which the server does not have",
                f"add {module} to ENABLE_MODULES of the server",
            )
    if needed.keys() <= enabled.keys():
        yield Finding("modules", OK, ", ".join(sorted(enabled)) or "none")


def _inference_keys(needed: dict[str, str], client: Client) -> Iterator[Finding]:
    for module, collection in needed.items():
        if lacks_key(module, client.transport.headers):
            headers = " or ".join(key_headers(module))
            yield Finding(
                "inference keys",
                WARNING,
                f"{collection} has {module}, and no {headers} is sent",
                f"unless the server has a key of its own, name a variable with it: headers in [{TABLE}]",
            )


def _nodes(client: Client) -> Iterator[Finding]:
    nodes = client.cluster.get_nodes_status(output="verbose")
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
    aliases = client.alias.list_all()
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


def _reindex(client: Client) -> Finding:
    if capabilities_of(client.transport).reindex:
        return Finding("runtime reindex", OK, "tokenizations and indexes of properties change in place")
    return Finding(
        "runtime reindex",
        WARNING,
        "off: a changed tokenization, or a new index, needs a rebuild of the collection",
        "run Weaviate 1.39 or newer with RUNTIME_REINDEX_ENABLED=true",
    )


def _clock(client: Client) -> Finding:
    before = time.time()
    date = requests.head(f"{client.url}/v1/.well-known/live", timeout=10).headers.get("Date")
    now = (before + time.time()) / 2
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


def _grpc(invocation: Invocation, client: Client) -> Finding:
    port = invocation.settings.grpc_port
    if port is None:
        return Finding("gRPC", WARNING, "not used", "set grpc-port: vectors are copied faster by it")
    try:
        rpc = Rpc(client.transport, port)
        try:
            rpc.wait(_GRPC_SECONDS)
        finally:
            rpc.close()
    except WeaviateORMError as error:
        return _problem("gRPC", error, "correct the grpc-port, or leave it out")
    return Finding("gRPC", OK, f"answers at {rpc.target}")


def _collections(client: Client) -> Iterator[Finding]:
    classes = client.schema.get()["classes"] or ()
    schema = logical_schema(classes, client.alias.list_all())
    behind = f", {len(schema.aliased)} behind aliases" if schema.aliased else ""
    yield Finding("collections", OK, f"{len(schema.collections)}{behind}")
    for note in schema.notes:
        step = "`weaviate-orm cleanup` deletes those that a rebuild has replaced" if "copy" in note else None
        yield Finding("collections", WARNING, note, step)


def _lock(invocation: Invocation, client: Client) -> Iterator[Finding]:
    history = History(client, invocation.settings.history)
    if not history.exists():
        yield Finding("migrations", OK, "none were applied")
        return
    if client.alias.exists(alias_name=history.lock_name):
        owner = read_owner(history)
        quiet = owner is not None and owner.silence > _QUIET
        yield Finding(
            "lock",
            WARNING,
            f"held by {owner.owner}" if owner is not None else "held by a process that has not said who it is",
            "release it by `weaviate-orm unlock` if that process is gone" if quiet or owner is None else None,
        )
    records = history.records().values()
    halfway = [record.name for record in records if record.is_halfway]
    if halfway:
        yield Finding(
            "migrations", PROBLEM, f"{', '.join(halfway)} was begun, and is not done", "go on by `weaviate-orm migrate`"
        )
    else:
        yield Finding("migrations", OK, f"{sum(record.is_applied for record in records)} applied")
