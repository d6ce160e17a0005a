"""Arguments of a wrong type are refused before anything is sent, by errors of the tree that are TypeErrors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from weaviate_orm import Client, Config, ConnectionConfig, WeaviateORMError
from weaviate_orm.batch.batch_settings import WeaviateErrorRetryConf
from weaviate_orm.testing import recorded_requests
from weaviate_orm.util import generate_local_beacon, parse_version_string

ID = str(UUID(int=5))
NAME = {"path": ["a"], "operator": "Equal", "valueText": "x"}
WRONG: tuple[Any, ...] = (None, 5, 1.5, True, [], {}, object(), b"x")

CALLS: dict[str, tuple[Callable[[Client, Any], object], tuple[Any, ...]]] = {
    "create, object": (lambda c, v: c.data_object.create(v, "A"), (None, 5, True, [], object(), b"x")),
    "create, class": (lambda c, v: c.data_object.create({}, v), WRONG),
    "create, uuid": (lambda c, v: c.data_object.create({}, "A", v), (5, 1.5, True, [], {}, b"x")),
    "create, level": (lambda c, v: c.data_object.create({}, "A", consistency_level=v), (5, True, "MOST", [], {})),
    "get, class": (lambda c, v: c.data_object.get(ID, class_name=v), (5, True, [], {}, b"x")),
    "get, additional": (lambda c, v: c.data_object.get(ID, v, class_name="A"), (5, True, {}, b"x")),
    "get, limit": (lambda c, v: c.data_object.get(limit=v), (1.5, True, "1", [])),
    "get, sort": (lambda c, v: c.data_object.get(sort=v), (5, True, "a", [])),
    "get, sorted by": (lambda c, v: c.data_object.get(sort={"properties": v}), (None, 5, True, {}, b"x")),
    "get, order": (
        lambda c, v: c.data_object.get(sort={"properties": ["a"], "order_asc": v}),
        (None, 5, {}, b"x", ["yes"]),
    ),
    "delete, class": (lambda c, v: c.data_object.delete(ID, v), (5, True, [], {}, b"x")),
    "reference, property": (lambda c, v: c.data_object.reference.add(ID, v, ID, "A", "A"), WRONG),
    "reference, targets": (lambda c, v: c.data_object.reference.update(ID, "r", v, "A"), (None, 5, True, {}, b"x")),
    "reference, classes": (lambda c, v: c.data_object.reference.update(ID, "r", [ID], "A", v), (5, True, [5], b"x")),
    "schema, class": (lambda c, v: c.schema.create_class(v), (None, 5, True, [], object(), b"x")),
    "schema, config": (lambda c, v: c.schema.update_config("A", v), (None, 5, True, "x", [], b"x")),
    "schema, status": (lambda c, v: c.schema.update_class_shard("A", v), WRONG),
    "schema, tenants": (lambda c, v: c.schema.add_class_tenants("A", v), (None, 5, 1.5, True, object())),
    "index, tenants": (lambda c, v: c.schema.rebuild_property_index("A", "a", "searchable", tenants=v), (5, True, [5])),
    "search, query": (lambda c, v: c.search.bm25("A", v), WRONG),
    "search, properties": (lambda c, v: c.search.bm25("A", "a", query_properties=v), (5, True, {}, [5], b"x")),
    "search, texts": (lambda c, v: c.search.near_text("A", v), (None, 5, True, {}, [5], b"x")),
    "search, class": (lambda c, v: c.aggregate.count(v), WRONG),
    "queries": (lambda c, v: c.query.raw_batch(v), (None, 5, True, {}, b"x", [5], ["{", None])),
    "batch, object": (lambda c, v: c.batch.add_data_object(v, "A"), (None, 5, True, "x", [], object(), b"x")),
    "batch, class": (lambda c, v: c.batch.add_data_object({}, v), WRONG),
    "batch, vector": (lambda c, v: c.batch.add_data_object({}, "A", vector=v), (5, 1.5, True, "x", object(), b"x")),
    "batch, property": (lambda c, v: c.batch.add_reference(ID, "A", v, ID), WRONG),
    "delete, output": (lambda c, v: c.batch.delete_objects("A", NAME, v), WRONG),
    "delete, dry run": (lambda c, v: c.batch.delete_objects("A", NAME, dry_run=v), (None, 0, 1, "", "no", [], {})),
    "batch, shards": (lambda c, v: c.batch.wait_for_vector_indexing(v), (5, True, "A", {}, ["A"], b"x")),
    "classification, properties": (lambda c, v: c.classification.schedule().with_classify_properties(v), (None, 5, {})),
    "classification, settings": (lambda c, v: c.classification.schedule().with_settings(v), (None, 5, "x", [])),
    "backup, id": (lambda c, v: c.backup.create(v, "filesystem"), WRONG),
    "backup, backend": (lambda c, v: c.backup.create("x", v), WRONG),
    "backup, waiting": (lambda c, v: c.backup.create("x", "filesystem", "A", wait_for_completion=v), (None, 1, "no")),
    "restore, waiting": (lambda c, v: c.backup.restore("x", "filesystem", "A", wait_for_completion=v), (None, 1)),
    "backup, both": (lambda c, v: c.backup.create("x", "filesystem", "A", v), ("B", ["B"])),
    "restore, both": (lambda c, v: c.backup.restore("x", "filesystem", "A", v), ("B", ["B"])),
    "backup, status": (lambda c, v: c.backup.get_create_status(v, "filesystem"), WRONG),
    "concept": (lambda c, v: c.contextionary.extend(v, "b"), WRONG),
    "definition": (lambda c, v: c.contextionary.extend("a", v), WRONG),
    "contextionary": (lambda c, v: c.contextionary.extend("a", "b", v), (None, True, "1", [], {})),
    "Config, port": (lambda c, v: Config(v), (True, 1.5, "8080", 0, 65536, [], b"x")),
    "Config, pool": (lambda c, v: Config(None, v), (None, 5, True, {}, [])),
    "pool, connections": (lambda c, v: ConnectionConfig(v), (None, 0, -1, 1.5, True, "5", [])),
    "pool, size": (lambda c, v: ConnectionConfig(20, v), (None, 0, -1, 1.5, True, "5", [])),
    "retries, excluded": (lambda c, v: WeaviateErrorRetryConf(1, v), (5, True, "x", {}, [5], b"x")),
    "retries, included": (lambda c, v: WeaviateErrorRetryConf(1, None, v), (5, True, "x", {}, [5], b"x")),
    "beacon, class": (lambda c, v: generate_local_beacon(ID, v), (5, True, [], {}, b"x")),
    "version": (lambda c, v: parse_version_string(v), (None, 5, [], b"x")),
    "Client, url": (lambda c, v: Client(v), (5, True, [], {}, b"x")),
    "Client, headers": (lambda c, v: Client(c.url, additional_headers=v), (5, True, "x", [], b"x")),
    "Client, proxies": (lambda c, v: Client(c.url, proxies=v), (5, True, [], b"x")),
    "Client, trust_env": (lambda c, v: Client(c.url, trust_env=v), (None, 1, "no")),
    "Client, startup": (lambda c, v: Client(c.url, startup_period=v), (True, "5", [], -1, float("nan"))),
    "Client, timeout": (
        lambda c, v: Client(c.url, timeout_config=v),
        (None, True, "5", [1, 2], (1, 2, 3), (True, 1), 0),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_type_is_refused(client: Client, name: str) -> None:
    call, values = CALLS[name]
    for value in values:
        with recorded_requests(client) as requests, pytest.raises(TypeError) as caught:
            call(client, value)
        assert isinstance(caught.value, WeaviateORMError), (value, caught.value)
        assert not requests, value


def test_what_was_refused_is_not_queued(client: Client) -> None:
    for name in ("batch, object", "batch, class", "batch, vector", "batch, property"):
        call, values = CALLS[name]
        for value in values:
            with pytest.raises(WeaviateORMError):
                call(client, value)
    assert client.batch.shape == (0, 0)
