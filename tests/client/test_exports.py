from __future__ import annotations

import uuid

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusCodeException, ValidationError
from weaviate_orm.http.features import EXPORT
from weaviate_orm.types import JSONObject


@pytest.fixture
def export_id(empty: Client) -> str:
    """An id that no export has; there are the collections ``One``, with an object, and ``Two``."""
    for name in ("One", "Two"):
        empty.schema.create_class({"class": name, "vectorizer": "none"})
    empty.data_object.create({"title": "Vogue"}, "One")
    return f"e{uuid.uuid4().hex}"


@pytest.mark.needs(EXPORT)
def test_an_export_writes_the_objects(empty: Client, export_id: str) -> None:
    reports: list[JSONObject] = []
    done = empty.export.create(
        export_id=export_id,
        backend="filesystem",
        include_collections="one",
        wait_for_completion=True,
        progress=reports.append,
    )
    assert done["status"] == "SUCCESS"
    assert done["classes"] == ["One"]
    assert [shard["objectsExported"] for shard in done["shardStatus"]["One"].values()] == [1]
    assert reports[-1] == done == empty.export.get_status(export_id=export_id, backend="filesystem")
    assert not empty.export.cancel(export_id=export_id, backend="filesystem")


@pytest.mark.needs(EXPORT)
def test_a_collection_can_be_left_out(empty: Client, export_id: str) -> None:
    begun = empty.export.create(export_id=export_id, backend="filesystem", exclude_collections=["Two"])
    assert begun["status"] == "STARTED"
    assert begun["classes"] == ["One"]


@pytest.mark.needs(EXPORT)
def test_what_cannot_be_exported(empty: Client, export_id: str) -> None:
    with pytest.raises(ValidationError, match="not both"):
        empty.export.create(
            export_id=export_id, backend="filesystem", include_collections="One", exclude_collections="Two"
        )
    with pytest.raises(UnexpectedStatusCodeException, match="s3"):
        empty.export.create(export_id=export_id, backend="s3")
    with pytest.raises(UnexpectedStatusCodeException) as caught:
        empty.export.get_status(export_id=export_id, backend="filesystem")
    assert caught.value.status_code == 404
