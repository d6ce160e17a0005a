"""Carrying out planned migrations: the history is written before and after each operation."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import attrs

from weaviate_orm.exceptions import MigrationLockedError, MigrationStepError, WeaviateORMError
from weaviate_orm.migrations.files import MigrationFile
from weaviate_orm.migrations.history import History, MigrationRecord, MigrationState
from weaviate_orm.migrations.history_check import operation_sources
from weaviate_orm.migrations.lock import HeldLock, this_process
from weaviate_orm.migrations.migration_plan import Direction, MigrationRun, MigrationStep
from weaviate_orm.migrations.operation_engine import Engine


def new_record(
    file: MigrationFile,
    state: MigrationState,
    direction: Direction = "forward",
    count: int = 0,
    started: datetime | None = None,
) -> MigrationRecord:
    """Return the record of a migration of which ``count`` operations are applied; by default it has started now."""
    now = datetime.now(timezone.utc)
    return MigrationRecord(
        file.name,
        state,
        direction,
        operation=count,
        operations=operation_sources(file, count),
        checksum=file.checksum,
        source=file.text,
        owner=this_process(),
        started=started or now,
        finished=now if state == "done" else None,
    )


def finish(history: History, run: MigrationRun, started: datetime | None = None) -> None:
    """Record that a migration is applied, or undone."""
    if run.direction == "forward":
        history.write(new_record(run.file, "done", count=len(run.file.migration.operations), started=started))
        return
    names = {run.file.name, *run.file.migration.replaces}
    for record in history.records().values():
        if record.name in names or record.replaced_by in names:
            history.delete(record.name)


class RunningMigration:
    """Carries out the steps of one migration."""

    def __init__(self, history: History, engine: Engine, lock: HeldLock, run: MigrationRun) -> None:
        self._history = history
        self._engine = engine
        self._lock = lock
        self._run = run

    def run(self, before: MigrationRecord | None) -> None:
        """Carry out the steps. ``before`` is the record of the migration, if it was begun."""
        checkpoint = before.checkpoint if before is not None and before.direction == self._run.direction else {}
        record = new_record(self._run.file, "running", self._run.direction)
        for step in self._run.steps:
            if before is None or before.operation != step.remaining:
                checkpoint = {}
            record = attrs.evolve(
                record,
                operation=step.remaining,
                operations=operation_sources(self._run.file, step.remaining),
                checkpoint=checkpoint,
            )
            self._history.write(record)
            self._apply(step, _StepCheckpoint(self._history, self._lock, record))
        finish(self._history, self._run, record.started)

    def _apply(self, step: MigrationStep, checkpoint: _StepCheckpoint) -> None:
        self._lock.check()
        try:
            self._engine.apply(step.operation, step.before, step.after, checkpoint)
        except MigrationLockedError:
            raise  # the record is that of the other process now
        except BaseException as error:
            self._fail(checkpoint.record, error)
            if not isinstance(error, Exception):
                raise
            count = len(self._run.file.migration.operations)
            raise MigrationStepError(
                f"{step.migration}: operation {step.number} of {count}, {step.operation.describe()!r}, failed: "
                f"{error or type(error).__name__}. What was done before it stays; correct the cause and migrate again, "
                f"which goes on with this operation",
                migration=step.migration,
                operation=step.number,
            ) from error

    def _fail(self, record: MigrationRecord, error: BaseException) -> None:
        text = f"{type(error).__name__}: {error}"
        failed = attrs.evolve(record, state="failed", message=text[:10_000], finished=datetime.now(timezone.utc))
        with suppress(WeaviateORMError):  # the server may be gone; then it stays recorded as running
            self._history.write(failed)


class _StepCheckpoint:
    """Where a function of an operation goes on after an interruption; kept in the record of the migration."""

    def __init__(self, history: History, lock: HeldLock, record: MigrationRecord) -> None:
        self._history = history
        self._lock = lock
        self.record = record

    def load(self) -> Mapping[str, Any]:
        """Return the position that was saved last."""
        return self.record.checkpoint

    def save(self, position: Mapping[str, Any]) -> None:
        """Store a position, and show that this process lives."""
        self._lock.renew()
        self.record = attrs.evolve(self.record, checkpoint=dict(position))
        self._history.write(self.record)
