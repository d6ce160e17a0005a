"""Forms of models: ``modelform_factory()``, as Django's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, cast

import attrs
from django import forms
from django.core.exceptions import ImproperlyConfigured

from weaviate_orm.contrib.django.form_fields import form_field
from weaviate_orm.exceptions import UnknownNameError, ValidationError
from weaviate_orm.model.declared import Declared, DeclaredVector
from weaviate_orm.model.field_hooks import checked
from weaviate_orm.model.model import Model
from weaviate_orm.query.execution import current_executor


class ModelForm(forms.Form):
    """A form of the fields of a model; made by :func:`modelform_factory`.

    Args:
        instance: the object to change; without one, ``save()`` stores a new one.
        arguments, options: as a ``Form`` of Django takes them.

    A valid form has not changed the object yet: ``save()`` does.
    """

    model: ClassVar[type[Model]]

    def __init__(self, *arguments: Any, instance: Any = None, **options: Any) -> None:
        self.instance = instance
        if instance is not None:
            values = {name: getattr(instance, name) for name in self.base_fields}
            options["initial"] = {**values, **(options.get("initial") or {})}
        super().__init__(*arguments, **options)

    def _post_clean(self) -> None:
        """Check the values as the model does."""
        super()._post_clean()  # type: ignore[misc]
        for name, value in self._values().items():
            try:
                checked(self.model.__mapper__, self.instance, name, value)
            except ValidationError as error:
                self.add_error(name, error.reason or str(error))

    def _values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name in self.model.__declared__}

    def save(self, commit: bool = True) -> Any:
        """Change the object, or make a new one; store and return it.

        It is stored by the session around, and with it what else is pending there.

        Args:
            commit: False stores nothing: add the object to a session.

        Raises:
            ValueError: the form has errors.
            FlushError: the server refused something.
        """
        if self.errors:
            raise ValueError(f"the {self.model.__name__} cannot be saved: its form has errors")
        is_new = self.instance is None
        if is_new:
            self.instance = self.model(**self._values())
        else:
            for name, value in self._values().items():
                setattr(self.instance, name, value)
        if commit and is_new:
            current_executor().store(self.instance, None)
        elif commit:
            current_executor().save(self.instance)
        return self.instance


def modelform_factory(
    model: type[Model],
    *,
    form: type[ModelForm] = ModelForm,
    fields: Collection[str] | None = None,
    exclude: Collection[str] = (),
    widgets: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    help_texts: Mapping[str, str] | None = None,
) -> type[ModelForm]:
    """Make a form class of a model. References are selects of the objects that they may lead to.

    ::

        BookForm = modelform_factory(Book, fields=["title", "pages", "author"])

    Lists have a line for each value; a field is required unless None, or its default, is a value. Help texts are the
    descriptions of the fields.

    Args:
        model: the model.
        form: the class to inherit from, which may declare fields of its own.
        fields: the attributes, in their order; by default all that have a form field: no nested objects, coordinates,
            blobs and vectors.
        exclude: attributes to leave out.
        widgets, labels, help_texts: by attribute.

    Raises:
        UnknownNameError: an attribute that the model does not have.
        ImproperlyConfigured: one that has no form field: declare it in ``form``.
    """
    for name in (*(fields or ()), *exclude):
        if name not in model.__declared__:
            raise UnknownNameError(f"{model.__name__} field", name, model.__declared__)
    form_fields: dict[str, Any] = {}
    for name in fields if fields is not None else model.__declared__:
        if name in exclude or name in form.base_fields:
            continue
        field = _field(model, name, widgets or {}, labels or {}, help_texts or {})
        if field is not None:
            form_fields[name] = field
        elif fields is not None:
            raise ImproperlyConfigured(
                f"{model.__name__}.{name} has no form field: leave it out of fields, or declare one in a subclass of "
                f"ModelForm, and give that as form"
            )
    return type(f"{model.__name__}Form", (form,), {"model": model, **form_fields})


def _field(
    model: type[Model], name: str, widgets: Mapping[str, Any], labels: Mapping[str, str], texts: Mapping[str, str]
) -> forms.Field | None:
    declared = model.__declared__[name]
    if isinstance(declared, DeclaredVector):
        return None
    options: dict[str, Any] = {}
    default = _default(model, name)
    if default is not None:
        options["initial"] = default
    if name in widgets:
        options["widget"] = widgets[name]
    if name in labels:
        options["label"] = labels[name]
    if text := texts.get(name) or _description(declared):
        options["help_text"] = text
    is_required = not (declared.nullable or default == "")
    return form_field(declared, is_required=is_required, **options)


def _description(declared: Declared) -> str | None:
    options: Any = declared.written
    return getattr(options, "description", None)


def _default(model: type[Model], name: str) -> Any:
    """Return the default of an attribute; None where it has none."""
    attribute = attrs.fields_dict(cast(Any, model)).get(name)
    default = None if attribute is None else attribute.default
    return None if default is attrs.NOTHING or isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]
