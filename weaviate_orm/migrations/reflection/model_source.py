"""A collection as a model class."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Union

import orjson

from weaviate_orm.migrations.python_source import Expression, assignment, literal, tuple_of
from weaviate_orm.migrations.reflection import options_source, server_defaults
from weaviate_orm.migrations.reflection.index_source import FUNCTIONS, index_source
from weaviate_orm.migrations.reflection.member_source import Body, MemberWriter, vectorizer_with_sources
from weaviate_orm.migrations.reflection.module_source import module_source
from weaviate_orm.migrations.reflection.python_names import attribute_names
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec

Member = Union[PropertySpec, ReferenceSpec, VectorSpec]


def attributes_of(spec: CollectionSpec) -> dict[Member, str]:
    """Return the attributes of a collection's properties, references and named vectors."""
    named = _named_vectors(spec)
    members: list[Member] = [*spec.members, *named]
    suffixes = {PropertySpec: "_field", ReferenceSpec: "_ref", VectorSpec: "_vector"}
    wishes = ((str(member.name), suffixes[type(member)]) for member in members)
    return dict(zip(members, attribute_names(wishes, FUNCTIONS if named else ()), strict=True))


def _named_vectors(spec: CollectionSpec) -> list[VectorSpec]:
    return [vector for vector in spec.vectors if vector.name is not None]


def model_source(
    spec: CollectionSpec,
    classes: Mapping[str, str],
    writer: MemberWriter,
    *,
    alias: bool,
    version: server_defaults.Version,
    nodes: int,
) -> list[str]:
    """Return the lines of the class of a collection.

    Args:
        spec: the collection as the server has it, with logical names.
        classes: the names of classes by those of collections.
        writer: of the module.
        alias: whether the collection is reached by an alias.
        version: of the server.
        nodes: how many the cluster has.
    """
    name = classes[spec.name]
    named = _named_vectors(spec)
    attributes = attributes_of(spec)
    body = Body()
    by_name = {
        member.name: attributes[member]
        for member in spec.properties
        if writer.write_property(member, attributes[member], name, body)
    }
    for reference in spec.references:
        writer.write_reference(reference, attributes[reference], classes, body)
    for vector in named:
        writer.write_vector(vector, attributes[vector], by_name, body)
    body.notes += _notes(spec)
    docstring = _docstring(spec.description)
    statements: list[tuple[str, Expression]] = []
    if name != spec.name:
        statements.append(("name", literal(spec.name)))
    if alias:
        statements.append(("alias", "True"))
    if spec.description and docstring is None:
        statements.append(("description", literal(spec.description)))
    statements += _options(spec, by_name, writer, version, nodes)
    blocks = [
        docstring or [],
        [f"    # not mapped: {note}" for note in body.notes] + body.lines,
        ["    class Meta:", *(line for target, value in statements for line in assignment(target, value, indent=8))]
        if statements
        else [],
    ]
    blocks = [block for block in blocks if block]
    lines = [line for block in blocks for line in ("", *block)][1:]
    if not (body.lines or statements or docstring):
        lines.append("    pass")
    return [f"class {name}({writer.imports.use('weaviate_orm', 'Model')}):", *lines]


def _docstring(description: str | None) -> list[str] | None:
    """Return the lines of a docstring; None where one would not be the description again, or not as it is formatted."""
    if not description or any(sign in description for sign in ('"', "\\", "\t", "\r")):
        return None
    if not description.replace("\n", "").isprintable():
        return None
    first, *others = description.split("\n")
    lines = [f'    """{first}', *(f"    {line}" if line else "" for line in others)]
    if any(line != line.rstrip() for line in lines) or description != description.strip():
        return None
    if inspect.cleandoc("\n".join(lines)[7:]) != description:
        return None
    return [*lines[:-1], f'{lines[-1]}"""'] if not others else [*lines, '    """']


def _options(
    spec: CollectionSpec,
    attributes: Mapping[str, str],
    writer: MemberWriter,
    version: server_defaults.Version,
    nodes: int,
) -> Iterator[tuple[str, Expression]]:
    """Yield the statements of ``class Meta``."""
    imports = writer.imports
    unnamed = [vector for vector in spec.vectors if vector.name is None]
    if len(unnamed) == len(spec.vectors):
        for vector in unnamed:
            if vector.vectorizer is not None:
                yield "vectorizer", module_source(vectorizer_with_sources(vector, vector.vectorizer), imports)
            if (index := index_source(vector.index, imports)) is not None:
                yield "index", index
    for option, module in (("generative", spec.generative), ("reranker", spec.reranker)):
        if module is not None:
            yield option, module_source(module, imports)
    if spec.modules:
        yield "modules", tuple_of(module_source(module, imports) for module in spec.modules)
    sources = {
        "inverted_index": options_source.inverted_index_source(spec.inverted_index, imports),
        "multi_tenancy": options_source.multi_tenancy_source(spec.multi_tenancy, imports),
        "replication": options_source.replication_source(spec.replication, version, imports),
        "sharding": None if spec.is_multi_tenant else options_source.sharding_source(spec.sharding, nodes, imports),
        "object_ttl": options_source.object_ttl_source(spec.object_ttl, attributes, imports),
    }
    yield from ((option, source) for option, source in sources.items() if source is not None)


def _notes(spec: CollectionSpec) -> Iterator[str]:
    """Yield what the server has and no model states."""
    unnamed = [vector for vector in spec.vectors if vector.name is None]
    if unnamed and len(spec.vectors) > 1:
        source = (
            f"made by {unnamed[0].vectorizer.name}" if unnamed[0].vectorizer is not None else "brought by the client"
        )
        yield f"the unnamed vector beside named ones, {source}"
    for member in spec.unknown.get("properties", ()):
        yield f"{member['name']}: no Python type for {', '.join(member['dataType'])}"
    others = {key: value for key, value in spec.unknown.items() if key != "properties"}
    if spec.is_multi_tenant:
        others.pop("shardingConfig", None)  # tenants are the shards
    for key, value in others.items():
        yield f"{key}: {orjson.dumps(value).decode()}"
