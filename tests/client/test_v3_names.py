"""The names, parameters, defaults and bases of weaviate-client 3 are here. What is ours beyond them is optional."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

import attrs
import pytest

import weaviate_orm
import weaviate_orm.client.query
import weaviate_orm.embedded.options
from tests.client.v3_surface import ENUMERATIONS, EXCEPTIONS, FUNCTIONS, PROPERTIES, PUBLIC, SIGNATURES
from weaviate_orm import exceptions, types, util
from weaviate_orm.batch import batch_settings
from weaviate_orm.client import backups, batch, classifications, cluster, contextionary, objects, references, schema
from weaviate_orm.client.query import get, multi_get
from weaviate_orm.client.query.aggregate import AggregateBuilder
from weaviate_orm.client.query.get import GetBuilder
from weaviate_orm.client.query.multi_get import MultiGetBuilder

HOMES = (
    weaviate_orm,
    weaviate_orm.embedded,
    *(exceptions, batch_settings, types, util),
    *(backups, batch, classifications, cluster, contextionary, get, multi_get, objects, references, schema),
    weaviate_orm.client.query,
)
"""Where the names are, in the order in which they are looked for."""

DIFFERENT = {
    "EmbeddedOptions": {
        "version": weaviate_orm.embedded.options.DEFAULT_VERSION,
        "port": None,  # a free one
        "grpc_port": None,
    },
}
"""Defaults that differ, as docs/guides/v3.md says."""


def parsed(table: str) -> Iterator[tuple[str, dict[str, ast.expr | None]]]:
    """The lines of a table: a name, and its parameters with their defaults."""
    for call in ast.parse(table).body:
        assert isinstance(call, ast.Expr)
        assert isinstance(call.value, ast.Call)
        parameters: dict[str, ast.expr | None] = {ast.unparse(each): None for each in call.value.args}
        yield ast.unparse(call.value.func), parameters | {str(each.arg): each.value for each in call.value.keywords}


def ours(name: str) -> Any:
    """What has a name of v3 here."""
    first, *rest = name.split(".")
    value = next(getattr(home, first) for home in HOMES if hasattr(home, first))
    for each in rest:
        value = getattr(value, each)
    return value


def default_of(parameter: inspect.Parameter) -> Any:
    return parameter.default.value if isinstance(parameter.default, Enum) else parameter.default


CALLS = dict(parsed(f"{SIGNATURES}\n{FUNCTIONS}"))


@pytest.mark.parametrize("name", CALLS)
def test_a_call_takes_what_it_took(name: str) -> None:
    expected = CALLS[name]
    parameters = {k: v for k, v in inspect.signature(ours(name)).parameters.items() if k != "self"}
    assert list(parameters)[: len(expected)] == list(expected)
    for key, default in expected.items():
        parameter = parameters[key]
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        if default is None:
            assert parameter.default is inspect.Parameter.empty
        elif ast.unparse(default) == "...":
            assert parameter.default is not inspect.Parameter.empty
        else:
            assert default_of(parameter) == DIFFERENT.get(name, {}).get(key, ast.literal_eval(default))
    for parameter in list(parameters.values())[len(expected) :]:
        assert parameter.default is not inspect.Parameter.empty or parameter.kind is inspect.Parameter.VAR_KEYWORD


@pytest.mark.parametrize("name", [name for name in CALLS if inspect.isclass(ours(name)) and attrs.has(ours(name))])
def test_what_a_class_of_data_takes_can_be_read(name: str) -> None:
    assert {attribute.name for attribute in attrs.fields(ours(name))} >= set(CALLS[name])


@pytest.mark.parametrize("line", PROPERTIES.split("\n")[1:-1])
def test_a_property_can_be_read_and_set(line: str) -> None:
    name, access = line.split()
    owner, _, attribute = name.partition(".")
    descriptor = inspect.getattr_static(ours(owner), attribute)
    assert inspect.isdatadescriptor(descriptor)
    if access == "rw":
        assert not isinstance(descriptor, property) or descriptor.fset is not None


@pytest.mark.parametrize("name", ENUMERATIONS)
def test_an_enumeration_has_its_members(name: str) -> None:
    members = {key: member.value for key, member in ours(name).__members__.items()}
    assert members | ENUMERATIONS[name] == members
    assert issubclass(ours(name), str)


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_in_our_tree(name: str) -> None:
    kind = getattr(exceptions, name)
    assert issubclass(kind, exceptions.WeaviateBaseError)
    assert kind("text").message == "text"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_can_be_imported(name: str) -> None:
    assert ours(name) is not None


def test_the_parts_of_a_client() -> None:
    client = weaviate_orm.Client("http://127.0.0.1:9", startup_period=None)
    parts = {
        "backup": "Backup",
        "batch": "Batch",
        "classification": "Classification",
        "cluster": "Cluster",
        "contextionary": "Contextionary",
        "data_object": "DataObject",
        "query": "Query",
        "schema": "Schema",
    }
    for name, kind in parts.items():
        assert type(getattr(client, name)) is ours(kind)
    assert type(client.data_object.reference) is ours("Reference")
    assert type(client.schema.property) is ours("Property")
    assert type(client.query.get("A", "b")) is GetBuilder
    assert type(client.query.aggregate("A")) is AggregateBuilder
    assert type(client.query.multi_get([client.query.get("A", "b")])) is MultiGetBuilder
    assert type(client.classification.schedule()) is ours("ConfigBuilder")
    client.close()
