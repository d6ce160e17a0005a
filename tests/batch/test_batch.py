"""The batch of the client, against the real server."""

from __future__ import annotations

import multiprocessing
import threading
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import orjson
import pytest

from tests.batch.conftest import count
from weaviate_orm import Client, ConfigurationError, ConsistencyLevel, ValidationError
from weaviate_orm.batch.batch_settings import WeaviateErrorRetryConf
from weaviate_orm.batch.outcomes import item_error
from weaviate_orm.client.batch import Shard
from weaviate_orm.http.transport import LARGEST_REQUEST
from weaviate_orm.testing import recorded_requests


@pytest.mark.parametrize("run", range(10))
def test_threads_share_one_batch_and_each_object_is_sent_once(own: Client, people: str, run: int) -> None:
    dynamic, workers = run % 2 == 1, 1 + run % 3
    own.batch.configure(batch_size=100, dynamic=dynamic, num_workers=workers, callback=None)

    def add(thread: int) -> None:
        for number in range(400):
            batch.add_data_object({"name": f"{thread}-{number}"}, people, UUID(int=thread * 1000 + number + 1))

    with recorded_requests(own) as requests, own.batch as batch:
        threads = [threading.Thread(target=add, args=(thread,)) for thread in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    sent = [
        each["id"]
        for r in requests
        if r.url.endswith("/batch/objects")
        for each in orjson.loads(r.body or b"")["objects"]
    ]
    assert len(sent) == len(set(sent)) == 6400
    assert count(own, people) == 6400


@pytest.mark.parametrize(("dynamic", "workers"), [(False, 1), (False, 3), (True, 2)])
def test_references_go_after_their_objects(own: Client, people: str, dynamic: bool, workers: int) -> None:
    results: list[dict[str, Any]] = []
    own.batch.configure(batch_size=20, dynamic=dynamic, num_workers=workers, callback=results.extend)
    with own.batch as batch:
        before = batch.add_data_object({"name": "0"}, people)
        for number in range(1, 200):
            uuid = batch.add_data_object({"name": str(number)}, people)
            batch.add_reference(uuid, people, "knows", before, people)
            before = uuid
    assert [each for each in results if each["result"]["status"] != "SUCCESS"] == []
    assert len(results) == 399
    rows = (own.data_object.get(class_name=people, limit=300) or {})["objects"]
    assert sorted(len(row["properties"].get("knows", [])) for row in rows) == [0] + [1] * 199


def test_one_wrong_vector_among_a_thousand(own: Client, people: str) -> None:
    results: list[dict[str, Any]] = []
    own.batch.configure(batch_size=200, callback=results.extend)
    wrong = str(uuid4())
    with own.batch as batch:
        for number in range(1000):
            if number == 100:
                batch.add_data_object({"name": "wrong"}, people, wrong, vector=[1.0, 2.0, 3.0])
            else:
                batch.add_data_object({"name": str(number)}, people, vector=np.array([1.0, number]))
    (error,) = [each for each in results if "errors" in each["result"]]
    assert error["id"] == wrong
    assert error["properties"] == {"name": "wrong"}
    assert "3" in error["result"]["errors"]["error"][0]["message"]
    assert count(own, people) == 999
    (failed,) = own.batch.failed_objects
    assert failed.body["id"] == wrong
    failed.body["vector"] = [1.0, 2.0]
    own.batch.retry_failed()
    assert own.batch.failed_objects == []
    own.batch.flush()
    assert count(own, people) == 1000


def test_manual_batches_wait_to_be_asked(own: Client, people: str) -> None:
    own.batch.configure(batch_size=None)
    with recorded_requests(own) as requests:
        uuids = [own.batch.add_data_object({"name": str(number)}, people) for number in range(120)]
        own.batch.add_reference(uuids[0], people, "knows", uuids[1], people)
        assert own.batch.shape == (120, 1)
        assert requests == []
        popped = own.batch.pop_object()
        assert popped["id"] == uuids[-1]
        assert own.batch.pop_reference()["to"].endswith(uuids[1])
        assert own.batch.is_empty_references()
        results = own.batch.create_objects()
        assert own.batch.create_references() == []
    assert len(requests) == 1
    assert [each["id"] for each in results] == uuids[:-1]
    assert own.batch.is_empty_objects()
    own.batch.add_data_object({"name": "x"}, people)
    own.batch.empty_objects()
    own.batch.empty_references()
    own.batch.flush()
    assert count(own, people) == 119


def test_a_block_that_raises_sends_nothing_more(own: Client, people: str) -> None:
    own.batch.configure(batch_size=10, dynamic=False)
    with pytest.raises(RuntimeError, match="of the user"), own.batch as batch:
        for number in range(15):
            batch.add_data_object({"name": str(number)}, people)
        raise RuntimeError("of the user")
    assert own.batch.num_objects() == 5
    assert count(own, people) == 10


def test_what_is_not_named_goes_back_to_its_default(own: Client) -> None:
    defaults = own.batch.settings
    assert (defaults.batch_size, defaults.dynamic, defaults.num_workers) == (50, True, 1)
    assert defaults.creation_time == 2.0
    own.batch(batch_size=7, num_workers=3, creation_time=9, dynamic=False, timeout_retries=1, callback=None)
    assert (own.batch.settings.batch_size, own.batch.settings.callback) == (7, None)
    own.batch.configure()
    assert own.batch.settings == defaults


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch_size": 0},
        {"batch_size": "10"},
        {"num_workers": 0},
        {"creation_time": 0},
        {"timeout_retries": -1},
        {"connection_error_retries": 1.5},
        {"dynamic": "yes"},
        {"callback": 3},
    ],
)
def test_settings_that_cannot_be_are_refused(own: Client, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        own.batch.configure(**wrong)


def test_items_that_are_none_are_refused(own: Client) -> None:
    with pytest.raises(ValidationError, match="mapping of properties"):
        own.batch.add_data_object("name", "Person")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"(?i)uuid"):
        own.batch.add_data_object({}, "Person", "no uuid")
    with pytest.raises(Exception, match="know/s"):
        own.batch.add_reference(uuid4(), "Person", "know/s", uuid4(), "Person")
    assert own.batch.shape == (0, 0)


