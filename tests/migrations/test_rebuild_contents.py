"""What a rebuild copies: each data type, each kind of vector, tenants; and when a vectorizer is called."""

from __future__ import annotations

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.client.config import Config
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.freezing import is_frozen
from weaviate_orm.migrations.rebuild.rebuild_plan import next_name
from weaviate_orm.migrations.row import Row
from weaviate_orm.testing import Server
from weaviate_orm.types import JSONObject

from .stored_collections import beacon, create, id_of, rebuilding, refer, reference, store, stored, text

pytestmark = pytest.mark.usefixtures("nobody_writes")

NONE = {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}

VALUES: JSONObject = {
    "texts": ["a", "", "a"],
    "ints": [2**60, -1],
    "number": 0.1,
    "numbers": [],
    "flag": False,
    "flags": [True, False],
    "date": "2024-01-01T00:00:00.123456789+02:00",
    "dates": ["0001-01-01T00:00:00Z"],
    "uuid": "28f3f61b-b524-45e0-9bbe-2c1550bf73d2",
    "uuids": ["28f3f61b-b524-45e0-9bbe-2c1550bf73d2"],
    "geo": {"latitude": 51.51, "longitude": -0.09},
    "phone": {"input": "020 1234567", "defaultCountry": "nl"},
    "blob": "aGVsbG8=",
    "object": {"name": "x", "inner": {"n": 1, "list": [1, 2]}},
    "objects": [{"name": "x"}, {"name": "y", "inner": {"n": 2}}],
}

_INNER = {
    "name": "inner",
    "dataType": ["object"],
    "nestedProperties": [{"name": "n", "dataType": ["int"]}, {"name": "list", "dataType": ["int[]"]}],
}
_NESTED = [{"name": "name", "dataType": ["text"]}, _INNER]

PROPERTIES: list[JSONObject] = [
    {"name": "texts", "dataType": ["text[]"]},
    {"name": "ints", "dataType": ["int[]"]},
    {"name": "number", "dataType": ["number"]},
    {"name": "numbers", "dataType": ["number[]"]},
    {"name": "flag", "dataType": ["boolean"]},
    {"name": "flags", "dataType": ["boolean[]"]},
    {"name": "date", "dataType": ["date"]},
    {"name": "dates", "dataType": ["date[]"]},
    {"name": "uuid", "dataType": ["uuid"]},
    {"name": "uuids", "dataType": ["uuid[]"]},
    {"name": "geo", "dataType": ["geoCoordinates"]},
    {"name": "phone", "dataType": ["phoneNumber"]},
    {"name": "blob", "dataType": ["blob"]},
    {"name": "object", "dataType": ["object"], "nestedProperties": _NESTED},
    {"name": "objects", "dataType": ["object[]"], "nestedProperties": _NESTED},
]


@pytest.mark.parametrize("vectors", [{}, {1: [0.1, 0.2, -3e-7]}], ids=["without a vector", "with one"])
def test_values_of_all_data_types_are_kept(
    client: Client, names: tuple[str, str], vectors: dict[int, list[float]]
) -> None:
    article, _ = names
    source = create(client, article, [*PROPERTIES, text("title")])
    store(client, source, {1: VALUES, 2: {}}, vectors=vectors)
    before = client.data_object.get_by_id(id_of(1), class_name=source, with_vector=True)
    assert before is not None
    rebuild(client, [rebuilding(client, article, text("title", tokenization="field"))], verify=True)
    after = client.data_object.get_by_id(id_of(1), class_name=article, with_vector=True)
    assert after is not None
    assert after["properties"] == before["properties"]
    assert after["properties"].keys() == VALUES.keys()
    assert after.get("vector") == before.get("vector")


def test_members_that_the_new_collection_lacks_are_dropped(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, PROPERTIES)
    store(client, source, {1: VALUES})
    smaller = {
        "name": "objects",
        "dataType": ["object[]"],
        "nestedProperties": [{**_INNER, "nestedProperties": [{"name": "n", "dataType": ["int"]}]}],
    }
    rebuild(client, [rebuilding(client, article, smaller, drop=["phone"])], verify=True)
    properties = stored(client, article)[id_of(1)]["properties"]
    assert properties["objects"] == [{}, {"inner": {"n": 2}}]
    assert "phone" not in properties
    members = {member["name"]: member for member in client.schema.get(article)["properties"]}
    assert [inner["name"] for inner in members["objects"]["nestedProperties"]] == ["inner"]


