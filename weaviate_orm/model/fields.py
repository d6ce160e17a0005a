"""What stands in a model's body: ``Field``, ``Ref``, ``Vector``, and ``field()``, ``ref()``, ``vector()``.

The annotations are descriptors as well: on the class they give expressions for queries, on an instance the value. A
value that is loaded lies in the instance's ``__dict__``; only reading one that is not loaded, or one that can change
in place, passes through here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar, Union, get_args, overload

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.codec import OPTIONS
from weaviate_orm.model.state import state_of, value_of
from weaviate_orm.query.expressions import Expression, ReferenceExpression, VectorExpression, expression
from weaviate_orm.schema.indexes import IndexSpec
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.properties import Tokenization

T = TypeVar("T")


class Array(Protocol):
    """A numpy array, or what behaves as one."""

    def __len__(self) -> int: ...
    def tolist(self) -> Any: ...


OnDelete = Literal["nothing", "deny", "clear", "cascade"]
"""What becomes of an object when one that it refers to is deleted."""

VectorLike = Union[Sequence[float], Array]


class _Member:
    """A mapped attribute of a class."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return expression(owner.__mapper__.entity, (), owner.__mapper__.entity, self.name)
        return self.read(instance)

    def read(self, instance: Any) -> Any:
        """The value of an instance that ``__dict__`` does not hold: it is loaded now."""
        if self.name in state_of(instance).refused:
            raise instance.__mapper__.refused(instance, self.name)
        return value_of(instance, self.name)


class _Changeable(_Member):
    """A mapped attribute whose values can change in place.

    It has a setter, and so is asked at each reading: from then on the value may change unseen, so the session is told
    to keep the instance and to compare it at the next flush.
    """

    def read(self, instance: Any) -> Any:
        values = instance.__dict__
        value = values[self.name] if self.name in values else super().read(instance)
        state = state_of(instance)
        if state.is_stored and value is not None:
            instance.__mapper__.hand_out(instance, self.name)
            if state.session is not None:
                state.session.touch(instance)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__setattr__(self.name, value)


class Field(_Member, Generic[T]):
    """``title: Field[str]``: a property of the collection."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any = None) -> Expression[T]: ...
        @overload
        def __get__(self, instance: object, owner: Any = None) -> T: ...
        def __get__(self, instance: Any, owner: Any = None) -> Any: ...
        def __set__(self, instance: Any, value: T) -> None: ...


class MutableField(_Changeable):
    """A property that holds a list or an object."""


class Ref(_Member, Generic[T]):
    """``author: Ref[Author | None]``, ``authors: Ref[list[Author]]``: a cross-reference."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any = None) -> ReferenceExpression[T]: ...
        @overload
        def __get__(self, instance: object, owner: Any = None) -> T: ...
        def __get__(self, instance: Any, owner: Any = None) -> Any: ...
        def __set__(self, instance: Any, value: T) -> None: ...


class ManyRef(_Changeable):
    """A cross-reference to a list of objects."""


class Vector(_Changeable):
    """``summary: Vector = vector(…)``: a named vector. Reads as a list of floats, or what was assigned, or None."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any = None) -> VectorExpression: ...
        @overload
        def __get__(self, instance: object, owner: Any = None) -> VectorLike | None: ...
        def __get__(self, instance: Any, owner: Any = None) -> Any: ...
        def __set__(self, instance: Any, value: VectorLike | None) -> None: ...


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
    vectorize: bool = True,
    vectorize_name: bool = False,
    deferred: bool = False,
    lossy: bool = False,
) -> Any:
    """Options of a property, or of a member of a nested object.

    Args:
        default: the value where the constructor gets none; or
        factory: what makes it, once for each object.
        name: the server's name of the property, where it is not the attribute's.
        description: kept with the schema.
        tokenization: how text is cut into the tokens that filters and bm25 compare; the server's default is "word".
        index_filterable, index_searchable, index_range_filters: the property's indexes; the server's defaults are
            True, True for text, False.
        vectorize: whether the collection's vectorizer reads the property.
        vectorize_name: whether it reads the property's name too.
        deferred: queries leave it out, unless they name it; it loads when it is read, for all objects that came with
            it. For what is large and seldom needed. ``Session.get()`` and ``refresh()`` load it all the same.
        lossy: let an int, or a list of them, take 64 bits (between -2^63 + 512 and 2^63 - 512). Weaviate keeps the
            nearest 64-bit float (measured on 1.39), which is what they read back as; without it, ints that would be
            rounded are refused. Not for what makes an id or counts versions.
    """
    options = {
        "name": name,
        "description": description,
        "tokenization": tokenization,
        "index_filterable": index_filterable,
        "index_searchable": index_searchable,
        "index_range_filters": index_range_filters,
        "vectorize": vectorize,
        "vectorize_name": vectorize_name,
        "deferred": deferred,
        "lossy": lossy,
    }
    return _attribute(default, factory, options)


def ref(
    *,
    default: Any = attrs.NOTHING,
    factory: Callable[[], Any] | None = None,
    name: str | None = None,
    description: str | None = None,
    inverse: str | None = None,
    on_delete: OnDelete = "nothing",
) -> Any:
    """Options of a cross-reference.

    Args:
        default, factory, name, description: as for :func:`field`.
        inverse: the attribute of the objects referred to that leads back here, and names this one as its inverse. What
            happens to one side, the other follows, in memory at once and on the server with the flush. A reference may
            be its own inverse, as ``friends``.
        on_delete: what becomes of an object when one that it refers to is deleted by a session: "nothing" leaves a
            dangling reference, "deny" refuses the deletion, "clear" takes the reference out, "cascade" deletes the
            object as well.

    Raises MappingError for another ``on_delete``.
    """
    if on_delete not in get_args(OnDelete):
        raise MappingError(f"on_delete is one of {', '.join(get_args(OnDelete))}, not {on_delete!r}")
    options = {"name": name, "description": description, "inverse": inverse, "on_delete": on_delete}
    return _attribute(default, factory, options)


def vector(
    *,
    default: None = None,
    name: str | None = None,
    vectorizer: Module | None = None,
    index: IndexSpec | None = None,
    source_properties: Sequence[str] | None = None,
    dimensions: int | None = None,
) -> Any:
    """Options of a named vector.

    Args:
        default: None; type checkers want to see it where constructors shall not need the vector.
        name: the server's name of the vector, where it is not the attribute's.
        vectorizer: what makes the vector, from :mod:`weaviate_orm.vectorizers`; None: the vectors are given.
        index: ``hnsw(…)``, ``flat(…)`` or ``dynamic(…)``; the server's default is hnsw with cosine distances.
        source_properties: the attributes that the vectorizer reads; all by default.
        dimensions: the length that each vector must have; checked here, before anything is sent.
    """
    sources = tuple(source_properties) if source_properties is not None else None
    return _attribute(
        default,
        None,
        {
            "name": name,
            "vectorizer": vectorizer,
            "index": index,
            "source_properties": sources,
            "dimensions": dimensions,
        },
    )


def _attribute(default: Any, factory: Callable[[], Any] | None, options: dict[str, Any]) -> Any:
    if factory is not None:
        if default is not attrs.NOTHING:
            raise TypeError("give a default or a factory, not both")
        default = attrs.Factory(factory)
    return attrs.field(default=default, metadata={OPTIONS: options})
