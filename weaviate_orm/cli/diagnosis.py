"""What is right and wrong with the settings, the server, and what migrations need of it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Final

import requests

from weaviate_orm.cli.findings import (
    OK,
    PROBLEM,
    WARNING,
    Finding,
    clock_finding,
    history_finding,
    key_findings,
    lock_finding,
    module_findings,
    needed_modules,
    node_findings,
)
from weaviate_orm.cli.invocation import Invocation
from weaviate_orm.cli.project_settings import FILE, TABLE
from weaviate_orm.client.capability_probes import capabilities_of
from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import read_classes
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
from weaviate_orm.migrations.reflection.logical_names import logical_schema
from weaviate_orm.model.model import Model

_SECONDS: Final = 5.0
"""How long an answer may take."""


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
    needed = needed_modules(model.__mapper__.collection for model in models)
    yield from module_findings(meta.get("modules") or {}, needed)
    yield from key_findings(needed, client.transport.headers)
    yield from node_findings(client.cluster.get_nodes_status(output="verbose"), client.alias.list_all())
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


def _reindex(client: Client) -> Finding:
    if capabilities_of(client.transport).reindex:
        return Finding("runtime reindex", OK, "tokenizations and indexes of properties change in place")
    return Finding(
        "runtime reindex",
        WARNING,
        "off: a changed tokenization, or a new index, needs a rebuild of the collection",
        "run Weaviate 1.39 or newer with RUNTIME_REINDEX_ENABLED=true",
    )


def _grpc(invocation: Invocation, client: Client) -> Finding:
    port = invocation.settings.grpc_port
    if port is None:
        return Finding("gRPC", WARNING, "not used", "set grpc-port: vectors are copied faster by it")
    try:
        rpc = Rpc(client.transport, port)
        try:
            rpc.wait(_SECONDS)
        finally:
            rpc.close()
    except WeaviateORMError as error:
        return _problem("gRPC", error, "correct the grpc-port, or leave it out")
    return Finding("gRPC", OK, f"answers at {rpc.target}")


def _collections(client: Client) -> Iterator[Finding]:
    schema = logical_schema(read_classes(client).values(), client.alias.list_all())
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
        yield lock_finding(read_owner(history))
    yield history_finding(history.records().values())


def _clock(client: Client) -> Finding:
    before = time.time()
    with requests.Session() as session:
        session.trust_env = False  # as the client: no proxies and no passwords of the environment
        try:
            date = session.head(f"{client.url}/v1/.well-known/live", timeout=_SECONDS).headers.get("Date")
        except requests.RequestException:
            date = None
    return clock_finding(date, (before + time.time()) / 2)
