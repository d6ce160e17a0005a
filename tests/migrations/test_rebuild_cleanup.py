"""What is left of rebuilds is deleted, and nothing else."""

from __future__ import annotations

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationRowError
from weaviate_orm.migrations.rebuild import cleanup
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.cleanup import UnusedCopy, delete_unused_copies, unused_copies
from weaviate_orm.migrations.row import Row

from .stored_collections import create, rebuilding, store, stored, text

pytestmark = pytest.mark.usefixtures("nobody_writes")


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "MAX_AGE", 0.0)


def unused(client: Client, logical: str) -> list[UnusedCopy]:
    return [copy for copy in unused_copies(client) if copy.logical == logical]


def test_a_collection_that_was_replaced_is_deleted(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    store(client, create(client, article, [text("title")]), {1: {"title": "t"}})
    assert unused(client, article) == []
    rebuild(client, [rebuilding(client, article)])
    copy = UnusedCopy(f"{article}_1", article, "replaced")
    assert unused(client, article) == [copy]
    assert copy in delete_unused_copies(client)
    assert not client.schema.exists(f"{article}_1")
    assert len(stored(client, article)) == 1
    assert {name for name in client.alias.list_all() if article in name} == {article}


def test_a_collection_that_is_named_again_is_not_deleted(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, [text("title")])
    store(client, source, {1: {"title": "t"}})
    rebuild(client, [rebuilding(client, article)])
    client.alias.update(alias_name=article, new_target_collection=source)
    assert unused(client, article) == []
    delete_unused_copies(client)
    assert len(stored(client, article)) == 1
    assert client.schema.exists(f"{article}_2")  # with objects that may be wanted
    client.schema.update_class_shard(source, "READY")
    report = rebuild(client, [rebuilding(client, article)])
    assert report.collections[0].target == f"{article}_3"


def test_a_rebuild_that_was_given_up_is_deleted(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    store(client, create(client, article, [text("title")]), {1: {"title": "t"}})

    def fail(row: Row) -> Row:
        raise ValueError(row.id)

    with pytest.raises(MigrationRowError):
        rebuild(client, [rebuilding(client, article, change=fail)])
    assert unused(client, article) == [UnusedCopy(f"{article}_2", article, "incomplete")]
    delete_unused_copies(client)
    assert not client.schema.exists(f"{article}_2")
    assert unused(client, article) == []
    assert len(stored(client, article)) == 1


def test_a_rebuild_into_something_else_begins_anew(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    store(client, create(client, article, [text("title")]), {1: {"title": "t"}})

    def fail(row: Row) -> Row:
        raise ValueError(row.id)

    with pytest.raises(MigrationRowError):
        rebuild(client, [rebuilding(client, article, text("title", tokenization="field"), change=fail)])
    rebuild(client, [rebuilding(client, article, text("title", tokenization="whitespace"))])
    assert client.schema.get(article)["properties"][0]["tokenization"] == "whitespace"
    assert client.alias.get(alias_name=article) == f"{article}_2"


def test_collections_of_others_are_not_deleted(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    create(client, article, [text("title")])
    for number in (2, 3):
        client.schema.create_class(
            {"class": f"{article}_{number}", "vectorizer": "none", "properties": [text("title")]}
        )
    store(client, f"{article}_2", {1: {"title": "t"}})
    assert unused(client, article) == [UnusedCopy(f"{article}_3", article, "empty")]
    delete_unused_copies(client)
    assert client.schema.exists(f"{article}_2")
    assert not client.schema.exists(f"{article}_3")
