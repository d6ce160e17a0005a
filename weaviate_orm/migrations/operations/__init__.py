"""The operations of migrations: what changes collections and their objects. Pure."""

from weaviate_orm.migrations.operations.collections import (
    AlterCollection,
    CreateCollection,
    DeleteCollection,
    RenameCollection,
)
from weaviate_orm.migrations.operations.data import RunPython, UpdateObjects
from weaviate_orm.migrations.operations.members import (
    AddProperty,
    AddReference,
    AddVector,
    AlterProperty,
    AlterReference,
    AlterVector,
    DropIndex,
    DropVector,
)
from weaviate_orm.migrations.operations.operation import Operation
from weaviate_orm.migrations.operations.rebuilding import RebuildCollection

__all__ = [
    "AddProperty",
    "AddReference",
    "AddVector",
    "AlterCollection",
    "AlterProperty",
    "AlterReference",
    "AlterVector",
    "CreateCollection",
    "DeleteCollection",
    "DropIndex",
    "DropVector",
    "Operation",
    "RebuildCollection",
    "RenameCollection",
    "RunPython",
    "UpdateObjects",
]
