"""Functions of migration files, as text: for the file that takes the place of several. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import attrs

from weaviate_orm.exceptions import MigrationFileError
from weaviate_orm.migrations.files import MigrationFile

_Statement = ast.stmt


@attrs.frozen
class FunctionSources:
    """Functions and what they need, out of several files.

    Attributes:
        imports: the import statements, one name each.
        definitions: the text of each function, class and constant, in the order of the files.
    """

    imports: tuple[str, ...]
    definitions: tuple[str, ...]


def function_sources(files: Iterable[tuple[MigrationFile, Iterable[str]]]) -> FunctionSources:
    """Return the definitions of some names of files, with all that they use of their file.

    Raises MigrationFileError for a name that means different things in two files.
    """
    imports: dict[str, None] = {}
    meanings: dict[str, tuple[str, str]] = {}
    definitions: dict[str, None] = {}
    for file, names in files:
        for name, is_import, text in _needed(file.text, names):
            other, source = meanings.setdefault(name, (text, file.name))
            if other != text:
                raise MigrationFileError(
                    f"{source} and {file.name} define {name!r} differently, so that one file cannot have both: squash "
                    f"them apart, or move one of them into a module and import it under another name",
                    file=file.name,
                )
            (imports if is_import else definitions)[text] = None
    return FunctionSources(tuple(imports), tuple(definitions))


def _needed(text: str, names: Iterable[str]) -> Iterator[tuple[str, bool, str]]:
    """Yield what some names of a file mean, and those that they use: whether that is an import, and its text."""
    lines = text.splitlines(keepends=True)
    statements = dict(_defined(ast.parse(text)))
    reached: dict[str, _Statement] = {}
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name in statements and name not in reached:
            reached[name] = statements[name]
            if not isinstance(statements[name], (ast.Import, ast.ImportFrom)):
                waiting += {node.id for node in ast.walk(statements[name]) if isinstance(node, ast.Name)}
    for name, statement in sorted(reached.items(), key=lambda item: (item[1].lineno, item[0])):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield name, True, _import(statement, name)
        else:
            yield name, False, "".join(lines[_first_line(statement) - 1 : statement.end_lineno])


def _defined(tree: ast.Module) -> Iterator[tuple[str, _Statement]]:
    """Yield the names that the statements of a file define."""
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name.split(".")[0], statement) for alias in statement.names)
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            yield statement.name, statement
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from ((target.id, statement) for target in targets if isinstance(target, ast.Name))


def _import(statement: ast.Import | ast.ImportFrom, name: str) -> str:
    """Return the import of one name of a statement."""
    (alias,) = [item for item in statement.names if name in (item.asname, item.name.split(".")[0])][:1]
    return ast.unparse(
        ast.Import([alias])
        if isinstance(statement, ast.Import)
        else ast.ImportFrom(statement.module, [alias], statement.level)
    )


def _first_line(statement: _Statement) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])
