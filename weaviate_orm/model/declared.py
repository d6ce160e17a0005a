"""The mapped attributes of a class as its body declares them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.annotations import Undefined
from weaviate_orm.model.registry import is_same


@attrs.frozen
class Declared:
    """A mapped attribute as its class declares it; references by the names or classes that the annotation gives."""

    attribute: str
    options: Mapping[str, Any]
    nullable: bool = False


@attrs.frozen
class DeclaredProperty(Declared):
    annotation: Any = None


@attrs.frozen
class DeclaredReference(Declared):
    targets: tuple[Any, ...] = ()
    many: bool = False

    def may_lead_to(self, cls: type) -> bool:
        """Whether objects of a class may be its targets."""
        # a name that is not defined yet is compared as a name; what it means is resolved with the schema
        return any(
            cls.__name__ == choice.name if isinstance(choice, Undefined) else is_same(cls, choice)
            for choice in self.targets
        )


@attrs.frozen
class DeclaredVector(Declared):
    pass


def check_inverse(
    model: type, reference: DeclaredReference, target: type, declared_by_target: Mapping[str, Declared]
) -> None:
    """Raise MappingError unless two references name each other and lead to each other's classes."""
    name = reference.options["inverse"]
    here, there = f"{model.__name__}.{reference.attribute}", f"{target.__name__}.{name}"
    other = declared_by_target.get(name)
    if not isinstance(other, DeclaredReference):
        references = [each.attribute for each in declared_by_target.values() if isinstance(each, DeclaredReference)]
        near = difflib.get_close_matches(str(name), references, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(references) or 'none'}"
        raise MappingError(f"{here} has the inverse {there}, which is no reference; {hint}")
    named = other.options.get("inverse")
    if named != reference.attribute:
        told = f"names {named!r} as its own" if named else "names none"
        raise MappingError(
            f"{here} has the inverse {there}, which {told}: give it ref(inverse={reference.attribute!r})"
        )
    if not other.may_lead_to(model):
        raise MappingError(
            f"{here} has the inverse {there}, which does not refer to {model.__name__}: add it to its types"
        )
