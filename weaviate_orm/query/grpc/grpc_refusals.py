"""What gRPC cannot carry as GraphQL does: the table of docs/explanation/query.md, and its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weaviate_orm.query.grpc.generative_messages import refused_setting
from weaviate_orm.query.grpc.search_compiler import NAMED_METADATA
from weaviate_orm.query.query import Query
from weaviate_orm.query.searches import Ask, NearText
from weaviate_orm.query.wire_rules import sent_limit

ASK = "ask()"
AUTOCORRECT = "autocorrect=True"
SIMILAR = "group_similar()"
EXTRAS = "summarize(), find_entities(), project()"
METADATA = 'with_metadata("classification", "spell_check")'
SETTINGS = "generate(settings=…)"
SORTED = "near_vector(…).order_by(…)"
UNLIMITED = "near_vector(distance=…).autocut(1)"

REASONS: Mapping[str, str] = {
    ASK: "it has no ask()",
    AUTOCORRECT: "it has no autocorrect",
    SIMILAR: "it has no group()",
    EXTRAS: "it has nothing for what modules make of objects",
    METADATA: "it does not tell",
    SETTINGS: "generate() by it has no",
    SORTED: "it sorts no search, and nothing that a model writes of",
    UNLIMITED: "it cuts, groups, reranks and writes before it looks at the distance: set a limit",
}
"""How the reason begins, by what is asked for."""


def refusal_of(query: Query, *, aggregated: bool = False) -> str | None:
    """Return why gRPC cannot carry a query; None where it can. ``aggregated``: it is counted or aggregated."""
    return next(_of_any(query) if aggregated else _of_objects(query), None)


def _of_any(query: Query) -> Iterator[str]:
    if isinstance(query.search, Ask):
        yield REASONS[ASK]
    if isinstance(query.search, NearText) and query.search.autocorrect is not None:
        yield REASONS[AUTOCORRECT]


def _of_objects(query: Query) -> Iterator[str]:
    yield from _of_any(query)
    if query.similar is not None:
        yield REASONS[SIMILAR]
    setting = None if query.generate is None else refused_setting(query.generate)
    if setting is not None:
        yield f"{REASONS[SETTINGS]} {setting}"
    if query.order_by and (query.search is not None or query.generate is not None):
        yield REASONS[SORTED]
    if sent_limit(query) is None and query.needs_single_response:
        yield REASONS[UNLIMITED]
    if query.extras:
        yield REASONS[EXTRAS]
    untold = [name for name in query.named if name not in NAMED_METADATA]
    if untold:
        yield f"{REASONS[METADATA]} {', '.join(untold)}"
