"""The messages that docs/troubleshooting.md explains are those of the package."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import weaviate_orm

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
HEADINGS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("### `")]
MESSAGES = sorted(message for heading in HEADINGS for message in re.findall("`([^`]+)`", heading))


def literals() -> str:
    """Every string of the package, the parts of formatted ones included."""
    modules = Path(weaviate_orm.__file__).parent.rglob("*.py")
    nodes = (node for module in modules for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    return "\0".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.fixture(scope="module")
def texts() -> str:
    return literals()


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_one_of_the_package(texts: str, message: str) -> None:
    parts = [part.strip() for part in re.split("…(?!\\))", message)]  # not that of "Client(…)"
    assert [part for part in parts if part not in texts] == []
