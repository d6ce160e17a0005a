"""The text of each query is, byte for byte, that of the v3 client; it is valid GraphQL, and the server answers it."""

from __future__ import annotations

import json
from pathlib import Path

import graphql
import pytest

from tests.client.query.builder_cases import MEDIA, MEDIUM, QUESTIONS, REPLICATION, V3
from tests.client.query.conftest import NAMES
from weaviate_orm.client.client import Client
from weaviate_orm.client.query import Query
from weaviate_orm.util import file_encoder_b64

TEXTS: dict[str, str] = json.loads(Path(__file__).with_name("v3_texts.json").read_text())
"""What weaviate-client 3.26.7 builds; the file behind its media holds ``hello``."""

CASES = {**V3, **REPLICATION, **MEDIA, **QUESTIONS}


def test_each_text_has_its_query() -> None:
    assert CASES.keys() == TEXTS.keys()


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_v3s(query: Query, name: str) -> None:
    text = CASES[name](query, NAMES).build().replace(file_encoder_b64(MEDIUM), "aGVsbG8=")
    assert text == TEXTS[name]
    graphql.parse(text)


def test_the_text_of_the_page(query: Query) -> None:
    """docs.weaviate.io, "Python Client v3", "GraphQL query builder pattern"."""
    where_filter = {"path": ["wordCount"], "operator": "GreaterThan", "valueInt": 1000}
    near_text_filter = {
        "concepts": ["fashion"],
        "certainty": 0.7,
        "moveAwayFrom": {"concepts": ["finance"], "force": 0.45},
        "moveTo": {"concepts": ["haute couture"], "force": 0.85},
    }
    query_result = (
        query.get("Article", ["title"]).with_where(where_filter).with_near_text(near_text_filter).with_limit(50)
    )
    assert query_result.build() == (
        '{Get{Article(where: {path: ["wordCount"] operator: GreaterThan valueInt: 1000} limit: 50 nearText: '
        '{concepts: ["fashion"] certainty: 0.7 moveTo: {force: 0.85 concepts: ["haute couture"]} moveAwayFrom: '
        '{force: 0.45 concepts: ["finance"]}} ){title}}}'
    )
    assert query_result.build(wrap_get=False) == query_result.build().removeprefix("{Get{").removesuffix("}}")


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


@pytest.mark.parametrize("name", MEDIA)
def test_the_server_misses_only_the_service(modular: Client, name: str) -> None:
    (error,) = MEDIA[name](modular.query, NAMES).do()["errors"]
    assert error["message"].endswith("fail with status 404")
    assert "vectorize params" in error["message"]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_server_with_a_qna_module_answers(modular: Client, name: str) -> None:
    answer = QUESTIONS[name](modular.query, NAMES).do()
    assert "errors" not in answer
    assert isinstance(answer["data"]["Get"]["V3Asked"], list)
