"""The values of an instance: checked, encoded, compared with the snapshot, and decoded from rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from types import NoneType
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.exceptions import StoredValueError, ValidationError, describe
from weaviate_orm.model.codec import is_same, list_elements
from weaviate_orm.model.mapper import UNNAMED_VECTOR, AttributeDecoder, Mapper
from weaviate_orm.model.state import Mapped, state_of
from weaviate_orm.schema.values import check_json
from weaviate_orm.schema.vector_values import is_packed_as, packed, prepared_vector
from weaviate_orm.types import JSONObject

# -- checks


def check_value(mapper: Mapper, instance: Mapped | None, attribute: str, value: object) -> None:
    """Raise ValidationError when an attribute cannot take a value; ``instance`` is named in the error."""
    if attribute in mapper.codecs:
        encode_value(mapper, instance, attribute, value)
    elif attribute in mapper.vector_fields:
        if value is not None:
            _check_vector(mapper, instance, attribute, value)
    elif attribute == UNNAMED_VECTOR:
        if value is not None:
            names = ", ".join(mapper.vector_fields)
            raise invalid(mapper, instance, attribute, f"does not exist beside named vectors: {names}")
    else:
        check_reference(mapper, instance, attribute, value)


def invalid(mapper: Mapper, instance: Mapped | None, attribute: str, reason: str) -> ValidationError:
    """Return the error of a value that an attribute cannot take."""
    subject = describe(instance) if instance is not None else mapper.label
    return ValidationError(f"{subject}: {attribute} {reason}", instance=instance, field=attribute, reason=reason)


def _check_vector(mapper: Mapper, instance: Mapped | None, attribute: str, value: object) -> None:
    try:
        mapper.vector_checks[attribute](value)
    except ValueError as error:
        raise invalid(mapper, instance, attribute, str(error)) from None


def check_reference(mapper: Mapper, instance: Mapped | None, attribute: str, value: object) -> None:
    """Raise ValidationError when a reference cannot take a value."""
    declared = mapper.declared_references[attribute]
    if declared.many:
        if not isinstance(value, (list, tuple)):
            raise invalid(mapper, instance, attribute, f"needs a list of objects, got {type(value).__name__}")
        targets = value
    else:
        if value is None and not declared.nullable:
            raise invalid(mapper, instance, attribute, "needs an object; annotate it with | None to allow None")
        targets = () if value is None else (value,)
    for target in targets:
        if not declared.may_lead_to(type(target)):
            labels = " or ".join(getattr(choice, "__name__", str(choice)) for choice in declared.targets)
            shown = f"{type(target).__name__} {target!r}"
            raise invalid(mapper, instance, attribute, f"refers to {labels}, got {shown:.120}")


# -- encoding


def encode_value(mapper: Mapper, instance: Mapped | None, attribute: str, value: object) -> object:
    """Return the JSON of a value of a property. Raises ValidationError."""
    if value is None:
        if not mapper.properties[attribute].nullable:
            raise invalid(mapper, instance, attribute, "needs a value; annotate it with | None to allow None")
        return None
    try:
        return mapper.codecs[attribute].encode(value)
    except ValueError as error:
        raise invalid(mapper, instance, attribute, str(error)) from None


def encode_properties(instance: Mapped) -> JSONObject:
    """Return the JSON of each property, by attribute; None where it is not loaded. Raises ValidationError."""
    mapper = instance.__mapper__
    value_of = instance.__dict__.get
    try:
        return {name: None if (value := value_of(name)) is None else encode(value) for name, encode in mapper.encoders}
    except ValueError:
        for name in mapper.codecs:
            if value_of(name) is not None:
                encode_value(mapper, instance, name, value_of(name))  # raises the error of the wrong value
        raise


def wire_properties(mapper: Mapper, encoded: Mapping[str, object]) -> Mapping[str, object]:
    """Return encoded properties under the server's names, without None; the same mapping where nothing changes."""
    names = mapper.wire_names
    if names is None:
        if None not in encoded.values():
            return encoded
        return {name: value for name, value in encoded.items() if value is not None}
    return {names[name]: value for name, value in encoded.items() if value is not None}


