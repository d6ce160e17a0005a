"""The server of ``embedded://`` is usable, with its vectorizer."""

from __future__ import annotations

from weaviate_orm.client.client import Client


def test_near_text_finds_what_is_near_in_meaning(client: Client, unique: str) -> None:
    properties = [{"name": "name", "dataType": ["text"]}]
    client.schema.create_class({"class": unique, "vectorizer": "text2vec-transformers", "properties": properties})
    for name in ("cat", "car", "house"):
        body = {"class": unique, "properties": {"name": name}}
        client.transport.request("POST", "/objects", json=body)
    query = '{Get{%s(nearText:{concepts:["kitten"]}){name}}}' % unique  # noqa: UP031 - braces
    answer = client.transport.request("POST", "/graphql", json={"query": query}).json()
    assert next(found["name"] for found in answer["data"]["Get"][unique]) == "cat"
