"""What is carried to workers: read without the package, and what they lack is said there."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.distributed.partition_models import Roll, Shop
from weaviate_orm import ConfigurationError, Field, Model
from weaviate_orm.distributed import ClientSettings, StoreOptions, store_dask, store_partition, store_ray, store_spark
from weaviate_orm.distributed.model_paths import model_at, path_of
from weaviate_orm.distributed.shipped_tasks import shipped

ROOT = Path(__file__).parents[2]
SETTINGS = ClientSettings("http://127.0.0.1:9")

LACKING = """
import sys

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name={missing!r})

sys.meta_path.insert(0, Lacking())
import pickle
store = pickle.loads(sys.stdin.buffer.read())
store([{{"number": 1}}])
"""


def in_worker_without(missing: str, model: type[Model] | str) -> str:
    """The last line of a worker that lacks a module."""
    cloudpickle: Any = pytest.importorskip("cloudpickle", reason="Dask, Ray and Spark have it; the extra dev has them")
    store = cloudpickle.dumps(shipped(cloudpickle.dumps, model, SETTINGS, {}))
    program = [sys.executable, "-c", LACKING.format(missing=missing)]
    ended = subprocess.run(program, cwd=ROOT, input=store, capture_output=True, check=False)
    lines: list[str] = ended.stderr.decode().splitlines()
    return lines[-1]


def test_a_worker_without_the_package_says_what_to_install() -> None:
    error = in_worker_without("weaviate_orm", Roll)
    assert error.startswith("ImportError: the worker ")
    assert f"has no 'weaviate_orm' for {sys.executable}: pip install \"weaviate-mapper\" on every worker" in error
    assert "PipInstall" in error


def test_a_worker_without_the_module_of_the_model_says_what_to_do() -> None:
    error = in_worker_without("tests", Roll)
    assert "ConfigurationError: the worker " in error
    assert "has no module 'tests', which the model tests.distributed.partition_models:Roll needs: install it" in error


def test_a_model_is_named_by_where_it_is_imported_from() -> None:
    path = path_of(Roll)
    assert path == "tests.distributed.partition_models:Roll"
    assert path_of(path) == path
    assert model_at(path) is Roll


class Outer:
    class Inner(Model):
        name: Field[str]

        class Meta:
            name = "TestPartitionsInner"


def test_a_model_inside_a_class_can_be_imported() -> None:
    assert model_at(path_of(Outer.Inner)) is Outer.Inner


def test_models_that_workers_cannot_import_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Local(Model):
        name: Field[str]

        class Meta:
            name = "TestPartitionsLocal"

    with pytest.raises(ConfigurationError, match=r"workers cannot import .*Local of tests.* move the class"):
        path_of(Local)
    monkeypatch.setattr(Shop, "__module__", "__main__")
    with pytest.raises(ConfigurationError, match="workers cannot import Shop of __main__"):
        path_of(Shop)
    with pytest.raises(ConfigurationError, match="\"module:Class\", not 'Shop'"):
        path_of("Shop")
    with pytest.raises(ConfigurationError, match="a model, or of its path"):
        path_of(dict)  # type: ignore[arg-type] # pyright: ignore


def test_a_worker_with_another_version_of_the_module_says_so() -> None:
    with pytest.raises(ConfigurationError, match="has no Missing: it is of another version"):
        model_at("tests.distributed.partition_models:Missing")
    with pytest.raises(ConfigurationError, match="is no model"):
        model_at("tests.distributed.partition_models:mill_rows")


def test_settings_that_cannot_be_pickled_are_refused_before_anything_is_sent() -> None:
    lock = threading.Lock()
    settings = ClientSettings("http://127.0.0.1:9", credentials=lambda: str(lock))
    with pytest.raises(ConfigurationError, match="the settings for workers cannot be pickled"):
        shipped(pickle.dumps, Roll, settings, {})


def test_the_function_of_a_partition_can_be_pickled() -> None:
    task: Any = partial(store_partition, model=path_of(Roll), server=SETTINGS, on_error="raise")
    again = pickle.loads(pickle.dumps(task))
    assert (again.func, again.keywords) == (task.func, task.keywords)


def test_the_options_of_engines_are_those_of_a_partition() -> None:
    assert set(StoreOptions.__annotations__) == set(store_partition.__kwdefaults__ or ())


@pytest.mark.parametrize(
    ("store", "engine"),
    [(store_dask, "dask"), (store_ray, "ray"), (store_spark, "pyspark")],
)
def test_an_engine_that_is_not_installed_is_named(store: Any, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, engine, None)
    extra = engine.removeprefix("py")
    with pytest.raises(ModuleNotFoundError, match=rf'needs {engine}\S*: pip install "weaviate-mapper\[{extra}\]"'):
        store(None, Roll, SETTINGS)
