"""Each change of a schema on a server: how it is carried out, and that stored objects are whole afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.migrations.schema_changes import CHANGES, SchemaChange, base
from weaviate_orm import AuthApiKey, Client
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.http.features import PROPERTY_REINDEX
from weaviate_orm.migrations import SchemaState
from weaviate_orm.migrations.model_plan import Plan, plan_state
from weaviate_orm.migrations.stored_schema import StoredSchema
from weaviate_orm.schema import CollectionSpec, DataType, MultiTenancySpec, PropertySpec
from weaviate_orm.types import Tenant

pytestmark = [pytest.mark.needs(PROPERTY_REINDEX), pytest.mark.usefixtures("nobody_writes")]
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "schema-changes.md"
OBJECTS = 8
TENANTS = ("first", "second")


SETTINGS = {"ENABLE_MODULES": "generative-openai,reranker-cohere", "OBJECTS_TTL_DELETE_SCHEDULE": "0 0 1 1 *"}


def _started(settings: dict[str, str]) -> Iterator[Client]:
    options = EmbeddedOptions(additional_env_vars=SETTINGS | settings, startup_timeout=240)
    with EmbeddedServer(options) as server, Client(server.url, AuthApiKey(str(server.api_key))) as client:
        yield client


@pytest.fixture(scope="module")
def plain() -> Iterator[Client]:
    """A client of a server as it comes."""
    yield from _started({})


@pytest.fixture(scope="module")
def able() -> Iterator[Client]:
    """A client of a server that reindexes and drops vectors."""
    yield from _started(
        {
            "RUNTIME_REINDEX_ENABLED": "true",
            "ENABLE_EXPERIMENTAL_ALTER_SCHEMA_DROP_VECTOR_INDEX_ENDPOINT": "true",
        }
    )


class Stored:
    """Two collections that refer to each other, and their objects."""

    def __init__(self, client: Client, name: str, first: SchemaChange, tenants: bool) -> None:
        self.client, self.name, self.tenants = client, name, TENANTS if tenants else (None,)
        self.author = f"{name}Author"
        author = CollectionSpec(self.author, properties=(PropertySpec("name", DataType.TEXT),), alias=True)
        spec = first.first(base(name, self.author))
        if tenants:
            spec = attrs.evolve(spec, multi_tenancy=MultiTenancySpec())
        self.spec = spec
        self.desired = SchemaState({self.author: author, name: spec})
        plan_state(client, self.desired).apply()
        if tenants:
            client.tenants.create(self.physical(name), [Tenant(tenant) for tenant in TENANTS])
        self._fill()

    def physical(self, name: str) -> str:
        return StoredSchema(self.client).physical(name)

    def _fill(self) -> None:
        article, author = self.physical(self.name), self.physical(self.author)
        author_id = "00000000-0000-0000-0000-00000000000a"
        objects: list[dict[str, Any]] = [{"class": author, "id": author_id, "properties": {"name": "Jane"}}]
        references = []
        for tenant_number, tenant in enumerate(self.tenants):
            of_tenant = {} if tenant is None else {"tenant": tenant}
            ids = [f"00000000-0000-0000-0000-0000000{tenant_number}{number:04}" for number in range(OBJECTS)]
            for number, id in enumerate(ids):
                properties = {
                    "title": f"Title {number}",
                    "body": f"The body {number}",
                    "pages": str(number),
                    "count": number,
                    "nested": {"inner": f"inside {number}"},
                }
                named = self.spec.vectors[0].name is not None
                vectors = {"vectors": {"own": [1.0, number]}} if named else {"vector": [1.0, number]}
                objects.append({"class": article, "id": id, "properties": properties} | vectors | of_tenant)
                beacon = f"weaviate://localhost/{article}/{id}"
                following = f"weaviate://localhost/{article}/{ids[(number + 1) % OBJECTS]}"
                references.append({"from": f"{beacon}/next", "to": following} | of_tenant)
                references.append(
                    {"from": f"{beacon}/author", "to": f"weaviate://localhost/{author}/{author_id}"} | of_tenant
                )
        for path, items in (("/batch/objects", {"objects": objects}), ("/batch/references", references)):
            answer = self.client.transport.request("POST", path, json=items).json(list)
            assert [item["result"]["errors"] for item in answer if item["result"].get("errors")] == []

    def objects(self) -> dict[tuple[str | None, str], dict[str, Any]]:
        """All objects by tenant and id, with the names of the models in references."""
        schema = StoredSchema(self.client)
        objects = {}
        for tenant in self.tenants:
            params = {"class": schema.physical(self.name), "limit": 100, "include": "vector", "tenant": tenant}
            for body in self.client.transport.request("GET", "/objects", params=params).json(dict)["objects"]:
                properties = {
                    name: [_logical(schema, reference["beacon"]) for reference in value]
                    if isinstance(value, list) and value and "beacon" in value[0]
                    else value
                    for name, value in body["properties"].items()
                }
                objects[tenant, body["id"]] = {"properties": properties, "vectors": _vectors(body)}
        return objects

    def plan(self, change: SchemaChange, spec: CollectionSpec) -> Plan:
        rename = {f"{self.name}.{old}": new for old, new in change.rename.items()}
        desired = self.desired.with_collection(spec)
        return plan_state(self.client, desired, strict=change.strict, rename=rename)


def _vectors(body: dict[str, Any]) -> dict[str, Any]:
    unnamed = {"": body["vector"]} if body.get("vector") else {}
    return unnamed | (body.get("vectors") or {})


def _logical(schema: StoredSchema, beacon: str) -> tuple[str, str]:
    *_, name, id = beacon.split("/")
    return schema.logical(name), id


def _check(client: Client, unique: str, change: SchemaChange, *, is_able: bool, tenants: bool) -> None:
    stored = Stored(client, unique, change, tenants)
    before = stored.objects()
    assert len(before) == OBJECTS * len(stored.tenants)
    spec = change.alter(stored.spec)
    plan = stored.plan(change, spec)
    assert {step.work.strategy for step in plan.steps} == {change.strategy(is_able)}, str(plan)
    plan.apply(yes_delete=True)

    after = stored.objects()
    assert after.keys() == before.keys()
    for key, body in after.items():
        old = before[key]
        assert body["properties"] == change.values(old["properties"])
        kept = {name: vector for name, vector in body["vectors"].items() if name not in change.vectorized}
        gone = change.vectorized | change.dropped
        assert kept == {name: vector for name, vector in old["vectors"].items() if name not in gone}
        assert change.vectorized <= body["vectors"].keys()
    again = stored.plan(attrs.evolve(change, rename={}), spec)
    assert not again, str(again)
    kind = StoredSchema(client).collection(unique)
    assert kind is not None
    assert kind.spec.is_multi_tenant is (tenants or spec.is_multi_tenant)


@pytest.mark.parametrize("change", [change for change in CHANGES if change.id != "auto-tenants"], ids=attrgetter("id"))
def test_a_change_on_a_server_as_it_comes(plain: Client, unique: str, change: SchemaChange) -> None:
    _check(plain, unique, change, is_able=False, tenants=False)


@pytest.mark.parametrize("change", [change for change in CHANGES if "shards" not in change.id], ids=attrgetter("id"))
def test_a_change_with_tenants_on_a_server_that_reindexes(able: Client, unique: str, change: SchemaChange) -> None:
    _check(able, unique, change, is_able=True, tenants=True)


def test_the_page_lists_the_changes() -> None:
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| ([^|]+) \| .*<!-- ([\w-]+) -->", PAGE.read_text(), re.MULTILINE)
    page = {id: (able.strip(), plain.strip()) for able, plain, id in rows}
    assert page == {change.id: (change.able, change.plain or change.able) for change in CHANGES}
