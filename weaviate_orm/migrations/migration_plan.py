"""What migrating to a target takes: the operations, forward or backward, by what the history says is done. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

import attrs

from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.files import MigrationFile
from weaviate_orm.migrations.graph import MigrationGraph, states_of
from weaviate_orm.migrations.history import MigrationRecord
from weaviate_orm.migrations.operations import Operation
from weaviate_orm.migrations.schema_state import SchemaState

Direction = Literal["forward", "backward"]

ZERO = "zero"
"""The target before the first migration."""


@attrs.frozen
class MigrationStep:
    """One operation, as it is carried out.

    Attributes:
        migration: the name of the file.
        number: the position of the operation in the file, from 1.
        direction: ``backward`` when it undoes that operation.
        operation: what is carried out.
        before: the state before it.
        after: the state after it.
    """

    migration: str
    number: int
    direction: Direction
    operation: Operation
    before: SchemaState = attrs.field(repr=False)
    after: SchemaState = attrs.field(repr=False)

    @property
    def remaining(self) -> int:
        """How many operations of the file are surely applied while this one is carried out."""
        return self.number - 1

    @property
    def applied(self) -> int:
        """How many operations of the file are applied when this one is done."""
        return self.number if self.direction == "forward" else self.number - 1


@attrs.frozen
class MigrationRun:
    """The steps of one migration file.

    Attributes:
        file: the file.
        direction: the way in which it goes.
        steps: its operations that are carried out, in order; none for a file that has no operations left.
    """

    file: MigrationFile
    direction: Direction
    steps: tuple[MigrationStep, ...]


@attrs.frozen
class PlannedMigrations:
    """What migrating to a target takes.

    Attributes:
        runs: the migrations, in order.
        state: the state that the applied ones have led to.
        changing: the collections of the operation that was interrupted, which may be in between.
        squashed: the names of squashed files that are applied because all that they replace are.
    """

    runs: tuple[MigrationRun, ...]
    state: SchemaState
    changing: frozenset[str]
    squashed: tuple[str, ...]

    @property
    def steps(self) -> tuple[MigrationStep, ...]:
        """The steps of all runs."""
        return tuple(step for run in self.runs for step in run.steps)


def plan_runs(
    graph: MigrationGraph, records: Mapping[str, MigrationRecord], target: str | None = None
) -> PlannedMigrations:
    """Return what has to be carried out.

    Args:
        graph: the files.
        records: the history.
        target: the last migration that is to be applied: its name, or how that begins. What depends on it is undone;
            ``zero`` undoes all. By default everything is applied.

    Raises:
        MigrationFileError: there are two heads and no target, no such target, or a file does not fit the others.
        MigrationError: an operation cannot be undone, or a migration that was begun is not on the way.
    """
    planner = _Planner(graph, records)
    if target is None:
        runs = planner.forward(() if graph.head is None else graph.until(graph.head))
    elif target == ZERO:
        runs = planner.backward(tuple(graph.files))
    else:
        name = graph.find(target)
        runs = planner.backward(graph.after(name)) if name in graph.applied else planner.forward(graph.until(name))
    return PlannedMigrations(
        runs,
        planner.current,
        planner.changing,
        tuple(name for name in graph.applied if name not in records or not records[name].is_applied),
    )


class _Planner:
    """Plans the runs of files, of which one may have been begun."""

    def __init__(self, graph: MigrationGraph, records: Mapping[str, MigrationRecord]) -> None:
        self._graph = graph
        self._begun = next((name for name in graph.files if name in records and records[name].is_halfway), None)
        self._count = records[self._begun].operation if self._begun is not None else 0
        self.current = graph.state(graph.applied)
        self.changing: frozenset[str] = frozenset()
        if self._begun is not None:
            states = self._states(self._begun, self.current)
            self.current = states[self._count]
            self.changing = _different(*states[self._count : self._count + 2])

    def forward(self, names: Collection[str]) -> tuple[MigrationRun, ...]:
        """Return the runs that apply files, the one that was begun first."""
        pending = [name for name in names if name not in self._graph.applied]
        self._check_on_the_way(pending)
        state = self._graph.state(self._graph.applied)
        runs: list[MigrationRun] = []
        for name in sorted(pending, key=lambda name: name != self._begun):
            file = self._graph.files[name]
            states = self._states(name, state)
            first = self._count if name == self._begun else 0
            steps = [
                MigrationStep(name, position + 1, "forward", operation, *states[position : position + 2])
                for position, operation in enumerate(file.migration.operations)
            ]
            runs.append(MigrationRun(file, "forward", tuple(steps[first:])))
            state = states[-1]
        return tuple(runs)

    def backward(self, names: Collection[str]) -> tuple[MigrationRun, ...]:
        """Return the runs that undo files, the last first."""
        applied = self._graph.applied | ({self._begun} if self._begun is not None else set())
        undone = [name for name in names if name in applied]
        self._check_on_the_way(undone)
        runs: list[MigrationRun] = []
        undone.sort(key=lambda name: name == self._begun)
        for name in reversed(undone):
            applied -= {name}
            file = self._graph.files[name]
            states = self._states(name, self._graph.state(applied))
            # the operation after those that are applied may have been begun
            count = self._count + 1 if name == self._begun else len(states)
            steps = [
                MigrationStep(name, number, "backward", operation, states[number], states[number - 1])
                for number, operation in _undoing(file, states)
            ]
            runs.append(MigrationRun(file, "backward", tuple(step for step in steps if step.number <= count)))
        return tuple(runs)

    def _states(self, name: str, before: SchemaState) -> list[SchemaState]:
        return [*states_of(self._graph.files[name], before)]

    def _check_on_the_way(self, names: Collection[str]) -> None:
        if self._begun is not None and self._begun not in names:
            raise MigrationError(
                f"{self._begun} was begun, and is not done: migrate without a target to go on with it, or to one "
                f"before it, which undoes it"
            )


def _undoing(file: MigrationFile, states: Sequence[SchemaState]) -> Iterator[tuple[int, Operation]]:
    """Yield what undoes the operations of a file, the last first, with their positions from 1."""
    for number in range(len(states) - 1, 0, -1):
        operation = file.migration.operations[number - 1]
        undoing = operation.reverse(states[number - 1])
        if undoing is None:
            raise MigrationError(
                f"{file.name} cannot be undone: nothing undoes its operation {number}, {operation.describe()!r}. Give "
                f"it functions for the way back, where it takes such, or write a migration that goes forward"
            )
        yield number, undoing


def _different(before: SchemaState, after: SchemaState | None = None) -> frozenset[str]:
    """Return the names of the collections that an operation changes."""
    old, new = before.collections, after.collections if after is not None else before.collections
    return frozenset(name for name in {*old, *new} if old.get(name) != new.get(name))
