"""A collection that is reached by its own name gets an alias; killed in between, it is finished."""

from __future__ import annotations

from threading import Lock

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationError, UnexpectedStatusError
from weaviate_orm.http.collection_names import SWITCHING
from weaviate_orm.http.features import PROPERTY_REINDEX
from weaviate_orm.migrations import AlterCollection, SchemaState
from weaviate_orm.migrations.operation_engine import Engine
from weaviate_orm.migrations.rebuild import switching
from weaviate_orm.migrations.rebuild.alias_conversion import convert_to_alias
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.marks import SwitchingMark
from weaviate_orm.migrations.rebuild.switch_resumption import resume_switch
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec, ReferenceSpec
from weaviate_orm.types import JSONObject

from .stored_collections import beacon, create, id_of, rebuilding, refer, reference, store, stored, text

pytestmark = pytest.mark.usefixtures("nobody_writes")


def plain(client: Client, name: str, properties: list[JSONObject]) -> None:
    client.schema.create_class({"class": name, "vectorizer": "none", "properties": properties})


def two_collections(client: Client, article: str, author: str) -> None:
    """Articles that refer to articles, and authors that refer to articles; none behind an alias."""
    plain(client, article, [text("title")])
    client.schema.add_property(article, reference("related", article))
    plain(client, author, [text("name"), reference("articles", article)])
    store(client, article, {n: {"title": f"t{n}"} for n in range(1, 40)}, vectors={1: [1.0, 2.0]})
    store(client, author, {n: {"name": f"a{n}"} for n in range(1, 4)})
    refer(client, article, "related", [(n, beacon(article, n + 1)) for n in range(1, 39)])
    refer(client, author, "articles", [(n % 3 + 1, beacon(article, n)) for n in range(1, 40)])


def check_converted(client: Client, article: str, author: str) -> None:
    assert client.alias.get(alias_name=article) == f"{article}_1"
    assert client.alias.get(alias_name=author) == f"{author}_1"
    rows = stored(client, article)
    assert len(rows) == 39
    assert rows[id_of(1)] == {
        "properties": {"title": "t1", "related": [beacon(f"{article}_1", 2)]},
        "vector": [1, 2],
        "vectors": None,
    }
    assert len(stored(client, author)[id_of(1)]["properties"]["articles"]) == 13
    assert not [alias for alias in client.alias.list_all() if alias.startswith("WeaviateOrm") and article[:9] in alias]


def test_a_collection_and_those_that_refer_to_it_get_aliases(client: Client, names: tuple[str, str]) -> None:
    two_collections(client, *names)
    report = convert_to_alias(client, names[0])
    assert report is not None
    assert 0 < report.absent < 60
    check_converted(client, *names)
    assert convert_to_alias(client, names[0]) is None
    # from now on it is rebuilt behind it
    rebuild(client, [rebuilding(client, names[0])])
    assert client.alias.get(alias_name=names[1]) == f"{names[1]}_2"


def test_a_collection_that_refers_to_one_behind_an_alias_can_get_one(client: Client, names: tuple[str, str]) -> None:
    article, author = names
    source = create(client, article, [text("title")])
    plain(client, author, [reference("articles", source)])
    store(client, source, {1: {"title": "t"}})
    store(client, author, {1: {}})
    refer(client, author, "articles", [(1, beacon(source, 1))])
    convert_to_alias(client, author)
    assert client.alias.get(alias_name=article) == source
    assert stored(client, author)[id_of(1)]["properties"]["articles"] == [beacon(source, 1)]


def test_a_collection_that_does_not_exist_is_refused(client: Client, names: tuple[str, str]) -> None:
    with pytest.raises(MigrationError, match=f"the server has no collection {names[0]}"):
        convert_to_alias(client, names[0])


class KilledError(BaseException):
    """The end of a program, of which nothing more is run."""


