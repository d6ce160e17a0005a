"""Collections rebuilt behind their aliases: what is kept, what moves along, and what is refused."""

from __future__ import annotations

import time

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationError, MigrationRowError
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.freezing import is_frozen
from weaviate_orm.migrations.rebuild.rebuild_progress import RebuildProgress
from weaviate_orm.migrations.row import Row

from .stored_collections import beacon, create, id_of, rebuilding, refer, reference, store, stored, text

pytestmark = pytest.mark.usefixtures("nobody_writes")


def test_ids_values_vectors_and_references_are_kept(client: Client, names: tuple[str, str]) -> None:
    article, author = names
    client.schema.create_class({"class": author, "vectorizer": "none", "properties": [text("name")]})
    source = create(client, article, [text("title", tokenization="word"), reference("author", author)])
    client.schema.add_property(source, {"name": "tags", "dataType": ["text[]"]})
    store(client, author, {1: {"name": "Ada"}, 2: {"name": "Bob"}})
    store(
        client,
        source,
        {number: {"title": f"Hello-World {number}", "tags": ["a"] * (number % 3)} for number in range(1, 1500)},
        vectors={number: [0.1 * number, 1.0, -3.3e-5] for number in range(1, 1400)},
    )
    # the last leads nowhere
    refer(client, source, "author", [(7, beacon(author, 2)), (7, beacon(author, 1)), (8, beacon(author, 99))])
    before = stored(client, source)

    report = rebuild(client, [rebuilding(client, article, text("title", tokenization="field"))], verify=True)

    (collection,) = report.collections
    assert (collection.source, collection.target, collection.objects) == (source, f"{article}_2", 1499)
    assert client.alias.get(alias_name=article) == f"{article}_2"
    assert stored(client, f"{article}_2") == before
    body = client.schema.get(article)
    assert {member["name"]: member.get("tokenization") for member in body["properties"]}["title"] == "field"
    assert is_frozen(client.transport, [source])
    assert not is_frozen(client.transport, [collection.target])


def test_collections_that_refer_to_it_are_rebuilt_too(client: Client, names: tuple[str, str]) -> None:
    article, author = names
    source = create(client, article, [text("title")])
    client.schema.add_property(source, reference("related", source))
    referrer = create(client, author, [text("name"), reference("articles", source)])
    store(client, source, {number: {"title": f"t{number}"} for number in range(1, 50)})
    store(client, referrer, {number: {"name": f"a{number}"} for number in range(1, 6)})
    refer(client, source, "related", [(number, beacon(source, number % 49 + 1)) for number in range(1, 50)])
    refer(client, referrer, "articles", [(number % 5 + 1, beacon(source, number)) for number in range(1, 50)])

    report = rebuild(client, [rebuilding(client, article)])

    assert [collection.target for collection in report.collections] == [f"{article}_2", f"{author}_2"]
    assert client.schema.get(author)["properties"][1]["dataType"] == [f"{article}_2"]
    assert stored(client, article)[id_of(49)]["properties"] == {"title": "t49", "related": [beacon(f"{article}_2", 1)]}
    linked = stored(client, author)[id_of(1)]["properties"]["articles"]
    assert linked == [beacon(f"{article}_2", number) for number in range(5, 50, 5)]
    # the alias that says that a switch is under way is gone
    assert not [alias for alias in client.alias.list_all() if "Switching" in alias]


def test_a_collection_that_is_reached_by_its_own_name_is_refused(client: Client, names: tuple[str, str]) -> None:
    article, author = names
    source = create(client, article, [text("title")])
    client.schema.create_class({"class": author, "properties": [reference("articles", source)]})
    with pytest.raises(MigrationError, match=f"{author} is reached by its own name, and refers to {article}"):
        rebuild(client, [rebuilding(client, article)])
    assert client.alias.get(alias_name=article) == source
    assert not client.schema.exists(f"{article}_2")


def test_rows_are_changed_and_left_out(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, [text("title"), text("year"), text("gone")])
    store(client, source, {n: {"title": f"t{n}", "year": str(2000 + n), "gone": "x"} for n in range(1, 300)})

    def change(row: Row) -> Row | None:
        row.properties["year"] = int(row["year"])
        row.properties["label"] = row.properties.pop("title").upper()
        return row if row["year"] % 10 else None

    request = rebuilding(
        client, article, {"name": "year", "dataType": ["int"]}, text("label"), drop=["title", "gone"], change=change
    )
    report = rebuild(client, [request], verify=True)

    assert (report.collections[0].objects, report.collections[0].left_out) == (270, 29)
    rows = stored(client, article)
    assert rows[id_of(11)]["properties"] == {"year": 2011, "label": "T11"}
    assert id_of(20) not in rows
    # auto-schema has added nothing
    assert {member["name"] for member in client.schema.get(article)["properties"]} == {"year", "label"}


def test_a_row_whose_function_fails_is_named_and_the_rest_stays(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    source = create(client, article, [text("year")])
    store(client, source, {number: {"year": "x" if number == 1250 else "1999"} for number in range(1, 1300)})
    time.sleep(2.1)  # what is copied within two seconds of its last change is copied again
    request = rebuilding(
        client,
        article,
        {"name": "year", "dataType": ["int"]},
        change=lambda row: Row(row.id, {"year": int(row["year"])}),
    )
    with pytest.raises(MigrationRowError, match="invalid literal for int") as caught:
        rebuild(client, [request])
    assert (caught.value.collection, caught.value.id, caught.value.tenant) == (article, id_of(1250), None)
    assert isinstance(caught.value.__cause__, ValueError)
    assert not is_frozen(client.transport, [source])

    store(client, source, {1250: {"year": "2000"}})
    report = rebuild(client, [request])

    assert report.collections[0].objects == 1299
    assert report.copied < 600  # the others were copied before
    assert stored(client, article)[id_of(1250)]["properties"] == {"year": 2000}


def test_a_property_of_neither_collection_is_refused(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    store(client, create(client, article, [text("title")]), {1: {"title": "t"}})
    request = rebuilding(client, article, change=lambda row: Row(row.id, {"titel": row["title"]}))
    with pytest.raises(MigrationRowError, match="neither the old nor the new collection has the property 'titel'"):
        rebuild(client, [request])


def test_progress_has_counts_and_an_estimate(client: Client, names: tuple[str, str]) -> None:
    article, _ = names
    store(client, create(client, article, [text("title")]), {number: {"title": "t"} for number in range(1, 2500)})
    reports: list[RebuildProgress] = []
    rebuild(client, [rebuilding(client, article)], progress=reports.append)
    copying = [report for report in reports if report.phase == "copying" and report.done]
    assert copying[0].total == 2499
    assert copying[0].seconds_left is not None
    assert 0 < copying[0].done < copying[-1].done == 2499
    phases = list(dict.fromkeys(report.phase for report in reports))
    assert phases == ["copying", "frozen", "switching"]
