"""What the running server's GraphQL can do, as names such as ``Get nearText.moveTo.force``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weaviate_orm import Client

_TYPE = "type{name ofType{name ofType{name ofType{name ofType{name}}}}}"
_DOCUMENT = (
    "{__schema{types{name kind "
    f"fields(includeDeprecated: true){{name args{{name {_TYPE}}} {_TYPE}}} "
    f"inputFields{{name {_TYPE}}} enumValues{{name}}}}}}}}"
)
PROVIDED = ("singleResult", "groupedResult")
OWN = {"prompt", "task", "properties", "debug"}

Types = Mapping[str, Any]


def offered(client: Client, collections: tuple[str, ...]) -> set[str]:
    """Every argument, operator and piece of metadata that the server offers for these collections.

    The settings of generative providers are those of their services: of them only ``<provider>`` is named. Members of
    objects that an answer is made of (``answer.result``) are named as well.
    """
    types: Types = {each["name"]: each for each in client.query.raw(_DOCUMENT)["data"]["__schema"]["types"]}
    found: set[str] = set()
    for root in ("Get", "Aggregate"):
        fields = _fields(types, _named(_field(types["WeaviateObj"]["fields"], root)))
        for collection in collections:
            field = _field(fields, collection)
            for argument in field["args"]:
                found |= {f"{root} {path}" for path in _inputs(types, argument, ())}
            for inner in _fields(types, _named(field)):
                if root == "Aggregate":
                    found |= {f"Aggregate {each}" for each in _figures(types, inner)}
                elif inner["name"] == "_additional":
                    found |= {f"_additional {each}" for each in _outputs(types, inner)}
    return found


def _inputs(types: Types, argument: Any, above: tuple[str, ...]) -> Iterator[str]:
    name = argument["name"]
    kind = types[_named(argument)]
    path = ".".join((*above, name))
    if above and above[-1] in PROVIDED and name not in OWN:
        yield ".".join((*above, "<provider>"))
        return
    if name in above:  # operands within operands
        return
    values = [each["name"] for each in kind.get("enumValues") or ()]
    if name == "operator" and values:
        yield from (f"{path} {value}" for value in values)
    elif kind.get("inputFields"):
        for inner in kind["inputFields"]:
            yield from _inputs(types, inner, (*above, name))
    else:
        yield path


def _outputs(types: Types, field: Any) -> Iterator[str]:
    for inner in _fields(types, _named(field)):
        name = inner["name"]
        for argument in inner["args"]:
            yield from _inputs(types, argument, (name,))
        kind = types[_named(inner)]
        members = [each["name"] for each in kind.get("fields") or ()]
        if kind["kind"] != "OBJECT" or name == "vectors":
            yield name
        elif name == "generate":
            # each provider tells of itself in a member of its own, which the services of these tests do not
            yield from (f"{name}.{each}" for each in members if each in ("singleResult", "groupedResult", "error"))
            yield f"{name}.<provider>"
        else:
            yield from (f"{name}.{each}" for each in members)


def _figures(types: Types, field: Any) -> Iterator[str]:
    name = field["name"]
    group = name if name in ("meta", "groupedBy") else "<property>"
    for inner in _fields(types, _named(field)):
        for argument in inner["args"]:
            yield f"{group}.{inner['name']}({argument['name']})"
        yield f"{group}.{inner['name']}"


def _fields(types: Types, name: str) -> list[Any]:
    return types[name]["fields"] or []


def _field(fields: list[Any], name: str) -> Any:
    return next(each for each in fields if each["name"] == name)


def _named(of: Any) -> str:
    kind = of["type"]
    while kind.get("ofType"):
        kind = kind["ofType"]
    name: str = kind["name"]
    return name
