"""Form fields of the types that models have: references, lists, and what Django has itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.choices import BaseChoiceIterator

from weaviate_orm.model.annotations import settle, split_optional
from weaviate_orm.model.array_codecs import is_array
from weaviate_orm.model.declared import DeclaredProperty, DeclaredReference
from weaviate_orm.model.model import Model
from weaviate_orm.model.registered_types import registered_type
from weaviate_orm.model.scalars import subclassed
from weaviate_orm.query.queryset import QuerySet

FIELDS: dict[object, type[forms.Field]] = {
    str: forms.CharField,
    int: forms.IntegerField,
    float: forms.FloatField,
    Decimal: forms.DecimalField,
    datetime: forms.DateTimeField,
    date: forms.DateField,
    time: forms.TimeField,
    timedelta: forms.DurationField,
    UUID: forms.UUIDField,
}


_CONTAINERS = (list, tuple, set, frozenset)


class ReferenceChoices(BaseChoiceIterator):
    """The options of a select, read when it is rendered."""

    def __init__(self, field: ReferenceField) -> None:
        self._field = field

    def __iter__(self) -> Iterator[tuple[str, str]]:
        if self._field.empty_label is not None:
            yield "", self._field.empty_label
        for instance in self._field.queryset:
            yield str(instance.id), self._field.label_from_instance(instance)


class ReferenceField(forms.Field):
    """A select of the objects of a query set. Its value is an object, or None.

    Args:
        queryset: the objects to choose from; with Weaviate's limits, and an order that people see.
        empty_label: of the first option, which is none.
        options: as a ``Field`` of Django takes them.
    """

    widget = forms.Select
    default_error_messages = {  # noqa: RUF012  # as Django has it
        "invalid_choice": "Select a valid choice. That choice is not one of the available choices.",
    }

    def __init__(self, queryset: QuerySet[Any], *, empty_label: str | None = "---------", **options: Any) -> None:
        super().__init__(**options)
        self.queryset = queryset
        self.empty_label = empty_label
        self._offer()

    def __deepcopy__(self, memo: dict[int, Any]) -> ReferenceField:
        copied: ReferenceField = super().__deepcopy__(memo)
        copied._offer()
        return copied

    def _offer(self) -> None:
        widget: Any = self.widget
        widget.choices = ReferenceChoices(self)

    def label_from_instance(self, instance: Model) -> str:
        """Return the text of an option: the object's ``__str__``, or without one its first text."""
        if type(instance).__str__ is not object.__str__:
            return str(instance)
        texts = (value for _, value in instance._loaded_properties() if isinstance(value, str))
        return next(texts, str(instance.id))

    def prepare_value(self, value: Any) -> Any:
        """Return the id of an object."""
        return str(value.id) if isinstance(value, Model) else value

    def to_python(self, value: Any) -> Any:
        """Return the object of an id. Raises ValidationError where the query set has none."""
        if value in self.empty_values:
            return None
        return self._objects([value])[0]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether another object was chosen."""
        return str(self.prepare_value(initial) or "") != str(self.prepare_value(data) or "")

    def _objects(self, values: list[Any]) -> list[Any]:
        try:
            ids = [value.id if isinstance(value, Model) else UUID(str(value)) for value in values]
        except ValueError:
            ids = []
        objects = self.queryset.in_bulk(ids) if ids else {}
        if len(ids) != len(values) or any(id not in objects for id in ids):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return [objects[id] for id in ids]


class ReferencesField(ReferenceField):
    """A select of several objects of a query set. Its value is a list."""

    widget = forms.SelectMultiple

    def __init__(self, queryset: QuerySet[Any], **options: Any) -> None:
        super().__init__(queryset, empty_label=None, **options)

    def prepare_value(self, value: Any) -> Any:
        """Return the ids of objects."""
        return [super(ReferencesField, self).prepare_value(item) for item in value or ()]

    def to_python(self, value: Any) -> Any:
        """Return the objects of ids. Raises ValidationError where the query set lacks one."""
        return self._objects(list(dict.fromkeys(value or ())))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether other objects were chosen."""
        return {*self.prepare_value(initial)} != {*self.prepare_value(data)}


