"""The rules for names, and that the server has the same ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MappingError, UnexpectedStatusError
from weaviate_orm.schema.names import (
    check_class_name,
    check_nested_name,
    check_property_name,
    check_tenant_name,
    check_vector_name,
)


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (check_class_name, "A"),
        (check_class_name, "A" * 255),
        (check_class_name, "Article_2"),
        (check_property_name, "a"),
        (check_property_name, "_private"),
        (check_property_name, "wordCount"),
        (check_property_name, "a" * 231),
        (check_nested_name, "id"),
        (check_nested_name, "Upper"),
        (check_vector_name, "Summary_2"),
        (check_vector_name, "v" * 230),
        (check_tenant_name, "tenant-1_A"),
        (check_tenant_name, "t" * 64),
    ],
)
def test_good_names(check: Callable[[str], object], name: str) -> None:
    check(name)


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (check_class_name, ""),
        (check_class_name, "article"),
        (check_class_name, "A" * 256),
        (check_class_name, "Ärger"),
        (check_class_name, "A-B"),
        (check_class_name, "A\n"),
        (check_property_name, ""),
        (check_property_name, "Title"),
        (check_property_name, "1st"),
        (check_property_name, "a" * 232),
        (check_property_name, "id"),
        (check_property_name, "_id"),
        (check_property_name, "_additional"),
        (check_property_name, "__typename"),
        (check_property_name, "naïve"),
        (check_nested_name, "1st"),
        (check_vector_name, "v" * 231),
        (check_vector_name, "a-b"),
        (check_tenant_name, ""),
        (check_tenant_name, "t" * 65),
        (check_tenant_name, "a.b"),
        (check_tenant_name, "a\n"),
    ],
)
def test_bad_names_are_refused_by_name(check: Callable[[str], object], name: str) -> None:
    with pytest.raises(MappingError, match="named") as caught:
        check(name)
    assert repr(name) in str(caught.value)


@given(st.text(max_size=300))
def test_every_text_is_either_taken_or_refused(name: str) -> None:
    for check in (check_class_name, check_property_name, check_vector_name, check_tenant_name):
        try:
            check(name)
        except MappingError:
            continue
        assert name.isascii()
        assert name == name.strip()
        assert name


@pytest.mark.parametrize("length", [231, 232])
def test_the_server_counts_as_we_do(client: Client, unique: str, length: int) -> None:
    name = "a" * length
    body = {"class": unique, "vectorizer": "none", "properties": [{"name": name, "dataType": ["int"]}]}
    if length <= 231:
        check_property_name(name)
        client.schema.create_class(body)
    else:
        with pytest.raises(MappingError):
            check_property_name(name)
        with pytest.raises(UnexpectedStatusError):
            client.schema.create_class(body)


def test_the_server_renames_without_a_word(client: Client, unique: str) -> None:
    """Why an upper-case first letter is refused here."""
    client.schema.create_class(
        {"class": unique, "vectorizer": "none", "properties": [{"name": "Title", "dataType": ["text"]}]}
    )
    assert client.schema.get(unique)["properties"][0]["name"] == "title"
