"""What a language model writes, by each wire: the same texts, prompts and metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from tests.query.module_models import Page
from weaviate_orm import AuthApiKey, Client, GraphQLError, QueryError, Session, TokenUsage
from weaviate_orm.embedded import EmbeddedServer
from weaviate_orm.http.protobuf import declare_messages
from weaviate_orm.query.grpc.generative_messages import generation_message, refused_setting
from weaviate_orm.query.grpc.search_messages import search_messages
from weaviate_orm.query.module_options import Generate
from weaviate_orm.testing import recorded_requests

pytestmark = pytest.mark.wire

FLOATS = ("distance", "certainty", "rerank_score")
"""What GraphQL writes in fewer digits."""

OLLAMA: dict[str, Any] = {"model": "counting", "temperature": 0.5}


@pytest.fixture
def by_grpc(modules: Client, modules_server: EmbeddedServer) -> Iterator[Client]:
    """A client of the server with modules whose queries go by gRPC."""
    headers = {"X-OpenAI-Api-Key": "that service asks for none"}
    secret = AuthApiKey(modules_server.api_key or "")
    with Client(modules_server.url, secret, additional_headers=headers, grpc=modules_server.grpc_port) as client:
        yield client


def queries(services: str) -> dict[str, Any]:
    pets = Page.query.where(shelf="pets").limit(10)
    ollama: Any = {"provider": "ollama", "settings": {**OLLAMA, "apiEndpoint": services}}
    openai: Any = {"provider": "openai", "settings": {"baseURL": services, "model": "counting", "maxTokens": 100}}
    return {
        "of each": pets.generate("Shorten: {body}"),
        "of all": pets.generate(task="Sum up"),
        "of some properties": pets.generate("Shorten: {body}", task="Sum up", properties=[Page.title]),
        "of what is not loaded": pets.only("title").generate("Shorten: {body}"),
        "by ollama": pets.generate("purr {title}", task="milk milk", debug=True, **ollama),
        "prompt of all": pets.generate(task="milk", debug=True, **ollama),
        "by openai": pets.generate("purr {title}", **openai),
        "tokens of each": pets.generate("purr {title}", usage=True, **openai),
        "tokens of all": pets.generate(task="purr", usage=True, **openai),
        "of a search": Page.query.near_text("animals").limit(2).generate("Of {title}", task="All").rerank("body", "x"),
        "of none": pets.where(title="cows").generate("Of {title}", task="All"),
    }


@pytest.mark.parametrize("name", queries(""))
def test_generated_texts_are_the_same_by_each_wire(by_grpc: Client, services: str, name: str) -> None:
    query = queries(services)[name]
    told = []
    for wire, protocol in (("grpc", "grpc"), ("graphql", "http"), (None, "grpc")):
        with Session(by_grpc, wire=wire), recorded_requests(by_grpc) as requests:  # type: ignore[arg-type]
            hits = query.hits()
            assert [request.url.partition(":")[0] for request in requests] == [protocol]
        of_hits = [attrs.evolve(hit, object=hit.object.title, **dict.fromkeys(FLOATS)) for hit in hits]
        told.append((of_hits, hits.generated, hits.generation_error, hits.generation_usage))
    assert told[0] == told[1] == told[2]
    assert bool(told[0][0]) == (name != "of none")


def test_the_tokens_that_a_provider_counts(by_grpc: Client, services: str) -> None:
    for wire in ("grpc", "graphql"):
        with Session(by_grpc, wire=wire):
            (cats,) = queries(services)["tokens of each"].where(title="cats").hits()
            assert cats.generation_usage == TokenUsage(2, 3, 5)
            of_all = queries(services)["tokens of all"].hits()
            assert of_all.generation_usage is not None
            assert of_all.generation_usage.total > 10
            assert of_all[0].generation_usage is None
            (values,) = queries(services)["tokens of each"].where(title="cats").values("generation_usage")
            assert values == {"generation_usage": TokenUsage(2, 3, 5)}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"prompt": "x"}, "name one, as provider"),
        ({"prompt": "x", "provider": "ollama"}, "the usage of generate is told by anthropic, "),
        ({"prompt": "x", "task": "y", "provider": "openai"}, "of a prompt or of a task"),
    ],
)
def test_tokens_that_are_not_told(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        Page.query.generate(**options, usage=True)


def test_tokens_of_groups_are_not_told() -> None:
    grouped = Page.query.near_text("x").group_by("shelf")
    with pytest.raises(QueryError, match="not told of groups"):
        grouped.generate("x", provider="openai", usage=True)


def test_generated_texts_of_groups_are_the_same_by_each_wire(by_grpc: Client) -> None:
    query = Page.query.near_text("animals").group_by(Page.shelf).generate("Of {title}", task="All")
    told = []
    for wire in ("grpc", "graphql"):
        with Session(by_grpc, wire=wire):
            groups = query.groups()
        told.append(([(group.value, group.generated) for group in groups], groups.generated))
    assert told[0] == told[1]
    assert told[0][1]


def test_where_a_model_fails_graphql_tells_for_which_objects(by_grpc: Client, services: str) -> None:
    settings = {**OLLAMA, "apiEndpoint": f"{services}/no"}
    query = Page.query.where(title="dogs").limit(1).generate("x", provider="ollama", settings=settings)
    with Session(by_grpc), recorded_requests(by_grpc) as requests:
        (hit,) = query.hits()
        assert (hit.object.title, hit.generated) == ("dogs", None)
        assert hit.generation_error
        assert [request.url.partition(":")[0] for request in requests] == ["grpc", "http"]
    with Session(by_grpc, wire="grpc"), pytest.raises(GraphQLError):
        query.hits()


@pytest.mark.parametrize(
    ("provider", "settings", "refused"),
    [
        ("octoai", {}, "provider 'octoai'"),
        ("ollama", {"imageProperties": ["picture"]}, "imageProperties=['picture'] of 'ollama'"),
        ("ollama", {"temperature": "0"}, "temperature='0' of 'ollama'"),
        ("openai", {"maxTokens": 2**63}, f"maxTokens={2**63} of 'openai'"),
        ("openai", {"maxTokens": True}, "maxTokens=True of 'openai'"),
        ("openai", {"verbosity": "loud"}, "verbosity='loud' of 'openai'"),
        ("openai", {"stop": [1]}, "stop=[1] of 'openai'"),
    ],
)
def test_settings_that_grpc_has_no_field_for(
    by_grpc: Client, provider: str, settings: dict[str, Any], refused: str
) -> None:
    query = Page.query.limit(1).generate("x", provider=provider, settings=settings)
    with Session(by_grpc, wire="grpc"), pytest.raises(QueryError) as caught:
        query.hits()
    assert f"generate() by it has no {refused}" in str(caught.value)


def test_settings_as_a_message() -> None:
    settings = {"verbosity": "low", "reasoningEffort": "high", "stop": ["a"], "isAzure": True, "topP": 1}
    generate = Generate("Of {title}", None, (), "openai", settings, False)
    assert refused_setting(generate) is None
    message = search_messages()["Generation"](**generation_message(Page.__mapper__.entity, generate))
    read = declare_messages(
        "generation_test",
        {
            "OpenAI": (
                ("stop", 6, "Texts"),
                ("topP", 8, "double"),
                ("isAzure", 13, "bool"),
                ("effort", 16, "int32"),
                ("verbosity", 17, "int32"),
            ),
            "Texts": (("values", 1, "repeated string"),),
            "Provider": (("openai", 9, "OpenAI"),),
            "Single": (("prompt", 1, "string"), ("queries", 3, "repeated Provider")),
            "Generation": (("single", 4, "Single"),),
        },
    )["Generation"].FromString(message.SerializeToString())
    (provider,) = read.single.queries
    assert read.single.prompt == "Of {title}"
    assert (provider.openai.topP, provider.openai.isAzure, provider.openai.stop.values) == (1, True, ["a"])
    assert (provider.openai.effort, provider.openai.verbosity) == (4, 1)
