"""Operations carried out on a server, with stored objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pytest

from weaviate_orm import AuthApiKey, Client
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.exceptions import MigrationError, MigrationRowError
from weaviate_orm.http.features import PROPERTY_REINDEX
from weaviate_orm.migrations import (
    AddProperty,
    AddReference,
    AddVector,
    AlterCollection,
    AlterProperty,
    CreateCollection,
    DeleteCollection,
    DropIndex,
    DropVector,
    Operation,
    RebuildCollection,
    RenameCollection,
    Row,
    RunPython,
    SchemaState,
    UpdateObjects,
)
from weaviate_orm.migrations.operation_engine import Engine
from weaviate_orm.migrations.stored_schema import StoredSchema
from weaviate_orm.migrations.work import Work
from weaviate_orm.schema import (
    BM25,
    CollectionSpec,
    DataType,
    InvertedIndexSpec,
    MultiTenancySpec,
    PropertySpec,
    ReferenceSpec,
    VectorSpec,
    module,
)
from weaviate_orm.types import Tenant

COUNT = 30
TITLE, PAGES = PropertySpec("title", DataType.TEXT), PropertySpec("pages", DataType.TEXT)
pytestmark = [pytest.mark.needs(PROPERTY_REINDEX), pytest.mark.usefixtures("nobody_writes")]


@pytest.fixture(scope="module")
def able() -> Iterator[Client]:
    """A client of a server that reindexes and drops vectors."""
    settings = {
        "RUNTIME_REINDEX_ENABLED": "true",
        "ENABLE_EXPERIMENTAL_ALTER_SCHEMA_DROP_VECTOR_INDEX_ENDPOINT": "true",
    }
    with (
        EmbeddedServer(EmbeddedOptions(additional_env_vars=settings, startup_timeout=240)) as server,
        Client(server.url, AuthApiKey(str(server.api_key))) as client,
    ):
        yield client


class Runner:
    """Carries operations out one after the other, and checks that a second time there is nothing to do."""

    def __init__(self, client: Client, spec: CollectionSpec, **options: Any) -> None:
        self.client, self.engine, self.name = client, Engine(client, **options), spec.name
        self.state = SchemaState()
        assert self(CreateCollection(spec)).strategy == "create"
        items = [
            {
                "class": self.physical,
                "properties": {"title": f"Title {number}", "pages": str(number)},
                "vectors": {"a": [1.0, number], "b": [2.0, number]},
            }
            for number in range(COUNT)
        ]
        client.transport.request("POST", "/batch/objects", json={"objects": items})

    @property
    def physical(self) -> str:
        return StoredSchema(self.client).physical(self.name)

    def __call__(self, operation: Operation) -> Work:
        after = operation.mutate(self.state)
        work = self.engine.work(operation, self.state, after)
        self.engine.apply(operation, self.state, after)
        again = self.engine.work(operation, self.state, after)
        assert again.strategy in ("nothing", "backfill", "call"), again
        self.engine.apply(operation, self.state, after)
        self.state = after
        return work

    def rows(self) -> list[dict[str, Any]]:
        params = {"class": self.physical, "limit": 100, "include": "vector"}
        objects: list[dict[str, Any]] = self.client.transport.request("GET", "/objects", params=params).json(dict)[
            "objects"
        ]
        return objects

    def values(self) -> list[dict[str, Any]]:
        return [body["properties"] for body in self.rows()]


@pytest.fixture
def runner(able: Client, unique: str) -> Runner:
    """Thirty objects behind an alias, on a server that does all that it can."""
    return Runner(able, collection(unique, alias=True))


@pytest.fixture
def plain(client: Client, unique: str) -> Runner:
    """Thirty objects of a collection without an alias, on a server as it comes."""
    return Runner(client, collection(unique))


def collection(name: str, **options: Any) -> CollectionSpec:
    return CollectionSpec(name, properties=(TITLE, PAGES), vectors=(VectorSpec("a"), VectorSpec("b")), **options)


def test_a_property_is_filled_by_a_default(runner: Runner) -> None:
    work = runner(AddProperty(runner.name, PropertySpec("done", DataType.BOOLEAN), default=False))
    assert (work.strategy, work.objects, work.stops_writes) == ("backfill", COUNT, False)
    assert [values["done"] for values in runner.values()] == [False] * COUNT


def test_a_property_is_filled_by_a_function(runner: Runner) -> None:
    def half(row: Row) -> str | None:
        return row["title"].upper() if int(row["pages"]) % 2 else None

    runner(AddProperty(runner.name, PropertySpec("shout", DataType.TEXT), fill=half))
    assert sum(values.get("shout") == values["title"].upper() for values in runner.values()) == COUNT / 2


def test_a_property_that_is_not_filled_is_warned_of(runner: Runner) -> None:
    work = runner(AddProperty(runner.name, PropertySpec("count", DataType.INT)))
    assert work.strategy == "in place"
    assert "filters on null do not find the 30 stored objects by count" in str(work)


def test_what_was_written_is_not_filled(runner: Runner) -> None:
    shout = PropertySpec("shout", DataType.TEXT)
    runner(AddProperty(runner.name, shout))
    runner(UpdateObjects(runner.name, lambda row: {"shout": "own"} if row["pages"] == "3" else None))
    before = attrs.evolve(runner.state.collection(runner.name), properties=(TITLE, PAGES))
    operation = AddProperty(runner.name, shout, default="filled")
    runner.engine.apply(operation, SchemaState({runner.name: before}), runner.state)
    assert sorted(values["shout"] for values in runner.values()) == ["filled"] * (COUNT - 1) + ["own"]


def test_a_function_that_raises_names_the_object(runner: Runner) -> None:
    def fails(row: Row) -> Mapping[str, Any]:
        if row["pages"] == "7":
            raise ValueError("seven")
        return {"title": "changed"}

    with pytest.raises(MigrationRowError, match="raised ValueError: seven") as caught:
        runner(UpdateObjects(runner.name, fails, batch=10))
    (body,) = [body for body in runner.rows() if body["id"] == caught.value.id]
    assert body["properties"] == {"title": "Title 7", "pages": "7"}


def test_an_update_goes_on_where_it_was(runner: Runner) -> None:
    class Saved(dict[str, Any]):
        def load(self) -> dict[str, Any]:
            return dict(self)

        def save(self, position: Mapping[str, Any]) -> None:
            self.update(position)

    calls: list[str] = []

    def count(row: Row) -> dict[str, Any]:
        calls.append(row.id)
        if len(calls) == 25:
            raise ValueError("interrupted")
        return {"title": row["title"] + "!"}

    saved, operation = Saved(), UpdateObjects(runner.name, count, batch=10)
    with pytest.raises(MigrationRowError):
        runner.engine.apply(operation, runner.state, runner.state, saved)
    runner.engine.apply(operation, runner.state, runner.state, saved)
    assert len(calls) == 25 + 10
    # objects of the page that was interrupted may be changed twice, others not
    assert {values["title"].rstrip("!") for values in runner.values()} == {f"Title {number}" for number in range(COUNT)}
    assert sum(values["title"].count("!") for values in runner.values()) <= COUNT + 4


def test_a_vector_is_filled_by_a_function(runner: Runner) -> None:
    runner(AddVector(runner.name, VectorSpec("c"), fill=lambda row: [float(row["pages"]), 1.0]))
    assert all(body["vectors"]["c"] == [int(body["properties"]["pages"]), 1] for body in runner.rows())


def test_a_vector_of_a_vectorizer_is_made_in_a_copy(runner: Runner) -> None:
    work = runner(AddVector(runner.name, VectorSpec("made", module("text2vec-transformers"))))
    assert (work.strategy, work.vectorizes) == ("rebuild", True)
    assert all(len(body["vectors"]["made"]) > 2 and len(body["vectors"]["a"]) == 2 for body in runner.rows())


def test_a_vector_of_a_vectorizer_stays_empty_without_an_alias(plain: Runner) -> None:
    work = plain(AddVector(plain.name, VectorSpec("made", module("text2vec-transformers"))))
    assert work.strategy == "in place"
    assert "searches of the vector made do not find the 30 stored objects" in str(work)


def test_indexes_change_while_the_server_runs(runner: Runner) -> None:
    name, client = runner.name, runner.client
    assert runner(AlterProperty(name, "title", {"tokenization": "field"})).strategy == "reindex"
    assert runner(DropIndex(name, "title", "searchable")).strategy == "in place"
    assert (
        runner(AlterProperty(name, "title", {"index_searchable": True, "tokenization": "word"})).strategy == "reindex"
    )
    runner(AddProperty(name, PropertySpec("count", DataType.INT), fill=lambda row: int(row["pages"])))
    assert runner(AlterProperty(name, "count", {"index_range_filters": True})).strategy == "reindex"
    where = {"path": ["title"], "operator": "Equal", "valueText": "title"}
    assert client.batch.delete_objects(runner.physical, where, dry_run=True)["results"]["matches"] == COUNT


def test_settings_change_and_go_back_to_the_defaults(runner: Runner) -> None:
    name = runner.name
    settings = {"description": "Texts", "inverted_index": InvertedIndexSpec(bm25=BM25(0.5, 1.0))}
    assert runner(AlterCollection(name, settings)).strategy == "in place"
    body = runner.client.schema.get(runner.physical)
    assert (body["description"], body["invertedIndexConfig"]["bm25"]["b"]) == ("Texts", 0.5)
    assert runner(AlterCollection(name, dict.fromkeys(settings))).strategy == "in place"
    body = runner.client.schema.get(runner.physical)
    assert (body.get("description") or "", body["invertedIndexConfig"]["bm25"]["b"]) == ("", 0.75)


def test_a_vector_is_dropped_and_its_name_used_again(runner: Runner) -> None:
    assert runner(DropVector(runner.name, "b")).strategy == "in place"
    runner(AddVector(runner.name, VectorSpec("b"), fill=lambda row: [7.0]))
    assert all(body["vectors"]["b"] == [7] for body in runner.rows())


def test_a_rebuild_renames_drops_and_converts(runner: Runner) -> None:
    runner(AddReference(runner.name, ReferenceSpec("next", (runner.name,))))
    first, second = runner.rows()[:2]
    runner.client.data_object.reference.add(
        first["id"], "next", second["id"], from_class_name=runner.physical, to_class_name=runner.physical
    )
    runner(AddProperty(runner.name, PropertySpec("old", DataType.TEXT), default="old"))
    spec = attrs.evolve(
        runner.state.collection(runner.name),
        properties=(attrs.evolve(TITLE, name="headline"), attrs.evolve(PAGES, data_type=DataType.INT)),
        references=(ReferenceSpec("following", (runner.name,)),),
    )
    names = {"title": "headline", "next": "following"}
    work = runner(RebuildCollection(spec, rename=names, drop=["old"], convert={"pages": int}))
    assert (work.strategy, work.destructive, work.vectorizes) == ("rebuild", True, False)
    rows = {body["id"]: body for body in runner.rows()}
    assert len(rows) == COUNT
    (reference,) = rows[first["id"]]["properties"].pop("following")
    assert reference["beacon"].endswith(second["id"])
    for body in rows.values():
        number = body["properties"]["pages"]
        assert body["properties"] == {"headline": f"Title {number}", "pages": number}
        assert body["vectors"] == {"a": [1, number], "b": [2, number]}


def test_a_collection_is_renamed_with_what_refers_to_it(runner: Runner) -> None:
    new = f"{runner.name}New"
    runner(AddReference(runner.name, ReferenceSpec("next", (runner.name,))))
    runner(RenameCollection(runner.name, new))
    runner.name = new
    assert len(runner.rows()) == COUNT
    stored = StoredSchema(runner.client).collection(new)
    assert stored is not None
    assert stored.spec.references[0].targets == (new,)


def test_a_collection_without_an_alias_is_not_rebuilt_unasked(plain: Runner) -> None:
    operation = AlterProperty(plain.name, "title", {"tokenization": "field"})
    after = operation.mutate(plain.state)
    work = plain.engine.work(operation, plain.state, after)
    assert work.blocked is not None
    assert "alias" in work.blocked
    with pytest.raises(MigrationError, match="alias"):
        plain.engine.apply(operation, plain.state, after)


def test_a_collection_without_an_alias_is_rebuilt_offline(client: Client, unique: str) -> None:
    runner = Runner(client, collection(unique), offline=True)
    spec = attrs.evolve(collection(unique), properties=(TITLE, attrs.evolve(PAGES, data_type=DataType.INT)))
    work = runner(RebuildCollection(spec, convert={"pages": int}))
    assert (work.strategy, work.stops_writes, work.blocked) == ("offline rebuild", True, None)
    assert runner.physical == unique
    assert sorted(values["pages"] for values in runner.values()) == list(range(COUNT))
    assert not client.schema.exists(f"{unique}_copy")


@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_an_offline_rebuild_that_was_interrupted_goes_on(
    client: Client, unique: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = Runner(client, collection(unique), offline=True)
    spec = attrs.evolve(collection(unique), properties=(TITLE, attrs.evolve(PAGES, data_type=DataType.INT)))
    operation = RebuildCollection(spec, convert={"pages": int})
    after = operation.mutate(runner.state)
    request = client.transport.request
    deleted: list[str] = []

    def interrupted(verb: str, resource: str, **options: Any) -> Any:
        if deleted and (method == "DELETE" or resource == "/batch/objects"):
            raise KeyboardInterrupt
        answer = request(verb, resource, **options)
        if (verb, resource) == ("DELETE", f"/schema/{unique}"):
            deleted.append(resource)
        return answer

    monkeypatch.setattr(client.transport, "request", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runner.engine.apply(operation, runner.state, after)
    monkeypatch.undo()
    runner.engine.apply(operation, runner.state, after)
    assert sorted(values["pages"] for values in runner.values()) == list(range(COUNT))
    assert [alias for alias, target in client.alias.list_all().items() if unique in target] == []


def test_a_collection_gets_an_alias_late(plain: Runner) -> None:
    work = plain(AlterCollection(plain.name, {"alias": True, "description": "Texts"}))
    assert work.strategy == "rebuild"
    assert "some milliseconds" in str(work)
    assert plain.physical == f"{plain.name}_1"
    assert len(plain.rows()) == COUNT
    assert plain.client.schema.get(plain.physical)["description"] == "Texts"


def test_inactive_tenants_are_told_of_before(client: Client, unique: str) -> None:
    engine, spec = Engine(client), collection(unique, alias=True, multi_tenancy=MultiTenancySpec())
    create = CreateCollection(spec)
    engine.apply(create, SchemaState(), state := create.mutate(SchemaState()))
    client.tenants.create(f"{unique}_1", [Tenant("on"), Tenant("off", "COLD")])
    for operation in (
        AlterProperty(unique, "title", {"tokenization": "field"}),
        AddProperty(unique, PropertySpec("count", DataType.INT), default=1),
    ):
        work = engine.work(operation, state, after := operation.mutate(state))
        if work.strategy == "rebuild":
            assert work.blocked is not None
            assert "inactive tenants: off" in work.blocked
        with pytest.raises(MigrationError, match="inactive tenants"):
            engine.apply(operation, state, after)
    assert engine.work(AlterCollection(unique, {"description": "D"}), state, state).blocked is None


def test_a_collection_gets_tenants_if_a_function_says_which(runner: Runner) -> None:
    name, tenancy = runner.name, MultiTenancySpec()
    operation: Operation = AlterCollection(name, {"multi_tenancy": tenancy})
    after = operation.mutate(runner.state)
    work = runner.engine.work(operation, runner.state, after)
    assert work.blocked is not None
    assert "nothing says which tenant each object" in work.blocked
    with pytest.raises(MigrationError, match="nothing says which tenant"):
        runner.engine.apply(operation, runner.state, after)

    runner(AddReference(name, ReferenceSpec("next", (name,))))
    even = [body["id"] for body in runner.rows() if int(body["properties"]["pages"]) % 2 == 0]
    first, second = even[:2]
    runner.client.data_object.reference.add(
        first, "next", second, from_class_name=runner.physical, to_class_name=runner.physical
    )
    before = {body["id"]: body for body in runner.rows()}

    def by_parity(row: Row) -> Row:
        return attrs.evolve(row, tenant="odd" if int(row["pages"]) % 2 else "even")

    spec = attrs.evolve(runner.state.collection(name), multi_tenancy=tenancy)
    work = runner(RebuildCollection(spec, transform=by_parity, transform_back=lambda row: row))
    assert (work.strategy, work.stops_writes) == ("tenancy rebuild", True)
    stored: dict[str, dict[str, Any]] = {}
    for tenant, parity in (("even", 0), ("odd", 1)):
        params = {"class": runner.physical, "tenant": tenant, "include": "vector", "limit": 100}
        objects = runner.client.transport.request("GET", "/objects", params=params).json(dict)["objects"]
        assert {int(body["properties"]["pages"]) % 2 for body in objects} == {parity}
        stored |= {body["id"]: body for body in objects}
    assert_whole(stored, before)
    assert first in stored

    state, undone = runner.state, RebuildCollection(attrs.evolve(spec, multi_tenancy=None), transform=lambda row: row)
    assert runner(undone).strategy == "tenancy rebuild"
    assert runner.state != state
    assert_whole({body["id"]: body for body in runner.rows()}, before)


def assert_whole(stored: dict[str, dict[str, Any]], before: dict[str, dict[str, Any]]) -> None:
    assert stored.keys() == before.keys()
    for id, body in stored.items():
        old = before[id]
        links = [item["beacon"].rpartition("/")[2] for item in body["properties"].pop("next", [])]
        old_links = [item["beacon"].rpartition("/")[2] for item in old["properties"].get("next", [])]
        assert links == old_links
        assert body["properties"] == {name: value for name, value in old["properties"].items() if name != "next"}
        assert body["vectors"] == old["vectors"]


def test_a_collection_that_others_refer_to_gets_no_tenants(runner: Runner) -> None:
    other = CollectionSpec(f"{runner.name}Other", references=(ReferenceSpec("to", (runner.name,)),))
    runner.client.schema.create_class(other.to_json() | {"properties": [{"name": "to", "dataType": [runner.physical]}]})
    spec = attrs.evolve(runner.state.collection(runner.name), multi_tenancy=MultiTenancySpec())
    operation = RebuildCollection(spec, transform=lambda row: attrs.evolve(row, tenant="a"))
    with pytest.raises(MigrationError, match="refer to"):
        runner.engine.apply(operation, runner.state, operation.mutate(runner.state))
    assert runner.client.alias.get(alias_name=runner.name) == f"{runner.name}_1"


def test_ids_of_several_tenants_that_are_one_are_not_merged(client: Client, unique: str) -> None:
    engine, spec = Engine(client), collection(unique, alias=True, multi_tenancy=MultiTenancySpec())
    create = CreateCollection(spec)
    engine.apply(create, SchemaState(), state := create.mutate(SchemaState()))
    client.tenants.create(f"{unique}_1", [Tenant("a"), Tenant("b")])
    for tenant in ("a", "b"):
        client.data_object.create(
            {"title": tenant}, f"{unique}_1", "00000000-0000-0000-0000-000000000001", tenant=tenant
        )
    operation = RebuildCollection(attrs.evolve(spec, multi_tenancy=None))
    with pytest.raises(MigrationError, match="several tenants have objects of one id"):
        engine.apply(operation, state, operation.mutate(state))
    client.data_object.create({"title": "written"}, f"{unique}_1", tenant="a")
    assert client.alias.get(alias_name=unique) == f"{unique}_1"


def test_a_function_is_called_and_a_collection_deleted(runner: Runner) -> None:
    clients: list[Client] = []
    assert runner(RunPython(clients.append)).strategy == "call"
    assert set(clients) == {runner.client}
    work = runner(DeleteCollection(runner.name))
    assert (work.strategy, work.destructive, work.objects) == ("delete", True, COUNT)
    assert runner.name not in runner.client.alias.list_all()
    assert not runner.client.schema.exists(f"{runner.name}_1")


def test_several_operations_are_assessed_one_after_the_other(runner: Runner) -> None:
    assessment = runner.engine.assessment()
    first = AddProperty(runner.name, PropertySpec("count", DataType.INT))
    state = first.mutate(runner.state)
    assert assessment.work(first, runner.state, state).strategy == "in place"
    second = AlterCollection(runner.name, {"description": "Texts"})
    work = assessment.work(second, state, second.mutate(state))
    assert (work.strategy, work.warnings) == ("in place", ())
