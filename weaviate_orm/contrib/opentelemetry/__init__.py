"""OpenTelemetry: spans of commits, flushes, queries and requests.

Needs the ``opentelemetry`` extra, which is the API; the SDK, and where spans go, are the application's.

::

    WeaviateInstrumentor().instrument()
"""

try:
    from weaviate_orm.contrib.opentelemetry.instrumentor import WeaviateInstrumentor
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "opentelemetry":
        raise
    raise ModuleNotFoundError(
        'weaviate_orm.contrib.opentelemetry needs OpenTelemetry: pip install "weaviate-mapper[opentelemetry]"',
        name=error.name,
    ) from error

__all__ = ["WeaviateInstrumentor"]