def test_named_vectors_and_multi_vectors_are_kept(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    multi = {**NONE, "vectorIndexConfig": {"multivector": {"enabled": True}}}
    source = f"{article}_1"
    client.schema.create_class(
        {"class": source, "properties": [text("title")], "vectorConfig": {"plain": NONE, "multi": multi, "old": NONE}}
    )
    client.alias.create(alias_name=article, target_collection=source)
    vectors = {
        1: {"plain": [1.0, 2.0], "multi": [[1.5, 2.5], [3.5, 4.5]], "old": [1.0]},
        2: {"plain": [0.1, 0.2]},
        3: {"multi": [[0.1, 0.2]]},
    }
    store(client, source, {number: {"title": "t"} for number in range(1, 5)}, vectors=vectors)
    before = stored(client, source)
    request = rebuilding(client, article)
    del request.body["vectorConfig"]["old"]
    rebuild(client, [request], verify=True)
    after = stored(client, article)
    assert after[id_of(1)]["vectors"] == {"plain": [1.0, 2.0], "multi": [[1.5, 2.5], [3.5, 4.5]]}
    assert [after[id_of(number)]["vectors"] for number in (2, 3, 4)] == [
        before[id_of(number)]["vectors"] for number in (2, 3, 4)
    ]


def test_an_unnamed_vector_beside_named_ones_is_kept(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, [text("title")])
    client.schema.update_config(source, {"vectorConfig": {"named": NONE}})
    items = [
        {
            "class": source,
            "id": id_of(1),
            "properties": {"title": "t"},
            "vector": [1.0, 2.0],
            "vectors": {"named": [1, 2, 3]},
        }
    ]
    client.transport.request("POST", "/batch/objects", json={"objects": items})
    before = stored(client, source)
    rebuild(client, [rebuilding(client, article, text("title", tokenization="field"))], verify=True)
    assert stored(client, article) == before
    assert before[id_of(1)]["vector"] == [1, 2]
    assert before[id_of(1)]["vectors"] == {"named": [1, 2, 3]}


def test_a_vectorizer_is_called_only_for_what_it_has_to_make_again(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    module = {"text2vec-transformers": {"vectorizeClassName": False}}
    source = create(
        client, article, [text("title"), text("body")], vectorizer="text2vec-transformers", moduleConfig=module
    )
    own = [0.5] * len(_vector_of_module(client, source))
    store(client, source, {number: {"title": f"t{number}", "body": "b"} for number in (1, 2)}, vectors={1: own, 2: own})
    rebuild(client, [rebuilding(client, article, text("title", tokenization="field"))], verify=True)
    # the module would have made another one
    assert [stored(client, article)[id_of(number)]["vector"] for number in (1, 2)] == [own, own]

    rebuild(client, [rebuilding(client, article, revectorized=frozenset([None]))], verify=True)
    made = stored(client, f"{article}_3")
    assert made[id_of(1)]["vector"] != own
    assert len(made[id_of(1)]["vector"]) == len(own)


def _vector_of_module(client: Client, collection: str) -> list[float]:
    store(client, collection, {9: {"title": "t"}})
    vector: list[float] = stored(client, collection)[id_of(9)]["vector"]
    return vector


def test_references_are_renamed_and_left_out(client: Client, names: tuple[str, str]) -> None:
    article, author = names
    client.schema.create_class({"class": author, "vectorizer": "none", "properties": [text("name")]})
    source = create(client, article, [text("title"), reference("by", author), reference("old", author)])
    store(client, author, {1: {"name": "a"}})
    store(client, source, {1: {"title": "t"}})
    refer(client, source, "by", [(1, beacon(author, 1)), (1, beacon(author, 1)), (1, beacon(author, 2))])
    refer(client, source, "old", [(1, beacon(author, 1))])
    request = rebuilding(
        client, article, reference("writers", author), drop=["by", "old"], references={"by": "writers", "old": None}
    )
    rebuild(client, [request], verify=True)
    twice_the_first = [beacon(author, 1), beacon(author, 1), beacon(author, 2)]
    assert stored(client, article)[id_of(1)]["properties"] == {"title": "t", "writers": twice_the_first}


def test_tenants_are_kept(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, [text("title")], multiTenancyConfig={"enabled": True, "autoTenantCreation": True})
    client.schema.add_property(source, reference("related", source))
    client.tenants.create(source, [f"t{number}" for number in range(12)])
    for tenant in range(10):
        objects = {number: {"title": f"{tenant} {number}"} for number in range(1, 30)}
        store(client, source, objects, vectors={1: [float(tenant), 1.0]}, tenant=f"t{tenant}")
        refer(client, source, "related", [(1, beacon(source, 2))], tenant=f"t{tenant}")

    def change(row: Row) -> Row | None:
        row.properties["title"] = f"{row.tenant}: {row['title']}"
        return None if row.tenant == "t3" and row.id == id_of(9) else row

    report = rebuild(client, [rebuilding(client, article, change=change)], verify=True)

    target = report.collections[0].target
    assert (report.collections[0].objects, report.collections[0].left_out) == (289, 1)
    assert client.tenants.get(target).keys() == {f"t{number}" for number in range(12)}
    assert client.schema.get(target)["multiTenancyConfig"]["autoTenantCreation"]
    rows = stored(client, article, "t7")
    assert rows[id_of(1)]["properties"] == {"title": "t7: 7 1", "related": [beacon(target, 2)]}
    assert rows[id_of(1)]["vector"] == [7, 1]
    assert stored(client, article, "t11") == {}
    assert is_frozen(client.transport, [source])


def test_inactive_tenants_are_refused_before_anything_starts(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, [text("title")], multiTenancyConfig={"enabled": True})
    client.tenants.create(source, [f"t{number}" for number in range(9)])
    client.tenants.deactivate(source, [f"t{number}" for number in range(2, 9)])
    with pytest.raises(MigrationError, match=r"inactive tenants.*: t2, t3, t4, t5, t6 and 2 more"):
        rebuild(client, [rebuilding(client, article)])
    assert not client.schema.exists(f"{article}_2")


def test_a_collection_that_somebody_has_frozen_is_refused(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, [text("title")])
    client.schema.update_class_shard(source, "READONLY")
    with pytest.raises(MigrationError, match=f"{source} takes no writes: its shard .* is READONLY"):
        rebuild(client, [rebuilding(client, article)])
    assert not client.schema.exists(f"{article}_2")


def test_objects_expire_as_before_and_not_during_the_copy(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    ttl = {"enabled": True, "deleteOn": "expires", "defaultTtl": 0}
    source = create(client, article, [text("title"), {"name": "expires", "dataType": ["date"]}], objectTtlConfig=ttl)
    store(client, source, {1: {"expires": "2020-01-01T00:00:00Z"}, 2: {"expires": "2999-01-01T00:00:00Z"}})
    rebuild(client, [rebuilding(client, article, text("title", tokenization="field"))])
    assert client.schema.get(article)["objectTtlConfig"] == client.schema.get(source)["objectTtlConfig"]
    assert len(stored(client, article)) == 2


def test_other_aliases_of_a_collection_move_with_it(client: Client, names: tuple[str, str]) -> None:
    article, author = names
    source = create(client, article, [text("title")])
    client.alias.create(alias_name=f"{author}News", target_collection=source)
    rebuild(client, [rebuilding(client, article)])
    assert client.alias.get(alias_name=f"{author}News") == f"{article}_2"


def test_a_new_name_is_none_that_was_there() -> None:
    assert next_name("Article", ["Article", "Article_1", "Article_10", "ArticleX_12", "Article_x"]) == "Article_11"


def test_values_are_kept_by_grpc(server: Server, client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    if server.grpc_port is None:
        pytest.skip("the port of gRPC is not known")
    source = create(client, article, [*PROPERTIES, text("title")])
    values = {**VALUES, "ints": [2**40, -1]}  # exact as floats, which gRPC sends
    store(client, source, {1: values, 2: {"title": "t"}}, vectors={1: [0.1, 0.2], 2: [0.3, 0.4]})
    before = stored(client, source)
    secret = AuthApiKey(server.api_key) if server.api_key else None
    with Client(server.url, secret, additional_config=Config(server.grpc_port)) as connected:
        assert connected.transport.rpc is not None
        rebuild(connected, [rebuilding(connected, article, text("title", tokenization="field"))], verify=True)
    after = client.data_object.get_by_id(id_of(1), class_name=article, with_vector=True)
    assert after is not None
    assert after["properties"].keys() == values.keys()
    assert stored(client, article) == before
