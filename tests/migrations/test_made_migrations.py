"""Migration files that makemigrations writes do what they say, with stored objects, there and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import DestructiveMigrationError
from weaviate_orm.migrations import MigrationFiles, RenameQuestion, SchemaState, make_migration, migrate, plan_migration
from weaviate_orm.migrations.history import History
from weaviate_orm.migrations.lock import unlock
from weaviate_orm.migrations.stored_schema import StoredSchema
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec, ReferenceSpec, VectorSpec

TEXT, INT = DataType.TEXT, DataType.INT
ITEMS = PropertySpec("items", DataType.OBJECT_ARRAY, nested=(PropertySpec("q", INT), PropertySpec("n", TEXT)))
NEW_ITEMS = PropertySpec("items", DataType.OBJECT_ARRAY, nested=(PropertySpec("quantity", INT), PropertySpec("n", INT)))


@pytest.fixture
def history(client: Client, unique: str) -> Iterator[History]:
    history = History(client, f"{unique}History")
    yield history
    unlock(history)


def old_state(name: str) -> SchemaState:
    place = PropertySpec(
        "place", DataType.OBJECT, nested=(PropertySpec("street", TEXT), PropertySpec("zip", INT), ITEMS)
    )
    spec = CollectionSpec(
        name,
        properties=(PropertySpec("title", TEXT), PropertySpec("count", TEXT), place),
        references=(ReferenceSpec("next", (name,)),),
        vectors=(VectorSpec("a"), VectorSpec("b")),
        alias=True,
    )
    return SchemaState({name: spec})


def new_state(name: str) -> SchemaState:
    place = PropertySpec("place", DataType.OBJECT, nested=(PropertySpec("road", TEXT), NEW_ITEMS))
    spec = CollectionSpec(
        name,
        properties=(PropertySpec("headline", TEXT), PropertySpec("count", INT), place),
        references=(ReferenceSpec("following", (name,)),),
        vectors=(VectorSpec("c"), VectorSpec("b")),
        alias=True,
    )
    return SchemaState({name: spec})


def objects(client: Client, name: str) -> list[dict[str, Any]]:
    physical = StoredSchema(client).physical(name)
    answer = client.data_object.get(class_name=physical, limit=100, with_vector=True)
    assert answer is not None
    return [{**body["properties"], "vectors": body["vectors"]} for body in answer["objects"]]


def link(number: int, reference: str, physical: str) -> dict[str, Any]:
    """The reference of all objects but the first to the first."""
    address = f"{physical}/{uuid(0)}"
    links = [{"beacon": f"weaviate://localhost/{address}", "href": f"/v1/objects/{address}"}]
    return {reference: links} if number else {}


def uuid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def test_renamed_and_retyped_members_there_and_back(
    client: Client, history: History, unique: str, tmp_path: Path
) -> None:
    name = f"{unique}Article"
    first = make_migration(MigrationFiles.load(tmp_path), old_state(name))
    assert first is not None
    first.write()
    migrate(client, MigrationFiles.load(tmp_path), history=history.name)
    for number in range(5):
        properties = {
            "title": f"Title {number}",
            "count": str(number),
            "place": {"street": "High Street", "zip": 3, "items": [{"q": 1, "n": "7"}, {"q": 2}]},
            **link(number, "next", f"{name}_1"),
        }
        vectors = {"a": [1.0, number], "b": [2.0, number]}
        client.data_object.create(properties, f"{name}_1", uuid(number), vectors)

    questions: list[RenameQuestion] = []

    def ask(question: RenameQuestion) -> bool:
        questions.append(question)
        return True

    second = make_migration(MigrationFiles.load(tmp_path), new_state(name), ask=ask)
    assert second is not None
    second.write()
    assert len(questions) == 5
    files = MigrationFiles.load(tmp_path)
    with pytest.raises(DestructiveMigrationError):
        migrate(client, files, history=history.name)
    migrate(client, files, history=history.name, yes_delete=True)
    assert objects(client, name) == [
        {
            "headline": f"Title {number}",
            "count": number,
            "place": {"road": "High Street", "items": [{"quantity": 1, "n": 7}, {"quantity": 2}]},
            **link(number, "following", f"{name}_2"),
            "vectors": {"c": [1.0, number], "b": [2.0, number]},
        }
        for number in range(5)
    ]
    assert plan_migration(client, files, history=history.name).is_empty
    assert make_migration(files, new_state(name)) is None

    migrate(client, files, "0001", history=history.name)
    assert objects(client, name) == [
        {
            "title": f"Title {number}",
            "count": str(number),
            "place": {"street": "High Street", "items": [{"q": 1, "n": "7"}, {"q": 2}]},
            **link(number, "next", f"{name}_3"),
            "vectors": {"a": [1.0, number], "b": [2.0, number]},
        }
        for number in range(5)
    ]
    assert len(plan_migration(client, files, history=history.name).steps) == 1
