"""The headers of keys are those that the factories of modules name."""

from __future__ import annotations

import inspect
import re

import pytest

from weaviate_orm import vectorizers
from weaviate_orm.cli.inference_keys import key_headers, lacks_key
from weaviate_orm.schema.modules import Module

FACTORIES = [
    (f"{owner}.{name}", member.__func__)
    for owner in vectorizers.__all__
    if inspect.isclass(getattr(vectorizers, owner))
    for name, member in vars(getattr(vectorizers, owner)).items()
    if isinstance(member, staticmethod)
]


def module_of(factory: object) -> str:
    source = inspect.getsource(factory)  # type: ignore[arg-type]
    return str(re.findall(r'module\("([\w-]+)"', source)[0])


@pytest.mark.parametrize(("name", "factory"), FACTORIES)
def test_headers_are_those_of_the_factory(name: str, factory: object) -> None:
    headers = re.findall(r"``(X-[\w-]+)``", inspect.getdoc(factory) or "")
    assert key_headers(module_of(factory)) == tuple(headers), name


def test_names_of_headers_ignore_case() -> None:
    assert not lacks_key("text2vec-openai", ["x-azure-api-key"])
    assert lacks_key("text2vec-openai", ["X-Cohere-Api-Key"])
    assert not lacks_key(Module("text2vec-transformers").name, [])
