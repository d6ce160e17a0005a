"""The text of each query is, byte for byte, that of the v3 client; it is valid GraphQL, and the server answers it."""

from __future__ import annotations

import json
from pathlib import Path

import graphql
import pytest

from tests.client.query.cases import MEDIUM, MODULES, REPLICATION, V3
from tests.client.query.conftest import NAMES
from weaviate_orm.client.client import Client
from weaviate_orm.client.query import Query
from weaviate_orm.util import file_encoder_b64

TEXTS: dict[str, str] = json.loads(Path(__file__).with_name("v3_texts.json").read_text())
"""What weaviate-client 3.26.7 builds; the file behind its media holds ``hello``."""

CASES = {**V3, **REPLICATION, **MODULES}


def test_each_text_has_its_query() -> None:
    assert CASES.keys() == TEXTS.keys()


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_v3s(query: Query, name: str) -> None:
    text = CASES[name](query, NAMES).build().replace(file_encoder_b64(MEDIUM), "aGVsbG8=")
    assert text == TEXTS[name]
    graphql.parse(text)


@pytest.mark.parametrize("name", V3)
def test_the_server_answers(library: Client, name: str) -> None:
    answer = V3[name](library.query, NAMES).do()
    assert "errors" not in answer
    (kind,) = answer["data"]
    assert kind in ("Get", "Aggregate")
    for found in answer["data"][kind].values():
        assert isinstance(found, list)


@pytest.mark.parametrize("name", REPLICATION)
def test_the_server_misses_only_the_replicas(library: Client, name: str) -> None:
    (error,) = REPLICATION[name](library.query, NAMES).do()["errors"]
    assert error["message"].startswith('Unknown argument "consistencyLevel" on field')


@pytest.mark.parametrize("name", MODULES)
def test_the_server_misses_only_the_service(modular: Client, name: str) -> None:
    errors = MODULES[name](modular.query, NAMES).do().get("errors", [])
    assert errors, name
    for error in errors:
        assert "dial tcp 127.0.0.1:9" in error["message"]
