"""The log of requests."""

from __future__ import annotations

import logging
import re

import pytest

from weaviate_orm import AuthApiKey, Client, Field, Model, Session, create_all
from weaviate_orm.testing import Server


def article(unique: str) -> type[Model]:
    class LoggedArticle(Model):
        title: Field[str]

        class Meta:
            name = unique

    return LoggedArticle


def test_each_request_is_logged_with_its_size_and_time(
    client: Client, unique: str, caplog: pytest.LogCaptureFixture
) -> None:
    model = article(unique)
    create_all(client, [model])
    with caplog.at_level(logging.INFO, "weaviate_orm.requests"), Session(client) as session:
        session.add(model(title="Emma"))  # type: ignore[call-arg]
        session.commit()
        assert session.query(model).where(title="Emma").count() == 1
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split(" ms,")[1] for line in lines] == [" HTTP, attempt 1"] * 2
    assert lines[0].startswith("POST /batch/objects: 200, ")
    assert lines[1].startswith("POST /graphql: 200, ")
    assert not any("Emma" in line for line in lines)


def test_the_text_of_queries_is_logged_at_debug_and_no_key_ever(
    server: Server, unique: str, caplog: pytest.LogCaptureFixture
) -> None:
    model = article(unique)
    headers = {"X-Secret": "a-secret-header"}
    auth = AuthApiKey(server.api_key) if server.api_key else None
    with Client(server.url, auth, additional_headers=headers) as client, caplog.at_level(logging.DEBUG, "weaviate_orm"):
        create_all(client, [model])
        with Session(client) as session:
            session.query(model).where(title="Emma").count()
    assert "Emma" in caplog.text
    assert "a-secret-header" not in caplog.text
    assert not server.api_key or server.api_key not in caplog.text


def test_a_failed_attempt_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    client = Client("http://127.0.0.1:1", startup_period=None, timeout_config=(0.1, 0.1))
    with caplog.at_level(logging.INFO, "weaviate_orm.requests"):
        assert client.is_live() is False
    assert "no answer, 0 bytes sent" in caplog.text


def test_a_slow_request_is_warned_of_with_the_line_that_asked(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    auth = AuthApiKey(server.api_key) if server.api_key else None
    with Client(server.url, auth, slow_query=0.0) as client:
        caplog.clear()
        client.get_meta()
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert re.match(r"GET /meta took \d+\.\d\d s \(200\); asked by ", record.getMessage())
    assert f"{__file__}:" in record.getMessage()


def test_nothing_is_logged_by_default(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get_meta()
    assert caplog.records == []
