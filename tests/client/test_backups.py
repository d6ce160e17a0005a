from __future__ import annotations

import json
from contextlib import suppress

import pytest

from tests.scripted_host import Answer, Request, host
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import (
    BackupFailedError,
    BackupFailedException,
    UnexpectedStatusCodeException,
    ValidationError,
)
from weaviate_orm.http.features import INCREMENTAL_BACKUP, Feature
from weaviate_orm.types import JSONObject


@pytest.fixture
def article(client: Client, unique: str) -> str:
    """The name of a class that holds one object."""
    client.schema.create_class({"class": f"{unique}Article", "vectorizer": "none"})
    client.schema.create_class({"class": f"{unique}Other", "vectorizer": "none"})
    client.data_object.create({"title": "Vogue"}, f"{unique}Article")
    return f"{unique}Article"


def test_a_backup_brings_back_what_was_lost(client: Client, article: str) -> None:
    reports: list[JSONObject] = []
    done = client.backup.create(article, "filesystem", article, wait_for_completion=True, progress=reports.append)
    assert done["status"] == "SUCCESS"
    assert done["id"] == article.lower()
    assert done["classes"] == [article]
    assert reports[-1]["status"] == "SUCCESS"
    assert client.backup.get_create_status(article, "filesystem")["status"] == "SUCCESS"
    client.schema.delete_class(article)
    reports.clear()
    done = client.backup.restore(article, "filesystem", wait_for_completion=True, progress=reports.append)
    assert done["status"] == "SUCCESS"
    assert reports[-1]["status"] == "SUCCESS"
    assert client.backup.get_restore_status(article, "filesystem")["status"] == "SUCCESS"
    found = client.data_object.get(class_name=article)
    assert found is not None
    assert [item["properties"] for item in found["objects"]] == [{"title": "Vogue"}]


def test_without_waiting_it_is_only_begun(client: Client, article: str) -> None:
    begun = client.backup.create(article, "filesystem", include_classes=[article])
    assert begun["status"] == "STARTED"
    with suppress(UnexpectedStatusCodeException):  # it may be done already
        client.backup.cancel(article, "filesystem")
    final = {"CANCELED", "SUCCESS"}
    while (status := client.backup.get_create_status(article, "filesystem")["status"]) not in final:
        assert status in {"STARTED", "TRANSFERRING", "TRANSFERRED", "FINALIZING", "CANCELLING"}


@pytest.mark.needs(Feature("cancelling a short backup", (1, 36, 0)))
def test_a_canceled_backup_is_an_error_to_who_waits(client: Client, article: str) -> None:
    canceled: list[bool] = []
    errors: list[BackupFailedException] = []
    while not errors:  # the server may be done with one before it hears that it is canceled
        name = f"{article}-{len(canceled)}"
        canceled.append(False)

        def cancel(_: JSONObject, name: str = name) -> None:
            canceled[-1] = canceled[-1] or client.backup.cancel(name, "filesystem")

        try:
            client.backup.create(name, "filesystem", article, wait_for_completion=True, progress=cancel)
        except BackupFailedException as error:
            errors.append(error)
        except UnexpectedStatusCodeException as error:
            # it was done before it was canceled, or the server has not yet forgotten the one before it
            if "already succeeded" not in str(error) and "already in progress" not in str(error):
                raise
    assert "CANCELED" in str(errors[0])
    assert errors[0].status["status"] == "CANCELED"
    assert canceled[-1]


def test_a_backup_has_ended_when_its_backend_has_the_outcome() -> None:
    """Before, the server would refuse to restore it, and to begin another one."""
    ends = ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z", "2026-11-27T08:00:00.000Z"]
    reports: list[JSONObject] = []

    def respond(request: Request) -> Answer:
        status: JSONObject = {"id": "b", "backend": "filesystem", "status": "STARTED"}
        if request.method == "GET":
            status |= {"status": "SUCCESS", "completedAt": ends[len(reports)]}
        return 200, {"Content-Type": "application/json"}, json.dumps(status).encode()

    with host(respond) as server, Client(server.url, startup_period=None) as client:
        done = client.backup.create("b", "filesystem", wait_for_completion=True, progress=reports.append)
    assert [report["completedAt"] for report in reports] == ends
    assert done["completedAt"] == ends[-1]


