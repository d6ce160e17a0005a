"""The converter and the validator of a field, which are attrs': called when a value is assigned, not when it loads."""

from __future__ import annotations

from typing import Any

import attrs

from weaviate_orm.model.instance_codec import check_value, invalid
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import Mapped
from weaviate_orm.schema.values import shown

_Converter: Any = getattr(attrs, "Converter", None)  # attrs 24.1


def convert(mapper: Mapper, instance: Mapped | None, attribute: str, value: Any) -> Any:
    """Return what the converter of a field makes of a value. Raises ValidationError for a value that it refuses."""
    converter: Any = mapper.converters.get(attribute)
    if converter is None:
        return value
    try:
        if _Converter is not None and isinstance(converter, _Converter):
            return converter(value, instance, _attribute(mapper, attribute))
        return converter(value)
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        reason = f"cannot be {shown(value)}, which its converter refuses: {type(error).__name__}: {_message(error)}"
        raise invalid(mapper, instance, attribute, reason) from error


def validate(mapper: Mapper, instance: Mapped | None, attribute: str, value: Any) -> None:
    """Raise ValidationError for a value that the validator of a field refuses."""
    validator: Any = mapper.validators.get(attribute)
    if validator is None or attrs.validators.get_disabled():
        return
    try:
        validator(instance, _attribute(mapper, attribute), value)
    except (TypeError, ValueError) as error:
        reason = f"cannot be {shown(value)}, which its validator refuses: {_message(error)}"
        raise invalid(mapper, instance, attribute, reason) from error


def checked(mapper: Mapper, instance: Mapped | None, attribute: str, value: Any) -> Any:
    """Return what an attribute holds when a value is assigned. Raises ValidationError."""
    value = convert(mapper, instance, attribute, value)
    check_value(mapper, instance, attribute, value)
    validate(mapper, instance, attribute, value)
    return value


def check_assignable(mapper: Mapper, attribute: str, value: Any) -> None:
    """Raise ValidationError for a value that no object takes, as far as that can be said without an object."""
    converter: Any = mapper.converters.get(attribute)
    if not getattr(converter, "takes_self", False):
        check_value(mapper, None, attribute, convert(mapper, None, attribute, value))


def _attribute(mapper: Mapper, name: str) -> object:
    return getattr(attrs.fields(mapper.model), name)


def _message(error: Exception) -> str:
    """Return the text of an error; those of attrs' validators have more arguments than the text."""
    return str(error.args[0]) if error.args else type(error).__name__
