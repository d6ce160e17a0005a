"""Changes of the schema of a running server.

>>> from weaviate_orm.schema import DataType, PropertySpec
>>> AddProperty("Article", PropertySpec("summary", DataType.TEXT)).describe()
'Add Article.summary (text)'
"""

from weaviate_orm.migrations.conversions import as_list, leave_out
from weaviate_orm.migrations.files import MigrationFile, MigrationFiles
from weaviate_orm.migrations.history import History, MigrationRecord
from weaviate_orm.migrations.lock import unlock
from weaviate_orm.migrations.making import NewMigration, empty_migration, make_migration, merge_migration
from weaviate_orm.migrations.migrate import MigrationPlan, MigrationReport, migrate, plan_migration
from weaviate_orm.migrations.migration import Migration
from weaviate_orm.migrations.migration_plan import MigrationStep
from weaviate_orm.migrations.migration_status import MigrationStatus, migration_statuses
from weaviate_orm.migrations.model_plan import Plan, PlanStep, plan
from weaviate_orm.migrations.operations import (
    AddProperty,
    AddReference,
    AddVector,
    AlterCollection,
    AlterProperty,
    AlterReference,
    AlterVector,
    CreateCollection,
    DeleteCollection,
    DropIndex,
    DropVector,
    Operation,
    RebuildCollection,
    RenameCollection,
    RunPython,
    UpdateObjects,
)
from weaviate_orm.migrations.reflection.reflect import reflect
from weaviate_orm.migrations.renames import RenameQuestion
from weaviate_orm.migrations.row import Row
from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.migrations.squash import squash_migrations
from weaviate_orm.migrations.work import Work

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
    "History",
    "Migration",
    "MigrationFile",
    "MigrationFiles",
    "MigrationPlan",
    "MigrationRecord",
    "MigrationReport",
    "MigrationStatus",
    "MigrationStep",
    "NewMigration",
    "Operation",
    "Plan",
    "PlanStep",
    "RebuildCollection",
    "RenameCollection",
    "RenameQuestion",
    "Row",
    "RunPython",
    "SchemaState",
    "UpdateObjects",
    "Work",
    "as_list",
    "empty_migration",
    "leave_out",
    "make_migration",
    "merge_migration",
    "migrate",
    "migration_statuses",
    "plan",
    "plan_migration",
    "reflect",
    "squash_migrations",
    "unlock",
]
