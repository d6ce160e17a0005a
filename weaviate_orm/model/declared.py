"""The mapped attributes of a class as its body declares them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.field_options import AnyOptions, FieldOptions, ReferenceOptions, VectorOptions, options_as
from weaviate_orm.model.registry import find, is_same, latest
from weaviate_orm.model.scopes import Scope, Undefined


@attrs.frozen
class Declared:
    """A mapped attribute as its class declares it.

    Attributes:
        attribute: its name.
        written: its options as the class states them; those of another kind are refused when they are used.
        annotation: as it was read, with the type variables that subclasses may replace.
        scope: of the annotation.
        nullable: whether None is a value.
    """

    attribute: str
    written: AnyOptions | None
    annotation: Any
    scope: Scope = attrs.field(repr=False)
    nullable: bool = False


@attrs.frozen
class DeclaredProperty(Declared):
    """A declared property; ``value``: its type without None."""

    value: object = None

    @property
    def options(self) -> FieldOptions:
        """Its options. Raises MappingError for those of another kind."""
        return options_as(FieldOptions, self.written, self.attribute)


@attrs.frozen
class DeclaredReference(Declared):
    """A declared cross-reference; ``targets``: the models, or the names of those that were not defined yet."""

    targets: tuple[object, ...] = ()
    many: bool = False

    @property
    def options(self) -> ReferenceOptions:
        """Its options. Raises MappingError for those of another kind."""
        return options_as(ReferenceOptions, self.written, self.attribute)

    def models(self) -> list[object]:
        """Return the targets, in their latest definitions. Raises MappingError where a target is not defined."""
        return [_model(target) if isinstance(target, Undefined) else latest(target) for target in self.targets]

    def may_lead_to(self, cls: type) -> bool:
        """Return whether objects of a class may be targets. Raises MappingError where a target is not defined."""
        for target in self.targets:
            if isinstance(target, Undefined):
                if target.meaning is None:
                    target.meaning = _model(target)
                target = target.meaning
            if is_same(cls, target):
                return True
        return False


@attrs.frozen
class DeclaredVector(Declared):
    """A declared named vector."""

    @property
    def options(self) -> VectorOptions:
        """Its options. Raises MappingError for those of another kind."""
        return options_as(VectorOptions, self.written, self.attribute)


def _model(name: Undefined) -> object:
    """Resolve a name that was not defined when the annotation was read: in its scope, or by the model's name."""
    try:
        model = name.look_up()
    except NameError:
        return find(name.name.rpartition(".")[2], name.scope.owner)
    if not hasattr(model, "__mapper__"):
        raise MappingError(f"{name.name} is no model; what a property holds, and is defined later, is written Field[…]")
    return latest(model)


def check_inverse(
    model: type, reference: DeclaredReference, target: type, declared_by_target: Mapping[str, Declared]
) -> None:
    """Raise MappingError unless two references name each other and lead to each other's classes."""
    name = reference.options.inverse
    label, inverse = f"{model.__name__}.{reference.attribute}", f"{target.__name__}.{name}"
    other = declared_by_target.get(str(name))
    if not isinstance(other, DeclaredReference):
        references = [
            member.attribute for member in declared_by_target.values() if isinstance(member, DeclaredReference)
        ]
        near = difflib.get_close_matches(str(name), references, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(references) or 'none'}"
        raise MappingError(f"{label} has the inverse {inverse}, which is no reference; {hint}")
    named = other.options.inverse
    if named != reference.attribute:
        problem = f"names {named!r} as its own" if named else "names none"
        raise MappingError(
            f"{label} has the inverse {inverse}, which {problem}: give it ref(inverse={reference.attribute!r})"
        )
    if not other.may_lead_to(model):
        raise MappingError(
            f"{label} has the inverse {inverse}, which does not refer to {model.__name__}: add it to its types"
        )
