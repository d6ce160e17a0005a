from __future__ import annotations

from collections.abc import Iterator

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusCodeException


@pytest.fixture
def aliased(client: Client, unique: str) -> Iterator[str]:
    """An alias of ``{unique}One``; there is ``{unique}Two`` too."""
    for name in ("One", "Two"):
        client.schema.create_class({"class": unique + name})
    client.alias.create(alias_name=f"{unique}Alias", target_collection=f"{unique}One")
    yield f"{unique}Alias"
    client.alias.delete(alias_name=f"{unique}Alias")


def test_an_alias_stands_for_its_collection(client: Client, unique: str, aliased: str) -> None:
    assert client.alias.get(alias_name=aliased) == f"{unique}One"
    assert client.alias.exists(alias_name=aliased[0].lower() + aliased[1:])
    assert client.schema.get(aliased)["class"] == f"{unique}One"
    uuid = client.data_object.create({}, aliased)
    assert client.data_object.exists(uuid, f"{unique}One")


def test_aliases_are_listed(client: Client, unique: str, aliased: str) -> None:
    assert client.alias.list_all()[aliased] == f"{unique}One"
    assert client.alias.list_all(collection=f"{unique}One") == {aliased: f"{unique}One"}
    assert client.alias.list_all(collection=f"{unique}Two") == {}


def test_an_alias_can_change_and_go(client: Client, unique: str, aliased: str) -> None:
    assert client.alias.update(alias_name=aliased, new_target_collection=f"{unique}Two")
    assert client.alias.get(alias_name=aliased) == f"{unique}Two"
    assert client.alias.delete(alias_name=aliased)
    assert not client.alias.exists(alias_name=aliased)
    assert client.schema.exists(f"{unique}Two")


def test_an_alias_that_is_not_there(client: Client, unique: str, aliased: str) -> None:
    assert client.alias.get(alias_name=f"{unique}Nothing") is None
    assert not client.alias.update(alias_name=f"{unique}Nothing", new_target_collection=f"{unique}One")
    assert not client.alias.delete(alias_name=f"{unique}Nothing")


@pytest.mark.parametrize(("alias", "target"), [("Alias", "One"), ("One", "Two"), ("Other", "Nothing")])
def test_what_cannot_be_an_alias(client: Client, unique: str, aliased: str, alias: str, target: str) -> None:
    with pytest.raises(UnexpectedStatusCodeException, match=r"exists|does not exist"):
        client.alias.create(alias_name=unique + alias, target_collection=unique + target)
