"""The switch of the spans."""

from __future__ import annotations

from opentelemetry.trace import TracerProvider, get_tracer

from weaviate_orm._version import __version__
from weaviate_orm.contrib.opentelemetry.spans import SCHEMA, SpanTracer
from weaviate_orm.tracing import current_tracer, set_tracer


class WeaviateInstrumentor:
    """Makes spans of the commits, flushes, queries and requests of this process, of all clients.

    They follow the stable conventions of OpenTelemetry for calls of databases; the requests below them, one for each
    attempt, those for HTTP, or RPC.
    """

    @property
    def is_instrumented_by_opentelemetry(self) -> bool:
        """Whether spans are made."""
        return isinstance(current_tracer(), SpanTracer)

    def instrument(self, *, tracer_provider: TracerProvider | None = None, query_text: bool = False) -> None:
        """Make spans from now on; again with other arguments, if some are made already.

        Args:
            tracer_provider: by default the global one.
            query_text: spans of queries have the GraphQL document, with the values that are searched for, and failed
                ones the message of the error.
        """
        tracer = get_tracer("weaviate_orm", __version__, tracer_provider, schema_url=SCHEMA)
        set_tracer(SpanTracer(tracer, query_text))

    def uninstrument(self) -> None:
        """Make no spans any more."""
        if self.is_instrumented_by_opentelemetry:
            set_tracer(None)
