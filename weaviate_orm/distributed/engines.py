"""Adapters for engines: partitions are theirs, and so are retries; a few lines each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from typing_extensions import Unpack

from weaviate_orm.distributed.client_settings import ClientSettings, OpenClient
from weaviate_orm.distributed.model_paths import model_at, path_of
from weaviate_orm.distributed.partition_report import PartitionReport
from weaviate_orm.distributed.partitions import StoreOptions
from weaviate_orm.distributed.shipped_tasks import shipped
from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.model.model import Model


def store_dask(
    collection: Any,
    model: type[Model] | str,
    server: ClientSettings | OpenClient,
    *,
    retries: int = 3,
    **options: Unpack[StoreOptions],
) -> list[PartitionReport]:
    """Store a bag or a DataFrame of Dask; return a report for each partition.

    Computes by the current ``dask.distributed.Client``, or where there is none as ``dask.compute()`` does.

    Args:
        collection: a bag of mappings, or a DataFrame.
        model: the class, or its path ``"module:Class"``.
        server: what each worker makes its client of.
        retries: how often a partition is stored again after an error. That of a worker that died is stored again
            anyway.
        **options: as :func:`store_partition` takes them.

    Raises:
        PartitionError: that of a partition, after all retries.
        ConfigurationError: the model or the settings cannot reach a worker.
    """
    dask, cloudpickle = _engine("dask", "dask"), _engine("cloudpickle", "dask")
    store = dask.delayed(shipped(cloudpickle.dumps, model, server, options), pure=False)
    tasks = [store(part) for part in collection.to_delayed()]
    with dask.annotate(retries=retries):
        return list(dask.compute(*tasks))


def store_ray(
    dataset: Any,
    model: type[Model] | str,
    server: ClientSettings | OpenClient,
    *,
    rows: int | None = 10_000,
    retries: int = 3,
    **options: Unpack[StoreOptions],
) -> list[PartitionReport]:
    """Store a ``ray.data.Dataset``; return a report for each partition.

    Args:
        dataset: the rows.
        model: the class, or its path ``"module:Class"``.
        server: what each worker makes its client of.
        rows: of a partition; None for a block of Ray's.
        retries: how often a partition is stored again after an error. That of a worker that died is stored again
            anyway.
        **options: as :func:`store_partition` takes them.

    Raises:
        PartitionError: that of a partition, after all retries, as the cause of Ray's own error.
        ConfigurationError: the model or the settings cannot reach a worker.
    """
    cloudpickle = _engine("ray.cloudpickle", "ray")
    store = shipped(cloudpickle.dumps, model, server, options)

    # Ray tries again when a worker died, but not after an error; a nested function, for the reason of shipped()
    def store_batch(batch: Any) -> Any:
        import time

        for attempt in range(retries):
            try:
                return {"report": [store(batch).to_json()]}
            except (ImportError, ValueError):  # of the settings
                raise
            except Exception:
                time.sleep(2.0**attempt)
        return {"report": [store(batch).to_json()]}

    reports = dataset.map_batches(store_batch, batch_size=rows, batch_format="pyarrow")
    return [PartitionReport.from_json(row["report"]) for row in reports.take_all()]


def store_spark(
    frame: Any, model: type[Model] | str, server: ClientSettings | OpenClient, **options: Unpack[StoreOptions]
) -> list[PartitionReport]:
    """Store a DataFrame of Spark; return a report for each partition.

    Rows come to workers by ``mapInArrow``: ``mapInPandas`` would make floats of whole numbers beside nulls, and take
    the timezone off timestamps. Spark stores a partition again ``spark.task.maxFailures`` times.

    Args:
        frame: the rows.
        model: the class, or its path ``"module:Class"``.
        server: what each worker makes its client of.
        **options: as :func:`store_partition` takes them.

    Raises:
        ConfigurationError: the model or the settings cannot reach a worker; or Spark speculates, and the model has
            references, which an attempt that is killed could leave out.
        PySparkException: of Spark, with the text of the PartitionError, after all attempts.
    """
    cloudpickle = _engine("pyspark.cloudpickle", "spark")
    _refuse_speculation(frame.sparkSession, model)
    store = shipped(cloudpickle.dumps, model, server, options)

    def store_batches(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

        yield pyarrow.RecordBatch.from_pydict({"report": [store(batches).to_json()]})

    reports = frame.mapInArrow(store_batches, "report string").collect()
    return [PartitionReport.from_json(row["report"]) for row in reports]


def _refuse_speculation(session: Any, model: type[Model] | str) -> None:
    if session.conf.get("spark.speculation", "false") != "true":
        return
    if model_at(path_of(model)).__mapper__.reference_names:
        raise ConfigurationError(
            f"spark.speculation is on: of two attempts at a partition the slower one is killed, maybe after it has "
            f"stored an object of {path_of(model)} again and before it has added its references. Switch it off for "
            f"this import"
        )


def _engine(module: str, extra: str) -> Any:
    """Import a module of an engine. Raises ModuleNotFoundError with the extra that brings it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'store_{extra}() needs {error.name}: pip install "weaviate-mapper[{extra}]"', name=error.name
        ) from error
