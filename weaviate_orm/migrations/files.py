"""Migration files: those of a package, loaded."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Mapping
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

import attrs

from weaviate_orm.exceptions import MigrationFileError
from weaviate_orm.migrations.checksum import checksum
from weaviate_orm.migrations.migration import Migration

_NAME: Final = re.compile(r"\d+_\w+")


@attrs.frozen
class MigrationFile:
    """A migration file that is loaded.

    Attributes:
        name: its file's name without the suffix: ``0003_summary``.
        path: where it is.
        text: its source.
        migration: what it says.
        module: what it defines.
    """

    name: str
    path: Path
    text: str = attrs.field(repr=False)
    migration: Migration
    module: ModuleType = attrs.field(repr=False, eq=False)

    @property
    def checksum(self) -> str:
        """The checksum of what it does."""
        return checksum(self.text)

    @property
    def number(self) -> int:
        """The number that its name begins with."""
        return int(self.name.partition("_")[0])


@attrs.frozen
class MigrationFiles:
    """The migration files of a package.

    Attributes:
        directory: where they are.
        by_name: the files, by their names, in the order of these.
    """

    directory: Path
    by_name: Mapping[str, MigrationFile] = attrs.field(factory=dict)

    @classmethod
    def load(cls, package: str | Path) -> MigrationFiles:
        """Load the migration files of a package, or of a folder.

        A file whose name does not begin with digits and an underscore is none, so that modules with functions can stand
        beside them.

        Args:
            package: the dotted name of the package, or the path of its folder, which need not exist yet.

        Raises MigrationFileError for a package that cannot be imported, and a file that does not load.
        """
        importlib.invalidate_caches()
        dotted, directory = (package.name, package) if isinstance(package, Path) else (package, _directory(package))
        paths = sorted(path for path in directory.glob("*.py") if _NAME.fullmatch(path.stem))
        return cls(directory, {path.stem: _load(path, f"{dotted}.{path.stem}") for path in paths})


def _directory(package: str) -> Path:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError) as error:
        raise MigrationFileError(f"the package of the migrations, {package}, cannot be imported: {error}") from error
    if spec is None or not spec.submodule_search_locations:
        raise MigrationFileError(
            f"the package of the migrations, {package}, cannot be imported: there is none of that name; create its "
            f"folder, with an empty __init__.py"
        )
    return Path(next(iter(spec.submodule_search_locations)))


class _Loader(SourceFileLoader):
    """Compiles the source each time: compiled files are told apart by times, which are too coarse for a quick edit."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def _load(path: Path, name: str) -> MigrationFile:
    loader = _Loader(name, str(path))
    spec: ModuleSpec = importlib.util.spec_from_file_location(name, path, loader=loader)  # type: ignore[assignment]
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # for classes whose annotations are evaluated
    try:
        text = path.read_text(encoding="utf-8")
        loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise MigrationFileError(
            f"{path} does not load: {type(error).__name__}{_line(error, path)}: {error}", file=path.stem
        ) from error
    migration = getattr(module, "migration", None)
    if not isinstance(migration, Migration):
        has = "has no" if migration is None else f"has a {type(migration).__name__} as"
        raise MigrationFileError(
            f"{path} {has} `migration`; write `migration = Migration(dependencies=[…], operations=[…])`, or give the "
            f"file a name that does not begin with a number",
            file=path.stem,
        )
    return MigrationFile(path.stem, path, text, migration, module)


def _line(error: Exception, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return ""  # its text has the line
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f" in line {lines[-1]}" if lines else ""