def wire_vectors(instance: Mapped, attributes: Iterable[str] | None = None) -> JSONObject:
    """Return the vectors that an instance has, as keys of the server's JSON of an object: ``vector`` or ``vectors``."""
    mapper, values = instance.__mapper__, instance.__dict__
    wire: JSONObject = {}
    for attribute in mapper.vector_fields if attributes is None else attributes:
        value = values.get(attribute)
        if value is None:
            continue
        field = mapper.vector_fields[attribute]
        _check_vector(mapper, instance, attribute, value)
        try:
            prepared = prepared_vector(value)
        except ValueError as error:
            raise invalid(mapper, instance, attribute, str(error)) from None
        if field.spec.name is None:
            wire["vector"] = prepared
        else:
            wire.setdefault("vectors", {})[field.spec.name] = prepared
    return wire


# -- comparing


def changed_properties(instance: Mapped) -> JSONObject:
    """Return the JSON, by attribute, of each loaded property that differs from the snapshot."""
    mapper, values, snapshot = instance.__mapper__, instance.__dict__, state_of(instance).snapshot
    changed: JSONObject = {}
    for attribute, codec in mapper.codecs.items():
        if attribute not in values:
            continue
        value = values[attribute]
        stored = snapshot.get(attribute)
        if value is None and stored is None and attribute in snapshot:
            continue  # another program stored it without a value that the class needs
        try:
            encoded = encode_value(mapper, instance, attribute, None) if value is None else codec.encode(value)
        except ValueError:
            # others may have stored a value that is refused here
            if attribute in snapshot and is_same(codec, value, _decode_value(mapper, attribute, stored)):
                continue
            encode_value(mapper, instance, attribute, value)  # names the object and the field in its error
            raise
        # the server may write an equal value in another way, a date for instance
        if attribute in snapshot and (
            encoded == stored or is_same(codec, value, _decode_value(mapper, attribute, stored))
        ):
            continue
        changed[attribute] = encoded
    return changed


def changed_vectors(instance: Mapped) -> tuple[str, ...]:
    """Return the vectors that were assigned, or changed in place since they were read."""
    values = instance.__dict__
    before = state_of(instance).vectors
    return tuple(name for name, snapshot in before.items() if not is_packed_as(values.get(name), snapshot))


def snapshot_value(instance: Mapped, attribute: str) -> None:
    """Copy the parts of a value that show in-place changes, before it is returned to a reader."""
    mapper = instance.__mapper__
    if attribute in mapper.object_lists:
        if attribute not in state_of(instance).elements:
            note_elements(instance, attribute)
    elif attribute in mapper.vector_fields:
        snapshot_vector(instance, attribute)


def snapshot_vector(instance: Mapped, attribute: str) -> None:
    """Copy a vector, to detect in-place changes. Raises StoredValueError for a stored value that is no vector."""
    state = state_of(instance)
    if attribute not in state.vectors:
        value = instance.__dict__[attribute]
        try:
            state.vectors = {**state.vectors, attribute: packed(value)}
        except (TypeError, ValueError, OverflowError, LookupError) as error:
            # checked no sooner than here: a vector has many numbers
            raise stored_value_error(instance.__mapper__, Undecoded({}, attribute, value, error), state.id) from error


def note_elements(instance: Mapped, attribute: str) -> None:
    """Remember the stored JSON of nested objects in lists, while the value is as it is stored."""
    state = state_of(instance)
    value, stored = instance.__dict__.get(attribute), state.snapshot.get(attribute)
    elements = tuple(list_elements(instance.__mapper__.codecs[attribute], value, stored))
    state.elements = {**state.elements, attribute: elements}


