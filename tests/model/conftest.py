"""What the tests of models share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.model.source_modules import FUTURE, Write, make_module


@pytest.fixture
def module() -> Iterator[Write]:
    """Makes modules of sources, and forgets them after the test."""
    names: list[str] = []

    def write(source: str, name: str = "written", future: str = FUTURE) -> Any:
        names.append(name)
        return make_module(source, name, future)

    yield write
    for name in names:
        sys.modules.pop(name, None)