@pytest.mark.parametrize("requests", range(1, 12))
def test_a_conversion_that_was_killed_in_the_switch_is_finished(
    client: Client, names: tuple[str, str], requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_collections(client, *names)
    dies_in_switch(client, monkeypatch, requests)
    with pytest.raises(KilledError):
        convert_to_alias(client, names[0])
    monkeypatch.undo()
    resume_switch(client)
    convert_to_alias(client, names[0])
    check_converted(client, *names)


def dies_in_switch(client: Client, monkeypatch: pytest.MonkeyPatch, requests: int) -> None:
    """Let nothing be sent any more after some writing requests of the switch."""
    send, remaining, begun, lock = client.transport.request, [requests], [], Lock()

    def begin(*arguments: object) -> float:
        begun.append(True)
        return switch(*arguments)  # type: ignore[arg-type]

    def request(method: str, path: str, **options: object) -> object:
        with lock:  # threads ask for an alias side by side
            if begun and remaining[0] == 0:
                raise KilledError
            if begun and method != "GET":
                remaining[0] -= 1
        return send(method, path, **options)  # type: ignore[arg-type]

    switch = switching.switch
    monkeypatch.setattr("weaviate_orm.migrations.rebuild.behind_alias.switch", begin)
    monkeypatch.setattr(client.transport, "request", request)


@pytest.mark.parametrize("requests", range(1, 10))
def test_a_rebuild_of_several_that_was_killed_in_the_switch_is_finished(
    client: Client, names: tuple[str, str], requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    article, author = names
    source = create(client, article, [text("title")])
    referrer = create(client, author, [reference("articles", source)])
    store(client, source, {1: {"title": "t"}})
    store(client, referrer, {1: {}})
    refer(client, referrer, "articles", [(1, beacon(source, 1))])
    request = rebuilding(client, article, text("title", tokenization="field"))
    dies_in_switch(client, monkeypatch, requests)
    with pytest.raises(KilledError):
        rebuild(client, [request])
    monkeypatch.undo()
    has_begun = SWITCHING in client.alias.list_all()
    resume_switch(client)
    if client.alias.get(alias_name=article) == source:
        assert not has_begun
        rebuild(client, [request])
    assert client.alias.get(alias_name=article) == f"{article}_2"
    assert client.alias.get(alias_name=author) == f"{author}_2"
    assert stored(client, author)[id_of(1)]["properties"]["articles"] == [beacon(f"{article}_2", 1)]
    assert SWITCHING not in client.alias.list_all()
    # writers go on
    store(client, f"{article}_2", {2: {"title": "new"}})


def test_a_switch_whose_collections_took_writes_again_is_undone(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    two_collections(client, *names)
    dies_in_switch(client, monkeypatch, 3)  # the switch has begun, and no name is put over
    with pytest.raises(KilledError):
        convert_to_alias(client, names[0])
    monkeypatch.undo()
    assert SWITCHING in client.alias.list_all()
    client.schema.update_class_shard(names[0], "READY")  # as a restart does
    store(client, names[0], {99: {"title": "late"}})
    client.data_object.delete(id_of(39), class_name=names[0])
    store(client, names[0], {39: {"title": "t39"}})
    convert_to_alias(client, names[0])
    assert stored(client, names[0])[id_of(99)]["properties"] == {"title": "late"}
    client.data_object.delete(id_of(99), class_name=f"{names[0]}_1")
    check_converted(client, *names)


def test_what_writers_store_in_the_gap_is_moved(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, _ = names
    plain(client, article, [text("title")])
    store(client, article, {n: {"title": f"t{n}"} for n in range(1, 40)}, vectors={1: [1.0, 2.0]})
    delete, numbers = client.schema.delete_class, iter([7, 99])

    def delete_and_write(class_name: str) -> None:
        """Delete a class; twice, a writer is faster than the alias, and the server creates the class."""
        delete(class_name)
        if class_name == article and (number := next(numbers, None)) is not None:
            store(client, article, {number: {"title": f"new {number}", "guessed": True}})

    monkeypatch.setattr(client.schema, "delete_class", delete_and_write)
    monkeypatch.setattr(switching, "_replace_by_alias", one_after_the_other)
    convert_to_alias(client, article)
    assert client.alias.get(alias_name=article) == f"{article}_1"
    rows = stored(client, article)
    assert len(rows) == 40
    assert [rows[id_of(number)]["properties"]["title"] for number in (1, 7, 99)] == ["t1", "new 7", "new 99"]
    assert rows[id_of(1)]["vector"] == [1, 2]


def one_after_the_other(client: Client, mark: SwitchingMark) -> bool:
    client.schema.delete_class(mark.logical)
    try:
        client.alias.create(alias_name=mark.logical, target_collection=mark.target)
    except UnexpectedStatusError:
        return False
    return True


@pytest.mark.needs(PROPERTY_REINDEX)
@pytest.mark.parametrize("requests", [4, 5, 6, 8])
def test_an_operation_that_was_killed_in_the_switch_is_finished_by_the_next_run(
    client: Client, names: tuple[str, str], requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_collections(client, *names)
    title = PropertySpec("title", DataType.TEXT)
    article = CollectionSpec(names[0], properties=(title,), references=(ReferenceSpec("related", (names[0],)),))
    before = SchemaState({names[0]: article})
    operation = AlterCollection(names[0], {"alias": True})
    with monkeypatch.context() as patch:
        dies_in_switch(client, patch, requests)
        with pytest.raises(KilledError):
            Engine(client).apply(operation, before, operation.mutate(before))
    Engine(client).apply(operation, before, operation.mutate(before))
    check_converted(client, *names)
