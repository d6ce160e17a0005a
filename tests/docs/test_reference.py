"""The reference of the API has every public name, and names nothing else."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from pathlib import Path
from types import ModuleType

import pytest

from tests.test_public import PUBLIC
from weaviate_orm import Client, exceptions

ROOT = Path(__file__).parents[2]
TEXT = "".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "reference" / "api").glob("*.md")))
PATHS = re.findall(r"^::: (weaviate_orm[\w.]*)$", TEXT, re.MULTILINE)
PARTS = [path.removeprefix("weaviate_orm.Client.") for path in PATHS if path.startswith("weaviate_orm.Client.")]
DOCUMENTED = [path for path in PATHS if not path.startswith("weaviate_orm.Client.")]
SECOND_NAMES = re.findall(r"^\| `(\w+)` \| \[", TEXT, re.MULTILINE)
"""Those of the v3 client."""


def resolve(path: str) -> object:
    module, _, name = path.rpartition(".")
    return importlib.import_module(path) if path in PUBLIC else getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("module", PUBLIC)
def test_each_public_name_is_in_the_reference(module: str) -> None:
    documented = [resolve(path) for path in DOCUMENTED]
    public = {name: getattr(importlib.import_module(module), name) for name in importlib.import_module(module).__all__}
    missing = {
        name
        for name, value in public.items()
        if name not in SECOND_NAMES and not any(value is other for other in documented)
    }
    assert missing - {"__version__"} == set()


def test_nothing_is_in_the_reference_twice() -> None:
    assert sorted(set(DOCUMENTED)) == sorted(DOCUMENTED)
    assert all(not isinstance(resolve(path), ModuleType) or path in PUBLIC for path in DOCUMENTED)


def test_each_part_of_a_client_is_in_the_reference() -> None:
    with Client("http://127.0.0.1:9", startup_period=None) as client:
        parts = {
            name for name, value in vars(client).items() if type(value).__module__.startswith("weaviate_orm.client.")
        }
    assert parts == set(PARTS)


def test_the_tree_of_errors_is_that_of_the_module() -> None:
    tree = inspect.cleandoc(str(exceptions.__doc__)).partition("::\n\n")[2]
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    assert f"```text\n{textwrap.dedent(tree).strip()}\n```" in page
