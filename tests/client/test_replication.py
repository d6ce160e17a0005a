from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusCodeException, ValidationError
from weaviate_orm.testing import recorded_requests


@pytest.fixture
def article() -> str:
    """A class name of its own: operations outlive their class."""
    return f"R{uuid4().hex[:8]}"


@pytest.fixture
def shard(empty: Client, article: str) -> str:
    """The name of the one shard of that class."""
    empty.schema.create_class({"class": article, "vectorizer": "none"})
    return str(empty.schema.get_class_shards(article)[0]["name"])


@pytest.fixture
def operation(empty: Client, article: str, shard: str) -> UUID:
    """A copy to a node that is not there: the server takes it, and it never ends."""
    node = empty.cluster.get_nodes_status()[0]["name"]
    return empty.replication.replicate(collection=article, shard=shard, source_node=node, target_node="absent")


def test_the_sharding_state(empty: Client, article: str, shard: str) -> None:
    node = empty.cluster.get_nodes_status()[0]["name"]
    state = {"collection": article, "shards": [{"shard": shard, "replicas": [node]}]}
    assert empty.replication.query_sharding_state(collection=article) == state
    assert empty.replication.query_sharding_state(collection=article, shard=shard) == state
    assert empty.replication.query_sharding_state(collection="Nothing") is None


def test_an_operation_is_reported(empty: Client, article: str, shard: str, operation: UUID) -> None:
    report = empty.replication.get(uuid=operation, include_history=True)
    assert report is not None
    assert UUID(report["id"]) == operation
    assert (report["collection"], report["shard"], report["targetNode"]) == (article, shard, "absent")
    assert "statusHistory" in report
    assert str(operation) in [item["id"] for item in empty.replication.list_all()]
    assert [item["id"] for item in empty.replication.query(collection=article, shard=shard)] == [str(operation)]
    assert str(operation) in [item["id"] for item in empty.replication.query(target_node="absent")]
    assert empty.replication.query(target_node="elsewhere") == []
    assert empty.replication.get(uuid=uuid4()) is None


def test_an_operation_is_stopped(empty: Client, operation: UUID) -> None:
    empty.replication.cancel(uuid=operation)
    report = empty.replication.get(uuid=str(operation))
    assert report is not None
    assert report["scheduledForCancel"] or report["status"]["state"] == "CANCELLED"


def test_an_operation_is_forgotten(empty: Client, operation: UUID) -> None:
    empty.replication.delete(uuid=operation)
    report = empty.replication.get(uuid=operation)
    assert report is None or report["scheduledForDelete"]


def test_all_operations_are_forgotten(empty: Client, operation: UUID) -> None:
    empty.replication.delete_all()
    assert all(item["scheduledForDelete"] for item in empty.replication.list_all())


def test_operations_are_deleted_by_force(empty: Client, article: str, shard: str, operation: UUID) -> None:
    delete = empty.replication.force_delete
    assert delete(collection=article, shard=shard, target_node="absent", dry_run=True) == [operation]
    assert empty.replication.get(uuid=operation) is not None
    assert delete(uuid=operation) == []
    assert empty.replication.get(uuid=operation) is None
    assert delete(collection=article, dry_run=True) == []
    with recorded_requests(empty) as requests, pytest.raises(ValidationError, match="delete all"):
        delete()
    assert requests == []


def test_what_the_server_refuses(empty: Client, article: str, shard: str) -> None:
    node = empty.cluster.get_nodes_status()[0]["name"]
    with pytest.raises(UnexpectedStatusCodeException, match="same") as caught:
        empty.replication.replicate(
            collection=article, shard=shard, source_node=node, target_node=node, replication_type="MOVE"
        )
    assert caught.value.status_code == 422


def test_a_plan_for_as_many_replicas_as_there_are(empty: Client, article: str, shard: str) -> None:
    plan = empty.replication.get_scale_plan(collection=article, replication_factor=1)
    assert plan["collection"] == article
    assert empty.replication.apply_scale_plan(plan) == []
    with pytest.raises(UnexpectedStatusCodeException, match="not enough"):
        empty.replication.get_scale_plan(collection=article, replication_factor=2)


def test_a_server_without_the_switch_says_so(client: Client) -> None:
    with pytest.raises(UnexpectedStatusCodeException) as caught:
        client.replication.list_all()
    assert caught.value.status_code == 501