@pytest.mark.parametrize("name", ["Knows", "9", "a-b", "", "id"])
def test_a_reference_that_no_collection_has_is_refused(own: Client, people: str, name: str) -> None:
    with pytest.raises(ValidationError, match="from_property_name"):
        own.batch.add_reference(UUID(int=1), people, name, UUID(int=2), people)
    assert own.batch.shape == (0, 0)


def test_the_server_stores_a_reference_under_a_name_that_it_refuses(own: Client, people: str) -> None:
    # the measurement that the check of names stands on
    one, two = (own.data_object.create({"name": name}, people) for name in ("one", "two"))
    beacon = f"weaviate://localhost/{people}"
    body = [{"from": f"{beacon}/{one}/Knows", "to": f"{beacon}/{two}"}]
    (answer,) = own.transport.request("POST", "/batch/references", json=body, repeatable=False).json()
    assert answer["result"]["status"] == "FAILED"
    assert "Knows" in (own.data_object.get_by_id(one, class_name=people) or {})["properties"]


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"status": "SUCCESS"}, None),
        ({"status": "SUCCESS", "errors": None}, None),
        ({}, "the server gave no reason"),  # nothing is stored that is not said to be
        ({"errors": {"error": [{"message": "no"}, {"message": "never"}]}}, "no; never"),
        ({"status": "SUCCESS", "errors": {"error": [{"message": "no"}]}}, "no"),
        ({"status": "FAILED"}, "the server gave no reason"),
        ({"status": None}, "the server gave no reason"),
    ],
)
def test_the_outcome_of_an_item(result: dict[str, Any], reason: str | None) -> None:
    error = item_error(result)
    assert (None if error is None else str(error)) == reason


def test_an_error_of_the_callback_is_the_users(own: Client, people: str) -> None:
    def fail(results: list[dict[str, Any]]) -> None:
        raise LookupError("of the callback")

    own.batch.configure(batch_size=2, dynamic=False, callback=fail)
    with pytest.raises(LookupError, match="of the callback"), own.batch as batch:
        batch.add_data_object({"name": "a"}, people)
    own.batch.configure(callback=None)
    own.batch.flush()
    assert count(own, people) == 1


def test_refused_items_are_sent_again_when_that_is_wanted(own: Client, people: str) -> None:
    retry = WeaviateErrorRetryConf(number_retries=1, errors_to_include=["not found"])
    own.batch.configure(weaviate_error_retries=retry, callback=None)
    with recorded_requests(own) as requests, own.batch as batch:
        batch.add_reference(uuid4(), people, "knows", uuid4(), people)
    assert [r.url.endswith("/batch/references") for r in requests].count(True) == 2
    assert len(own.batch.failed_references) == 1
    with pytest.raises(ConfigurationError, match="contradict"):
        WeaviateErrorRetryConf(errors_to_exclude=["a"], errors_to_include=["b"])


def test_deleting_more_than_the_server_deletes_at_once(own: Client, people: str) -> None:
    own.batch.configure(batch_size=1000, num_workers=2, callback=None, dynamic=False)
    with own.batch as batch:
        for number in range(12_500):
            batch.add_data_object({"name": "same" if number < 12_000 else "other"}, people)
    where = {"path": ["name"], "operator": "ContainsAny", "valueText": ["same"]}
    would = own.batch.delete_objects(people, where, dry_run=True)
    assert would["results"]["matches"] == 12_000
    assert count(own, people) == 12_500
    with recorded_requests(own) as requests:
        done = own.batch.delete_objects(people, where)
    assert len(requests) == 2
    assert done["results"]["matches"] == done["results"]["successful"] == 12_000
    assert count(own, people) == 500


