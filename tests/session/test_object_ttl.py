"""``Meta.object_ttl``: collections whose objects expire."""

from __future__ import annotations

from datetime import datetime

import pytest

from weaviate_orm import Client, Field, Model, create_all, field
from weaviate_orm.exceptions import SchemaMismatchError, UnexpectedStatusError, UnknownNameError
from weaviate_orm.schema import CollectionSpec, InvertedIndexSpec, ObjectTTLSpec, differences


def _model(unique: str, ttl: ObjectTTLSpec | None) -> type[Model]:
    class Login(Model):
        name: Field[str]
        ends: Field[datetime | None] = field(name="endsAt", default=None)

        class Meta:
            name = unique
            object_ttl = ttl

    return Login


@pytest.mark.parametrize(
    ("attribute", "stored"),
    [("created_at", "_creationTimeUnix"), ("updated_at", "_lastUpdateTimeUnix"), ("ends", "endsAt")],
)
def test_objects_expire_by_an_attribute(client: Client, unique: str, attribute: str, stored: str) -> None:
    model = _model(unique, ObjectTTLSpec(attribute, default_ttl=600, filter_expired_objects=True))
    try:
        create_all(client, [model])
    except UnexpectedStatusError as error:
        if "OBJECTS_TTL_DELETE_SCHEDULE" not in str(error):
            raise
        pytest.skip("the server runs without OBJECTS_TTL_DELETE_SCHEDULE")
    body = client.schema.get(unique)
    assert body["objectTtlConfig"] == {
        "enabled": True,
        "deleteOn": stored,
        "defaultTtl": 600,
        "filterExpiredObjects": True,
    }
    assert differences(model.__mapper__.collection, CollectionSpec.from_json(body)) == ()
    create_all(client, [model])


def test_times_that_are_not_indexed_cannot_be_counted_from(client: Client, unique: str) -> None:
    create_all(client, [_model(unique, None)])
    with pytest.raises(SchemaMismatchError, match="object_ttl"):
        create_all(client, [_model(unique, ObjectTTLSpec("created_at", 600))])


def test_the_attribute_exists() -> None:
    with pytest.raises(UnknownNameError, match="ends"):
        _model("Login", ObjectTTLSpec("end")).__mapper__.collection  # noqa: B018


def test_it_is_inherited() -> None:
    class Base(Model):
        class Meta:
            abstract = True
            object_ttl = ObjectTTLSpec("created_at", 600)
            inverted_index = InvertedIndexSpec(index_timestamps=True)

    class Login(Base):
        name: Field[str]

    assert Login.__mapper__.collection.object_ttl == ObjectTTLSpec("_creationTimeUnix", 600)