# -- decoding


@attrs.frozen(eq=False)
class Undecoded:
    """A value of a row that could not be decoded: its JSON, and the error."""

    row: JSONObject
    attribute: str
    value: Any
    cause: Exception


def decode_properties(mapper: Mapper, row: JSONObject, id: str | None = None) -> JSONObject:
    """Decode a row of JSON, keyed by attribute, in place, and return it. Missing keys stay missing.

    Raises StoredValueError, with the id of the object, for a value that its field cannot hold.
    """
    for undecoded in decode_rows(mapper, (row,)):
        raise stored_value_error(mapper, undecoded, id)
    return row


def decode_rows(mapper: Mapper, rows: Collection[JSONObject]) -> Sequence[Undecoded]:
    """Decode rows of JSON, keyed by attribute, in place. Missing keys stay missing.

    Returns the values that cannot be decoded; they are removed from their rows.
    """
    undecoded: list[Undecoded] = []
    for decoder in mapper.decoders:
        attribute, types, decode = decoder.attribute, decoder.json_types, decoder.decode
        try:
            fits = types.issuperset(map(type, map(itemgetter(attribute), rows)))
        except KeyError:  # rows may lack it
            fits = types.issuperset([type(row.get(attribute)) for row in rows])
        if not fits:
            undecoded += _of_other_types(rows, attribute, types)
        if decode is None or (fits and _copy_lists(decoder, rows)):
            continue
        for row in rows:
            value = row.get(attribute)
            if value is not None:
                try:
                    row[attribute] = decode(value)
                except Exception as error:  # of the constructors of nested classes, whatever they raise
                    undecoded.append(Undecoded(row, attribute, value, error))
                    del row[attribute]
            elif decoder.empty is not None and attribute in row:
                row[attribute] = decoder.empty()
    return undecoded


def _copy_lists(decoder: AttributeDecoder, rows: Collection[JSONObject]) -> bool:
    """Copy the lists of a column whose elements need no decoding; return whether all of it is done.

    A call of the decoder for each list takes twice as long. The snapshot keeps the list that was loaded.
    """
    attribute, types = decoder.attribute, decoder.plain_elements
    if types is None:
        return False
    lists: list[Any] = [row.get(attribute) for row in rows]
    if None in lists or not types.issuperset(map(type, chain.from_iterable(lists))):
        return False
    for row in rows:
        row[attribute] = [*row[attribute]]
    return True


def stored_value_error(mapper: Mapper, undecoded: Undecoded, id: str | None) -> StoredValueError:
    """Return the error of a stored value that its field cannot hold."""
    value, attribute = undecoded.value, undecoded.attribute
    subject = f"{mapper.label} {id}" if id is not None else mapper.label
    shown = repr(value)
    error = StoredValueError(
        f"{subject}: {attribute} is {shown if len(shown) <= 80 else shown[:80] + '…'} on the server, which the field "
        f"cannot hold: {undecoded.cause}. Leave out the field by defer({attribute!r}), or such objects by "
        f"on_error('skip')",
        model=mapper.model,
        id=UUID(id) if id is not None else None,
        field=attribute,
        value=value,
    )
    error.__cause__ = undecoded.cause
    return error


def _decode_value(mapper: Mapper, attribute: str, value: object) -> object:
    codec = mapper.codecs[attribute]
    if value is None:
        return codec.container() if codec.container is not None and not mapper.properties[attribute].nullable else None
    return codec.decode(value) if codec.decode is not None else value


def _of_other_types(rows: Iterable[JSONObject], attribute: str, types: frozenset[type]) -> Iterator[Undecoded]:
    """Remove the values of an attribute whose JSON is of another type from their rows."""
    for row in rows:
        value = row.get(attribute)
        if value is not None:
            try:
                check_json(value, types - {NoneType})
            except ValueError as error:
                yield Undecoded(row, attribute, row.pop(attribute), error)
