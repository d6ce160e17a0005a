"""Types that applications have registered, with the way in and out that they gave."""

from __future__ import annotations

from collections.abc import Callable
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

        def encode_registered(value: object) -> object:
            stored = self.to_stored(value)
            try:
                return encode(stored)
            except ValueError as error:
                raise ValueError(f"is stored as what the encode of {self.name} returns, which {error}") from error

        return encode_registered

    def decoder(self, decode: Decode | None) -> Decode:
        """Return the way from JSON, by that of the stored type."""

        def decode_registered(value: object) -> object:
            stored = value if decode is None else decode(value)
            try:
                decoded = self.decode(stored)
            except Exception as error:  # of the application
                raise ValueError(f"the decode of {self.name} raised {type(error).__name__}: {error}") from error
            if not isinstance(decoded, self.cls):
                raise ValueError(f"the decode of {self.name} returned {shown(decoded)}")
            return decoded

        return decode_registered

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


_types: dict[type, RegisteredType] = {}


def register(registered: RegisteredType) -> None:
    """Remember a type, in place of what was registered for its class."""
    _types[registered.cls] = registered


def registered_of(value: object) -> RegisteredType | None:
    """Return what is registered for the class of a value, or for one that it inherits from; None for other values."""
    return next((_types[cls] for cls in type(value).__mro__ if cls in _types), None)


def registered_type(annotation: object) -> RegisteredType | None:
    """Return what is registered for a class; None for any other type."""
    return _types.get(annotation) if isinstance(annotation, type) else None
