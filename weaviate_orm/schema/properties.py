"""Properties and cross-references of a collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.names import check_class_name, check_nested_name, check_property_name
from weaviate_orm.schema.settings import camel_case, merged, stated
from weaviate_orm.schema.text_analyzer import TextAnalyzer
from weaviate_orm.schema.unknown import unknown_field, unknown_members
from weaviate_orm.schema.values import SCALAR_TYPES

Tokenization = Literal["word", "lowercase", "whitespace", "field", "trigram", "gse", "gse_ch", "kagome_ja", "kagome_kr"]
"""How text is cut into tokens (docs.weaviate.io, "Tokenization"). The last four have to be enabled on the server."""

FIXED_SETTINGS: Final = (
    "tokenization",
    "index_filterable",
    "index_searchable",
    "index_range_filters",
    "text_analyzer",
)
"""The settings of a property that the server keeps as they were created, by their names in Python."""

_NESTED_TOKENIZATION: Final = ("word", "lowercase", "whitespace", "field")

_ANALYZED_TOKENIZATION: Final = (*_NESTED_TOKENIZATION, "trigram")

_OF_SHARDS: Final = frozenset({"bucketGeneration", "searchableBlockmax"})
"""What the server keeps of the shards of a property; it is not for clients to set."""


@attrs.frozen
class PropertySpec:
    """A property. What is None takes the server's default.

    Attributes:
        name: the server's name of it.
        data_type: what it holds.
        description: for people.
        tokenization: for text only; the server's default is ``word``.
        index_filterable: whether ``where`` can use it; the server's default is True.
        index_searchable: whether ``bm25`` and ``hybrid`` search it; text only, the server's default is True.
        index_range_filters: an index for ``>`` and ``<`` on int, number and date; the server's default is False.
        text_analyzer: how its words are compared; for text only.
        vectorize: False keeps it out of the vectors (``skip`` in the settings of the collection's vectorizers). A
            vector with ``source_properties`` takes those, whatever is said here (measured on Weaviate 1.39).
        vectorize_name: whether its name is vectorized with its value.
        nested: the properties of an ``object`` or ``object[]``; these have at least one.
        unknown: other members of the server's JSON, which are sent back.

    Raises MappingError for what the server would refuse.
    """

    name: str
    data_type: DataType
    description: str | None = None
    tokenization: Tokenization | None = None
    index_filterable: bool | None = None
    index_searchable: bool | None = None
    index_range_filters: bool | None = None
    text_analyzer: TextAnalyzer | None = None
    vectorize: bool = True
    vectorize_name: bool = False
    nested: tuple[PropertySpec, ...] = ()
    unknown: Mapping[str, Any] = unknown_field()

    def __attrs_post_init__(self) -> None:
        # a nested property may have a name that one at the top may not; the parent checks nested ones
        check_nested_name(self.name)
        is_text = self.data_type.element is DataType.TEXT
        if self.tokenization is not None and self.tokenization not in get_args(Tokenization):
            self._refuse(f"tokenization is one of {', '.join(get_args(Tokenization))}, not {self.tokenization!r}")
        if self.tokenization is not None and not is_text:
            self._refuse("tokenization is for text and text[] only")
        if self.index_searchable and not is_text:
            self._refuse("index_searchable is for text and text[] only")
        ranged = [row.data_type for row in SCALAR_TYPES.values() if row.has_range_index]
        if self.index_range_filters and self.data_type not in ranged:
            *others, last = ranged
            self._refuse(f"index_range_filters is for {', '.join(others)} and {last} only")
        if self.text_analyzer is not None:
            self._check_analyzer(self.text_analyzer)
        if (self.data_type.element is DataType.OBJECT) != bool(self.nested):
            self._refuse("object and object[] need nested properties, other types take none")
        for inner in self.nested:
            row = SCALAR_TYPES.get(inner.data_type.element)
            if row is not None and not row.may_be_nested:
                self._refuse(f"its nested property {inner.name!r} cannot be {inner.data_type}")
            if inner.tokenization not in (None, *_NESTED_TOKENIZATION):
                self._refuse(f"its nested property {inner.name!r} cannot have the tokenization {inner.tokenization!r}")
        names = [inner.name for inner in self.nested]
        if len(set(names)) != len(names):
            self._refuse("two of its nested properties have the same name")

    def _check_analyzer(self, analyzer: TextAnalyzer) -> None:
        if self.data_type.element is not DataType.TEXT:
            self._refuse("text_analyzer is for text and text[] only")
        if self.index_filterable is False and self.index_searchable is False:
            self._refuse("text_analyzer needs an index, filterable or searchable")
        if self.tokenization not in (None, *_ANALYZED_TOKENIZATION):
            self._refuse(f"text_analyzer is not for the tokenization {self.tokenization!r}")
        if analyzer.stopword_preset is not None and self.tokenization not in (None, "word"):
            self._refuse(f"a stopword_preset is for the tokenization 'word', not {self.tokenization!r}")

    def _refuse(self, reason: str) -> None:
        raise MappingError(f"property {self.name!r} of type {self.data_type}: {reason}")

    def to_json(self, vectorizers: Iterable[str] = ()) -> dict[str, Any]:
        """Return the server's JSON for this property, in a collection with vectors of these modules."""
        return merged(self._described(vectorizers), self.unknown)

    def _described(self, vectorizers: Iterable[str]) -> dict[str, Any]:
        settings = {"description": self.description or None} | {name: getattr(self, name) for name in FIXED_SETTINGS}
        settings["text_analyzer"] = self.text_analyzer and self.text_analyzer.to_json()
        body = {"name": self.name, "dataType": [self.data_type.value]} | stated(settings)
        if self.nested:
            body["nestedProperties"] = [inner.to_json() for inner in self.nested]
        # both are always said: some modules skip a property of which nothing is said (text2vec-mistral, on 1.39)
        vectorized = {"skip": not self.vectorize, "vectorizePropertyName": self.vectorize_name}
        if by_module := {name: dict(vectorized) for name in vectorizers}:
            body["moduleConfig"] = by_module
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any], vectorizers: Iterable[str] | None = None) -> PropertySpec:
        """Read the server's JSON of a property. Raises MappingError for a data type that is not known here.

        Args:
            body: the JSON.
            vectorizers: the modules of the collection's vectors; by default those that the JSON names.
        """
        name, data_type = body["name"], body["dataType"][0]
        if data_type not in _KNOWN_TYPES:
            raise MappingError(f"property {name!r} has the data type {data_type!r}, which this package does not know")
        by_module = {name: settings or {} for name, settings in (body.get("moduleConfig") or {}).items()}
        analyzer = body.get("textAnalyzer")
        fixed: dict[str, Any] = {name: body.get(camel_case(name)) for name in FIXED_SETTINGS}
        fixed["tokenization"] = fixed["tokenization"] or None
        fixed["text_analyzer"] = TextAnalyzer.from_json(analyzer) if analyzer else None
        spec = cls(
            name=name,
            data_type=DataType(data_type),
            description=body.get("description") or None,
            vectorize=not any(settings.get("skip") for settings in by_module.values()),
            vectorize_name=any(settings.get("vectorizePropertyName") for settings in by_module.values()),
            nested=tuple(cls.from_json(inner) for inner in body.get("nestedProperties") or ()),
            **fixed,
        )
        modules = by_module if vectorizers is None else vectorizers
        return attrs.evolve(spec, unknown=unknown_members(body, spec._described(modules)))


