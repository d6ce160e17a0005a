"""Migrating a server: under the lock, by the history, one operation after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import DestructiveMigrationError, DriftError, MigrationError
from weaviate_orm.migrations.drift import drift
from weaviate_orm.migrations.files import MigrationFiles
from weaviate_orm.migrations.graph import build_graph
from weaviate_orm.migrations.history import HISTORY, History, MigrationRecord
from weaviate_orm.migrations.history_check import changed_files, check_files_exist, check_history
from weaviate_orm.migrations.lock import locked
from weaviate_orm.migrations.migration_plan import MigrationRun, MigrationStep, PlannedMigrations, plan_runs
from weaviate_orm.migrations.migration_run import RunningMigration, finish, new_record
from weaviate_orm.migrations.operation_engine import Engine, Progress
from weaviate_orm.migrations.rebuild.rebuild_progress import RebuildProgress
from weaviate_orm.migrations.stored_schema import StoredSchema
from weaviate_orm.migrations.work import Work


@attrs.frozen
class MigrationPlan:
    """What migrating will do.

    Attributes:
        steps: the operations, in order.
        works: what each of them will do on this server, and what it costs.
        squashed: the squashed files that will be recorded, because all that they replace is applied.
    """

    steps: tuple[MigrationStep, ...]
    works: tuple[Work, ...]
    squashed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps and not self.squashed


@attrs.frozen
class MigrationReport:
    """What was done.

    Attributes:
        applied: the names of the migrations that were applied.
        undone: the names of those that were undone.
        recorded: the names of those that were recorded only.
    """

    applied: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()


def plan_migration(
    client: Client,
    files: MigrationFiles,
    target: str | None = None,
    *,
    offline: bool = False,
    history: str = HISTORY,
) -> MigrationPlan:
    """Return what :func:`migrate` will do. Nothing is changed, and no lock is taken.

    Args:
        client: the server.
        files: the migration files.
        target: as :func:`migrate` has it.
        offline: as :func:`migrate` has it.
        history: the collection of the history.

    Raises:
        MigrationFileError: a file does not fit the others, or is not as it was when it was applied.
        DriftError: the server is not as the applied migrations have made it.
        MigrationError: an operation cannot be undone.
    """
    records = History(client, history).records()
    planned = _planned(client, files, records, target)
    return _assessed(Engine(client, offline=offline), planned)


def migrate(
    client: Client,
    files: MigrationFiles,
    target: str | None = None,
    *,
    wait: float = 0.0,
    yes_delete: bool = False,
    offline: bool = False,
    fake: bool = False,
    history: str = HISTORY,
    progress: Progress | None = None,
) -> MigrationReport:
    """Apply migrations, or undo them, so that the target is the last one that is applied.

    One process at a time migrates a server; with nothing to do, no lock is taken. A migration that failed half way is
    gone on with, from the operation that failed.

    Args:
        client: the server.
        files: the migration files.
        target: the name of a migration, or how that begins, for instance its number. If it is applied, those that
            depend on it are undone; ``zero`` undoes all. By default all are applied.
        wait: the most seconds to wait for another process that migrates; 0 does not wait.
        yes_delete: allows what deletes stored data.
        offline: allows collections that are not behind an alias to be rebuilt under their own names, which takes them
            away meanwhile.
        fake: records that the migrations are applied, or undone, and does nothing else; for a server that is so
            already. Files that were changed after they were applied are recorded as they are.
        history: the collection of the history.
        progress: called with the progress of what takes long.

    Returns which migrations were applied and undone.

    Raises:
        MigrationFileError: a file does not fit the others, or is not as it was when it was applied.
        DriftError: the server is not as the applied migrations have made it.
        DestructiveMigrationError: stored data would be deleted, and ``yes_delete`` is not given.
        MigrationLockedError: another process migrates the server.
        MigrationStepError: an operation failed. What was done before it stays; the history says where it stopped.
        MigrationError: an operation cannot be undone, or not be carried out on this server.
    """
    stored = History(client, history)
    if fake:
        with locked(stored, wait=wait):
            return _record(stored, files, target)
    # without the lock, the server may be read in the middle of what another process does
    with suppress(DriftError):
        if _is_done(_planned(client, files, stored.records(), target)):
            return MigrationReport()
    with locked(stored, wait=wait) as lock:
        records = stored.records()
        planned = _planned(client, files, records, target)

        def report(state: RebuildProgress) -> None:
            lock.renew()
            if progress is not None:
                progress(state)

        engine = Engine(client, offline=offline, progress=report)
        _check_allowed(_assessed(engine, planned), yes_delete)
        _record_squashed(stored, files, records, planned.squashed)
        for run in planned.runs:
            if run.direction == "forward" and run.file.name not in records:
                stored.write(new_record(run.file, "planned"))
        for run in planned.runs:
            RunningMigration(stored, engine, lock, run).run(_begun(records.get(run.file.name)))
        return _report(planned.runs, planned.squashed)


def _is_done(planned: PlannedMigrations) -> bool:
    return not planned.runs and not planned.squashed


def _planned(
    client: Client, files: MigrationFiles, records: Mapping[str, MigrationRecord], target: str | None
) -> PlannedMigrations:
    check_history(files, records)
    graph = build_graph(files.by_name, [name for name, record in records.items() if record.is_applied])
    planned = plan_runs(graph, records, target)
    if differences := drift(StoredSchema(client), planned.state, planned.changing):
        raise DriftError(differences)
    return planned


def _begun(record: MigrationRecord | None) -> MigrationRecord | None:
    return record if record is not None and record.is_halfway else None


def _report(runs: Sequence[MigrationRun], recorded: Sequence[str]) -> MigrationReport:
    return MigrationReport(
        tuple(run.file.name for run in runs if run.direction == "forward"),
        tuple(run.file.name for run in runs if run.direction == "backward"),
        tuple(recorded),
    )


def _record(history: History, files: MigrationFiles, target: str | None) -> MigrationReport:
    """Record what migrating would apply or undo, and files that were changed, as they are."""
    records = history.records()
    check_files_exist(files, records)
    graph = build_graph(files.by_name, [name for name, record in records.items() if record.is_applied])
    planned = plan_runs(graph, records, target)
    for run in planned.runs:
        finish(history, run)
    _record_squashed(history, files, records, planned.squashed)
    undone = {run.file.name for run in planned.runs if run.direction == "backward"}
    changed = [name for name in changed_files(files, records) if records[name].is_applied and name not in undone]
    for name in changed:
        file = files.by_name[name]
        history.write(new_record(file, "done", count=len(file.migration.operations)))
    report = _report(planned.runs, (*planned.squashed, *changed))
    return MigrationReport(recorded=(*report.applied, *report.recorded), undone=report.undone)


def _record_squashed(
    history: History, files: MigrationFiles, records: Mapping[str, MigrationRecord], names: Sequence[str]
) -> None:
    """Record squashed files as applied, in place of those that they replace."""
    for name in names:
        file = files.by_name[name]
        history.write(new_record(file, "done", count=len(file.migration.operations)))
        for replaced in file.migration.replaces:
            if replaced in records:
                history.write(attrs.evolve(records[replaced], replaced_by=name))


def _assessed(engine: Engine, planned: PlannedMigrations) -> MigrationPlan:
    assessment = engine.assessment()
    works = tuple(assessment.work(step.operation, step.before, step.after) for step in planned.steps)
    return MigrationPlan(planned.steps, works, planned.squashed)


def _check_allowed(plan: MigrationPlan, yes_delete: bool) -> None:
    works = [*zip(plan.steps, plan.works, strict=True)]
    if blocked := [f"{step.migration}: {work.description}: {work.blocked}" for step, work in works if work.blocked]:
        raise MigrationError(f"this server cannot be migrated so, and nothing was done: {'; '.join(blocked)}")
    destructive = [f"{step.migration}: {work.description}" for step, work in works if work.destructive]
    if destructive and not yes_delete:
        raise DestructiveMigrationError(destructive)
