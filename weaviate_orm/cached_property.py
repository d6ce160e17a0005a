"""Values that are computed when they are first read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from typing_extensions import Self

T = TypeVar("T")


class cached_property(Generic[T]):  # noqa: N801 - it stands where functools' does
    """``functools.cached_property`` as of Python 3.12: without its lock.

    The lock of older versions is one for all instances and held while a value is computed, so that a child which is
    forked meanwhile waits for ever. Threads that read at once may each compute the value; all get the one that is done
    first.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        return instance.__dict__.setdefault(self._name, self._compute(instance))
