"""``plan()``: what models lack on a server is shown, and done."""

from __future__ import annotations

from typing import Any

import pytest

from weaviate_orm import Client, Field, Model, Ref, Session, Vector, field, vector
from weaviate_orm.exceptions import DestructiveMigrationError, MigrationError
from weaviate_orm.http.features import PROPERTY_REINDEX
from weaviate_orm.migrations import plan

pytestmark = pytest.mark.needs(PROPERTY_REINDEX)


def article(unique: str, body: dict[str, Any], annotations: dict[str, Any], alias: bool = True) -> Any:
    """A model of the collection of a test."""
    meta = type("Meta", (), {"name": unique, "alias": alias})
    metaclass: Any = type(Model)
    namespace = {"__annotations__": annotations, "__module__": __name__, "Meta": meta}
    return metaclass("Article", (Model,), namespace | body)


def test_what_models_lack_is_shown_and_made(client: Client, unique: str) -> None:
    class Author(Model):
        name: Field[str]
        latest: Ref[Text | None]

        class Meta:
            name = f"{unique}Author"

    class Text(Model):
        title: Field[str]
        author: Ref[Author | None]

        class Meta:
            name = f"{unique}Text"
            alias = True

    changes = plan([Author, Text], client=client)
    assert changes
    assert str(changes).splitlines() == [
        f"Create {unique}Author (create)",
        f"Create {unique}Text (create)",
        f"Add {unique}Author.latest (reference to {unique}Text) (in place)",
    ]
    assert client.schema.exists(f"{unique}Author") is False
    changes.apply()
    assert not plan([Author, Text], client=client)
    assert str(plan([Author, Text], client=client)) == "Nothing to do: the server has what the models declare."
    with Session(client) as session:
        author = Author(name="Jane", latest=None)
        author.latest = Text(title="Emma", author=author)
        session.add(author)
        session.commit()
        assert session.query(Text).where(author__name="Jane").one().title == "Emma"


def test_a_changed_model_keeps_its_objects(client: Client, unique: str) -> None:
    first = article(unique, {}, {"title": Field[str], "note": Field[str]})
    plan([first], client=client).apply()
    with Session(client) as session:
        session.add_all(first(title=f"Title {number}", note="n") for number in range(5))
        session.commit()

    second = article(
        unique,
        {"title": field(tokenization="field"), "pages": field(default=None), "of_text": vector(default=None)},
        {"title": Field[str], "note": Field[str], "pages": Field[int | None], "of_text": Vector},
    )
    changes = plan([second], client=client)
    assert [(step.work.strategy, step.work.objects) for step in changes.steps if step.work.strategy == "rebuild"] == [
        ("rebuild", 5)
    ]
    assert "filters on null do not find the 5 stored objects by pages" in str(changes)
    changes.apply()
    assert not plan([second], client=client)
    with Session(client) as session:
        assert session.query(second).where(title="Title 3").one().note == "n"
        assert session.query(second).where(title="Title").count() == 0


def test_names_are_renamed_where_the_call_says_so(client: Client, unique: str) -> None:
    first = article(unique, {}, {"title": Field[str]})
    plan([first], client=client).apply()
    with Session(client) as session:
        session.add(first(title="Emma"))
        session.commit()
    second = article(unique, {"headline": field(default=None)}, {"headline": Field[str | None]})
    assert [step.work.strategy for step in plan([second], client=client).steps] == ["in place"]
    plan([second], client=client, rename={f"{unique}.title": "headline"}).apply()
    with Session(client) as session:
        assert session.query(second).one().headline == "Emma"
    assert not plan([second], client=client, strict=True)
    with pytest.raises(MigrationError, match="name of a property of the model"):
        plan([second], client=client, rename={f"{unique}.title": "nope"})


def test_what_only_the_server_has_goes_if_that_is_allowed(client: Client, unique: str) -> None:
    plan([article(unique, {}, {"title": Field[str], "note": Field[str]})], client=client).apply()
    second = article(unique, {}, {"title": Field[str]})
    assert not plan([second], client=client)
    changes = plan([second], client=client, strict=True)
    with pytest.raises(DestructiveMigrationError, match="drop note"):
        changes.apply()
    assert plan([second], client=client, strict=True)
    changes.apply(yes_delete=True)
    assert not plan([second], client=client, strict=True)


def test_what_cannot_be_done_is_said_before_anything_is(client: Client, unique: str) -> None:
    plan([article(unique, {}, {"title": Field[str]}, alias=False)], client=client).apply()
    second = article(
        unique,
        {"title": field(tokenization="field"), "pages": field(default=None)},
        {"title": Field[str], "pages": Field[int | None]},
        alias=False,
    )
    changes = plan([second], client=client)
    assert "not possible here" in str(changes)
    with pytest.raises(MigrationError, match="nothing was done"):
        changes.apply()
    assert [member["name"] for member in client.schema.get(unique)["properties"]] == ["title"]


def test_a_conversion_that_only_people_know_is_asked_for(client: Client, unique: str) -> None:
    plan([article(unique, {}, {"size": Field[float]})], client=client).apply()
    changes = plan([article(unique, {}, {"size": Field[bool]})], client=client)
    assert "nothing says what becomes of the stored values of size" in str(changes)
    with pytest.raises(MigrationError, match="nothing was done"):
        changes.apply(yes_delete=True)
    plan([article(unique, {}, {"size": Field[str]})], client=client).apply()
