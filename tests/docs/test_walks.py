"""What a page has the reader type works, and shows what the page says.

The page's blocks with a ``title`` are files, and lines of ``sh`` blocks that begin with ``python`` are run beside them,
in their order; a ``text`` block after one is what the reader sees at the end. The pages of the tutorial share a folder.
Setting up an environment is left to the reader.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from weaviate_orm import Client
from weaviate_orm.testing import Server

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TUTORIAL = re.findall(r"tutorial/\w+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
WALKS = {"tutorial": TUTORIAL, "testing": ["guides/testing.md"], "django": ["guides/django.md"]}

_BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?.*\n((?:.*\n)*?)```$", re.MULTILINE)
_SET_UP = ("python3 -m venv", "python -m pip", "python -m weaviate_orm.embedded")
_FIGURE = re.compile(r"\d+\.\d+(\.\d+)?(s \(\d+:\d\d:\d\d\))?")
"""Distances, times and versions, which depend on the server; pytest says more of a time above a minute."""


@pytest.fixture
def environment(server: Server, client: Client) -> Iterator[dict[str, str]]:
    """That of a reader whose server this one is; the collections of the pages go after the walk."""
    present = {collection["class"] for collection in client.schema.get()["classes"]}
    address = {"URL": server.url, "API_KEY": server.api_key or ""}
    reader = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DJANGO_"))}
    yield {**reader, **{f"WEAVIATE_{use}{name}": value for name, value in address.items() for use in ("", "TEST_")}}
    for alias, collection in client.alias.list_all().items():
        if collection not in present:
            client.alias.delete(alias_name=alias)
    for collection in client.schema.get()["classes"]:
        if collection["class"] not in present:
            client.schema.delete_class(collection["class"])


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("pages", WALKS.values(), ids=WALKS)
def test_what_the_reader_types_works(pages: list[str], environment: dict[str, str], tmp_path: Path) -> None:
    for page in pages:
        steps = _BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
        for (language, title, text), (after, _, shown) in zip(steps, [*steps[1:], ("", "", "")], strict=True):
            if title:
                (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / title).write_text(text, encoding="utf-8")
            elif language == "sh":
                for line in filter(_is_run, text.splitlines()):
                    ran = typed(line, tmp_path, environment)
                    shown = shown if after == "text" else ""
                    output = f"{page} shows\n{shown}\nand there is\n{ran.stdout}"
                    assert comparable(ran.stdout).endswith(comparable(shown)), output
                    assert (ran.returncode != 0) == ("Error: " in shown), output


def _is_run(line: str) -> bool:
    return line.startswith("python") and not line.startswith(_SET_UP)


def typed(line: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *shlex.split(line, comments=True)[1:]],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def comparable(text: str) -> str:
    return _FIGURE.sub(lambda figure: "0.0s" if figure[2] else "0.0", text.strip())


def test_the_tutorial_is_walked() -> None:
    assert {str(page.relative_to(DOCS)) for page in (DOCS / "tutorial").glob("*.md")} == set(TUTORIAL)
