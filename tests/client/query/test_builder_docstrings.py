"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
from types import ModuleType, SimpleNamespace

import pytest

from weaviate_orm.client.query import Query, aggregate, get, links, where
from weaviate_orm.graphql import document, literals, selections


@pytest.mark.parametrize("module", [aggregate, get, links, where, document, literals, selections])
def test_examples(query: Query, module: ModuleType) -> None:
    result = doctest.testmod(module, extraglobs={"client": SimpleNamespace(query=query)})
    assert result.attempted
    assert not result.failed