def test_backups_are_listed(client: Client, article: str) -> None:
    for number in (1, 2):
        client.backup.create(f"{article}-{number}", "filesystem", article, wait_for_completion=True)
    ids = [f"{article.lower()}-{number}" for number in (1, 2)]
    oldest_first = [item["id"] for item in client.backup.list_backups("filesystem", sort_by_starting_time_asc=True)]
    newest_first = [item["id"] for item in client.backup.list_backups("filesystem")]
    assert [item for item in oldest_first if item in ids] == ids
    assert [item for item in newest_first if item in ids] == ids[::-1]


@pytest.mark.needs(INCREMENTAL_BACKUP)
def test_an_increment(empty: Client) -> None:
    empty.schema.create_class({"class": "One", "vectorizer": "none"})
    empty.backup.create("Base", "filesystem", wait_for_completion=True)
    settings = {"CPUPercentage": 50, "CompressionLevel": "BestSpeed"}
    done = empty.backup.create(
        "more", "filesystem", wait_for_completion=True, config=settings, incremental_base_backup_id="Base"
    )
    assert done["incremental_base_backup_id"] == "base"  # shown to root users only


def test_a_restore_over_what_exists_fails(client: Client, article: str) -> None:
    client.backup.create(article, "filesystem", article, wait_for_completion=True)
    with pytest.raises(BackupFailedError, match=r"restore .* FAILED: .*exists") as caught:
        client.backup.restore(article, "filesystem", wait_for_completion=True)
    assert caught.value.status["id"] == article.lower()


def test_what_the_server_refuses(client: Client, article: str, unique: str) -> None:
    client.backup.create(article, "filesystem", article, wait_for_completion=True)
    with pytest.raises(UnexpectedStatusCodeException, match="already exists") as caught:
        client.backup.create(article, "filesystem", article)
    assert caught.value.status_code == 422
    with pytest.raises(UnexpectedStatusCodeException, match="already succeeded"):
        client.backup.cancel(article, "filesystem")
    with pytest.raises(UnexpectedStatusCodeException, match=r"Nothing"):
        client.backup.create(f"{article}-2", "filesystem", include_classes=f"{unique}Nothing")
    with pytest.raises(UnexpectedStatusCodeException) as missing:
        client.backup.restore(f"{article}-3", "filesystem")
    assert missing.value.status_code == 404
    for backend in ("s3", "gcs", "azure"):
        with pytest.raises(UnexpectedStatusCodeException, match=f"backup-{backend}|{backend} not found"):
            client.backup.create(article, backend, article, bucket="b", location="l")


def test_what_is_refused_before_it_is_sent(client: Client) -> None:
    with pytest.raises(ValidationError, match="not both"):
        client.backup.create("b", "filesystem", "One", "Two")
    with pytest.raises(ValidationError, match="floppy"):
        client.backup.create("b", "floppy")
    with pytest.raises(ValidationError):
        client.backup.get_create_status("", "filesystem")


def test_a_class_can_be_left_out(empty: Client) -> None:
    for name in ("One", "Two"):
        empty.schema.create_class({"class": name, "vectorizer": "none"})
    done = empty.backup.create("rest", "filesystem", exclude_classes="two", wait_for_completion=True)
    assert done["classes"] == ["One"]


def test_roles_and_users_are_left_where_they_are(empty: Client) -> None:
    empty.schema.create_class({"class": "One", "vectorizer": "none"})
    empty.backup.create("with-users", "filesystem", wait_for_completion=True)
    empty.schema.delete_all()
    done = empty.backup.restore(
        "with-users",
        "filesystem",
        wait_for_completion=True,
        roles_restore="noRestore",
        users_restore="noRestore",
        node_mapping={},
        overwrite_alias=True,
    )
    assert done["status"] == "SUCCESS"
    assert empty.schema.exists("One")
