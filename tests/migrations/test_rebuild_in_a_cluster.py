"""A collection rebuilt on three nodes, of which each has a shard, or a replica of all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cluster import Cluster, running_cluster
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import TransportError
from weaviate_orm.migrations.rebuild import behind_alias, replicas
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.freezing import READY, SECONDS_TO_SETTLE, is_frozen, set_status
from weaviate_orm.migrations.rebuild.replicas import ReplicatedObjects

from .loaded_collections import loaded, repair
from .stored_collections import create, id_of, rebuilding, store, stored, text

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def healthy_cluster(binary: Path) -> Iterator[Cluster]:
    """Three nodes that all take data."""
    with running_cluster(binary, nodes=3) as running:
        yield running


@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("objects", [2_000, pytest.param(20_000, marks=pytest.mark.endurance)])
def test_nothing_is_lost_on_three_nodes(healthy_cluster: Cluster, objects: int, replicas: int, tmp_path: Path) -> None:
    logical = f"Cluster{objects}x{replicas}Article"
    urls = [node.url for node in healthy_cluster.nodes]
    with healthy_cluster.client() as client:
        with loaded(urls, healthy_cluster.api_key, client, logical, objects, tmp_path, replicas=replicas) as load:
            load.migrator("copying", 0.5).kill()
            load.migrator("frozen").kill()
            for number in range(3):
                with healthy_cluster.client(number) as other:
                    _wait_until_frozen(other, f"{logical}_1")
            load.migrator().finish()
        assert client.alias.get(alias_name=logical) == f"{logical}_2"
        assert is_frozen(client.transport, [f"{logical}_1"])


def test_replicas_that_differ_are_made_alike(healthy_cluster: Cluster) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(healthy_cluster.client(number)) for number in range(3)]
        source = create(clients[0], "Diverging", [text("title")], replicationConfig={"factor": 3})
        store(clients[0], source, {number: {"title": "stored"} for number in range(1, 101)})
        listed = _diverge(clients, source)
        set_status(clients[0].transport, [source], READY)
        ReplicatedObjects(source).repair(min(zip(map(len, listed), range(3), clients, strict=True))[2].transport)
        assert [_titles(client, source) for client in clients] == [listed[0] | listed[1] | listed[2]] * 3


def test_replicas_are_made_alike_when_all_of_them_take_writes(
    healthy_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(healthy_cluster.client(number)) for number in range(3)]
        source = create(clients[0], "Thawing", [text("title")], replicationConfig={"factor": 3})
        store(clients[0], source, {number: {"title": "stored"} for number in range(1, 101)})
        listed = _diverge(clients, source)

        def thaw(_: float) -> None:
            """Let the replicas take writes when one of them was found READONLY, one after the other."""
            monkeypatch.undo()
            set_status(clients[0].transport, [source], READY)

        monkeypatch.setattr(replicas, "time", SimpleNamespace(sleep=thaw))
        ReplicatedObjects(source).repair(max(zip(map(len, listed), range(3), clients, strict=True))[2].transport)
        assert [_titles(client, source) for client in clients] == [listed[0] | listed[1] | listed[2]] * 3


def test_what_replicas_acknowledge_while_they_freeze_is_copied(
    healthy_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(healthy_cluster.client(number)) for number in range(3)]
        source = create(clients[0], "Freezing", [text("title")], replicationConfig={"factor": 3})
        store(clients[0], source, {number: {"title": "stored"} for number in range(1, 101)})
        listed: list[dict[str, str]] = []
        monkeypatch.setattr(behind_alias, "freeze", lambda *_: listed.extend(_diverge(clients, source)))
        report = rebuild(clients[0], [rebuilding(clients[0], "Freezing")])
        repair(clients[0], "Freezing_2")
        assert _titles(clients[0], "Freezing_2") == listed[0] | listed[1] | listed[2]
        assert report.late == len(listed[0] | listed[1] | listed[2]) - len(listed[0])
        for client in clients:
            _wait_until_frozen(client, source)


def test_the_newest_objects_of_all_replicas_are_copied(healthy_cluster: Cluster) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(healthy_cluster.client(number)) for number in range(3)]
        source = create(clients[0], "Differing", [text("title")], replicationConfig={"factor": 3})
        store(clients[0], source, {number: {"title": "stored"} for number in range(1, 101)})
        listed = _diverge(clients, source)
        client = min(zip(map(len, listed), range(3), clients, strict=True))[2]
        set_status(client.transport, [source], READY)
        rebuild(client, [rebuilding(client, "Differing")])
        repair(client, "Differing_2")
        assert _titles(client, "Differing_2") == listed[0] | listed[1] | listed[2]


def _diverge(clients: Sequence[Client], source: str) -> list[dict[str, str]]:
    """Freeze a collection while it is written to, until its replicas differ; return what the nodes list."""
    for attempt in range(1, 51):
        numbers = count(attempt * 100_000)
        with ThreadPoolExecutor(len(clients)) as pool:
            writing = [pool.submit(_write_until_refused, client, source, numbers) for client in clients]
            time.sleep(0.2)
            clients[0].schema.update_class_shard(source, "READONLY")
            for writer in writing:
                writer.result()
        for client in clients:
            _wait_until_frozen(client, source)
        time.sleep(SECONDS_TO_SETTLE)  # what one replica has begun to store is acknowledged by the two others
        listed = [_titles(client, source) for client in clients]
        if listed[0].keys() != listed[1].keys() or listed[1].keys() != listed[2].keys():
            return listed
        for client in clients:
            set_status(client.transport, [source], READY)
    pytest.fail("replicas were alike 50 times")


def _wait_until_frozen(client: Client, collection: str) -> None:
    """Wait until a node refuses writes: it follows its leader in its time."""
    while not is_frozen(client.transport, [collection]):
        time.sleep(0.01)


def _write_until_refused(client: Client, source: str, numbers: Iterator[int]) -> None:
    with suppress(TransportError):
        while True:
            client.data_object.create({"title": "new"}, source, id_of(next(numbers)))


def _titles(client: Client, collection: str) -> dict[str, str]:
    """The titles of what a node has, by ids."""
    return {id: body["properties"]["title"] for id, body in stored(client, collection).items()}
