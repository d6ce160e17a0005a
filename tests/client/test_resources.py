"""A REST resource is a module of its own, and one line of the client."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import weaviate_orm
from weaviate_orm import Client

ROOT = Path(weaviate_orm.__file__).parent

CALLERS = {
    "schema": {"session/embedder_notes.py", "session/flush/nested_members.py", "session/reads/default_vector.py"},
    "tasks": {"client/schema.py"},
    "tenants": {"client/schema.py"},
}
"""Modules that call a resource, which most do not need."""


def imports() -> Iterator[tuple[str, str, str]]:
    """Yield each name that a module imports: the importing module's path, the imported module, and the name."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from ((str(path.relative_to(ROOT)), node.module, alias.name) for alias in node.names)


def test_a_resource_is_its_module_and_a_line_of_the_client() -> None:
    with Client("http://127.0.0.1:1", startup_period=None) as client:
        resources = {name: type(value) for name, value in vars(client).items()}
    resources = {name: kind for name, kind in resources.items() if kind.__module__.startswith("weaviate_orm.client.")}
    assert len(resources) == 20
    importers = defaultdict(set)
    for path, module, imported in imports():
        importers[module, imported].add(path)
    for name, kind in resources.items():
        assert importers[kind.__module__, kind.__name__] - CALLERS.get(name, set()) == {"client/client.py"}, name
