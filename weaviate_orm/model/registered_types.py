"""Types that applications have registered, with the way in and out that they gave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import attrs

from weaviate_orm.schema.values import Decode, Encode, Scalar, shown


@attrs.frozen
class RegisteredType:
    """A class, the type that it is stored as, and its two ways, which may raise anything.

    ``ordered``: whether the order of what is stored is that of the values.
    """

    cls: type
    stored_as: Any
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    ordered: bool

    @property
    def name(self) -> str:
        """The name of the class, for errors."""
        return self.cls.__name__

    def to_stored(self, value: object) -> Any:
        """Return the stored value of a value. Raises ValueError."""
        if not isinstance(value, self.cls):
            raise ValueError(f"needs a {self.name}, got {shown(value)}")
        try:
            return self.encode(value)
        except Exception as error:  # of the application
            raise ValueError(
                f"{shown(value)} cannot be stored: its encode, as registered, raised {type(error).__name__}: {error}"
            ) from error

    def encoder(self, encode: Encode) -> Encode:
        """Return the way to JSON, by that of the stored type."""
        return partial(_encode, self, encode)

    def decoder(self, decode: Decode | None) -> Decode:
        """Return the way from JSON, by that of the stored type."""
        return partial(_decode, self, decode)

    def __reduce__(self) -> tuple[object, ...]:
        # by the class: its two ways may be lambdas, which cannot be pickled, and queries are
        return _of_class, (self.cls,)

    def scalar(self, stored: Scalar) -> Scalar:
        """Return how values are stored, where the stored type is of single values."""
        cure = (
            f"the order of {self.name} is not known to be that of the {stored.data_type} that it is stored as: where "
            f"it is, register_type(…, ordered=True) says so"
        )
        return attrs.evolve(
            stored,
            encode=self.encoder(stored.encode),
            decode=self.decoder(stored.decode),
            is_whole=True,
            unordered=stored.unordered if self.ordered else cure,
            figure=None,
        )


def _encode(registered: RegisteredType, encode: Encode, value: object) -> object:
    stored = registered.to_stored(value)
    try:
        return encode(stored)
    except ValueError as error:
        raise ValueError(f"is stored as what the encode of {registered.name} returns, which {error}") from error


def _decode(registered: RegisteredType, decode: Decode | None, value: object) -> object:
    stored = value if decode is None else decode(value)
    try:
        decoded = registered.decode(stored)
    except Exception as error:  # of the application
        raise ValueError(f"the decode of {registered.name} raised {type(error).__name__}: {error}") from error
    if not isinstance(decoded, registered.cls):
        raise ValueError(f"the decode of {registered.name} returned {shown(decoded)}")
    return decoded


_types: dict[type, RegisteredType] = {}


def _of_class(cls: type) -> RegisteredType:
    registered = registered_type(cls)
    if registered is None:
        raise LookupError(f"{cls.__name__} is not registered in this process: call register_type() at its import")
    return registered


def register(registered: RegisteredType) -> None:
    """Remember a type, in place of what was registered for its class."""
    _types[registered.cls] = registered


def registered_of(value: object) -> RegisteredType | None:
    """Return what is registered for the class of a value, or for one that it inherits from; None for other values."""
    return next((_types[cls] for cls in type(value).__mro__ if cls in _types), None)


def registered_type(annotation: object) -> RegisteredType | None:
    """Return what is registered for a class; None for any other type."""
    return _types.get(annotation) if isinstance(annotation, type) else None
