"""The source of a module of models, from the server's JSON of its collections."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from weaviate_orm.migrations.python_source import WIDTH
from weaviate_orm.migrations.reflection.imports import PUBLIC_NAMES, Imports
from weaviate_orm.migrations.reflection.logical_names import LogicalSchema
from weaviate_orm.migrations.reflection.member_source import MemberWriter
from weaviate_orm.migrations.reflection.model_source import model_source
from weaviate_orm.migrations.reflection.python_names import Names, class_name
from weaviate_orm.migrations.reflection.server_defaults import Version
from weaviate_orm.schema.collection import CollectionSpec

_HEAD = """\
The models of collections that exist, written from the schema of the server.

The server does not know all that a model can state. Add what applies:

- ``Meta.key`` and ``Meta.version``, and ``dimensions`` of vectors;
- references: ``Ref[Author | None]`` in place of ``Ref[list[Author]]`` where an object
  has at most one, ``inverse`` and ``on_delete``;
- properties: ``Field[str]`` in place of ``Field[str | None]`` where each object has a
  value, enumerations, ``deferred`` and ``lossy``.
"""


def class_names(collections: Iterable[str], names: Names | None = None) -> dict[str, str]:
    """Return the names of the classes of collections, by the collections' names.

    Args:
        collections: the logical names.
        names: of the module, which are taken; by default those of a module of its own.
    """
    names = names or _free_names()
    unchanged_first = sorted(collections, key=lambda collection: class_name(collection) != collection)
    return {collection: names.take(class_name(collection), "Model") for collection in unchanged_first}


def _free_names() -> Names:
    return Names(PUBLIC_NAMES | {"False", "None", "True"})


def models_source(schema: LogicalSchema, *, version: Version, nodes: int = 1) -> str:
    """Return the source of a module with a model for each collection.

    Args:
        schema: the collections.
        version: of the server that has them: what it fills in by itself is left out.
        nodes: how many the cluster has.
    """
    specs = [CollectionSpec.from_json(body) for body in schema.collections]
    imports, names = Imports(), _free_names()
    classes = class_names((spec.name for spec in specs), names)
    blocks: list[list[str]] = []
    for spec in specs:
        writer = MemberWriter(imports, names)
        lines = model_source(spec, classes, writer, alias=spec.name in schema.aliased, version=version, nodes=nodes)
        blocks += [*writer.nested, lines]
    head = [f'"""{_HEAD}"""', "", *imports.lines()]
    for note in schema.notes:
        head += ["", *textwrap.wrap(note, WIDTH, initial_indent="# ", subsequent_indent="# ")]
    return "\n\n\n".join("\n".join(block) for block in (head, *blocks)) + "\n"
