"""How a Python type is stored: what a codec is, and what it says of values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.field_options import FieldOptions
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec, Tokenization
from weaviate_orm.schema.values import Decode, Encode, Scalar, check_json
from weaviate_orm.types import JSONObject

Objects = Callable[[Any], Iterable[Any]]
Same = Callable[[Any, Any], bool]


@attrs.frozen
class Codec:
    """A type's data type and its two ways. ``decode`` is None where JSON already holds the value.

    ``json_types``: what its JSON is read as; ``decode`` takes no other.
    ``mutable``: its values can change in place, so that reading one may be the beginning of a change.
    ``members``: those of an object, or of the objects of a container. ``scalar``: that of a value, or of a
    container's values.
    ``plain_elements``: what the elements of a container are read as, where JSON already holds them; None otherwise.
    ``container``: the class of a container, which makes the empty one too; None of single values and objects.
    ``objects``: those of an ``object[]``, in the order of their JSON; None of other data types.
    ``identity``: the object by which one of these is recognized after a change; None where that is itself.
    ``to_stored``: of a registered type, the way to what it is stored as, which has the members; None otherwise.
    ``same``: whether two values are stored alike.
    """

    data_type: DataType
    encode: Encode
    decode: Decode | None
    json_types: frozenset[type]
    nested: tuple[PropertySpec, ...] = ()
    mutable: bool = False
    members: tuple[Member, ...] = ()
    scalar: Scalar | None = None
    plain_elements: frozenset[type] | None = None
    container: Callable[..., Any] | None = None
    objects: Objects | None = None
    identity: Callable[[Any], object] | None = None
    to_stored: Encode | None = None
    same: Same = operator.eq

    def tokenization(self, options: FieldOptions) -> Tokenization | None:
        """Return the tokenization of text: that of the options, or ``field`` for what is compared whole.

        Raises MappingError where the words of a text would be compared, and not its value.
        """
        if (
            self.scalar is not None
            and self.scalar.spellings is not None
            and options.tokenization not in (None, "field")
        ):
            raise MappingError(
                f"is compared as a whole, and not by words: leave out tokenization={options.tokenization!r}"
            )
        is_whole = self.scalar is not None and self.scalar.is_whole and self.scalar.data_type is DataType.TEXT
        return "field" if options.tokenization is None and is_whole else options.tokenization


@attrs.frozen
class Member:
    """A member of a nested object.

    ``read`` returns its value in an object; None where a dict lacks it.
    ``parameter`` is the constructor's, None where it takes none. ``has_default``: the class says what a missing one is.
    """

    attribute: str
    read: Callable[[Any], Any]
    parameter: str | None
    name: str
    nullable: bool
    has_default: bool
    codec: Codec

    def decode(self, value: object) -> object:
        """Decode the member's JSON; null is an empty container where None is not allowed. Raises ValueError."""
        if value is None:
            return self.codec.container() if self.codec.container is not None and not self.nullable else None
        try:
            check_json(value, self.codec.json_types)
            return self.codec.decode(value) if self.codec.decode is not None else value
        except Exception as error:  # of the constructors of nested classes, whatever they raise
            raise ValueError(f"{self.name}: {error}") from error


def is_same(codec: Codec, one: Any, other: Any) -> bool:
    """Return whether two values are stored alike; nested objects are compared by their members, not by ``==``."""
    if one is None or other is None:
        return one is other
    return bool(codec.same(one, other))


def have_same_members(members: Iterable[Member], one: object, other: object) -> bool:
    """Return whether two nested objects are stored alike."""
    return all(is_same(member.codec, member.read(one), member.read(other)) for member in members)


def list_elements(codec: Codec, value: Any, encoded: Any) -> Iterator[tuple[Any, int, JSONObject]]:
    """Yield the objects in the containers of a nested value, at any depth, with their positions and JSON."""
    if value is None or encoded is None:
        return
    if codec.to_stored is not None:
        value = codec.to_stored(value)
    if codec.objects is not None:
        objects = list(codec.objects(value))
        if len(objects) != len(encoded):
            return
        for position, (element, body) in enumerate(zip(objects, encoded, strict=True)):
            yield element if codec.identity is None else codec.identity(element), position, body
            yield from _inside(codec.members, element, body)
    else:
        yield from _inside(codec.members, value, encoded)


def _inside(
    members: Iterable[Member], value: Any, encoded: Mapping[str, object]
) -> Iterator[tuple[Any, int, JSONObject]]:
    for member in members:
        if member.codec.members:
            yield from list_elements(member.codec, member.read(value), encoded.get(member.name))


def holds_object_lists(codec: Codec) -> bool:
    """Return whether a value is, or has inside, a container of nested objects."""
    return codec.objects is not None or any(holds_object_lists(member.codec) for member in codec.members)
