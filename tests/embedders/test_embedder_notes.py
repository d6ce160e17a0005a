"""The model that a collection remembers: kept by the server, no difference to anything, and another one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.embedders.counting_models import CountingModel
from weaviate_orm import (
    Client,
    Field,
    Model,
    OtherEmbedderError,
    Session,
    Vector,
    create_all,
    drop_all,
    field,
    vector,
)
from weaviate_orm.embedders import Embedder
from weaviate_orm.migrations import MigrationFiles, make_migration, migrate, plan, reflect
from weaviate_orm.model.metaclass import ModelMeta
from weaviate_orm.schema import CollectionSpec
from weaviate_orm.testing import recorded_requests


def declare(name: str, embedder: Embedder | None, *, named: bool, **members: Any) -> Any:
    """A model of a collection, with its unnamed vector or a named one made by an embedder."""
    meta = type("Meta", (), {"name": name} | ({} if named else {"vectorizer": embedder}))
    annotations: dict[str, Any] = {"title": Field[str]}
    body: dict[str, Any] = {"Meta": meta, **members}
    if named:
        annotations["gist"] = Vector
        body["gist"] = vector(default=None, vectorizer=embedder)
    return ModelMeta("Noted", (Model,), {"__annotations__": annotations, **body})


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
def test_another_model_is_refused_before_anything_is_sent(client: Client, unique: str, named: bool) -> None:
    name = f"{unique}Noted"
    ours = declare(name, Embedder(CountingModel()), named=named)
    create_all(client, [ours])
    create_all(client, [ours])
    with Session(client) as session:
        session.add(ours(title="a kitten"))
        session.commit()
    others = {
        "model": Embedder(CountingModel(), name="another", dimensions=256),
        "dimensions": Embedder(CountingModel(), dimensions=128),
    }
    for key, embedder in others.items():
        model = embedder.model
        assert isinstance(model, CountingModel)
        other = declare(name, embedder, named=named)
        with pytest.raises(OtherEmbedderError, match=f"has {key} .* on the server and .* in the model") as caught:
            create_all(client, [other])
        assert "add a named vector that has the new one" in str(caught.value)
        with Session(client) as session, recorded_requests(client) as requests:
            session.add(other(title="a puppy"))
            with pytest.raises(OtherEmbedderError):
                session.commit()
            assert len(session.new) == 1
            with pytest.raises(OtherEmbedderError), session.no_autoflush:
                session.query(other).near_text("a cat").all()
        assert {request.method for request in requests} == {"GET"}
        assert model.calls == 0
    with Session(client) as session:
        assert [found.title for found in session.query(ours).near_text("a cat")] == ["a kitten"]


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
def test_it_is_no_difference_to_anything(client: Client, unique: str, named: bool) -> None:
    name = f"{unique}Noted"
    ours = declare(name, Embedder(CountingModel()), named=named)
    create_all(client, [ours])
    assert plan([ours], client=client).steps == ()
    assert plan([ours], client=client, strict=True).steps == ()
    plain = declare(name, None, named=named)
    assert plan([plain], client=client).steps == ()
    stored = client.schema.get(name)
    spec = CollectionSpec.from_json(stored)
    assert "wordllama" in str(spec.to_json())
    # whoever brings the vectors may use a collection that remembers a model
    create_all(client, [plain])
    with Session(client) as session:
        session.add(plain(title="given", **{"gist" if named else "vector": [1.0] * 256}))
        session.commit()
    assert "class " in reflect(client, [name])
    # a property more, and the note is still there
    more = declare(name, Embedder(CountingModel()), named=named)
    client.schema.add_property(name, {"name": "added", "dataType": ["text"]})
    create_all(client, [more])
    assert "wordllama" in str(client.schema.get(name))


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
def test_migrations_and_rebuilds_keep_it(client: Client, unique: str, tmp_path: Path, named: bool) -> None:
    name = f"{unique}Noted"
    first = declare(name, Embedder(CountingModel()), named=named)
    migration = make_migration(MigrationFiles.load(tmp_path), [first])
    assert migration is not None
    migration.write()
    migrate(client, MigrationFiles.load(tmp_path), history=f"{unique}History")
    assert make_migration(MigrationFiles.load(tmp_path), [first]) is None
    assert "wordllama" in str(client.schema.get(name))
    with Session(client) as session:
        session.add(first(title="a kitten"))
        session.commit()
    cut = declare(name, Embedder(CountingModel()), named=named, title=field(tokenization="field"))
    plan([cut], client=client, offline=True).apply()
    stored = client.schema.get(name)
    assert (stored["properties"][0]["tokenization"], "wordllama" in str(stored)) == ("field", True)
    with Session(client) as session:
        assert session.query(cut).near_text("a cat").one().title == "a kitten"
        other = declare(name, Embedder(CountingModel(), name="another"), named=named)
        with pytest.raises(OtherEmbedderError):
            session.query(other).near_text("a cat").one()


def test_a_collection_that_remembers_none_takes_any(client: Client, unique: str) -> None:
    name = f"{unique}Noted"
    create_all(client, [declare(name, None, named=False)])
    ours = declare(name, Embedder(CountingModel()), named=False)
    create_all(client, [ours])
    with Session(client) as session:
        session.add(ours(title="a kitten"))
        session.commit()
        assert session.query(ours).near_text("a cat").one().title == "a kitten"
    drop_all(client, [ours])
    create_all(client, [ours])
    assert "wordllama" in str(client.schema.get(name))


def test_a_named_vector_beside_a_noted_one(client: Client, unique: str) -> None:
    name = f"{unique}Noted"
    create_all(client, [declare(name, Embedder(CountingModel()), named=False)])
    second = declare(name, Embedder(CountingModel(), name="second", dimensions=256), named=True)
    create_all(client, [second])
    stored = str(client.schema.get(name))
    assert "wordllama" in stored
    assert "second" in stored
    with Session(client) as session:
        session.add(second(title="a kitten"))
        session.commit()
        assert session.query(second).near_text("a cat").one().title == "a kitten"
