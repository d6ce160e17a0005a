"""The spans and their attributes, by the semantic conventions of OpenTelemetry.

Databases: https://opentelemetry.io/docs/specs/semconv/db/database-spans/ (stable). Requests: those of HTTP clients
(stable), and by gRPC those of RPC.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from opentelemetry import context as contexts
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context, use_span

from weaviate_orm.exceptions import UnexpectedStatusError
from weaviate_orm.query.execution import document_of
from weaviate_orm.query.query import Query

T = TypeVar("T")

SCHEMA: Final = "https://opentelemetry.io/schemas/1.33.0"
"""The version of the conventions in which those of databases became stable."""

_OPERATION: Final = contexts.create_key("weaviate_orm_operation")
"""The span of the operation around a request, which gets the server's address by it."""

_NAMES: Final = {
    **dict.fromkeys(("fetch", "fetch_many", "fetch_hits", "fetch_groups", "fetch_columns", "preview"), "query"),
    **dict.fromkeys(("iterate", "iterate_arrow"), "query"),
    **{"count": "count", "aggregate": "aggregate", "aggregate_by": "aggregate", "profile": "profile"},
    **{"store": "create", "store_missing": "create", "save": "update", "update": "update", "delete": "delete"},
    "embed": "update",
}
"""The names of operations, by the methods of an executor."""


class SpanTracer:
    """Makes the spans.

    Args:
        tracer: starts them.
        query_text: whether they have what may be personal: the texts of queries, and of errors.
    """

    def __init__(self, tracer: Tracer, query_text: bool) -> None:
        self._tracer = tracer
        self._query_text = query_text

    @contextmanager
    def operation(
        self, name: str, collections: Collection[str], size: int = 1, query: Query | None = None
    ) -> Iterator[Span]:
        """Return the span of a block, which is the current one within it."""
        span = self.begin(name, collections, size, query)
        token = contexts.attach(contexts.set_value(_OPERATION, span, set_span_in_context(span)))
        try:
            yield span
        except BaseException as error:
            self.fail(span, error)
            raise
        finally:
            contexts.detach(token)
            span.end()

    def executor(self, executor: T) -> T:
        """Return an executor whose queries have spans."""
        return cast(T, _TracedExecutor(self, executor))

    def request(
        self,
        send: Callable[[], T],
        describe: Callable[[T], tuple[object, int]],
        *,
        method: str,
        url: str,
        wire: str,
        attempt: int,
    ) -> T:
        """Send an attempt of a request in a span of its own."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address: dict[str, Any] = {"server.address": parts.hostname or "", "server.port": port}
        operation = contexts.get_value(_OPERATION)
        if isinstance(operation, Span):
            operation.set_attributes(address)
        is_http = wire == "HTTP"
        if is_http:
            attributes = {**address, "http.request.method": method, "url.full": url}
        else:
            service, _, name = parts.path.strip("/").rpartition("/")
            attributes = {**address, "rpc.system": "grpc", "rpc.service": service, "rpc.method": name}
        if attempt > 1:
            attributes["http.request.resend_count"] = attempt - 1
        span = self._tracer.start_span(
            method if is_http else parts.path.strip("/"), kind=SpanKind.CLIENT, attributes=attributes
        )
        with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                answer = send()
            except BaseException as error:
                self.fail(span, error)
                raise
            status, _ = describe(answer)
            if is_http and isinstance(status, int):
                span.set_attribute("http.response.status_code", status)
                if status >= 400:
                    span.set_attribute("error.type", str(status))
                    span.set_status(Status(StatusCode.ERROR))
            return answer

    def begin(self, name: str, collections: Collection[str], size: int = 1, query: Query | None = None) -> Span:
        """Start the span of an operation."""
        attributes: dict[str, Any] = {"db.system.name": "weaviate", "db.operation.name": name}
        target = ""
        if len(collections) == 1:
            (target,) = collections
            attributes["db.collection.name"] = target
        if size > 1:
            attributes["db.operation.batch.size"] = size
        if self._query_text and query is not None:
            attributes["db.query.text"] = document_of(query)
        return self._tracer.start_span(f"{name} {target}".rstrip(), kind=SpanKind.CLIENT, attributes=attributes)

    def fail(self, span: Span, error: BaseException) -> None:
        """Say in a span that it ended with an error, and with which status of the server."""
        if isinstance(error, UnexpectedStatusError):
            span.set_attribute("db.response.status_code", str(error.status_code))
        span.set_attribute("error.type", type(error).__qualname__)
        if self._query_text:
            span.record_exception(error)
        span.set_status(Status(StatusCode.ERROR, str(error) if self._query_text else None))


class _TracedExecutor:
    """The methods of an executor, each in a span."""

    def __init__(self, tracer: SpanTracer, executor: Any) -> None:
        self._tracer = tracer
        self._executor = executor

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._executor, name)
        if name not in _NAMES:
            return method

        def run(subject: Any, *arguments: Any) -> Any:
            collections, query = _subject(subject)
            if name in ("iterate", "iterate_arrow"):
                return self._iterate(method(subject, *arguments), collections, query)
            with self._tracer.operation(_NAMES[name], collections, query=query):
                return method(subject, *arguments)

        return run

    def _iterate(self, objects: Iterator[Any], collections: Collection[str], query: Query | None) -> Iterator[Any]:
        """Yield objects, with a span from the first to the last; it is not the current one between them."""
        span = self._tracer.begin("query", collections, query=query)
        try:
            yield from objects
        except GeneratorExit:
            raise
        except BaseException as error:
            self._tracer.fail(span, error)
            raise
        finally:
            span.end()


def _subject(subject: Any) -> tuple[Collection[str], Query | None]:
    """Return the collections of a query, of several, or of an object, and the query."""
    if isinstance(subject, Query):
        return (subject.entity.collection.name,), subject
    if isinstance(subject, Sequence):
        return {query.entity.collection.name for query in subject}, None
    return (subject.__mapper__.collection_name,), None
