"""``rebuild`` and ``cleanup`` against the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Project
from weaviate_orm import Client


@pytest.fixture
def aliases(client: Client, unique: str) -> Iterator[None]:
    """Deletes the aliases of a test's collections after it."""
    yield
    for alias, target in client.alias.list_all().items():
        if target.startswith(unique):
            client.alias.delete(alias_name=alias)


@pytest.mark.usefixtures("aliases")
def test_a_rebuild_and_its_cleanup(project: Project, client: Client, unique: str) -> None:
    client.schema.create_class({"class": f"{unique}Item", "properties": [{"name": "title", "dataType": ["text"]}]})
    for number in range(3):
        client.data_object.create({"title": f"text {number}"}, f"{unique}Item")

    refused = project.run("rebuild", f"{unique}Item")
    assert refused.exit_code == 2
    assert "--to-alias` makes one of its name" in refused.stderr

    offline = project.run_json("rebuild", f"{unique}Item", "--offline")
    assert offline["collections"][0]["objects"] == 3

    converted = project.run("rebuild", f"{unique}Item", "--to-alias")
    assert converted.exit_code == 0, converted.output
    assert f"{unique}Item is {unique}Item_1 now, with 3 objects." in converted.stdout
    assert "copying" in converted.stderr
    assert project.run("rebuild", f"{unique}Item", "--to-alias").stdout == f"{unique}Item is an alias already.\n"

    body = project.run_json("rebuild", f"{unique}Item")
    assert body["collections"][0]["target"] == f"{unique}Item_2"

    listed = project.run("cleanup", "--dry-run")
    assert listed.exit_code == 0
    assert f"Would delete {unique}Item_1, a copy of {unique}Item: a newer one has its place\n" in listed.stdout
    cleaned = project.run_json("cleanup")
    assert f"{unique}Item_1" in [copy["physical"] for copy in cleaned["copies"]]
    assert not client.schema.exists(f"{unique}Item_1")
    assert client.schema.exists(f"{unique}Item_2")
