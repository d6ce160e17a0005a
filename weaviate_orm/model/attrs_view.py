"""What attrs knows of a model once it has made the constructor: the id and the properties.

``attrs.asdict``, ``attrs.evolve``, pytest and others read all attributes that attrs knows of a class. References and
vectors are hidden from them: reading these loads them, and what they lead to as well, in circles for ever.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from weaviate_orm.model.annotations import own_annotations


@contextmanager
def hiding_all_but(cls: Any, annotations: Mapping[str, object], properties: Collection[str]) -> Iterator[None]:
    """Let attrs make the constructor of a class in a block, from its annotations and what the bases have hidden.

    Afterwards the class has its own annotations again, as they were written.
    """
    hidden: dict[str, Any] = {}
    for base in reversed(cls.__mro__[1:]):
        hidden |= base.__dict__.get("__hidden__", {})
    inherited = {name: attribute for name, attribute in hidden.items() if name not in annotations}
    for name, attribute in inherited.items():
        setattr(cls, name, attribute)
    hidden |= {name: vars(cls)[name] for name in annotations if name in vars(cls)}
    annotate = getattr(cls, "__annotate__", None)  # from Python 3.14 on, where annotations are evaluated late
    own = own_annotations(cls)
    cls.__annotations__ = {**dict.fromkeys(inherited, Any), **annotations}
    try:
        yield
    finally:
        if annotate is None:
            cls.__annotations__ = own
        else:
            cls.__annotate__ = annotate
    visible_names = {attribute.name for attribute in cls.__attrs_attrs__}  # class variables are not
    cls.__hidden__ = {
        name: attribute for name, attribute in hidden.items() if name in visible_names and name not in properties
    }
    cls.__attrs_attrs__ = _visible(cls)


def _visible(cls: Any) -> tuple[object, ...]:
    """Return the attrs view: the id, which ``attrs.evolve`` does not copy, and the properties; pytest compares none."""
    visible = [
        attribute.evolve(eq=False, init=attribute.name != "id")
        for attribute in cls.__attrs_attrs__
        if attribute.name == "id" or attribute.name not in cls.__hidden__
    ]
    view: Any = namedtuple(f"{cls.__name__}Attributes", [attribute.name for attribute in visible])  # type: ignore[misc]
    attributes: tuple[object, ...] = view(*visible)
    return attributes
