"""The order of migration files: dependencies, heads, and squashed files in place of those that they replace. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

import attrs

from weaviate_orm.exceptions import MigrationError, MigrationFileError
from weaviate_orm.migrations.files import MigrationFile
from weaviate_orm.migrations.reachable import reachable
from weaviate_orm.migrations.schema_state import SchemaState


@attrs.frozen
class MigrationGraph:
    """Migration files in an order in which each comes after those that it depends on.

    Attributes:
        files: the files, by name, in that order; of a squashed file and those that it replaces, one or the others.
        dependencies: the names that each file directly depends on.
        applied: the names of those that are applied; a squashed one is if all that it replaces are.
    """

    files: Mapping[str, MigrationFile]
    dependencies: Mapping[str, frozenset[str]]
    applied: frozenset[str] = frozenset()

    @property
    def heads(self) -> tuple[str, ...]:
        """The names of the files that no other depends on."""
        needed = frozenset[str]().union(*self.dependencies.values())
        return tuple(name for name in self.files if name not in needed)

    @property
    def head(self) -> str | None:
        """The name of the last file, or None without files. Raises MigrationFileError for two heads."""
        if len(self.heads) > 1:
            raise MigrationFileError(
                f"there are {len(self.heads)} heads, which no other file depends on: {', '.join(self.heads)}; "
                f"`makemigrations --merge` writes a file that depends on them all, or let one depend on the other",
                file=self.heads[-1],
            )
        return next(iter(self.heads), None)

    def until(self, name: str) -> tuple[str, ...]:
        """Return the names of a file and of all that it depends on, directly or not, in order."""
        return self._in_order(reachable([name], self.dependencies))

    def after(self, name: str) -> tuple[str, ...]:
        """Return the names of the files that depend on a file, directly or not, in order."""
        dependents: dict[str, set[str]] = {}
        for file, names in self.dependencies.items():
            for dependency in names:
                dependents.setdefault(dependency, set()).add(file)
        return self._in_order(reachable([name], dependents) - {name})

    def _in_order(self, names: Collection[str]) -> tuple[str, ...]:
        return tuple(name for name in self.files if name in names)

    def find(self, target: str) -> str:
        """Return the name of the file that a target means: its name, or how that begins, for instance its number.

        Raises MigrationFileError when there is none, or more than one.
        """
        if target in self.files:
            return target
        names = [name for name in self.files if name.startswith(target)]
        if len(names) > 1:
            raise MigrationFileError(f"several migration files begin with {target!r}: {', '.join(names)}; name one")
        if not names:
            near = get_close_matches(target, self.files, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(self.files) or 'none'}"
            raise MigrationFileError(f"no migration file is called {target!r}, or begins so; {hint}")
        return names[0]

    def state(self, names: Collection[str] | None = None) -> SchemaState:
        """Return the state that files lead to, applied in order; by default all files.

        Raises MigrationFileError when an operation does not fit the state before it.
        """
        state = SchemaState()
        for name, file in self.files.items():
            if names is None or name in names:
                *_, state = states_of(file, state)
        return state


def states_of(file: MigrationFile, before: SchemaState) -> Iterator[SchemaState]:
    """Yield the state before a migration, and those after each of its operations.

    Raises MigrationFileError when an operation does not fit the state before it.
    """
    yield before
    for number, operation in enumerate(file.migration.operations, 1):
        try:
            before = operation.mutate(before)
        except MigrationError as error:
            raise MigrationFileError(
                f"{file.path}: operation {number}, {type(operation).__name__}, does not fit what the files before it "
                f"lead to: {error}",
                file=file.name,
            ) from error
        yield before


def build_graph(files: Mapping[str, MigrationFile], applied: Collection[str] = ()) -> MigrationGraph:
    """Order files by their dependencies.

    A squashed file takes the place of those that it replaces if none or all of them are applied. If only some are, they
    take its place, so that the others can be applied first.

    Args:
        files: the files, by name.
        applied: the names of the migrations that are applied.

    Raises MigrationFileError for a dependency without a file, and for files that depend on each other in a circle.
    """
    places = _Places(files, frozenset(applied))
    chosen = {name: file for name, file in files.items() if places.of(name) == {name}}
    dependencies: dict[str, frozenset[str]] = {}
    for name, file in chosen.items():
        _check_exist(file, files, places)
        needed = (places.of(dependency) for dependency in file.migration.dependencies)
        dependencies[name] = frozenset[str]().union(*needed) - {name}
    order = _sorted(dependencies)
    return MigrationGraph(
        {name: chosen[name] for name in order}, dependencies, frozenset(filter(places.is_applied, order))
    )


class _Places:
    """Which files stand for a name: the file itself, the squashed one that replaces it, or those that it replaces."""

    def __init__(self, files: Mapping[str, MigrationFile], applied: frozenset[str]) -> None:
        self._files = files
        self._applied = applied
        self._replaced_by = {old: name for name, file in files.items() for old in file.migration.replaces}

    def __contains__(self, name: str) -> bool:
        return name in self._files or name in self._replaced_by

    def is_applied(self, name: str) -> bool:
        """Return whether a migration is applied, by itself or by all that it replaces."""
        replaced = self._replaces(name)
        return name in self._applied or (bool(replaced) and all(map(self.is_applied, replaced)))

    def of(self, name: str) -> frozenset[str]:
        """Return the names of the files that stand for a migration."""
        squashed = self._replaced_by.get(name)
        if squashed is not None and not self._is_halfway(squashed):
            return self.of(squashed)
        if self._is_halfway(name):
            self._check_replaced_exist(name)
            return frozenset[str]().union(*map(self.of, self._replaces(name)))
        return frozenset({name})

    def _replaces(self, name: str) -> tuple[str, ...]:
        return self._files[name].migration.replaces if name in self._files else ()

    def _is_halfway(self, name: str) -> bool:
        """Return whether some migrations that a file replaces are applied, and others not."""
        return not self.is_applied(name) and any(map(self._is_begun, self._replaces(name)))

    def _is_begun(self, name: str) -> bool:
        return name in self._applied or any(map(self._is_begun, self._replaces(name)))

    def _check_replaced_exist(self, name: str) -> None:
        missing = [old for old in self._replaces(name) if old not in self._files]
        if missing:
            raise MigrationFileError(
                f"{self._files[name].path} replaces migrations of which only some are applied on this server, and "
                f"{', '.join(missing)} has no file; migrate with the version that has it, and then with this one",
                file=name,
            )


def _check_exist(file: MigrationFile, files: Iterable[str], places: _Places) -> None:
    for dependency in file.migration.dependencies:
        if dependency not in places:
            near = get_close_matches(dependency, files, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise MigrationFileError(
                f"{file.path} depends on {dependency!r}, which has no file in {file.path.parent}{hint}", file=file.name
            )


def _sorted(dependencies: Mapping[str, Iterable[str]]) -> list[str]:
    """Return names in an order in which each comes after those that it depends on; by name where both orders do."""
    sorter = TopologicalSorter({name: sorted(dependencies[name]) for name in sorted(dependencies)})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = error.args[1][::-1]
        raise MigrationFileError(
            f"migration files depend on each other in a circle: {' → '.join(circle)}; remove one of these dependencies",
            file=circle[0],
        ) from None
    order: list[str] = []
    ready: set[str] = set()
    while sorter.is_active():
        ready.update(sorter.get_ready())
        name = min(ready)
        ready.remove(name)
        order.append(name)
        sorter.done(name)
    return order
