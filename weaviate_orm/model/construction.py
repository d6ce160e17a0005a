"""Instances made at once: values are checked by a prepared list of checks, and placed without a setter for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import attrs

from weaviate_orm.cached_property import cached_property
from weaviate_orm.model.field_hooks import convert, validate
from weaviate_orm.model.instance_codec import check_value
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import State

_Factory: Any = attrs.Factory  # a class, which type checkers take for a function
_PARTS = ("__new__", "__setattr__", "__attrs_pre_init__")


class Parameter(NamedTuple):
    """A parameter of a constructor.

    ``check`` raises ValueError for a wrong value that is not None; where it is None, the attribute is assigned.
    """

    name: str
    default: Any
    factory: Callable[[], Any] | None
    nullable: bool
    check: Callable[[object], object] | None


class Constructor:
    """Makes instances of a class as the ``__init__`` does that attrs generated, in a third of the time.

    Not of a class that has a say in it by methods of its own for this.

    Args:
        model: the class.
        root: the class whose methods it has to share.
        attributes: those that attrs made ``__init__`` of, in their order.
    """

    def __init__(self, model: Any, root: Any, attributes: Sequence[attrs.Attribute[object]]) -> None:
        self._model = model
        self._attributes = attributes
        self._init = model.__init__
        self._is_plain = (
            "__attrs_init__" not in vars(model)  # what attrs calls its own where the class has an __init__
            and not hasattr(model, "__attrs_post_init__")
            and all(getattr(model, part) is getattr(root, part) for part in _PARTS)
            and all(map(_is_plain, attributes))
        )
        self._names = frozenset(attribute.name for attribute in attributes)
        self._required = frozenset(attribute.name for attribute in attributes if attribute.default is attrs.NOTHING)

    @property
    def is_plain(self) -> bool:
        """Whether an object is its checked values and no more: the class runs nothing of its own when one is made."""
        return self._is_plain and self._model.__init__ is self._init and not self._model.__mapper__.hooked

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters but the id."""
        mapper: Mapper = self._model.__mapper__
        return tuple(_parameter(mapper, attribute) for attribute in self._attributes if attribute.name != "id")

    def make(self, arguments: Mapping[str, object]) -> object:
        """Create an instance; None when only ``__init__`` can, or can name the wrong keyword.

        Raises ValidationError for a wrong value.
        """
        names = arguments.keys()
        if not (self._is_plain and self._required <= names <= self._names and self._model.__init__ is self._init):
            return None
        instance = object.__new__(self._model)
        values = instance.__dict__
        values["_state"] = State()
        if arguments.get("id") is not None:
            instance.id = arguments["id"]
        mapper: Mapper = self._model.__mapper__
        if mapper.converters:
            arguments = self._converted(mapper, instance, arguments)
            names = arguments.keys()
        for name, default, factory, nullable, check in self.parameters:
            value = arguments[name] if name in names else default if factory is None else factory()
            if value is not None or not nullable:
                if check is None:
                    setattr(instance, name, value)
                    continue
                try:
                    check(value)
                except ValueError:
                    check_value(mapper, instance, name, value)  # names object and field in its error
                    raise
            values[name] = value
        for name in mapper.validators:
            validate(mapper, instance, name, values[name])
        return instance

    @property
    def required(self) -> frozenset[str]:
        """The parameters without a default."""
        return self._required

    @property
    def optional(self) -> frozenset[str]:
        """The parameters with a default."""
        return self._names - self._required

    def _converted(self, mapper: Mapper, instance: Any, arguments: Mapping[str, object]) -> dict[str, object]:
        """Return the arguments with those that have a converter converted, and so are their defaults."""
        converted = dict(arguments)
        for name, default, factory, _, _ in self.parameters:
            if name in mapper.converters:
                value = arguments[name] if name in arguments else default if factory is None else factory()
                converted[name] = convert(mapper, instance, name, value)
        return converted


def _is_plain(attribute: attrs.Attribute[object]) -> bool:
    default: Any = attribute.default
    return (
        attribute.init
        and attribute.alias == attribute.name
        and attribute.converter is None
        and attribute.validator is None
        and not (isinstance(default, _Factory) and default.takes_self)
    )


def _parameter(mapper: Mapper, attribute: attrs.Attribute[object]) -> Parameter:
    name = attribute.name
    default: Any = attribute.default
    factory = default.factory if isinstance(default, _Factory) else None
    if name in mapper.properties:
        return Parameter(name, default, factory, mapper.properties[name].nullable, mapper.codecs[name].encode)
    if name in mapper.declared and name not in mapper.vector_fields:
        return Parameter(name, default, factory, mapper.declared[name].nullable, None)
    return Parameter(name, default, factory, True, mapper.vector_checks.get(name))
