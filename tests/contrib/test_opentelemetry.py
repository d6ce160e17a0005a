"""Spans of commits, flushes, queries and requests, as the SDK of OpenTelemetry gets them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tests.empty_collections import empty_collections
from tests.scripted_host import Answer, Host, Request
from weaviate_orm import (
    AuthApiKey,
    Client,
    ConnectionFailedError,
    Field,
    FlushError,
    GraphQLError,
    Model,
    Ref,
    Session,
    field,
    gather,
    ref,
)
from weaviate_orm.aio import AsyncSession
from weaviate_orm.contrib.opentelemetry import WeaviateInstrumentor
from weaviate_orm.exceptions import UnexpectedStatusError
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.testing import Server
from weaviate_orm.tracing import current_tracer


class Potter(Model):
    name: Field[str] = field(tokenization="field")

    class Meta:
        name = "OtelPotter"
        key = "name"


class Pot(Model):
    label: Field[str] = field(tokenization="field")
    size: Field[int] = field(default=1)
    potter: Ref[Potter | None] = ref(default=None)

    class Meta:
        name = "OtelPot"


class Recorded:
    """The spans of a test, as they ended."""

    def __init__(self, exporter: InMemorySpanExporter, tracer: Any) -> None:
        self._exporter = exporter
        self.tracer = tracer

    def spans(self) -> list[ReadableSpan]:
        """Those since the last call, in the order of their begin."""
        spans = sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)
        self._exporter.clear()
        return spans

    def tree(self) -> list[str]:
        """Their names, each indented below its parent."""
        spans = self.spans()
        depth: dict[int, int] = {}
        lines = []
        for span in spans:
            assert span.context is not None
            depth[span.context.span_id] = depth[span.parent.span_id] + 1 if span.parent is not None else 0
            lines.append("  " * depth[span.context.span_id] + span.name)
        return lines


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = WeaviateInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    assert instrumentor.is_instrumented_by_opentelemetry
    yield Recorded(exporter, provider.get_tracer("tests"))
    instrumentor.uninstrument()
    assert current_tracer() is None


@pytest.fixture
def session(client: Client, recorded: Recorded) -> Iterator[Session]:
    models: list[Any] = [Pot, Potter]
    with empty_collections(client, models), Session(client) as opened:
        opened.add(Pot(label="first", potter=Potter(name="Ada"), vector=[1.0, 0.5, 0.0]))
        opened.commit()
        opened.close()
        recorded.spans()
        yield opened


def test_a_commit_has_its_flush_and_its_requests(session: Session, recorded: Recorded, client: Client) -> None:
    session.add_all([Pot(label=f"{number}", potter=Potter(name="Bo")) for number in range(1)])
    session.commit()
    spans = recorded.spans()
    commit, flush, *requests = spans
    address = {"server.address": urlsplit(client.url).hostname, "server.port": urlsplit(client.url).port}
    assert commit.name == "commit"
    assert dict(commit.attributes or {}) == {"db.system.name": "weaviate", "db.operation.name": "commit"}
    assert flush.name == "flush"
    assert dict(flush.attributes or {}) == {
        "db.system.name": "weaviate",
        "db.operation.name": "flush",
        "db.operation.batch.size": 2,
        **address,
    }
    assert [request.name for request in requests] == ["POST"] * len(requests)
    assert len(requests) >= 2
    for span in spans:
        assert span.kind is SpanKind.CLIENT
        assert span.status.status_code is StatusCode.UNSET
        assert span.instrumentation_scope is not None
        assert span.instrumentation_scope.name == "weaviate_orm"
    for request in requests:
        assert request.parent == flush.context
        attributes = dict(request.attributes or {})
        assert attributes["http.request.method"] == "POST"
        assert str(attributes["url.full"]).startswith(client.url)
        assert attributes["http.response.status_code"] == 200
        assert attributes.items() >= address.items()


def test_objects_of_one_collection_name_it(session: Session, recorded: Recorded) -> None:
    session.add(Potter(name="Cy"))
    session.commit()
    assert recorded.tree() == ["commit", "  flush OtelPotter", "    POST"]
    session.commit()
    assert recorded.tree() == ["commit"]


def test_batches_in_threads_are_below_their_flush(client: Client, session: Session, recorded: Recorded) -> None:
    with Session(client, batch_size=2, workers=2) as other:
        other.add_all([Pot(label=f"{number}") for number in range(10)])
        other.flush()
    assert recorded.tree() == ["flush OtelPot", *["  POST"] * 5]


def test_queries_have_the_name_of_what_they_do(session: Session, recorded: Recorded) -> None:
    query = session.query(Pot).where(label="first")

    def run(work: Callable[[], object]) -> list[str]:
        work()
        return recorded.tree()

    assert run(query.all) == ["query OtelPot", "  POST"]
    assert run(query.hits) == ["query OtelPot", "  POST"]
    assert run(lambda: query.values("label")) == ["query OtelPot", "  POST"]
    assert run(query.count) == ["count OtelPot", "  POST"]
    assert run(lambda: query.aggregate(n=Pot.size.sum())) == ["aggregate OtelPot", "  POST"]
    assert run(lambda: gather(query, session.query(Potter).where(name="Ada")))[0] == "query"
    assert run(lambda: Pot.query.where(label="first").one()) == ["query OtelPot", "  POST"]
    assert run(lambda: query.update(size=2))[0] == "update OtelPot"
    assert run(lambda: session.query(Pot).create(label="second"))[0] == "create OtelPot"
    assert run(lambda: session.query(Pot).where(label="second").delete())[0] == "delete OtelPot"


def test_an_autoflush_is_below_its_query(session: Session, recorded: Recorded) -> None:
    session.add(Potter(name="Di"))
    session.query(Potter).where(name="Di").one()
    assert recorded.tree() == ["query OtelPotter", "  flush OtelPotter", "    POST", "  POST"]


def test_an_iteration_is_one_span_and_not_around_the_code_between(session: Session, recorded: Recorded) -> None:
    session.add_all([Potter(name=f"p{number}") for number in range(4)])
    session.commit()
    recorded.spans()
    for _ in session.query(Potter).iterator(2):
        with recorded.tracer.start_as_current_span("own"):
            pass
    tree = recorded.tree()
    assert tree.count("query OtelPotter") == 1
    assert tree.count("own") == 5
    next(iter(session.query(Potter).iterator(2)))
    (query,) = [span for span in recorded.spans() if span.name == "query OtelPotter"]
    assert query.status.status_code is StatusCode.UNSET


def test_spans_are_below_those_of_the_application(session: Session, recorded: Recorded) -> None:
    with recorded.tracer.start_as_current_span("view"):
        session.query(Pot).where(label="first").all()
    assert recorded.tree() == ["view", "  query OtelPot", "    POST"]


def test_asynchronous_sessions_have_them_too(client: Client, session: Session, recorded: Recorded) -> None:
    async def view() -> None:
        with recorded.tracer.start_as_current_span("view"):
            async with AsyncSession(client) as own:
                own.add(Potter(name="Ed"))
                await own.commit()
                await own.query(Potter).where(name="Ed").one()

    asyncio.run(view())
    tree = ["view", "  commit", "    flush OtelPotter", "      POST", "  query OtelPotter", "    POST"]
    assert recorded.tree() == tree


def failed(recorded: Recorded) -> list[tuple[str, dict[str, Any]]]:
    """The spans that failed, with their attributes of errors; nothing of them says what was searched for."""
    result = []
    for span in recorded.spans():
        assert not span.events
        assert span.status.description is None
        if span.status.status_code is StatusCode.ERROR:
            errors = ("error.type", "db.response.status_code", "http.response.status_code")
            result.append(
                (span.name, {name: value for name, value in (span.attributes or {}).items() if name in errors})
            )
    return result


def test_errors_have_their_type_and_no_message(session: Session, client: Client, recorded: Recorded) -> None:
    with pytest.raises(GraphQLError):
        session.query(Pot).near_vector([1.0, 2.0]).all()
    assert failed(recorded) == [("query OtelPot", {"error.type": "GraphQLError"})]
    session.add(Potter(name="a", vector=[1.0]))
    session.commit()
    session.add(Potter(name="b", vector=[1.0, 2.0]))
    recorded.spans()
    with pytest.raises(FlushError):
        session.commit()
    assert failed(recorded) == [
        ("commit", {"error.type": "FlushError"}),
        ("flush OtelPotter", {"error.type": "FlushError"}),
    ]
    with pytest.raises(UnexpectedStatusError):
        client.schema.create_class({"class": "no name"})
    assert failed(recorded) == [("POST", {"error.type": "422", "http.response.status_code": 422})]


def test_attempts_are_spans_of_their_own(
    hostile: Callable[[Callable[[Request], Answer]], Host], recorded: Recorded
) -> None:
    statuses = iter([503, 502, 200])
    host = hostile(lambda request: (next(statuses), {"Content-Type": "application/json"}, b'{"objects": []}'))
    with Client(host.url, startup_period=None) as client:
        client.transport.request("GET", "/objects")
    spans = recorded.spans()
    attributes = [dict(span.attributes or {}) for span in spans]
    assert [each["http.response.status_code"] for each in attributes] == [503, 502, 200]
    assert [each.get("http.request.resend_count") for each in attributes] == [None, 1, 2]
    assert [each.get("error.type") for each in attributes] == ["503", "502", None]


def test_a_host_that_cannot_be_reached(recorded: Recorded) -> None:
    with Client("http://127.0.0.1:9", startup_period=None) as client, pytest.raises(ConnectionFailedError):
        client.transport.request("GET", "/objects", repeatable=False, retry=NO_RETRY)
    assert failed(recorded) == [("GET", {"error.type": "ConnectionFailedError"})]


def test_requests_by_grpc(server: Server, session: Session, recorded: Recorded) -> None:
    if server.grpc_port is None:
        pytest.skip("where the server has gRPC is not known")
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with Client(server.url, auth_client_secret=secret, grpc=server.grpc_port) as client, Session(client) as own:
        recorded.spans()
        own.query(Pot).where(label="first").one()
        query, request = recorded.spans()
    assert query.name == "query OtelPot"
    assert request.parent == query.context
    address = {"server.address": urlsplit(server.url).hostname, "server.port": server.grpc_port}
    assert request.name == "weaviate.v1.Weaviate/Search"
    rpc = {"rpc.system": "grpc", "rpc.service": "weaviate.v1.Weaviate", "rpc.method": "Search"}
    assert dict(request.attributes or {}) == {**rpc, **address}
    assert dict(query.attributes or {}).items() >= address.items()


def test_texts_of_queries_are_opt_in(session: Session, recorded: Recorded) -> None:
    session.query(Pot).where(label="first").all()
    assert "first" not in "".join(span.to_json() for span in recorded.spans())
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    WeaviateInstrumentor().instrument(tracer_provider=provider, query_text=True)
    session.query(Pot).where(label="first").all()
    list(session.query(Pot).where(label="first").iterator())
    with pytest.raises(GraphQLError):
        session.query(Pot).near_vector([0.25, 0.5]).all()
    texts = [span for span in exporter.get_finished_spans() if span.name == "query OtelPot"]
    assert ["first" in str((span.attributes or {})["db.query.text"]) for span in texts] == [True, True, False]
    assert texts[-1].events[0].name == "exception"
    assert "0.25" in str(texts[-1].status.description)


def test_nothing_is_imported_without_it() -> None:
    program = (
        "import sys, weaviate_orm, weaviate_orm.aio; "
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'weaviate_orm.contrib'))])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
    program = "import sys; sys.modules['opentelemetry'] = None; import weaviate_orm.contrib.opentelemetry"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ)
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: weaviate_orm.contrib.opentelemetry needs OpenTelemetry: "
        'pip install "weaviate-mapper[opentelemetry]"'
    )
