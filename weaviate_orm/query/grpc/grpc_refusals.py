"""What gRPC cannot carry as GraphQL does."""

from __future__ import annotations

from collections.abc import Iterator

from weaviate_orm.query.grpc.search_compiler import NAMED_METADATA
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.query.searches import Ask, NearText
from weaviate_orm.query.wire_rules import beyond_graphql


def refusal_of(query: Query, *, aggregated: bool = False) -> str | None:
    """Return why gRPC cannot carry a query; None where it can. ``aggregated``: it is counted or aggregated."""
    return next(_of_any(query) if aggregated else _of_objects(query), None)


def is_cut_elsewhere(query: Query) -> bool:
    """Return whether gRPC may return fewer or more objects: where a search is cut, the server's settings say."""
    return query.search is not None and query.limit is None and beyond_graphql(query) is None


def _of_any(query: Query) -> Iterator[str]:
    if isinstance(query.search, Ask):
        yield "it has no ask()"
    if isinstance(query.search, NearText) and query.search.autocorrect is not None:
        yield "it has no autocorrect"


def _of_objects(query: Query) -> Iterator[str]:
    yield from _of_any(query)
    if query.similar is not None:
        yield "it has no group()"
    if query.generate is not None:
        yield "generate() is not mapped to it"
    if query.extras:
        yield "it has nothing for what modules make of objects"
    unknown = [name for name in query.named if name not in NAMED_METADATA]
    if unknown:
        yield f"it has no {', '.join(unknown)}"
    if any(len(reference.targets) > 1 for path in query.probes for reference, _ in path.references):
        yield "it compares texts beyond references to objects of one class only"
    if _leads_to_several(query.selection):
        yield "it loads references to objects of one class only"


def _leads_to_several(selection: Selection) -> bool:
    return any(len(reference.targets) > 1 or _leads_to_several(below) for reference, below in selection.references)
