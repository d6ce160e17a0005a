"""The vectors of a collection: one unnamed, or several named ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.indexes import IndexSpec
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.names import check_vector_name
from weaviate_orm.schema.settings import merged
from weaviate_orm.schema.unknown import unknown_field, unknown_members

DEFAULT_INDEX = "hnsw"
"""The index of a vector that states none."""

DEFAULT_NAME = "default"
"""The name under which the server takes the unnamed vector, and today's official client stores the only one."""


@attrs.frozen
class VectorSpec:
    """A vector of each object.

    Attributes:
        name: None is the one unnamed vector of a collection.
        vectorizer: the module that makes it; None means that the client brings it.
        index: None takes the server's default, ``hnsw``. For a named vector that is stated, since Weaviate 1.35 refuses
            one without an index type (measured on 1.35.2).
        source_properties: the server's names of the properties that are vectorized; None means all text properties
            with ``vectorize``. Needs a vectorizer.
        dimensions: the length of a vector, for checks on the client; it is not sent.
        unknown: other members of the server's JSON, which are sent back; of the unnamed vector they are the class's.
    """

    name: str | None = None
    vectorizer: Module | None = None
    index: IndexSpec | None = None
    source_properties: tuple[str, ...] | None = None
    dimensions: int | None = None
    unknown: Mapping[str, Any] = unknown_field()

    def __attrs_post_init__(self) -> None:
        if self.name is not None:
            check_vector_name(self.name)
        if self.source_properties is not None and self.vectorizer is None:
            raise MappingError(f"{self}: source_properties need a vectorizer; without one the client brings the vector")
        if self.source_properties == ():
            raise MappingError(f"{self}: source_properties names no property; leave it out to take all text")
        if self.dimensions is not None and self.dimensions < 1:
            raise MappingError(f"{self}: dimensions is a positive number, not {self.dimensions}")

    def __str__(self) -> str:
        return "the unnamed vector" if self.name is None else f"vector {self.name!r}"

    def settings(self) -> dict[str, Any]:
        """Return the settings of the vectorizer, with the properties that it reads."""
        settings = dict(self.vectorizer.settings) if self.vectorizer is not None else {}
        return settings if self.source_properties is None else settings | {"properties": list(self.source_properties)}

    def to_json(self) -> dict[str, Any]:
        """Return the server's JSON: a value of ``vectorConfig``, or for the unnamed vector the class's own keys."""
        module_name = self.vectorizer.name if self.vectorizer is not None else "none"
        body: dict[str, Any] = {}
        if self.index is not None:
            body = {"vectorIndexType": self.index.type, "vectorIndexConfig": dict(self.index.settings)}
        if self.name is not None:
            body = {"vectorIndexType": DEFAULT_INDEX} | body | {"vectorizer": {module_name: self.settings()}}
            return merged(body, self.unknown)
        body["vectorizer"] = module_name
        if self.vectorizer is not None:
            body["moduleConfig"] = {module_name: self.settings()}
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any], name: str | None = None) -> VectorSpec:
        """Read a value of ``vectorConfig``, or without a name the unnamed vector from the JSON of its class."""
        if name is None:
            module_name = body["vectorizer"]
            settings = (body.get("moduleConfig") or {}).get(module_name) or {}
        else:
            ((module_name, settings),) = body["vectorizer"].items()
        sources = (settings or {}).get("properties")
        others = {key: value for key, value in (settings or {}).items() if key != "properties"}
        index_type = body.get("vectorIndexType")
        spec = cls(
            name=name,
            vectorizer=None if module_name == "none" else Module(module_name, others),
            index=IndexSpec(index_type, body.get("vectorIndexConfig") or {}) if index_type else None,
            source_properties=tuple(sources) if sources else None,
        )
        return spec if name is None else attrs.evolve(spec, unknown=unknown_members(body, spec.to_json()))
