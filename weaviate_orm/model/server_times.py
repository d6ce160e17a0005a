"""``created_at`` and ``updated_at``: the times that the server keeps of each object."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from weaviate_orm.exceptions import ValidationError, describe
from weaviate_orm.model.state import State, check_loadable, owner_of, state_of
from weaviate_orm.query.expressions import Expression, expression
from weaviate_orm.schema.values import decode_unix_time

TIMES: tuple[Literal["created_at"], Literal["updated_at"]] = ("created_at", "updated_at")
"""The attributes, in the order of :attr:`State.times`."""


class ServerTime:
    """On the class an expression for queries; on an instance the time, or None while the object is not stored.

    A time that is not known is loaded when it is read, for all objects that came by the same query.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: object = None) -> Expression[datetime]: ...
        @overload
        def __get__(self, instance: object, owner: object = None) -> datetime | None: ...

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return expression(owner.__mapper__.entity, (), owner.__mapper__.entity, self.name)
        state = state_of(instance)
        if not state.is_stored:
            return None
        time = time_of(state, self.name)
        if time is not None:
            return time
        check_loadable(instance, self.name)
        owner_of(instance, self.name).load_times(instance)
        return time_of(state, self.name)

    def __set__(self, instance: object, value: object) -> None:
        raise ValidationError(
            f"{describe(instance)}: {self.name} is the server's, and cannot be assigned",
            instance=instance,
            field=self.name,
            reason="is the server's, and cannot be assigned",
        )


def time_of(state: State, name: str) -> datetime | None:
    """Return a time, or None where it is not loaded."""
    milliseconds = state.times[TIMES.index(name)]
    return None if milliseconds is None else decode_unix_time(milliseconds)
