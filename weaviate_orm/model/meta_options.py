"""``class Meta`` of a model: the options of its collection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from weaviate_orm.embedders.embedder import Embedder
from weaviate_orm.exceptions import MappingError, UnknownNameError
from weaviate_orm.model.field_options import check_vectorizer
from weaviate_orm.schema.collection_options import InvertedIndexSpec, ObjectTTLSpec
from weaviate_orm.schema.indexes import IndexSpec
from weaviate_orm.schema.modules import Module


def _attributes(key: str | Iterable[str]) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else tuple(key)


@attrs.frozen(kw_only=True)
class MetaOptions:
    """What ``class Meta`` may say.

    Attributes:
        abstract: the class is only inherited from; not inherited itself.
        name: the collection's name, where it is not the class's; not inherited.
        description: of the collection; by default the class's docstring.
        key: the attributes whose values make the id; without one, ids are random.
        version: the int property that counts the changes of an object, so that none is overwritten unseen.
        vectorizer: what makes the unnamed vector, on the server or in the client; None: vectors are given.
        index: the index of the unnamed vector.
        dimensions: the length that each unnamed vector must have.
        generative, reranker: modules for queries.
        modules: other modules with settings, such as ``qna-openai``.
        inverted_index: what filters can ask, and how bm25 ranks.
        multi_tenancy, replication, sharding: as the specs of the schema say.
        object_ttl: when objects expire; it names an attribute.
        alias: the collection is behind an alias, so that it can be rebuilt while others read and write.
    """

    abstract: bool = False
    name: str | None = None
    description: str | None = None
    key: tuple[str, ...] = attrs.field(default=(), converter=_attributes)
    version: str | None = None
    vectorizer: Module | Embedder | None = None
    index: IndexSpec | None = None
    dimensions: int | None = None
    generative: Module | None = None
    reranker: Module | None = None
    modules: tuple[Module, ...] = attrs.field(default=(), converter=tuple)
    inverted_index: InvertedIndexSpec | None = None
    multi_tenancy: Any = None
    replication: Any = None
    sharding: Any = None
    object_ttl: ObjectTTLSpec | None = None
    alias: bool = False


_NOT_INHERITED = frozenset({"abstract", "name", "description"})


def read_options(model: str, meta: type | None, bases: tuple[type, ...]) -> MetaOptions:
    """Read the options of a class: its own ``Meta``, over those of its bases.

    Raises UnknownNameError for an option that does not exist, with the nearest that does.
    """
    names = [option.name for option in attrs.fields(MetaOptions)]
    values: dict[str, Any] = {}
    for base in reversed(bases):
        inherited = getattr(base, "__options__", None)
        if isinstance(inherited, MetaOptions):
            values |= {
                name: getattr(inherited, name)
                for name in names
                if name not in _NOT_INHERITED and getattr(inherited, name) != getattr(MetaOptions(), name)
            }
    for cls in reversed(meta.__mro__[:-1]) if meta is not None else ():
        for name, value in vars(cls).items():
            if name.startswith("__"):
                continue
            if name not in names:
                raise UnknownNameError(f"{model}.Meta option", name, names)
            if cls is meta or name not in _NOT_INHERITED:
                values[name] = value
    if "name" in values and not isinstance(values["name"], str):
        raise MappingError(f"{model}.Meta.name is a str, not {values['name']!r}")
    try:
        check_vectorizer(values.get("vectorizer"))
    except MappingError as error:
        raise MappingError(f"{model}.Meta: {error}") from None
    return MetaOptions(**values)