class LinesField(forms.Field):
    """A container of values, one on each line.

    Args:
        element: the field of a value.
        container: makes the container of a list.
        options: as a ``Field`` of Django takes them.
    """

    widget = forms.Textarea

    def __init__(self, element: forms.Field, container: Callable[[list[Any]], Any] = list, **options: Any) -> None:
        super().__init__(**options)
        self.element = element
        self.container = container

    def prepare_value(self, value: Any) -> Any:
        """Return the lines of a container; those of a set are sorted."""
        if not isinstance(value, _CONTAINERS):
            return value
        lines = [str(self.element.prepare_value(item)) for item in value]
        return "\n".join(sorted(lines) if isinstance(value, (set, frozenset)) else lines)

    def to_python(self, value: Any) -> Any:
        """Return the container of the lines that are not empty."""
        lines = value if isinstance(value, _CONTAINERS) else str(value or "").splitlines()
        return self.container([self.element.clean(line) for line in lines if str(line).strip()])

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the lists differ."""
        try:
            return bool((initial or self.container([])) != self.to_python(data))
        except ValidationError:
            return True


class ConvertedField(forms.Field):
    """A field of a class whose values are made of those of another field.

    Args:
        plain: the other field.
        cls: the class.
        to_plain: returns the value of the other field.
        make: returns a value of the class. Raises ValueError for what it refuses.
        is_nullable: whether what is empty is None.
        options: as a ``Field`` of Django takes them.
    """

    def __init__(
        self,
        plain: forms.Field,
        cls: type,
        to_plain: Callable[[Any], Any],
        make: Callable[[Any], Any],
        is_nullable: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**{**options, "widget": plain.widget})
        self.plain = plain
        self._cls = cls
        self._to_plain = to_plain
        self._make = make
        self._is_nullable = is_nullable

    def prepare_value(self, value: Any) -> Any:
        """Return what the other field shows."""
        return self.plain.prepare_value(self._to_plain(value) if isinstance(value, self._cls) else value)

    def clean(self, value: Any) -> Any:
        """Return the value. Raises ValidationError for what the other field, or the class, refuses."""
        cleaned = self.plain.clean(value)
        if cleaned is None or (self._is_nullable and cleaned in self.empty_values):
            return None
        try:
            return self._make(cleaned)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether another value was entered."""
        return self.plain.has_changed(self._to_plain(initial) if isinstance(initial, self._cls) else initial, data)


class EnumerationField(forms.TypedChoiceField):
    """A select of the members of an enumeration, or of literals.

    Args:
        members: the values.
        options: as a ``TypedChoiceField`` of Django takes them.
    """

    def __init__(self, members: tuple[Any, ...], *, required: bool = True, **options: Any) -> None:
        by_text = {self._text(member): member for member in members}
        texts = [(text, getattr(member, "name", text)) for text, member in by_text.items()]
        super().__init__(
            choices=texts if required else [("", "---------"), *texts],
            coerce=by_text.__getitem__,
            empty_value=None,
            required=required,
            **options,
        )

    @staticmethod
    def _text(member: Any) -> str:
        return str(member.value if isinstance(member, Enum) else member)

    def prepare_value(self, value: Any) -> Any:
        """Return the text of a member."""
        return self._text(value) if value is not None else ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether another member was chosen."""
        return bool(self.prepare_value(initial) != self.prepare_value(data))


def form_field(declared: object, *, is_required: bool, **options: Any) -> forms.Field | None:
    """Return the form field of a declared attribute; None for a type that has none, such as nested objects."""
    if isinstance(declared, DeclaredReference):
        (model, *others) = declared.models()
        if others:
            return None
        field = ReferencesField if declared.many else ReferenceField
        queries: Any = model
        return field(queries.query, required=is_required and not declared.many, **options)
    if not isinstance(declared, DeclaredProperty):
        return None
    annotation, may_be_none = split_optional(settle(declared.value))
    return _property_field(annotation, may_be_none or declared.nullable, is_required, options)


def _property_field(
    annotation: Any, is_nullable: bool, is_required: bool, options: dict[str, Any]
) -> forms.Field | None:
    registered = registered_type(annotation)
    if registered is not None:
        stored = _property_field(registered.stored_as, is_nullable, is_required, options)
        ways = registered.cls, registered.to_stored, registered.decoder(None)
        return stored and ConvertedField(stored, *ways, is_nullable, required=is_required, **options)
    if is_array(annotation):
        element = _property_field(get_args(annotation)[0], False, True, {})
        container: Any = list if get_origin(annotation) is Sequence else get_origin(annotation)
        return None if element is None else LinesField(element, container, required=False, **options)
    if annotation is bool:
        if is_nullable:
            return forms.NullBooleanField(required=False, **options)
        return forms.BooleanField(required=False, **options)
    if choices := _choices(annotation):
        return EnumerationField(choices, required=is_required, **options)
    kind = subclassed(annotation) if isinstance(annotation, type) and annotation not in FIELDS else None
    if kind is not None:
        plain = _property_field(kind, is_nullable, is_required, options)
        return plain and ConvertedField(
            plain, annotation, kind, annotation, is_nullable, required=is_required, **options
        )
    field = FIELDS.get(annotation)
    if field is None:
        return None
    if annotation is str:
        options = {"empty_value": None if is_nullable else "", **options}
    return field(required=is_required, **options)


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(annotation) if isinstance(annotation, type) and issubclass(annotation, Enum) else ()