def without_shards(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a property as it is created, without what the server keeps of its shards."""
    return {key: value for key, value in body.items() if key not in _OF_SHARDS}


_KNOWN_TYPES: Final = frozenset(data_type.value for data_type in DataType)


@attrs.frozen
class ReferenceSpec:
    """A cross-reference to objects of one or more collections.

    Attributes:
        name: the server's name of it.
        targets: the collections it may point to, at least one.
        description: for people.
        disable_duplicated_references: whether adding a reference that is there already does nothing; it cannot be
            changed afterwards. The server's default is False (measured on Weaviate 1.39).
        unknown: other members of the server's JSON, which are sent back.
    """

    name: str
    targets: tuple[str, ...]
    description: str | None = None
    disable_duplicated_references: bool | None = None
    unknown: Mapping[str, Any] = unknown_field()

    def __attrs_post_init__(self) -> None:
        check_property_name(self.name)
        if not self.targets:
            raise MappingError(f"reference {self.name!r} has no target collection")
        if len(set(self.targets)) != len(self.targets):
            raise MappingError(f"reference {self.name!r} names a target collection twice")
        for target in self.targets:
            check_class_name(target)

    def to_json(self) -> dict[str, Any]:
        """Return the server's JSON for this reference."""
        settings = {
            "description": self.description or None,
            "disable_duplicated_references": self.disable_duplicated_references,
        }
        return merged({"name": self.name, "dataType": list(self.targets)} | stated(settings), self.unknown)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> ReferenceSpec:
        """Read the server's JSON of a reference."""
        spec = cls(
            name=body["name"],
            targets=tuple(body["dataType"]),
            description=body.get("description") or None,
            disable_duplicated_references=body.get("disableDuplicatedReferences"),
        )
        return attrs.evolve(spec, unknown=unknown_members(body, spec.to_json()))


def is_reference(body: Mapping[str, Any]) -> bool:
    """Return whether the server's JSON of a property is that of a reference: its type is the name of a collection."""
    return bool(body["dataType"][0][:1].isupper())
