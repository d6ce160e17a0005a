"""The server's modules as calls of the factories of ``weaviate_orm.vectorizers``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from weaviate_orm import vectorizers
from weaviate_orm.exceptions import MappingError
from weaviate_orm.migrations.python_source import Expression, call, literal
from weaviate_orm.migrations.reflection.imports import Imports
from weaviate_orm.migrations.reflection.server_defaults import MODULES, without_defaults
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.settings import camel_case

_MODULE = "weaviate_orm.vectorizers"


def module_source(module: Module, imports: Imports) -> Expression:
    """Return the call that makes a module: of its factory, or of ``Module`` where no factory makes the same."""
    stated = Module(module.name, without_defaults(module.settings, MODULES.get(module.name, {})))
    for owner, name, factory in _factories().get(module.name, ()):
        keywords = _keywords(factory, stated.settings)
        if _makes(factory, keywords, stated):
            arguments = {key: literal(value) for key, value in keywords.items()}
            return call(f"{imports.use(_MODULE, owner)}.{name}", **arguments)
    settings = [literal(stated.settings)] if stated.settings else []
    return call(imports.use(_MODULE, "Module"), literal(module.name), *settings)


def _makes(factory: Callable[..., Module], keywords: Mapping[str, Any], module: Module) -> bool:
    try:
        return factory(**keywords) == module
    except (TypeError, ValueError, MappingError):
        return False  # a setting that it needs is missing, or has another type


def _keywords(factory: Callable[..., Module], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords of a factory that stand for settings, whether or not it takes all of them."""
    keywords = {}
    weights = settings.get("weights") or {}
    for parameter in inspect.signature(factory).parameters:
        key = camel_case(parameter)
        if key in settings:
            value = settings[key]
            keywords[parameter] = dict(zip(value, weights[key], strict=False)) if key in weights else value
    return keywords


@cache
def _factories() -> Mapping[str, list[tuple[str, str, Callable[..., Module]]]]:
    """Return the factories by the module that they make: their class, their name and the function."""
    factories: dict[str, list[tuple[str, str, Callable[..., Module]]]] = {}
    for owner, name, factory in _all_factories():
        required = {
            parameter.name: ["property"] if parameter.name.endswith(("_fields", "_properties")) else "value"
            for parameter in inspect.signature(factory).parameters.values()
            if parameter.default is inspect.Parameter.empty
        }
        factories.setdefault(factory(**required).name, []).append((owner, name, factory))
    return factories


def _all_factories() -> Iterator[tuple[str, str, Callable[..., Module]]]:
    for owner in vectorizers.__all__:
        cls = getattr(vectorizers, owner)
        if inspect.isclass(cls) and cls is not Module:
            for name, member in vars(cls).items():
                if isinstance(member, staticmethod):
                    yield owner, name, member.__func__
