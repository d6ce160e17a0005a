"""A model behind OpenAI's interface, asked at a real host that embeds by WordLlama: batches, retries, and its key."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.scripted_host import Answer, Host, Request, host
from weaviate_orm import Client, ConfigurationError, EmbeddingError, Field, FlushError, Model, Session, create_all
from weaviate_orm.embedders import Embedder, OpenAICompatible, WordLlama
from weaviate_orm.exceptions import ConnectionFailedError, UnexpectedStatusError

KEY = "sk-secret-0123456789"


class Service:
    """The embeddings interface of OpenAI; ``refusals`` are answered first."""

    def __init__(self) -> None:
        self.refusals: list[Answer] = []
        self.model = WordLlama()
        self.changes: Callable[[dict[str, Any]], object] = lambda body: body

    def __call__(self, request: Request) -> Answer:
        if self.refusals:
            return self.refusals.pop(0)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return self.answer(401, {"error": {"message": f"wrong key: {request.headers.get('authorization')}"}})
        asked = json.loads(request.body)
        vectors = [vector.tolist()[: asked.get("dimensions")] for vector in self.model.embed_documents(asked["input"])]
        items = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
        return self.answer(200, self.changes({"object": "list", "model": asked["model"], "data": items[::-1]}))

    def answer(self, status: int, body: object, **headers: str) -> Answer:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return status, {"Content-Type": "application/json", **names}, json.dumps(body).encode()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def embeddings(service: Service) -> Iterator[Host]:
    """The host of the service."""
    with host(service, keeps_connections=True) as running:
        yield running


def model_at(embeddings: Host, **options: Any) -> OpenAICompatible:
    return OpenAICompatible("wordllama", url=f"{embeddings.url}/v1", **{"api_key": KEY, **options})


def inputs(embeddings: Host) -> list[list[str]]:
    """The texts of each request."""
    return [json.loads(request.body)["input"] for request in embeddings.requests]


def test_vectors_come_in_the_order_of_the_texts(embeddings: Host) -> None:
    model = model_at(embeddings)
    expected = [pytest.approx(vector.tolist()) for vector in WordLlama().embed_documents(["a", "b", "c"])]
    assert model.embed_documents(["a", "b", "c"]) == expected
    (request,) = embeddings.requests
    assert (request.method, request.path) == ("POST", "/v1/embeddings")
    assert json.loads(request.body) == {"model": "wordllama", "input": ["a", "b", "c"], "encoding_format": "float"}
    assert len(model_at(embeddings, dimensions=64).embed_queries(["a"])[0]) == 64


def test_batches_by_count_and_by_tokens(embeddings: Host) -> None:
    model = model_at(embeddings, batch_size=3, batch_tokens=100)
    long = "word " * 40
    texts = ["a", "b", "c", "d", long, long, "x" * 600, "e"]
    assert len(model.embed_documents(texts)) == len(texts)
    assert inputs(embeddings) == [["a", "b", "c"], ["d", long], [long], ["x" * 600], ["e"]]
    embedder = Embedder(model)
    assert len(embedder.queries([f"{number}" for number in range(7)])) == 7
    assert [len(batch) for batch in inputs(embeddings)[5:]] == [3, 3, 1]


def test_prefixes(embeddings: Host) -> None:
    model = model_at(embeddings, document_prefix="passage: ", query_prefix="query: ")
    model.embed_documents(["a"])
    model.embed_queries(["b"])
    assert inputs(embeddings) == [["passage: a"], ["query: b"]]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_sent_again(embeddings: Host, service: Service, status: int) -> None:
    service.refusals = [service.answer(status, {}, Retry_After="0") for _ in range(2)]
    assert len(model_at(embeddings).embed_documents(["a"])) == 1
    assert len(embeddings.requests) == 3


def test_retry_after_is_waited_for_and_a_long_one_is_an_error(
    embeddings: Host, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
    service.refusals = [service.answer(429, {}, Retry_After="7")]
    model_at(embeddings).embed_documents(["a"])
    assert waits == [7.0]
    service.refusals = [service.answer(429, {"error": "tomorrow"}, Retry_After="86400")]
    with pytest.raises(UnexpectedStatusError, match=r"429 .*tomorrow"):
        model_at(embeddings).embed_documents(["a"])
    assert waits == [7.0]


def test_a_host_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
    with host(lambda request: (200, {}, b"")) as gone:
        url = gone.url
    with pytest.raises(ConnectionFailedError, match="no connection to"):
        OpenAICompatible("m", url=url).embed_queries(["a"])
    assert len(waits) == 6


def test_the_key_is_nowhere(embeddings: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = "sk-wrong-key-0000"
    model = model_at(embeddings, api_key=wrong, headers={"X-Team": "team-secret-1"})
    with pytest.raises(UnexpectedStatusError, match="401") as caught:
        model.embed_documents(["a"])
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__) + repr(model)
    assert wrong not in shown
    assert "wrong key" in shown
    assert embeddings.requests[0].headers["x-team"] == "team-secret-1"
    assert len(embeddings.requests) == 1  # a refusal of the key is final
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    OpenAICompatible("m", url="https://example.com/v1")._authorize  # noqa: B018
    assert OpenAICompatible("m", url=embeddings.url)._key is None  # it is OpenAI's alone
    assert OpenAICompatible("m")._key == KEY


def test_a_redirect_is_not_followed(embeddings: Host, service: Service) -> None:
    with host(lambda request: (200, {}, b"{}")) as other:
        service.refusals = [(307, {"Location": other.url}, b"")]
        with pytest.raises(UnexpectedStatusError, match="307"):
            model_at(embeddings).embed_documents(["a"])
        assert other.requests == []


@pytest.mark.parametrize(
    "change",
    [
        lambda body: {**body, "data": body["data"][1:]},
        lambda body: {**body, "data": [{"index": 0}]},
        lambda body: {**body, "data": None},
        lambda body: [body],
        lambda body: "sorry",
    ],
)
def test_answers_that_are_none(embeddings: Host, service: Service, change: Callable[[dict[str, Any]], object]) -> None:
    service.changes = change
    with pytest.raises(EmbeddingError, match="answered other than 2 embeddings"):
        Embedder(model_at(embeddings)).queries(["a", "b"])
    assert len(embeddings.requests) == 1


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://localhost", "http://"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ConfigurationError, match="url is an address of HTTP"):
        OpenAICompatible("m", url=url)


def test_credentials_in_the_address_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="give them as api_key or headers") as caught:
        OpenAICompatible("m", url="https://user:hidden@example.com/v1")
    assert "hidden" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="at least 1"):
        OpenAICompatible("m", batch_size=0)


def test_a_model_of_objects(client: Client, unique: str, embeddings: Host, service: Service) -> None:
    class Report(Model):
        title: Field[str]

        class Meta:
            name = f"{unique}Report"
            vectorizer = Embedder(model_at(embeddings, batch_size=5), vectorize_class_name=False)

    create_all(client, [Report])
    with Session(client) as session:
        session.add_all(Report(title=f"report {number}") for number in range(12))
        service.refusals = [service.answer(400, {"error": {"message": "no such model"}})]
        with pytest.raises(FlushError, match="no such model"):
            session.commit()
        assert len(session.new) == 12
        session.commit()
        assert [len(batch) for batch in inputs(embeddings)] == [5, 5, 5, 2]
        assert session.query(Report).near_text("report 7").first() is not None
        assert session.query(Report).near_text("report 7").first() is not None
    assert len(embeddings.requests) == 5
