"""The documentation is true: its Python runs, its links lead somewhere, the files that it names are there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.testing import Server

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
RUN = (ROOT / "README.md", *(page for page in PAGES if "```python\n" in page.read_text(encoding="utf-8")))
READ = (
    ROOT / "README.md",
    *PAGES,
    *(ROOT / name for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
)


RUNNING = ("python", "python grpc", *(["python dask"] if find_spec("distributed") else []))
"""The blocks that run; of a page that has one "by gRPC", all queries go by it where it carries them."""

MODULE = re.compile(r'^```python title="(\w+\.py)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
"""A block that is a file beside the page's program, which imports it."""

BY_GRPC = """
import os, runpy, sys
from weaviate_orm import AuthApiKey, Client, configure

address, key, port = (os.environ[name] for name in ("WEAVIATE_URL", "WEAVIATE_API_KEY", "GRPC_PORT"))
configure(Client(address, AuthApiKey(key), grpc=int(port)))
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def script_of(page: Path) -> str:
    """The page's ``python`` blocks, every other line blank, so that an error names the line of the page."""
    lines: list[str] = []
    block = None
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = line.strip()
        if fence.startswith("```"):
            block = None if block is not None else fence.removeprefix("```")
            lines.append("")
        else:
            lines.append(line if block in RUNNING else "")
    assert block is None, f"{name_of(page)} ends inside a block"
    return "\n".join(lines) + "\n"


@pytest.fixture
def present(client: Client) -> Iterator[set[str]]:
    """The collections that are there before a page, whose own names bear no test's prefix; its own go after it."""

    def collections() -> set[str]:
        return {each["class"] for each in client.schema.get()["classes"]}

    before, aliases = collections(), client.alias.list_all()
    yield before
    for alias in client.alias.list_all().keys() - aliases.keys():
        client.alias.delete(alias_name=alias)
    for name in collections() - before:
        client.schema.delete_class(name)


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_the_python_of_a_page_runs(page: Path, server: Server, present: set[str], tmp_path: Path) -> None:
    source = script_of(page)
    taken = present & set(re.findall(r"class (\w+)\(", source))
    assert not taken, "this server holds collections of these names, and the page would write to them"
    script = tmp_path / f"{page.stem}_page.py"
    script.write_text(source, encoding="utf-8")
    for name, module in MODULE.findall(page.read_text(encoding="utf-8")):
        (tmp_path / name).write_text(module, encoding="utf-8")
    program = [sys.executable, str(script)]
    environment = {**os.environ, "WEAVIATE_URL": server.url, "WEAVIATE_API_KEY": server.api_key or ""}
    if "```python grpc" in page.read_text(encoding="utf-8"):
        if server.grpc_port is None:
            pytest.skip("the port of gRPC is not known")
        program[1:1] = ["-c", BY_GRPC]
        environment["GRPC_PORT"] = str(server.grpc_port)
    done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{name_of(page)}, by its line numbers:\n{done.stderr}"


@pytest.mark.parametrize("page", READ, ids=name_of)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", READ, ids=name_of)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py|(?:[a-z_]+/)+)`", page.read_text(encoding="utf-8"))
    missing = [name for name in named if not any((base / name).exists() for base in (ROOT, ROOT / "weaviate_orm"))]
    assert not missing


def test_each_dependency_has_its_reason() -> None:
    required = re.findall(r'"([a-z][\w-]*)>=', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    explained = set(re.findall(r"[\w-]+", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert len(required) > 10
    assert set(required) - {"setuptools"} <= explained
