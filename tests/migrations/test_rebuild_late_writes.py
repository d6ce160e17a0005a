"""Writes that an old collection takes after its last pass, because the server has forgotten that it is frozen."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.rebuild import behind_alias
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.copy_run import CopyRun
from weaviate_orm.migrations.rebuild.copy_state import Changes, CopyState
from weaviate_orm.migrations.rebuild.freezing import freeze, is_frozen
from weaviate_orm.migrations.rebuild.switching import switch

from .stored_collections import create, id_of, rebuilding, store, stored, text


def after_the_switch(monkeypatch: pytest.MonkeyPatch, action: Callable[[], None]) -> None:
    """Do something right after the names are put over."""

    def switch_and_act(*arguments: object) -> float:
        gap = switch(*arguments)  # type: ignore[arg-type]
        action()
        return gap

    monkeypatch.setattr(behind_alias, "switch", switch_and_act)


def test_the_newest_write_stays(client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    article, _ = names
    source, target = create(client, article, [text("title")]), f"{article}_2"
    store(client, source, {number: {"title": "old"} for number in range(1, 301)})

    def restarted() -> None:
        client.schema.update_class_shard(source, "READY")
        store(client, source, {1: {"title": "late"}, 2: {"title": "late"}, 900: {"title": "late"}})
        client.data_object.delete(id_of(3), class_name=source)
        client.data_object.delete(id_of(4), class_name=source)
        time.sleep(0.01)
        store(client, target, {2: {"title": "newer"}, 4: {"title": "newer"}, 901: {"title": "newer"}})

    after_the_switch(monkeypatch, restarted)
    report = rebuild(client, [rebuilding(client, article)])
    titles = {id: body["properties"]["title"] for id, body in stored(client, article).items()}
    changed = {number: titles.get(id_of(number)) for number in (1, 2, 3, 4, 5, 900, 901)}
    assert changed == {1: "late", 2: "newer", 3: None, 4: "newer", 5: "old", 900: "late", 901: "newer"}
    assert report.late == 3
    assert is_frozen(client.transport, [source])


def test_what_is_deleted_after_the_switch_stays_deleted(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, _ = names
    source, target = create(client, article, [text("title")]), f"{article}_2"
    store(client, source, {number: {"title": "old"} for number in range(1, 11)})
    # as if none of the copies were settled
    monkeypatch.setattr(CopyState, "changes", lambda _, times: Changes(len(times), sorted(times), ()))

    def restarted() -> None:
        client.data_object.delete(id_of(3), class_name=target)
        client.schema.update_class_shard(source, "READY")
        store(client, source, {4: {"title": "late"}})

    after_the_switch(monkeypatch, restarted)
    report = rebuild(client, [rebuilding(client, article)])
    titles = {id: body["properties"]["title"] for id, body in stored(client, article).items()}
    assert titles == {id_of(number): "late" if number == 4 else "old" for number in range(1, 11) if number != 3}
    assert report.late == 1  # what is as it was is not sent again


def test_a_tenant_that_came_too_late_is_copied(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, _ = names
    source = create(client, article, [text("title")], multiTenancyConfig={"enabled": True})
    client.tenants.create(source, ["t1", "t2"])
    store(client, source, {1: {"title": "t1"}}, tenant="t1")

    def created() -> None:
        client.tenants.create(source, "t3")
        store(client, source, {1: {"title": "t3"}}, tenant="t3")
        client.tenants.create(f"{article}_2", "t4")

    after_the_switch(monkeypatch, created)
    rebuild(client, [rebuilding(client, article)])
    assert client.tenants.get(f"{article}_2").keys() == {"t1", "t2", "t3", "t4"}
    assert stored(client, article, "t3")[id_of(1)]["properties"] == {"title": "t3"}
    assert is_frozen(client.transport, [source])


def test_a_freeze_that_is_forgotten_each_time_is_given_up(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, _ = names
    source = create(client, article, [text("title")])
    store(client, source, {1: {"title": "t"}})
    monkeypatch.setattr(behind_alias, "freeze", lambda *_: None)
    monkeypatch.setattr(behind_alias, "FREEZES", 3)
    with pytest.raises(MigrationError, match=f"{source} could not be replaced in 3 attempts"):
        rebuild(client, [rebuilding(client, article)])
    monkeypatch.undo()
    rebuild(client, [rebuilding(client, article)])
    assert client.alias.get(alias_name=article) == f"{article}_2"


def test_a_name_that_another_program_puts_over_is_left_alone(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, _ = names
    source = create(client, article, [text("title")])
    client.schema.create_class({"class": f"{article}_9", "vectorizer": "none", "properties": [text("title")]})

    def freeze_and_lose(*arguments: object) -> None:
        freeze(*arguments)  # type: ignore[arg-type]
        client.alias.update(alias_name=article, new_target_collection=f"{article}_9")

    monkeypatch.setattr(behind_alias, "freeze", freeze_and_lose)
    with pytest.raises(MigrationError, match=f"was put over to {article}_9 by another program"):
        rebuild(client, [rebuilding(client, article)])
    assert client.alias.get(alias_name=article) == f"{article}_9"
    assert client.schema.exists(source)


def test_writers_go_on_between_short_freezes(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, _ = names
    source = create(client, article, [text("title")])
    store(client, source, {number: {"title": "old"} for number in range(1, 2001)})
    monkeypatch.setattr(behind_alias, "LONGEST_FREEZE", 0.0)
    written: list[int] = []

    def freeze_after_writes(*arguments: object) -> None:
        # as if a writer were faster than the passes, for a while
        if len(written) < 3:
            numbers = range(1 + 500 * len(written), 501 + 500 * len(written))
            store(client, source, {number: {"title": "new"} for number in numbers})
            written.append(len(numbers))
        freeze(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(behind_alias, "freeze", freeze_after_writes)
    report = rebuild(client, [rebuilding(client, article)])
    titles = [body["properties"]["title"] for body in stored(client, article).values()]
    assert (titles.count("new"), titles.count("old")) == (1500, 500)
    assert report.passes > 5


def test_what_is_stored_after_the_last_pass_is_copied_by_another(
    client: Client, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    article, _ = names
    source = create(client, article, [text("title")])
    store(client, source, {number: {"title": "old"} for number in range(1, 11)})
    catch_up = CopyRun.catch_up

    def catch_up_too_early(run: CopyRun, seconds: float = 0.0) -> int:
        copies = catch_up(run, seconds)
        if is_frozen(client.transport, [source]) and id_of(11) not in stored(client, source):
            client.schema.update_class_shard(source, "READY")
            store(client, source, {11: {"title": "late"}})
            freeze(client.transport, [source])
        return copies

    monkeypatch.setattr(CopyRun, "catch_up", catch_up_too_early)
    rebuild(client, [rebuilding(client, article)])
    assert stored(client, article)[id_of(11)]["properties"] == {"title": "late"}
