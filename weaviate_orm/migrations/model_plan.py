"""``plan()``: what it takes to bring a server to what models declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import DestructiveMigrationError, MigrationError
from weaviate_orm.migrations.autodetect import detect
from weaviate_orm.migrations.file_functions import FileFunction
from weaviate_orm.migrations.operation_engine import Engine, Progress
from weaviate_orm.migrations.operations import Operation, RebuildCollection
from weaviate_orm.migrations.renames import Ask
from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.migrations.stored_schema import StoredSchema
from weaviate_orm.migrations.work import Work
from weaviate_orm.model.model import Model
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.diff import UNMAPPED, differences
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.overlay import overlaid
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec
from weaviate_orm.session.default_client import default_client


@attrs.frozen(eq=False)
class PlanStep:
    """One operation of a plan.

    Attributes:
        operation: what it is.
        before, after: the states around it.
        work: what it will do on the server, and what it costs.
    """

    operation: Operation
    before: SchemaState = attrs.field(repr=False)
    after: SchemaState = attrs.field(repr=False)
    work: Work

    def __str__(self) -> str:
        return str(self.work)


@attrs.frozen(eq=False)
class Plan:
    """What it takes to bring a server to what models declare; false when there is nothing to do.

    Its ``str`` is for people.

    Attributes:
        steps: the operations in order, each with what it will do.
    """

    steps: tuple[PlanStep, ...]
    _client: Client = attrs.field(repr=False)
    _offline: bool = attrs.field(default=False, repr=False)

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps)) or "Nothing to do: the server has what the models declare."

    def apply(self, *, yes_delete: bool = False, progress: Progress | None = None) -> None:
        """Carry the plan out. It can be interrupted; a new plan then has what remains.

        Args:
            yes_delete: allow that stored data is deleted.
            progress: called with the progress of what takes long.

        Raises:
            DestructiveMigrationError: stored data would be deleted, and ``yes_delete`` does not allow it. Nothing was
                done.
            MigrationError: a step cannot be carried out on this server. Where that was known before, nothing was done.
            SettingsNotChangedError: the server answered 200, and did not make a change.
        """
        deleting = [step.work.description for step in self.steps if step.work.destructive]
        if deleting and not yes_delete:
            raise DestructiveMigrationError(deleting)
        if blocked := [f"{step.work.description}: {step.work.blocked}" for step in self.steps if step.work.blocked]:
            raise MigrationError(f"nothing was done: {'; '.join(blocked)}")
        engine = Engine(self._client, offline=self._offline, progress=progress)
        for step in self.steps:
            engine.apply(step.operation, step.before, step.after)


def plan(
    models: Iterable[type[Model]] | None = None,
    *,
    client: Client | None = None,
    strict: bool = False,
    rename: Mapping[str, str] | None = None,
    offline: bool = False,
) -> Plan:
    """Return what it takes to bring a server to what models declare. Nothing is changed.

    What the models leave open stays as it is.

    Args:
        models: by default every model that is defined.
        client: by default the one of :func:`~weaviate_orm.configure`.
        strict: also remove the members, vectors, modules and the expiry that only the server has.
        rename: the new names of properties and references, such as ``{"Article.title": "headline"}``, by the server's
            names.
        offline: allow that a collection which is not behind an alias is rebuilt under its own name, while nobody uses
            it.

    Raises:
        MappingError: a model that Weaviate cannot hold.
        MigrationError: a name in ``rename`` that does not exist.
    """
    client = client if client is not None else default_client()
    return plan_state(client, SchemaState.of_models(models), strict=strict, rename=rename, offline=offline)


def plan_state(
    client: Client,
    desired: SchemaState,
    *,
    strict: bool = False,
    rename: Mapping[str, str] | None = None,
    offline: bool = False,
) -> Plan:
    """Return what it takes to bring a server to a state; arguments and errors are those of :func:`plan`."""
    schema = StoredSchema(client)
    renames = _renames(rename or {}, desired)
    before, after = _states(schema, desired, strict, renames)
    assessment = Engine(client, offline=offline).assessment()
    steps = []
    for operation in detect(before, after, _answers(renames)):
        state = operation.mutate(before)
        work = assessment.work(operation, before, state)
        steps.append(
            PlanStep(operation, before, state, attrs.evolve(work, blocked=work.blocked or _unknown(operation)))
        )
        before = state
    return Plan(tuple(steps), client, offline)


def _unknown(operation: Operation) -> str | None:
    """Return what an operation does not know of stored values, which only people do."""
    functions = operation.convert if isinstance(operation, RebuildCollection) else {}
    names = [
        name for name, function in functions.items() if isinstance(function, FileFunction) and not function.is_complete
    ]
    if not names:
        return None
    return (
        f"nothing says what becomes of the stored values of {', '.join(names)}: write a migration file "
        f"(weaviate-orm makemigrations), with a function that converts them"
    )


def _states(
    schema: StoredSchema, desired: SchemaState, strict: bool, renames: Mapping[str, Mapping[str, str]]
) -> tuple[SchemaState, SchemaState]:
    """Return the server's state and the one to reach: of the collections that are desired, and their targets."""
    before: dict[str, CollectionSpec] = {}
    after: dict[str, CollectionSpec] = {}
    for name, spec in desired.collections.items():
        stored = schema.collection(name)
        if stored is None:
            after[name] = spec
        else:
            before[name] = stored.spec
            after[name] = _target(spec, stored.spec, strict, renames.get(name, {}))
    references = [reference for spec in desired.collections.values() for reference in spec.references]
    for name in sorted({target for reference in references for target in reference.targets}):
        if name not in after and (stored := schema.collection(name)) is not None:
            before[name] = after[name] = stored.spec
    return SchemaState(before), SchemaState(after)


def _target(spec: CollectionSpec, stored: CollectionSpec, strict: bool, renames: Mapping[str, str]) -> CollectionSpec:
    # members of nested objects are unmapped differences without strict, too
    unmapped = [item for item in differences(spec, stored, strict=True) if item.kind is UNMAPPED] if strict else []
    if any(item.path == f"{spec.name}.object_ttl" and isinstance(item.actual, Mapping) for item in unmapped):
        stored = attrs.evolve(stored, object_ttl=None)
    return overlaid(
        spec,
        stored,
        # one of a type that is not known here is a str
        drop=[
            item.path.partition(".")[2]
            for item in unmapped
            if isinstance(item.actual, (PropertySpec, ReferenceSpec, str))
        ],
        drop_vectors=[item.actual.name for item in unmapped if isinstance(item.actual, VectorSpec)],
        drop_modules=[item.actual.name for item in unmapped if isinstance(item.actual, Module)],
        rename=renames,
    )


def _renames(rename: Mapping[str, str], desired: SchemaState) -> dict[str, dict[str, str]]:
    renames: dict[str, dict[str, str]] = {}
    for path, new in rename.items():
        name, _, member = path.partition(".")
        if not member or new not in [item.name for item in desired.collection(name).members]:
            raise MigrationError(
                f"rename has {path!r}: {new!r}; it takes a name of the server as 'Collection.property', and the "
                f"name of a property of the model"
            )
        renames.setdefault(name, {})[member] = new
    return renames


def _answers(renames: Mapping[str, Mapping[str, str]]) -> Ask:
    return lambda question: renames.get(question.collection, {}).get(question.old) == question.new
