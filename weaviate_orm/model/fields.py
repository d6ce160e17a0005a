"""The annotations of a model's body: ``Field``, ``Ref`` and ``Vector``.

They are descriptors as well: on the class they give expressions for queries, on an instance the value. A
value that is loaded lies in the instance's ``__dict__``; only reading one that is not loaded, or one that can change
in place, passes through here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, Union, overload

from weaviate_orm.model.instance_codec import snapshot_value
from weaviate_orm.model.state import Mapped, check_loadable, state_of, value_of
from weaviate_orm.query.expressions import Expression, ReferenceExpression, VectorExpression, expression

T = TypeVar("T")


class Array(Protocol):
    """A numpy array, or what behaves as one."""

    def __len__(self) -> int: ...
    def tolist(self) -> Any: ...


VectorLike = Union[Sequence[float], Array]


class _Member:
    """A mapped attribute of a class."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Mapped | None, owner: Any = None) -> Any:
        if instance is None:
            return expression(owner.__mapper__.entity, (), owner.__mapper__.entity, self.name)
        return self.read(instance)

    def read(self, instance: Mapped) -> Any:
        """Load and return a value that the ``__dict__`` of an instance does not hold."""
        check_loadable(instance, self.name)
        return value_of(instance, self.name)


class _Changeable(_Member):
    """A mapped attribute whose values can change in place.

    It has a setter, so that Python calls it at each reading: from then on the value may change unseen, so the session
    keeps the instance and compares it at the next flush.
    """

    def read(self, instance: Mapped) -> Any:
        """Return a value, and let the session compare the instance at the next flush."""
        values = instance.__dict__
        value = values[self.name] if self.name in values else super().read(instance)
        state = state_of(instance)
        if state.is_stored and value is not None:
            snapshot_value(instance, self.name)
            if state.owner is not None:
                state.owner.touch(instance)
        return value

    def __set__(self, instance: Mapped, value: Any) -> None:
        instance.__setattr__(self.name, value)


class Field(_Member, Generic[T]):
    """``title: Field[str]``: a property of the collection."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: object = None) -> Expression[T]: ...
        @overload
        def __get__(self, instance: object, owner: object = None) -> T: ...
        def __get__(self, instance: object, owner: object = None) -> Any: ...
        def __set__(self, instance: object, value: T) -> None: ...


class MutableField(_Changeable):
    """A property that holds a list or an object."""


class Ref(_Member, Generic[T]):
    """``author: Ref[Author | None]``, ``authors: Ref[list[Author]]``: a cross-reference."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: object = None) -> ReferenceExpression[T]: ...
        @overload
        def __get__(self, instance: object, owner: object = None) -> T: ...
        def __get__(self, instance: object, owner: object = None) -> Any: ...
        def __set__(self, instance: object, value: T) -> None: ...


class ManyRef(_Changeable):
    """A cross-reference to a list of objects."""


class Vector(_Changeable):
    """``summary: Vector = vector(…)``: a named vector. Reads as a list of floats, or what was assigned, or None."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: object = None) -> VectorExpression: ...
        @overload
        def __get__(self, instance: object, owner: object = None) -> VectorLike | None: ...
        def __get__(self, instance: object, owner: object = None) -> Any: ...
        def __set__(self, instance: object, value: VectorLike | None) -> None: ...
