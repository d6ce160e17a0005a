"""A project with models, and the command in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from weaviate_orm.cli.application import application
from weaviate_orm.testing import Server

KEY_VARIABLE = "SHOP_KEY"


@attrs.define
class Project:
    """A folder with a pyproject.toml and a package whose name is ``package``.

    Attributes:
        folder: where it is; the command runs there.
        package: the name of the package, and the prefix of its collections.
        environment: of the command.
    """

    folder: Path
    package: str
    environment: dict[str, str]

    def configure(self, **settings: Any) -> None:
        """Write the settings; None leaves one out."""
        lines = [f"{name.replace('_', '-')} = {json.dumps(value)}" for name, value in settings.items() if value]
        (self.folder / "pyproject.toml").write_text("\n".join(["[tool.weaviate-orm]", *lines, ""]))

    def write_models(self, source: str) -> None:
        """Write the module of the models, and forget the one that was imported."""
        path = self.folder / self.package / "models.py"
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        imports = "from weaviate_orm import Field, Model, Ref, field, ref\n\n\n"
        path.write_text(f"from __future__ import annotations\n\n{imports}{source}")
        self.forget()

    def forget(self) -> None:
        """Forget the modules of the project: a second source of the same second would not be read."""
        for name in [name for name in sys.modules if name.split(".")[0] == self.package]:
            del sys.modules[name]
        for cache in self.folder.rglob("__pycache__"):
            for file in cache.iterdir():
                file.unlink()

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        """Run the command in this process."""
        # what is unset here must not come from the environment of the tests
        return CliRunner().invoke(application, list(arguments), input=stdin, env={**self.environment})

    def run_json(self, *arguments: str) -> Any:
        """Run the command with ``--json``, and return what it printed."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def run_process(self, *arguments: str, stdin: str | int | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command in a process of its own; ``stdin`` is a text, or the descriptor of a terminal."""
        return subprocess.run(
            [sys.executable, "-m", "weaviate_orm", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **self.environment},
            input=stdin if isinstance(stdin, str) else None,
            stdin=stdin if isinstance(stdin, int) else None,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture
def empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project without settings; what it imports is forgotten afterwards."""
    for name in [name for name in os.environ if name.startswith("WEAVIATE_ORM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    project = Project(tmp_path, "shop", {})
    yield project
    project.forget()


@pytest.fixture
def project(empty_project: Project, server: Server, unique: str) -> Project:
    """A project with a model, of which the server has nothing."""
    project = empty_project
    project.package = unique.lower()
    project.environment[KEY_VARIABLE] = server.api_key or "none"
    project.configure(
        url=server.url,
        api_key_env=KEY_VARIABLE,
        models=f"{project.package}.models",
        migrations=f"{project.package}/migrations",
        history=f"{unique}Migration",
    )
    project.write_models(f"class {unique}Item(Model):\n    title: Field[str]\n")
    return project