@pytest.mark.parametrize("dynamic", [False, True])
def test_large_objects_are_sent_in_requests_of_a_bounded_size(own: Client, people: str, dynamic: bool) -> None:
    results: list[dict[str, Any]] = []
    own.batch.configure(batch_size=100, dynamic=dynamic, creation_time=60, callback=results.extend)
    long = "x" * 900_000
    with recorded_requests(own) as requests, own.batch as batch:
        for number in range(40):
            batch.add_data_object({"name": long if number < 20 else str(number)}, people)
    sizes = [len(request.body or b"") for request in requests if request.url.endswith("/batch/objects")]
    assert len(sizes) == 2  # 18 MB
    assert max(sizes) <= LARGEST_REQUEST
    assert [each["result"]["status"] for each in results] == ["SUCCESS"] * 40
    with recorded_requests(own) as requests:
        uuid = own.batch.add_data_object({"name": "x" * (LARGEST_REQUEST + 1)}, people)
        assert [each["id"] for each in own.batch.create_objects()] == [uuid]
    # where sizes are dynamic, the server is also asked for its queue now and then
    assert [request.url.endswith("/batch/objects") for request in requests].count(True) == 1
    assert count(own, people) == 41


def test_the_size_of_a_request_is_bounded_by_asking_and_when_it_is_queued_again(own: Client, people: str) -> None:
    own.batch.configure(batch_size=None, callback=None)
    long = "x" * 900_000
    for number in range(20):
        own.batch.add_data_object({"name": long}, people, vector=[1.0, 2.0] if number else [1.0])
    with recorded_requests(own) as requests:
        results = own.batch.create_objects()
    assert len(requests) == 3  # the one of another length goes after the others of its request
    assert [each["result"]["status"] for each in results] == ["FAILED", *["SUCCESS"] * 19]
    (failed,) = own.batch.failed_objects
    failed.body["vector"] = [1.0, 2.0]
    own.batch.retry_failed()
    own.batch.flush()
    assert count(own, people) == 20


def test_what_cannot_be_written_as_json_takes_no_other_with_it(own: Client, people: str) -> None:
    results: list[dict[str, Any]] = []
    own.batch.configure(batch_size=10, dynamic=False, callback=results.extend)
    with recorded_requests(own) as requests, own.batch as batch:
        for number in range(20):
            batch.add_data_object({"name": object() if number in (0, 4, 5, 19) else str(number)}, people)
    assert len(requests) == 3  # what lies between them, and no item twice
    assert len(results) == 20
    assert len(own.batch.failed_objects) == 4
    assert all("cannot be written as JSON" in each.reason for each in own.batch.failed_objects)
    assert count(own, people) == 16
    for each in own.batch.failed_objects:
        each.body["properties"]["name"] = "a text"
    own.batch.retry_failed()
    own.batch.flush()
    assert count(own, people) == 20


def test_a_forked_child_does_not_hang_and_sends_only_its_own(own: Client, people: str) -> None:
    own.batch.configure(batch_size=10, dynamic=False, num_workers=2, callback=None)
    with own.batch as batch:
        for number in range(25):
            batch.add_data_object({"name": str(number)}, people)
        batch.add_reference(uuid4(), people, "knows", uuid4(), people)  # queued by the parent, and refused

        def in_child() -> None:
            assert own.batch.shape == (0, 0)
            with recorded_requests(own) as requests:
                for number in range(25):
                    own.batch.add_data_object({"name": str(number)}, people)
                own.batch.flush()
            assert len(requests) == 3

        child = multiprocessing.get_context("fork").Process(target=in_child)
        child.start()
        child.join(240)
        child.kill()
        assert child.exitcode == 0
        assert batch.shape == (5, 1)
    assert count(own, people) == 50
    assert len(own.batch.failed_references) == 1


def test_tenants_and_named_vectors_and_consistency(own: Client, unique: str) -> None:
    name = f"{unique}Tenanted"
    own.schema.create_class(
        {
            "class": name,
            "multiTenancyConfig": {"enabled": True, "autoTenantCreation": True},
            "vectorConfig": {"one": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}},
            "properties": [{"name": "name", "dataType": ["text"]}, {"name": "knows", "dataType": [name]}],
        }
    )
    own.batch.configure(consistency_level=ConsistencyLevel.ONE, callback=None)
    with own.batch as batch:
        first = batch.add_data_object({"name": "a"}, name, vector={"one": [1, 2]}, tenant="acme")
        second = batch.add_data_object({"name": "b"}, name, tenant="acme")
        batch.add_reference(first, name, "knows", second, name, tenant="acme")
    assert own.batch.failed_objects == own.batch.failed_references == []
    found = own.data_object.get_by_id(first, class_name=name, tenant="acme", with_vector=True)
    assert found is not None
    assert found["vectors"] == {"one": [1, 2]}
    assert len(found["properties"]["knows"]) == 1
    own.batch.wait_for_vector_indexing()
    own.batch.wait_for_vector_indexing([Shard(name, "acme")])
