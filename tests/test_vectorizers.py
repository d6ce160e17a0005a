"""The factories of modules: what they say, and that the real server knows each module and setting."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs
import pytest

import weaviate_orm.vectorizers as public
from weaviate_orm.client.client import Client
from weaviate_orm.embedded import EmbeddedOptions
from weaviate_orm.exceptions import MappingError
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.features import server_version
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.diff import differences
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec
from weaviate_orm.testing import Server, embedded_server
from weaviate_orm.vectorizers import (
    Generative,
    Img2Vec,
    Multi2MultiVec,
    Multi2Vec,
    Ref2Vec,
    Reranker,
    Text2MultiVec,
    Text2Vec,
    module,
)

VECTORIZERS = (Text2Vec, Text2MultiVec, Multi2Vec, Multi2MultiVec, Img2Vec, Ref2Vec)
ONLY_NAMED = (Text2MultiVec, Multi2MultiVec)

# values that the server checks; for all others one of the right type does
CHOSEN: dict[str, dict[str, Any]] = {
    "text2vec-openai": {"model": "text-embedding-3-small", "dimensions": 512, "type": None, "model_version": None},
    "text2vec-huggingface": {"passage_model": None, "query_model": None},
    "text2vec-transformers": {"inference_url": None},
    "text2vec-google": {"task_type": "CLASSIFICATION", "dimensions": 768},
    "text2vec-aws": {"endpoint": None},
    "generative-aws": {"endpoint": None},
    "generative-openai": {"model": "gpt-4"},
    "multi2vec-google": {"dimensions": 512},
    "multi2multivec-jinaai": {"text_fields": None},
}
CHOSEN_BY_NAME: dict[str, Any] = {
    "temperature": 0.5,
    "api_version": "2024-02-01",
    "options": {"useGPU": True},
    "reference_properties": ["related"],
    "base_url": "https://inference.example.com",
    "endpoint": "https://inference.example.com/v1",
    "max_tokens": 100,
}
# settings of which the server needs one or another
NEEDED: dict[str, dict[str, Any]] = {
    "text2vec-google": {"project_id": "x"},
    "text2vec-aws": {"model": "amazon.titan-embed-text-v2:0"},
}


Factory = Callable[..., Module]


def _factories() -> Iterator[Any]:
    for group in (*VECTORIZERS, Generative, Reranker):
        for name, factory in vars(group).items():
            if isinstance(factory, staticmethod):
                yield pytest.param(group, getattr(group, name), id=f"{group.__name__}.{name}")


def _example(hint: Any, parameter: str) -> Any:
    if parameter in CHOSEN_BY_NAME:
        return CHOSEN_BY_NAME[parameter]
    if "Mapping" in str(hint) and parameter.endswith("_fields"):
        return {"image": 0.6}
    if "Sequence" in str(hint):
        return ["image"]
    (plain,) = [each for each in get_args(hint) if each is not type(None)] if type(None) in get_args(hint) else [hint]
    if get_origin(plain) is Literal:
        return get_args(plain)[0]
    return {str: "x", bool: True, int: 5, float: 0.5}[plain]


def _filled(factory: Factory, *, required_only: bool = False) -> Module:
    """The module with each of its settings given."""
    hints = get_type_hints(factory)
    parameters = [
        each.name
        for each in inspect.signature(factory).parameters.values()
        if not required_only or each.default is inspect.Parameter.empty
    ]
    keywords = {name: _example(hints[name], name) for name in parameters}
    chosen = NEEDED if required_only else CHOSEN
    return factory(**keywords | chosen.get(factory(**keywords).name, {}))


@pytest.mark.parametrize(("group", "factory"), list(_factories()))
def test_documented_typed_and_named_for_its_module(group: type[Any], factory: Factory) -> None:
    assert factory.__doc__
    made = _filled(factory)
    assert made.name.split("-")[0] == group.__name__.lower()
    assert made.name.split("-")[1] == factory.__name__
    assert all(each.kind is each.KEYWORD_ONLY for each in inspect.signature(factory).parameters.values())


@pytest.fixture(scope="module")
def modular(server: Server) -> Iterator[Client]:
    """A server with every module that needs no service of its own to start; nothing here calls one out."""
    options = EmbeddedOptions(
        additional_env_vars={
            "API_BASED_MODULES_DISABLED": "false",
            "ENABLE_API_BASED_MODULES": "true",
            "ENABLE_MODULES": "ref2vec-centroid,text2vec-ollama,generative-ollama",
        },
        startup_timeout=240,
    )
    with embedded_server(options) as running:
        secret = AuthApiKey(running.api_key) if running.api_key is not None else None
        with Client(running.url, auth_client_secret=secret) as connected:
            yield connected


@pytest.mark.parametrize(("group", "factory"), list(_factories()))
@pytest.mark.parametrize("required_only", [False, True], ids=["all", "required"])
def test_the_server_takes_it_and_gives_it_back(
    modular: Client, group: type[Any], factory: Factory, required_only: bool
) -> None:
    client, name = modular, f"T{uuid.uuid4().hex[:8]}"
    made = _filled(factory, required_only=required_only)
    if made.name not in client.get_meta()["modules"]:
        pytest.skip(f"the server runs without {made.name}")
    if made.name.endswith("google") and server_version(client.transport) < (1, 36, 0):
        pytest.skip("the server knows other models of Google")
    if issubclass(group, (Multi2Vec, Multi2MultiVec)) and required_only and not made.settings:
        made = factory(image_fields=["image"])
    spec = CollectionSpec(
        name,
        properties=(
            PropertySpec("body", DataType.TEXT),
            PropertySpec("kept", DataType.TEXT, vectorize=False, vectorize_name=True),
            PropertySpec("image", DataType.BLOB),
        ),
        references=(ReferenceSpec("related", (name,)),),
    )
    if group is Generative:
        variants = [attrs.evolve(spec, generative=made)]
    elif group is Reranker:
        variants = [attrs.evolve(spec, reranker=made)]
    else:
        variants = [attrs.evolve(spec, vectors=(VectorSpec("named", made),))]
        if group not in ONLY_NAMED:
            variants.append(attrs.evolve(spec, vectors=(VectorSpec(None, made),)))
        if group in (Text2Vec, Text2MultiVec):
            variants.append(attrs.evolve(spec, vectors=(VectorSpec("named", made, None, ("body",)),)))
    for variant in variants:
        client.schema.create_class(variant.to_json())
        there = CollectionSpec.from_json(client.schema.get(name))
        client.schema.delete_class(name)
        assert differences(variant, there) == ()


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(TypeError, match="modell"):
        Text2Vec.openai(modell="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_weights() -> None:
    assert Multi2Vec.bind(audio_fields=["sound"], imu_fields={"move": 0.1}).settings == {
        "audioFields": ["sound"],
        "imuFields": ["move"],
        "weights": {"imuFields": [0.1]},
    }


@pytest.mark.parametrize("fields", ["photo", [], {}])
def test_fields_are_lists(fields: Any) -> None:
    with pytest.raises(MappingError, match="image_fields takes the names of properties in a list"):
        Multi2Vec.clip(image_fields=fields)


def test_weights_only_where_the_server_has_them() -> None:
    with pytest.raises(MappingError, match="img2vec-neural has no weights"):
        Img2Vec.neural(image_fields={"photo": 0.5})  # type: ignore[arg-type]


def test_settings_that_are_not_given_are_not_sent() -> None:
    assert Text2Vec.cohere().settings == {}


def test_any_other_module() -> None:
    assert module("text2vec-new", base_url="http://x", deepKey=(1, 2)) == Module(
        "text2vec-new", {"baseURL": "http://x", "deepKey": [1, 2]}
    )


def test_public_names() -> None:
    assert sorted(public.__all__) == list(public.__all__)
    assert all(hasattr(public, name) for name in public.__all__)
