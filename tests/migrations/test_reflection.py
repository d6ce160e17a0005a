"""``reflect()`` against the server: the models that it writes are equal to the collections, and make them again."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.migrations import v4_collections
from tests.migrations.source_modules import imported, models_of
from weaviate_orm import Client, MappingError, Model, UnknownNameError, create_all, drop_all
from weaviate_orm.http.features import TEXT_ANALYZERS
from weaviate_orm.migrations import plan, reflect
from weaviate_orm.migrations.reflection.logical_names import logical_schema
from weaviate_orm.model.registry import registered
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.creation import AddClassProperty, CreateClass, plan_creation
from weaviate_orm.schema.diff import differences

TESTS = Path(__file__).parents[1]


def classes_of(client: Client, prefix: str) -> dict[str, Any]:
    """The collections of a prefix by their names, and their properties by name; the server answers null for empty.

    The classes of a reference have no order: Python takes ``Ref[A | B]`` for ``Ref[B | A]``, if that came before.
    """
    return {
        body["class"]: {
            **without_embedders(without_empty(body)),
            "properties": {
                member["name"]: {**member, "dataType": sorted(member["dataType"])}
                for member in body["properties"] or ()
            },
        }
        for body in client.schema.get()["classes"]
        if body["class"].startswith(prefix)
    }


def without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_empty(item) for key, item in value.items() if item not in (None, [])}
    return value


def without_embedders(body: dict[str, Any]) -> dict[str, Any]:
    """Without the notes of embedders, which are objects of a program: a comment of the model names them."""
    if "none" in body.get("moduleConfig", {}):
        body = {key: value for key, value in body.items() if key != "moduleConfig"}
    for vector in body.get("vectorConfig", {}).values():
        vector["vectorizer"].get("none", {}).pop("embedder", None)
    return body


def drop(client: Client, names: Iterable[str]) -> None:
    for name in names:
        client.schema.delete_class(name)


def create(client: Client, specs: Sequence[CollectionSpec]) -> None:
    for step in plan_creation(specs, {}):
        if isinstance(step, CreateClass):
            client.schema.create_class(step.spec_json)
        elif isinstance(step, AddClassProperty):
            client.schema.add_property(step.collection, step.property_json)


def check(client: Client, prefix: str, folder: Path) -> tuple[str, Mapping[str, type[Model]]]:
    """Reflect the collections of a prefix, and compare: the models with them, and what create_all() makes of those."""
    stored = {
        body["class"]: CollectionSpec.from_json(body)
        for body in client.schema.get()["classes"]
        if body["class"].startswith(prefix)
    }
    before = classes_of(client, prefix)
    source = reflect(client, list(stored))
    with imported(source, folder) as module:
        models = {model.__mapper__.collection_name: model for model in models_of(module)}
        assert set(models) == set(stored)
        for name, model in models.items():
            assert differences(model.__mapper__.collection, stored[name], strict=True) == ()
        assert str(plan(models.values(), client=client, strict=True)).startswith("Nothing to do")
        drop(client, stored)
        create_all(client, list(models.values()))
        assert classes_of(client, prefix) == before
    return source, models


def models_of_the_tests() -> list[Any]:
    importlib.import_module("tests.contrib.django.conftest")  # which sets Django up
    for path in sorted(TESTS.rglob("*.py")):
        if "Model)" in path.read_text() and path.parent.name != "typing":
            importlib.import_module(".".join(path.relative_to(TESTS.parent).with_suffix("").parts))
    return [model for model in registered() if model.__module__.startswith("tests.")]


def specs_of_the_tests(prefix: str) -> list[CollectionSpec]:
    """The collections of all models of the tests, each under a name of its own."""
    models = [model for model in models_of_the_tests() if "<locals>" not in model.__qualname__]
    names = {model: f"{prefix}{number}{model.__name__}" for number, model in enumerate(models)}
    specs = []
    for model in models:
        mapper = model.__mapper__
        try:
            spec = mapper.collection
        except MappingError:
            continue  # it is wrong on purpose
        references = tuple(
            attrs.evolve(reference.spec, targets=tuple(names[target.model] for target in reference.targets))
            for reference in mapper.entity.references.values()
        )
        specs.append(attrs.evolve(spec, name=names[model], references=references))
    return specs


def modules_of(spec: CollectionSpec) -> set[str]:
    others = [module.name for module in (spec.generative, spec.reranker, *spec.modules) if module is not None]
    return {*spec.vectorizers, *others}


@pytest.mark.heavy
@pytest.mark.timeout(1200)
@pytest.mark.needs(TEXT_ANALYZERS)  # the newest feature that a model of the tests has
def test_the_models_of_all_tests(client: Client, unique: str, tmp_path: Path) -> None:
    enabled = client.get_meta()["modules"]
    specs = [
        spec
        for spec in specs_of_the_tests(unique)
        if modules_of(spec) <= enabled.keys() and not spec.is_replicated  # on one node
    ]
    assert len(specs) > 100
    create(client, specs)
    check(client, unique, tmp_path)


def test_collections_of_the_official_client(client: Client, unique: str, tmp_path: Path) -> None:
    for body in v4_collections.bodies(unique):
        client.schema.create_class(body)
    source, _ = check(client, unique, tmp_path)
    assert "not mapped" not in source
    assert f'name = "{unique}Of_tenants"' in source
    assert f"class {unique}OfTenants(Model):" in source
    assert "word_count: Field[int | None] = field(\n" in source
    assert "vectorizer=Text2Vec.transformers()" in source


NAMED = [
    {"name": name, "dataType": ["text"]}
    for name in ("class", "vector", "query", "created_at", "list", "field", "hnsw", "fooBar", "foo_bar", "fooBAR2")
] + [{"name": "_2nd__try", "dataType": ["int"]}, {"name": "x", "dataType": ["text"]}]


def test_names_that_python_or_models_have_already(client: Client, unique: str, tmp_path: Path) -> None:
    client.schema.create_class(
        {
            "class": f"{unique}A",
            "properties": [
                *NAMED,
                {
                    "name": "inner",
                    "dataType": ["object[]"],
                    "nestedProperties": [
                        {"name": name, "dataType": ["text"]} for name in ("Meta", "_x", "id", "str", "def", "A", "a")
                    ],
                },
            ],
            "vectorConfig": {
                "x": {
                    "vectorizer": {"text2vec-transformers": {"properties": ["fooBar", "class"]}},
                    "vectorIndexType": "hnsw",
                    "vectorIndexConfig": {"ef": 9},
                },
                "hnsw": {"vectorizer": {"none": {}}, "vectorIndexType": "flat"},
            },
        }
    )
    client.schema.create_class({"class": f"{unique}A_b"})
    client.schema.create_class({"class": f"{unique}AB", "properties": [{"name": "to", "dataType": [f"{unique}A_b"]}]})
    _, models = check(client, unique, tmp_path)
    assert models[f"{unique}AB"].__name__ == f"{unique}AB"
    assert models[f"{unique}A_b"].__name__ == f"{unique}ABModel"
    attributes = {*models[f"{unique}A"].__declared__}
    assert {"class_field", "vector_field", "query_field", "list_field", "foo_bar", "foo_bar_field"} <= attributes
    assert {"nd_try", "x", "x_vector", "hnsw_field", "hnsw_vector"} <= attributes


INDEXES: list[tuple[str, dict[str, Any], str]] = [
    ("hnsw", {"distance": "l2-squared", "ef": 64, "maxConnections": 16}, "ef=64"),
    ("hnsw", {"skip": True}, "skip=True"),
    ("hnsw", {"pq": {"enabled": True, "segments": 8, "encoder": {"type": "tile"}}}, "quantizer=pq("),
    ("hnsw", {"bq": {"enabled": True}}, "index = hnsw(quantizer=bq())"),
    ("hnsw", {"sq": {"enabled": True, "trainingLimit": 99}}, "index = hnsw(quantizer=sq(training_limit=99))"),
    ("hnsw", {"rq": {"enabled": True, "bits": 8}}, "index = hnsw(quantizer=rq())"),
    ("hnsw", {"rq": {"enabled": True, "bits": 1}}, "index = hnsw(quantizer=rq(bits=1))"),
    ("hnsw", {"rq": {"enabled": True, "bits": 1, "rescoreLimit": 20}}, "rq(bits=1, rescore_limit=20)"),
    ("hnsw", {"pq": {"enabled": True, "bitCompression": True}}, 'index = IndexSpec("hnsw", '),
    ("hnsw", {"skipDefaultQuantization": True}, "index = hnsw(quantizer=uncompressed())"),
    ("flat", {}, "index = flat()"),
    ("flat", {"bq": {"enabled": True, "rescoreLimit": 9, "cache": True}}, "bq(rescore_limit=9, cache=True)"),
    ("flat", {"rq": {"enabled": True}}, "index = flat(quantizer=rq())"),
]


@pytest.mark.parametrize(("kind", "settings", "stated"), INDEXES, ids=[str(row[1]) for row in INDEXES])
def test_vector_indexes(
    client: Client, unique: str, tmp_path: Path, kind: str, settings: dict[str, Any], stated: str
) -> None:
    client.schema.create_class(
        {"class": unique, "vectorizer": "none", "vectorIndexType": kind, "vectorIndexConfig": settings}
    )
    source, _ = check(client, unique, tmp_path)
    assert stated in source


OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"invertedIndexConfig": {"indexPropertyLength": True}}, "InvertedIndexSpec(index_property_length=True)"),
    ({"invertedIndexConfig": {"cleanupIntervalSeconds": 7}}, "InvertedIndexSpec(cleanup_interval_seconds=7)"),
    ({"invertedIndexConfig": {"bm25": {"b": 0.1, "k1": 1.2}}}, "InvertedIndexSpec(bm25=BM25(b=0.1))"),
    ({"multiTenancyConfig": {"enabled": True}}, "multi_tenancy = MultiTenancySpec()"),
    (
        {"multiTenancyConfig": {"enabled": True, "autoTenantActivation": True}},
        "MultiTenancySpec(auto_tenant_activation=True)",
    ),
    ({"shardingConfig": {"desiredCount": 3}}, "sharding = ShardingSpec(desired_count=3)"),
    ({"shardingConfig": {"virtualPerPhysical": 64}}, "sharding = ShardingSpec(virtual_per_physical=64)"),
    ({"replicationConfig": {"deletionStrategy": "DeleteOnConflict"}}, 'deletion_strategy="DeleteOnConflict"'),
    ({"moduleConfig": {"generative-dummy": {}}}, "generative = Generative.dummy()"),
    ({"moduleConfig": {"reranker-dummy": {}}}, "reranker = Reranker.dummy()"),
    ({"moduleConfig": {"backup-filesystem": {}}}, 'modules = (Module("backup-filesystem"),)'),
    ({"vectorizer": "text2vec-transformers"}, "vectorizer = Text2Vec.transformers()"),
    ({"description": "One line."}, '    """One line."""\n'),
    ({"description": "Three.\n\nlines\n  in all"}, '    """Three.\n\n    lines\n      in all\n    """\n'),
    ({"description": "Two.\n  lines"}, 'description = "Two.\\n  lines"'),  # Python would dedent the second
    ({"description": 'It is "said"\\'}, "description = 'It is \"said\"\\\\'"),
    ({"description": " spaces "}, 'description = " spaces "'),
]


@pytest.mark.parametrize(("options", "stated"), OPTIONS, ids=[str(row[0]) for row in OPTIONS])
def test_options_of_collections(
    client: Client, unique: str, tmp_path: Path, options: dict[str, Any], stated: str
) -> None:
    client.schema.create_class({"class": unique, **options})
    source, _ = check(client, unique, tmp_path)
    assert stated in source


def test_a_bare_collection_states_nothing(client: Client, unique: str, tmp_path: Path) -> None:
    client.schema.create_class({"class": unique})
    source, _ = check(client, unique, tmp_path)
    assert source.endswith(f"\n\n\nclass {unique}(Model):\n    pass\n")


def test_what_no_model_can_state_is_named(client: Client, unique: str, tmp_path: Path) -> None:
    client.schema.create_class(
        {
            "class": f"{unique}A",
            "vectorizer": "text2vec-transformers",
            "properties": [
                {"name": "title", "dataType": ["text"]},
                {"name": "to", "dataType": [f"{unique}A"], "indexFilterable": False},
            ],
        }
    )
    client.schema.create_class({"class": f"{unique}B"})
    client.schema.add_property(f"{unique}A", {"name": "gone", "dataType": [f"{unique}A", f"{unique}B"]})
    body = client.schema.get(f"{unique}A")
    body["vectorConfig"] = {"extra": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}}
    client.transport.request("PUT", f"/schema/{unique}A", json=body)
    client.schema.delete_class(f"{unique}B")
    source = reflect(client, [f"{unique}A"])
    assert "    # not mapped: the unnamed vector beside named ones, made by text2vec-transformers\n" in source
    assert f"    # not mapped: gone: it refers to {unique}B, which the server does not have\n" in source
    assert '    # not mapped: to: {"indexFilterable":false}\n' in source
    assert "    extra: Vector = vector(default=None)\n" in source
    with imported(source, tmp_path) as module:
        (model,) = models_of(module)
        stored = CollectionSpec.from_json(client.schema.get(f"{unique}A"))
        assert differences(model.__mapper__.collection, stored) == ()


def test_a_collection_behind_an_alias_has_the_name_of_the_alias(client: Client, unique: str, tmp_path: Path) -> None:
    client.schema.create_class({"class": f"{unique}A_1"})
    client.schema.create_class({"class": f"{unique}A_2"})
    client.schema.create_class(
        {"class": f"{unique}B", "properties": [{"name": "to", "dataType": [f"{unique}A_2"]}]},
    )
    client.alias.create(alias_name=f"{unique}A", target_collection=f"{unique}A_2")
    client.alias.create(alias_name=f"{unique}Live", target_collection=f"{unique}B")
    try:
        source = reflect(client, [f"{unique}B"])
        whole = reflect(client)
    finally:
        client.alias.delete(alias_name=f"{unique}A")
        client.alias.delete(alias_name=f"{unique}Live")
    assert f"class {unique}A(Model):\n    class Meta:\n        alias = True\n" in source
    assert f"to: Ref[list[{unique}A]] = ref(factory=list)" in source
    assert f"# {unique}A_1 is a copy of {unique}A that no alias leads to." in whole
    assert f"# The alias {unique}Live leads to {unique}B; no model states it." in whole
    assert f"{unique}A1(Model)" not in whole
    with imported(source, tmp_path) as module:
        assert {model.__mapper__.collection.name for model in models_of(module)} == {f"{unique}A", f"{unique}B"}


def test_a_collection_that_does_not_exist(client: Client, unique: str) -> None:
    client.schema.create_class({"class": f"{unique}Article"})
    with pytest.raises(UnknownNameError, match=f"did you mean '{unique}Article'"):
        reflect(client, [f"{unique}Artikel"])


def test_the_source_is_formatted_and_typed(client: Client, unique: str, tmp_path: Path) -> None:
    bodies = v4_collections.bodies(unique)
    for body in bodies:
        client.schema.create_class(body)
    client.schema.create_class(
        {
            "class": f"{unique}Long",
            "description": "A description that is as long as descriptions are; " * 3,
            "properties": [
                {
                    "name": "text",
                    "dataType": ["text"],
                    "description": "the text; " * 9,
                    "tokenization": "field",
                    "indexSearchable": False,
                },
                {"name": "place", "dataType": ["geoCoordinates"], "indexFilterable": False},
                {"name": "phone", "dataType": ["phoneNumber"]},
                {"name": "identifiers", "dataType": ["uuid[]"], "description": "of other systems"},
            ],
            "invertedIndexConfig": {"stopwords": {"preset": "en", "additions": [f"word{n}" for n in range(30)]}},
        }
    )
    path = tmp_path / "models.py"
    # not those of other tests, whose names are no style
    path.write_text(reflect(client, [*(body["class"] for body in bodies), f"{unique}Long"]))
    # mypy does not follow the finder of an editable install, and reports no errors of installed packages
    environment = {**os.environ, "MYPYPATH": str(TESTS.parent)}
    mypy = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--follow-imports=silent",
        "--cache-dir",
        str(tmp_path),
        str(path),
    ]
    subprocess.run(mypy, check=True, cwd=tmp_path, env=environment)
    pytest.importorskip("ruff", reason="only ruff says how it formats")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--isolated", "--diff", path], check=True, cwd=tmp_path)
    rules = ["--select", "E,F,I,UP,B,N", "--ignore", "E501"]
    subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", *rules, path], check=True, cwd=tmp_path)


def test_create_all_makes_collections_behind_aliases_again(client: Client, unique: str, tmp_path: Path) -> None:
    source = (
        "from __future__ import annotations\n\nfrom weaviate_orm import Field, Model, Ref, field, ref\n\n\n"
        f"class {unique}A(Model):\n    name: Field[str | None] = field(default=None)\n"
        f"    others: Ref[list[{unique}A]] = ref(factory=list)\n\n    class Meta:\n        alias = True\n"
    )
    with imported(source, tmp_path, "declared_models") as declared:
        create_all(client, models_of(declared))
        first = reflect(client, [f"{unique}A"])
        drop_all(client, models_of(declared))
    with imported(first, tmp_path) as module:
        create_all(client, models_of(module))
        second = reflect(client, [f"{unique}A"])
        (model,) = models_of(module)
        stored = client.schema.get(client.alias.get(alias_name=f"{unique}A"))
        (body,) = logical_schema([stored], client.alias.list_all()).collections
        assert differences(model.__mapper__.collection, CollectionSpec.from_json(body), strict=True) == ()
        drop_all(client, [model])
    assert second == first
    assert not client.alias.exists(alias_name=f"{unique}A")
