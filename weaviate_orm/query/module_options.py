"""What a query has the server make of its results: groups, new rankings, texts, summaries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args

import attrs

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.query.entity import Entity, Property, Reference
from weaviate_orm.schema.values import encode_text

Metadata = Literal[
    "created_at", "updated_at", "classification", "spell_check", "query_profile", "is_consistent", "explain_score"
]
"""What ``with_metadata()`` takes; what a search itself tells needs no asking."""

METADATA_NAMES: tuple[str, ...] = get_args(Metadata)


@attrs.frozen
class GroupBy:
    """Results in groups of equal value: so many groups, of so many objects each."""

    key: Property | Reference
    groups: int
    objects_per_group: int

    def __attrs_post_init__(self) -> None:
        for name, number in (("groups", self.groups), ("objects_per_group", self.objects_per_group)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise QueryError(f"the {name} of group_by is a whole number from 1; got {number!r}")


@attrs.frozen
class Similar:
    """Results that are near each other become one: the nearest to the query, or all of them merged."""

    force: float
    merge: bool

    def __attrs_post_init__(self) -> None:
        if isinstance(self.force, bool) or not isinstance(self.force, (int, float)) or not 0 <= self.force <= 1:
            raise QueryError(f"the force of a group is from 0 to 1; got {self.force!r}")


@attrs.frozen
class Rerank:
    """Results in the order of a reranker."""

    member: Property
    query: str | None


@attrs.frozen
class Diversity:
    """Of the first results so many that differ from each other: Maximal Marginal Relevance."""

    limit: int
    balance: float

    def __attrs_post_init__(self) -> None:
        if isinstance(self.limit, bool) or not isinstance(self.limit, int) or self.limit < 1:
            raise QueryError(f"the limit of diversify is a whole number from 1; got {self.limit!r}")
        if isinstance(self.balance, bool) or not isinstance(self.balance, (int, float)) or not 0 <= self.balance <= 1:
            raise QueryError(f"the balance of diversify is from 0 to 1; got {self.balance!r}")


USAGE_PROVIDERS = (
    "anthropic",
    "cohere",
    "databricks",
    "deepseek",
    "digitalocean",
    "friendliai",
    "google",
    "mistral",
    "nvidia",
    "openai",
    "xai",
)
"""The providers that tell how many tokens they read and wrote (measured on Weaviate 1.39: of others it knows none)."""

_PLACEHOLDER = re.compile(r"{([\s\w]*)}")


@attrs.frozen
class Generate:
    """What a language model writes: of each object, or once of all of them."""

    prompt: str | None
    task: str | None
    properties: tuple[Property, ...]
    provider: str | None
    settings: Mapping[str, Any]
    debug: bool
    usage: bool = False

    def __attrs_post_init__(self) -> None:
        if self.prompt is None and self.task is None:
            raise QueryError("generate needs a prompt (for each object), a task (for all of them), or both")
        if self.properties and self.task is None:
            raise QueryError("the properties of generate are those a task reads; a prompt names its own as {title}")
        if self.settings and self.provider is None:
            raise QueryError("the settings of generate are those of a provider; name it, as provider='ollama'")
        if self.usage and self.provider not in USAGE_PROVIDERS:
            raise QueryError(f"the usage of generate is told by {', '.join(USAGE_PROVIDERS)}; name one, as provider=…")
        if self.usage and self.prompt is not None and self.task is not None:
            raise QueryError("the usage of generate is that of a prompt or of a task: ask for both one after the other")
        for text in (self.prompt, self.task):
            if text is not None:
                try:
                    encode_text(text)
                except ValueError as error:
                    raise QueryError(f"the prompt or task of generate {error}") from error


def server_prompt(entity: Entity, prompt: str) -> str:
    """Return a prompt whose ``{attribute}`` are the server's names; raises UnknownNameError for an unknown one."""

    def named(match: re.Match[str]) -> str:
        name = match[1].strip()
        member = entity.properties.get(name)
        if member is None:
            raise UnknownNameError(f"{entity.label} property", name, entity.properties)
        return f"{{{member.spec.name}}}"

    return _PLACEHOLDER.sub(named, prompt)


@attrs.frozen
class Summarize:
    """A summary of properties (module sum-transformers)."""

    properties: tuple[Property, ...]


@attrs.frozen
class FindEntities:
    """The names in properties (module ner-transformers)."""

    properties: tuple[Property, ...]
    certainty: float | None
    distance: float | None
    limit: int | None


@attrs.frozen
class Project:
    """Vectors in fewer dimensions, by t-SNE over the results."""

    dimensions: int | None
    learning_rate: int | None
    iterations: int | None
    perplexity: int | None
    algorithm: str | None


Extra = Union[Summarize, FindEntities, Project]
