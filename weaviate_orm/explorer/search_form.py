"""A search as the form has it: the query that it makes, and the Python that makes the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.explorer.catalogue import CatalogueEntry
from weaviate_orm.explorer.lookup_text import read_lookups
from weaviate_orm.migrations.python_source import quoted
from weaviate_orm.query.queryset import QuerySet

DEFAULT_LIMIT: Final = 20
MOST_HITS: Final = 100
"""The most hits of a page."""

KINDS: Final = {"": "filters only", "near_text": "meaning", "bm25": "words", "hybrid": "meaning and words"}
"""The ways to search, by the method of a query set."""


@attrs.frozen(kw_only=True)
class SearchForm:
    """What was typed.

    Attributes:
        kind: one of KINDS.
        text: that is searched for.
        target: the vector that is compared, where there are several.
        filters: keywords of ``where()``.
        order: a property, or with ``-`` before it descending; of a query without a text.
        limit: of the hits.
        tenant: of the objects.
    """

    kind: str = ""
    text: str = ""
    target: str = ""
    filters: str = ""
    order: str = ""
    limit: int = DEFAULT_LIMIT
    tenant: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> SearchForm:
        """Read the values of a form; raises QueryError for what the form does not have."""
        kind, limit = values.get("kind", ""), values.get("limit", "") or str(DEFAULT_LIMIT)
        if kind not in KINDS:
            raise QueryError(f"{kind!r} is no way to search: there are {', '.join(filter(None, KINDS))}")
        if not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= MOST_HITS:
            raise QueryError(f"the limit is from 1 to {MOST_HITS}, not {limit!r}")
        texts = {name: values.get(name, "").strip() for name in ("text", "target", "filters", "order", "tenant")}
        if kind and not texts["text"]:
            raise QueryError("there is no text to search for")
        return cls(kind=kind, limit=int(limit), **texts)

    def query(self, entry: CatalogueEntry) -> QuerySet[Any]:
        """Return the query; raises QueryError, UnknownNameError for what the collection does not have."""
        query = entry.query(self.tenant).where(**read_lookups(self.filters).values)
        if self.kind == "bm25":
            query = query.bm25(self.text)
        elif self.kind:
            search = query.near_text if self.kind == "near_text" else query.hybrid
            query = search(self.text, target=self.target or None)
        elif self.order:
            query = query.order_by(self.order)
        return query.limit(self.limit)

    def code(self, entry: CatalogueEntry) -> str:
        """Return a program that sends the same query, by a model as ``weaviate-orm inspect`` writes it."""
        label = entry.entity.label
        lookups = read_lookups(self.filters)
        arguments = ", ".join((quoted(self.text), *([f"target={quoted(self.target)}"] if self.target else [])))
        steps = [f"session.query({label})"]
        if self.tenant:
            steps.append(f".tenant({quoted(self.tenant)})")
        if lookups.source:
            steps.append(f".where({lookups.source})")
        if self.kind:
            steps.append(f".{self.kind}({quoted(self.text) if self.kind == 'bm25' else arguments})")
        elif self.order:
            steps.append(f".order_by({quoted(self.order)})")
        steps += [f".limit({self.limit})", ".hits()"]
        standard = [line for line in lookups.imports if "weaviate_orm" not in line]
        own = [line for line in lookups.imports if "weaviate_orm" in line]
        lines = [
            *standard,
            *([""] if standard else []),
            *own,
            "from weaviate_orm import Session",
            "",
            f"from models import {label}  # weaviate-orm inspect > models.py",
            "",
            "with Session() as session:",
            "    hits = (",
            *(f"        {step}" for step in steps),
            "    )",
        ]
        return "\n".join(lines)
