"""The examples in docstrings run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import weaviate_orm
from weaviate_orm import Client


def examples() -> Iterator[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for module in pkgutil.walk_packages(weaviate_orm.__path__, "weaviate_orm."):
        if not module.name.endswith("__main__"):
            yield from (test for test in finder.find(importlib.import_module(module.name)) if test.examples)


EXAMPLES = [*examples()]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 60


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_runs(example: doctest.DocTest) -> None:
    with Client("http://127.0.0.1:1", startup_period=None) as client:  # it builds queries, and sends nothing
        example.globs["client"] = client
        output: list[str] = []
        results = doctest.DocTestRunner(verbose=False).run(example, out=output.append)
    assert results.failed == 0, "".join(output)
