from __future__ import annotations

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusCodeException


def test_the_nodes(client: Client) -> None:
    (node,) = client.cluster.get_nodes_status()
    assert node["status"] == "HEALTHY"
    assert node["version"] == client.get_meta()["version"]
    assert node["batchStats"]["queueLength"] == 0
    assert not node["shards"]


def test_the_shards_of_a_class(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique, "vectorizer": "none", "shardingConfig": {"desiredCount": 2}})
    client.data_object.create({}, unique)
    (node,) = client.cluster.get_nodes_status(unique, "verbose")
    assert len(node["shards"]) == 2
    assert {shard["class"] for shard in node["shards"]} == {unique}
    name = node["shards"][0]["name"]
    (only,) = client.cluster.get_nodes_status(unique, output="verbose", shard=name)
    assert [shard["name"] for shard in only["shards"]] == [name]
    with pytest.raises(UnexpectedStatusCodeException) as caught:
        client.cluster.get_nodes_status(f"{unique}Nothing")
    assert caught.value.status_code == 404


def test_statistics(client: Client) -> None:
    found = client.cluster.statistics()
    (node,) = client.cluster.get_nodes_status()
    assert found["synchronized"] is True
    assert [one["name"] for one in found["statistics"]] == [node["name"]]
