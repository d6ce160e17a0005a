"""Modules that tests write, and what the models in them became."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

FUTURE = "from __future__ import annotations"
PRELUDE = """
import dataclasses, enum, typing
from typing import *
import attrs
from weaviate_orm import *
"""
Write = Callable[..., Any]
"""``write(source, name="written", future=FUTURE)`` makes a module of a source, after an import from ``__future__``."""


def make_module(source: str, name: str, future: str) -> Any:
    """A module of a source, which can be imported by its name."""
    made = ModuleType(name)
    sys.modules[name] = made
    code = compile(f"{future}\n{PRELUDE}{textwrap.dedent(source)}", f"<{name}>", "exec", dont_inherit=True)
    exec(code, vars(made))  # noqa: S102
    return made


def types_of(model: Any) -> dict[str, list[str]]:
    """The data types of the properties and references of a class, as the server is told them."""
    return {each["name"]: each["dataType"] for each in model.__mapper__.collection.to_json()["properties"]}


def nested_types_of(model: Any, name: str) -> dict[str, Any]:
    (found,) = [each for each in model.__mapper__.collection.to_json()["properties"] if each["name"] == name]
    return {each["name"]: each["dataType"] for each in found["nestedProperties"]}


def nested_types_of_property(model: Any, name: str) -> dict[str, str]:
    return {each.name: each.data_type.value for each in model.__mapper__.properties[name].spec.nested}
