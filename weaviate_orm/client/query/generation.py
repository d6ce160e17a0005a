"""The fields ``generate`` and ``rerank`` below ``_additional``: results of a language model and of a reranker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.layouts import TIGHT, TIGHT_LIST
from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import Argument, FieldNode
from weaviate_orm.graphql.literals import ListValue, ObjectValue, Symbol

_ENUM_SETTINGS = ("reasoningEffort", "verbosity")
"""The settings of an enum type (introspected on Weaviate 1.39)."""


def generate(
    single_prompt: str | None,
    grouped_task: str | None,
    grouped_properties: Sequence[str] | None,
    settings: Mapping[str, Mapping[str, Any]] | None,
    debug: bool,
) -> FieldNode:
    """Return the field ``generate``."""
    if single_prompt is None and grouped_task is None:
        raise QueryError("generate needs a single_prompt, a grouped_task, or both")
    common = {"debug": True} if debug else {}
    common |= _provider(settings) if settings is not None else {}
    arguments: list[Argument] = []
    if single_prompt is not None:
        prompt = {"prompt": checks.text("the single_prompt of generate", single_prompt)}
        arguments.append(_argument("singleResult", {**prompt, **common}))
    if grouped_task is not None:
        grouped: dict[str, Any] = {"task": checks.text("the grouped_task of generate", grouped_task)}
        if grouped_properties:
            names = checks.texts("the grouped_properties of generate", grouped_properties)
            grouped["properties"] = ListValue(names, TIGHT_LIST)
        arguments.append(_argument("groupedResult", {**grouped, **common}))
    elif grouped_properties:
        raise QueryError("the grouped_properties of generate belong to a grouped_task; give one")
    results = [FieldNode("error"), *(FieldNode(argument.name) for argument in arguments)]
    if debug:
        results.append(FieldNode("debug", (FieldNode("prompt"),)))
    return FieldNode("generate", tuple(results), tuple(arguments))


def rerank(property: str, query: str | None) -> FieldNode:
    """Return the field ``rerank``."""
    arguments = {"property": checks.text("the property of rerank", property)}
    if query is not None:
        arguments["query"] = checks.text("the query of rerank", query)
    return FieldNode("rerank", (FieldNode("score"),), arguments)


def _argument(name: str, value: Mapping[str, Any]) -> Argument:
    return Argument(name, ObjectValue(value, TIGHT), colon=":", end="")


def _provider(content: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    if not isinstance(content, Mapping) or len(content) != 1:
        raise QueryError(f"the settings of generate are those of one provider, {{'openai': {{…}}}}; got {content!r}")
    ((provider, settings),) = content.items()
    if not isinstance(settings, Mapping):
        raise QueryError(f"the settings of {provider!r} are a dict; got {settings!r}")
    symbols = {
        key: Symbol(checks.text(f"the setting {key}", settings[key])) for key in _ENUM_SETTINGS if key in settings
    }
    return {provider: ObjectValue({**settings, **symbols}, TIGHT)}
