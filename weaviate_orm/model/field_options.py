"""Options of a mapped attribute: ``field()``, ``ref()`` and ``vector()``, and the classes that hold what they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args

import attrs

from weaviate_orm.embedders.embedder import Embedder, is_model
from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.indexes import IndexSpec
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.properties import PropertySpec, Tokenization
from weaviate_orm.schema.text_analyzer import TextAnalyzer
from weaviate_orm.types import JSONObject

OnDelete = Literal["nothing", "deny", "clear", "cascade"]
"""The fate of an object when an object that it refers to is deleted."""

Validator = Callable[[Any, Any, Any], object]
"""Takes an object, the attrs attribute and a value; raises ValueError or TypeError."""

_KEY = "weaviate_orm"
"""The key of the options in the metadata of an attrs attribute."""

_SPEC_NAMES = frozenset(attribute.name for attribute in attrs.fields(PropertySpec))
_TOP_LEVEL_NAMES = frozenset({"index_range_filters", "vectorize", "vectorize_name"})


@attrs.frozen(kw_only=True)
class FieldOptions:
    """Options of a property; :func:`field` documents them.

    An option of the name of an attribute of :class:`PropertySpec` reaches the schema by :meth:`spec_options`.
    """

    name: str | None = None
    description: str | None = None
    tokenization: Tokenization | None = None
    index_filterable: bool | None = None
    index_searchable: bool | None = None
    index_range_filters: bool | None = None
    text_analyzer: TextAnalyzer | None = None
    vectorize: bool = True
    vectorize_name: bool = False
    deferred: bool = False
    stored_as: type[float] | None = None
    converter: Callable[..., Any] | attrs.Converter[Any, Any] | None = None
    validator: Validator | Sequence[Validator] | None = None
    lossy: bool = False

    def spec_options(self, *, nested: bool = False) -> JSONObject:
        """Return the keywords of a PropertySpec, without its name.

        Args:
            nested: leave out the options of properties that are not nested in another.
        """
        names = _SPEC_NAMES - _TOP_LEVEL_NAMES if nested else _SPEC_NAMES
        options = attrs.asdict(self, recurse=False)
        return {name: value for name, value in options.items() if name in names and name != "name"}


@attrs.frozen(kw_only=True)
class ReferenceOptions:
    """Options of a cross-reference; :func:`ref` documents them."""

    name: str | None = None
    description: str | None = None
    inverse: str | None = None
    on_delete: OnDelete = "nothing"
    disable_duplicated_references: bool | None = None


@attrs.frozen(kw_only=True)
class VectorOptions:
    """Options of a named vector; :func:`vector` documents them."""

    name: str | None = None
    vectorizer: Module | Embedder | None = None
    index: IndexSpec | None = None
    source_properties: tuple[str, ...] | None = None
    dimensions: int | None = None


AnyOptions = Union[FieldOptions, ReferenceOptions, VectorOptions]
Kind = TypeVar("Kind", FieldOptions, ReferenceOptions, VectorOptions)
_FUNCTIONS = {FieldOptions: "field()", ReferenceOptions: "ref()", VectorOptions: "vector()"}


def field(
    *,
    default: Any = attrs.NOTHING,
    factory: Callable[[], Any] | None = None,
    name: str | None = None,
    description: str | None = None,
    tokenization: Tokenization | None = None,
    index_filterable: bool | None = None,
    index_searchable: bool | None = None,
    index_range_filters: bool | None = None,
    text_analyzer: TextAnalyzer | None = None,
    vectorize: bool = True,
    vectorize_name: bool = False,
    deferred: bool = False,
    stored_as: type[float] | None = None,
    converter: Callable[..., Any] | attrs.Converter[Any, Any] | None = None,
    validator: Validator | Sequence[Validator] | None = None,
    lossy: bool = False,
) -> Any:
    """Options of a property, or of a member of a nested object.

    Args:
        default: the value where the constructor gets none; or
        factory: returns the default, called once for each object.
        name: the server's name of the property, where it is not the attribute's.
        description: kept with the schema.
        tokenization: how text is cut into the tokens that filters and bm25 compare; the server's default is "word".
        index_filterable, index_searchable, index_range_filters: the property's indexes; the server's defaults are
            True, True for text, False.
        text_analyzer: whether words are compared without their accents, and stopwords of the property's own (Weaviate
            1.37).
        vectorize: whether the collection's vectorizer reads the property.
        vectorize_name: whether it reads the property's name too.
        deferred: queries leave it out, unless they name it; it loads when it is read, for all objects that came with
            it. For large values that are seldom needed. ``Session.get()`` and ``refresh()`` load it all the same.
        stored_as: ``float`` stores a Decimal, or a container of them, as numbers, which have an order, sums and means.
            They keep 15 digits, and not the scale: 1.50 reads back as 1.5. By default it is text.
        converter: called with each value that is assigned or given to the constructor, None too; returns what is
            checked and kept. As attrs' own; what is loaded is not converted.
        validator: called with the object, the attrs attribute and the value, once that is of the type; raises
            ValueError or TypeError for one that is refused, which is reported as a ValidationError. Several in a list.
            As attrs' own, such as those in ``attrs.validators``; what is loaded is not validated.
        lossy: let an int, or a list of them, take 64 bits (between -2^63 + 512 and 2^63 - 512). Weaviate keeps the
            nearest 64-bit float (measured on 1.39), which is the value they read back as; without it, ints that would
            be rounded are refused. Not for an attribute that makes an id or counts versions.
    """
    options = FieldOptions(
        name=name,
        description=description,
        tokenization=tokenization,
        index_filterable=index_filterable,
        index_searchable=index_searchable,
        index_range_filters=index_range_filters,
        text_analyzer=text_analyzer,
        vectorize=vectorize,
        vectorize_name=vectorize_name,
        deferred=deferred,
        stored_as=stored_as,
        converter=converter,
        validator=validator,
        lossy=lossy,
    )
    return attribute_with(options, default, factory, converter=converter, validator=validator)


def ref(
    *,
    default: Any = attrs.NOTHING,
    factory: Callable[[], Any] | None = None,
    name: str | None = None,
    description: str | None = None,
    inverse: str | None = None,
    on_delete: OnDelete = "nothing",
    disable_duplicated_references: bool | None = None,
) -> Any:
    """Options of a cross-reference.

    Args:
        default, factory, name, description: as for :func:`field`.
        inverse: the attribute of the objects referred to that leads back here, and names this one as its inverse. A
            change of one side changes the other, in memory at once and on the server with the flush. A reference may
            be its own inverse, as ``friends``.
        on_delete: the fate of an object when an object that it refers to is deleted by a session: "nothing" leaves a
            dangling reference, "deny" refuses the deletion, "clear" takes the reference out, "cascade" deletes the
            object as well.
        disable_duplicated_references: whether the server ignores a reference that is added a second time; fixed once
            the collection exists. Its default is False.

    Raises MappingError for another ``on_delete``.
    """
    if on_delete not in get_args(OnDelete):
        raise MappingError(f"on_delete is one of {', '.join(get_args(OnDelete))}, not {on_delete!r}")
    options = ReferenceOptions(
        name=name,
        description=description,
        inverse=inverse,
        on_delete=on_delete,
        disable_duplicated_references=disable_duplicated_references,
    )
    return attribute_with(options, default, factory)


def vector(
    *,
    default: None = None,
    name: str | None = None,
    vectorizer: Module | Embedder | None = None,
    index: IndexSpec | None = None,
    source_properties: Sequence[str] | None = None,
    dimensions: int | None = None,
) -> Any:
    """Options of a named vector.

    Args:
        default: None; type checkers need it for a constructor that works without the vector.
        name: the server's name of the vector, where it is not the attribute's.
        vectorizer: what makes the vector: a module of the server, from :mod:`weaviate_orm.vectorizers`; or in the
            client an :class:`~weaviate_orm.embedders.Embedder`. None: you bring the vectors.
        index: ``hnsw(…)``, ``flat(…)`` or ``dynamic(…)``; the server's default is hnsw with cosine distances.
        source_properties: the attributes that the vectorizer reads; all by default.
        dimensions: the length that each vector must have; checked here, before anything is sent.

    Raises MappingError for another kind of vectorizer.
    """
    check_vectorizer(vectorizer)
    sources = tuple(source_properties) if source_properties is not None else None
    options = VectorOptions(
        name=name, vectorizer=vectorizer, index=index, source_properties=sources, dimensions=dimensions
    )
    return attribute_with(options, default)


def check_vectorizer(vectorizer: object) -> None:
    """Raise MappingError for what makes no vectors."""
    if vectorizer is None or isinstance(vectorizer, (Module, Embedder)):
        return
    cure = "wrap it: Embedder(…)" if is_model(vectorizer) else "take one of weaviate_orm.vectorizers, or an Embedder"
    raise MappingError(f"{vectorizer!r:.200} is no vectorizer; {cure}")


def attribute_with(
    options: AnyOptions | None, default: object, factory: Callable[[], Any] | None = None, **hooks: Any
) -> Any:
    """Return an attrs attribute that carries options; ``hooks``: attrs' converter and validator."""
    if factory is not None:
        if default is not attrs.NOTHING:
            raise TypeError("give a default or a factory, not both")
        default = attrs.Factory(factory)
    return attrs.field(default=default, metadata={} if options is None else {_KEY: options}, **hooks)


def options_in(metadata: Mapping[Any, Any] | None) -> AnyOptions | None:
    """Return the options in the metadata of an attrs attribute; None where it has none."""
    options: AnyOptions | None = metadata.get(_KEY) if metadata is not None else None
    return options


def options_as(kind: type[Kind], options: AnyOptions | None, attribute: str) -> Kind:
    """Return the options of an attribute as those of its kind; name and description of ``field()`` fit a reference.

    Raises MappingError for options of another kind.
    """
    if options is None:
        return kind()
    if isinstance(options, kind):
        return options
    if isinstance(options, FieldOptions):
        common = ReferenceOptions(name=options.name, description=options.description)
        if isinstance(common, kind):
            return common
    raise MappingError(
        f"{attribute} takes the options of {_FUNCTIONS[kind]}, and has those of {_FUNCTIONS[type(options)]}"
    )
