"""Collections rebuilt under their own names, killed at each request."""

from __future__ import annotations

from threading import Lock

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.rebuild.behind_alias import resume_writes
from weaviate_orm.migrations.rebuild.freezing import is_frozen
from weaviate_orm.migrations.rebuild.offline import rebuild_offline
from weaviate_orm.migrations.rebuild.rebuild_progress import RebuildProgress
from weaviate_orm.migrations.row import Row

from .stored_collections import beacon, create, id_of, rebuilding, refer, reference, store, stored, text

COUNT = 120


def fill(client: Client, article: str, author: str) -> None:
    """Articles that refer to articles, and authors that refer to articles."""
    client.schema.create_class({"class": article, "vectorizer": "none", "properties": [text("title"), text("year")]})
    client.schema.add_property(article, reference("related", article))
    client.schema.create_class({"class": author, "vectorizer": "none", "properties": [reference("articles", article)]})
    objects = {n: {"title": f"t{n}", "year": str(1900 + n)} for n in range(1, COUNT + 1)}
    store(client, article, objects, vectors={n: [0.5, float(n)] for n in objects})
    store(client, author, {1: {}})
    refer(client, article, "related", [(n, beacon(article, n + 1)) for n in range(1, COUNT)])
    refer(client, author, "articles", [(1, beacon(article, 7))])


def with_number(row: Row) -> Row | None:
    row.properties["year"] = int(row["year"])
    return row if row["year"] != 1950 else None


def check(client: Client, article: str, author: str) -> None:
    body = client.schema.get(article)
    types = {member["name"]: member["dataType"] for member in body["properties"]}
    assert types == {"title": ["text"], "year": ["int"], "related": [article]}
    rows = stored(client, article)
    assert len(rows) == COUNT - 1
    for number in range(1, COUNT + 1):
        if number != 50:
            related = {"related": [beacon(article, number + 1)]} if number < COUNT else {}
            assert rows[id_of(number)] == {
                "properties": {"title": f"t{number}", "year": 1900 + number, **related},
                "vector": [0.5, number],
                "vectors": None,
            }
    document = f"{{Get{{{author}{{articles{{... on {article}{{title}}}}}}}}}}"
    assert client.query.raw(document)["data"]["Get"][author] == [{"articles": [{"title": "t7"}]}]
    assert not client.schema.exists(f"{article}_copy")
    assert not [alias for alias in client.alias.list_all() if article in alias and alias != article]
    assert not is_frozen(client.transport, [article])


def test_a_collection_is_rebuilt_under_its_own_name(client: Client, names: tuple[str, str]) -> None:
    article, author = names
    fill(client, article, author)
    reports: list[RebuildProgress] = []
    request = rebuilding(client, article, {"name": "year", "dataType": ["int"]}, change=with_number)
    report = rebuild_offline(client, request, progress=reports.append)
    check(client, article, author)
    (collection,) = report.collections
    assert (collection.source, collection.target) == (article, article)
    assert (collection.objects, collection.left_out) == (COUNT - 1, 1)
    assert report.absent > 0
    assert "dropped" in {report.phase for report in reports}


def test_a_collection_behind_an_alias_can_be_rebuilt_so_too(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, [text("title", tokenization="word")])
    store(client, source, {1: {"title": "a b"}})
    rebuild_offline(client, rebuilding(client, article, text("title", tokenization="field")))
    assert client.alias.get(alias_name=article) == source
    assert client.schema.get(source)["properties"][0]["tokenization"] == "field"
    assert len(stored(client, article)) == 1


def test_tenants_are_kept_offline(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, [text("title")], multiTenancyConfig={"enabled": True})
    client.tenants.create(source, ["t1", "t2", "t3"])
    for tenant in ("t1", "t2"):
        store(client, source, {n: {"title": f"{tenant} {n}"} for n in range(1, 20)}, tenant=tenant)
    rebuild_offline(client, rebuilding(client, article, text("title", tokenization="field")))
    assert client.tenants.get(source).keys() == {"t1", "t2", "t3"}
    assert stored(client, source, "t2")[id_of(3)]["properties"] == {"title": "t2 3"}
    assert stored(client, source, "t3") == {}


class KilledError(BaseException):
    """The end of a program, of which nothing more is run."""


