"""A collection rebuilt on three nodes, of which each has a shard, or a replica of all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, running_cluster
from weaviate_orm.client.client import Client
from weaviate_orm.migrations.rebuild.freezing import is_frozen

from .test_rebuild_under_load import finish, kill_at, loaded

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def healthy_cluster(binary: Path) -> Iterator[Cluster]:
    """Three nodes that all take data."""
    with running_cluster(binary, nodes=3) as running:
        yield running


@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.endurance)])
def test_nothing_is_lost_on_three_nodes(healthy_cluster: Cluster, count: int, replicas: int, tmp_path: Path) -> None:
    logical = f"Cluster{count}x{replicas}Article"
    urls = [node.url for node in healthy_cluster.nodes]
    with healthy_cluster.client() as client:
        with loaded(urls, healthy_cluster.api_key, client, logical, count, tmp_path, replicas=replicas) as load:
            assert kill_at(load.migrator(), "copying", 0.5)
            assert kill_at(load.migrator(), "frozen")
            for number in range(3):
                with healthy_cluster.client(number) as other:
                    assert _refuses_writes(other, f"{logical}_1")
            finish(load.migrator())
        assert client.alias.get(alias_name=logical) == f"{logical}_2"
        assert is_frozen(client.transport, [f"{logical}_1"])


def _refuses_writes(client: Client, collection: str) -> bool:
    return is_frozen(client.transport, [collection])