def dies_at(client: Client, monkeypatch: pytest.MonkeyPatch, number: int) -> list[int]:
    """Let nothing be sent any more after some writing requests; return a list with the number of those to come."""
    send, remaining, lock = client.transport.request, [number], Lock()

    def request(method: str, path: str, **options: object) -> object:
        with lock:  # threads send copies side by side
            if remaining[0] <= 0:
                raise KilledError
            if method != "GET" and path != "/graphql":
                remaining[0] -= 1
        return send(method, path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(client.transport, "request", request)
    return remaining


def test_a_rebuild_that_was_killed_at_any_request_goes_on(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, author = names
    monkeypatch.setattr("weaviate_orm.migrations.rebuild.freezing.SECONDS_TO_SETTLE", 0.0)
    number = 0
    while number < 100:
        number += 1
        fill(client, article, author)
        request = rebuilding(client, article, {"name": "year", "dataType": ["int"]}, change=with_number)
        with monkeypatch.context() as patch:
            dies_at(client, patch, number)
            try:
                rebuild_offline(client, request)
            except KilledError:
                is_complete = False
            else:
                is_complete = True
        if not is_complete:
            # nothing is lost: one of both has all
            counts = [len(stored(client, name)) for name in (article, f"{article}_copy") if client.schema.exists(name)]
            assert max(counts) >= COUNT - 1
            rebuild_offline(client, request)
        check(client, article, author)
        if is_complete:
            break
        for name in (article, author):
            client.schema.delete_class(name)
    assert 15 < number < 100


def test_writes_after_a_kill_in_the_freeze_are_copied(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, author = names
    fill(client, article, author)
    request = rebuilding(client, article, {"name": "year", "dataType": ["int"]}, change=with_number)
    with monkeypatch.context() as patch:
        patch.setattr("weaviate_orm.migrations.rebuild.offline.OfflineRebuild._delete", _killed)
        with pytest.raises(KilledError):
            rebuild_offline(client, request)
    client.schema.update_class_shard(article, "READONLY")  # as SIGKILL leaves it
    assert resume_writes(client) == [article]
    assert not is_frozen(client.transport, [article])
    store(client, article, {500: {"title": "late", "year": "2500"}})
    rebuild_offline(client, request)
    assert stored(client, article)[id_of(500)]["properties"] == {"title": "late", "year": 2500}
    client.data_object.delete(id_of(500), class_name=article)
    check(client, article, author)


def _killed(*_: object) -> bool:
    raise KilledError


def test_a_class_that_a_writer_had_the_server_create_is_replaced(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, author = names
    fill(client, article, author)
    request = rebuilding(client, article, {"name": "year", "dataType": ["int"]}, change=with_number)
    with monkeypatch.context() as patch:
        patch.setattr("weaviate_orm.migrations.rebuild.offline.OfflineRebuild._fill", _killed)
        with pytest.raises(KilledError):
            rebuild_offline(client, request)
    assert not client.schema.exists(article)
    store(client, article, {600: {"title": "new", "guessed": 1.5}})
    rebuild_offline(client, request)
    assert stored(client, article)[id_of(600)]["properties"] == {"title": "new"}
    client.data_object.delete(id_of(600), class_name=article)
    check(client, article, author)


def test_another_rebuild_is_refused_where_one_is_not_finished(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, author = names
    fill(client, article, author)
    request = rebuilding(client, article, {"name": "year", "dataType": ["int"]}, change=with_number)
    other = rebuilding(client, article, text("title", tokenization="field"))
    with monkeypatch.context() as patch:
        patch.setattr("weaviate_orm.migrations.rebuild.offline.OfflineRebuild._fill", _killed)
        with pytest.raises(KilledError):
            rebuild_offline(client, request)
    with pytest.raises(MigrationError, match="in the middle of an offline rebuild into another collection"):
        rebuild_offline(client, other)
    rebuild_offline(client, request)
    check(client, article, author)


def test_a_collection_of_the_name_of_the_copy_is_refused(client: Client, names: tuple[str, str]) -> None:
    article, author = names
    fill(client, article, author)
    client.schema.create_class({"class": f"{article}_copy", "vectorizer": "none", "properties": [text("title")]})
    store(client, f"{article}_copy", {1: {"title": "t"}})
    with pytest.raises(MigrationError, match=f"there is a collection {article}_copy"):
        rebuild_offline(client, rebuilding(client, article))
    assert len(stored(client, article)) == COUNT
