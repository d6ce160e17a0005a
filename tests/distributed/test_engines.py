"""Dask, Spark and Ray themselves, on one machine: a worker is killed half-way, and a cluster of three nodes has all.

Each reads the same Parquet files. With ``--endurance``, 200,000 objects.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster, running_cluster
from tests.distributed.partition_models import MODELS, Cloth, Mill, cloth_row, mill_rows, stored_form
from tests.distributed.stored_objects import read_all
from tests.distributed.unreliable_clients import open_at_second_attempt, open_to_be_killed
from tests.empty_collections import empty_collections
from tests.session.library_models import empty
from weaviate_orm import Client, ConfigurationError, PartitionError, Session
from weaviate_orm.distributed import (
    ClientSettings,
    PartitionReport,
    store_dask,
    store_partition,
    store_ray,
    store_spark,
)

ROOT = Path(__file__).parents[2]
KEY_VARIABLE = "PARTITIONS_TEST_KEY"
WORKERS = 4
FILES = 20
COUNTS = [
    pytest.param(5_000, marks=pytest.mark.timeout(1200)),
    pytest.param(200_000, marks=[pytest.mark.endurance, pytest.mark.timeout(7200)]),
]

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def nodes(binary: Path) -> Iterator[Cluster]:
    with running_cluster(binary, nodes=3) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, running.api_key)  # workers are children, and have it too
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        with empty_collections(running.client(), MODELS):
            yield running


@pytest.fixture
def settings(nodes: Cluster) -> ClientSettings:
    settings = ClientSettings(nodes.nodes[0].url, key_variable=KEY_VARIABLE)
    empty(nodes.client(), MODELS)
    store_partition(mill_rows(), Mill, settings)
    return settings


@pytest.fixture
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder of Parquet files."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    count: int = request.getfixturevalue("count")
    types = pyarrow.schema(
        [
            ("number", pyarrow.int64()),
            ("title", pyarrow.string()),
            ("vector", pyarrow.list_(pyarrow.float32())),
            ("mill__id", pyarrow.string()),
            ("like__id", pyarrow.list_(pyarrow.string())),
        ]
    )
    size, folder = count // FILES, tmp_path / "files"
    folder.mkdir()
    for number in range(FILES):
        rows = [cloth_row(row) for row in range(number * size, (number + 1) * size)]
        parquet.write_table(pyarrow.Table.from_pylist(rows, schema=types), folder / f"{number:02}.parquet")
    return folder


def doomed(settings: ClientSettings, count: int, mark: Path) -> Callable[[], Client]:
    """Clients of workers of which the one that stores an object of the middle waits to be killed."""
    return partial(open_to_be_killed, settings, str(mark), str(Cloth(number=count // 2, title="").id))


def killed_half_way(
    nodes: Cluster, count: int, store: Callable[[], Sequence[PartitionReport]], mark: Path
) -> Sequence[PartitionReport]:
    """Import objects, and kill -9 the worker that waits for it; return the reports."""
    begun = time.perf_counter()
    with nodes.client(1) as client, ThreadPoolExecutor(1) as pool, Session(client) as session:
        running = pool.submit(store)
        while not mark.exists():
            assert not running.done(), running.result()
            time.sleep(0.02)
        stored = session.query(Cloth).count()
        os.kill(int(mark.read_text()), signal.SIGKILL)
        reports = running.result()
        print(f"{count:,} objects in {time.perf_counter() - begun:.0f} s; a worker killed at {stored:,}")  # noqa: T201
        return reports


def check_cloths(nodes: Cluster, count: int, reports: Sequence[PartitionReport]) -> None:
    """Compare all that is stored."""
    total = PartitionReport.total(reports)
    assert (total.rows, total.stored, total.failures) == (count, count, ())
    with nodes.client(2) as client:
        stored = read_all(client, Cloth)
        assert len(stored) == count
        for number in range(count):
            row = cloth_row(number)
            assert stored.pop(str(Cloth(number=number, title="").id)) == stored_form(row), number


# -- Dask


@pytest.fixture
def dask_workers(nodes: Cluster) -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed; the extra dev brings it")
    patience = {"distributed.comm.timeouts.connect": "240s", "distributed.comm.timeouts.tcp": "240s"}  # 30, by default
    with (
        pytest.importorskip("dask").config.set(patience),
        distributed.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as workers,
        distributed.Client(workers) as client,
    ):
        yield client


@pytest.mark.parametrize("count", COUNTS)
def test_a_worker_of_dask_is_killed(
    count: int, nodes: Cluster, settings: ClientSettings, files: Path, dask_workers: Any, tmp_path: Path
) -> None:
    frames = pytest.importorskip("dask.dataframe")
    frame = frames.read_parquet(files)
    assert frame.npartitions == FILES
    pids: dict[str, int] = dask_workers.run(os.getpid)
    assert len(set(pids.values())) == WORKERS

    mark = tmp_path / "mark"
    store = partial(store_dask, frame, Cloth, doomed(settings, count, mark))
    reports = killed_half_way(nodes, count, store, mark)
    assert len(reports) == FILES
    assert int(mark.read_text()) in pids.values()
    assert set(dask_workers.run(os.getpid).values()) != set(pids.values())
    check_cloths(nodes, count, reports)


def test_a_bag_of_dask_is_tried_again(
    nodes: Cluster, settings: ClientSettings, dask_workers: Any, tmp_path: Path
) -> None:
    bags = pytest.importorskip("dask.bag")
    bag = bags.from_sequence([cloth_row(number) for number in range(100)], npartitions=4)
    unreliable = partial(open_at_second_attempt, settings, str(tmp_path / "mark"))
    with pytest.raises(Exception, match="the first attempt fails"):
        store_dask(bag, Cloth, unreliable, retries=0)
    (tmp_path / "mark").unlink()
    reports = store_dask(bag, "tests.distributed.partition_models:Cloth", unreliable)
    assert len(reports) == 4
    check_cloths(nodes, 100, reports)


def test_an_error_of_a_partition_comes_through_dask(settings: ClientSettings, dask_workers: Any) -> None:
    bags = pytest.importorskip("dask.bag")
    bag = bags.from_sequence([{**cloth_row(number), "title": number} for number in range(10)], npartitions=1)
    with pytest.raises(PartitionError, match=r"row 0 .*column 'title': Cloth.title needs a str") as caught:
        store_dask(bag, Cloth, settings, on_error="raise", retries=0)
    assert caught.value.report.stored == 0


# -- Spark


@pytest.fixture(scope="module")
def spark(nodes: Cluster) -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed; the extra dev brings it")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        session = (
            sql.SparkSession.builder.master(f"local[2, {WORKERS}]")  # so many attempts at a partition
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .getOrCreate()
        )
        yield session
        session.stop()


@pytest.mark.parametrize("count", COUNTS)
def test_a_worker_of_spark_is_killed(
    count: int, nodes: Cluster, settings: ClientSettings, files: Path, spark: Any, tmp_path: Path
) -> None:
    frame = spark.read.parquet(str(files)).repartition(FILES)
    mark = tmp_path / "mark"
    store = partial(store_spark, frame, Cloth, doomed(settings, count, mark))
    reports = killed_half_way(nodes, count, store, mark)
    assert len(reports) == FILES
    check_cloths(nodes, count, reports)


def test_speculation_is_refused_where_it_could_leave_out_references(settings: ClientSettings, spark: Any) -> None:
    frame = spark.createDataFrame([("Mill 1", 1)], "name string, founded int")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(spark.conf), "get", lambda self, key, default=None: "true")
        with pytest.raises(ConfigurationError, match=r"spark\.speculation is on"):
            store_spark(frame, Cloth, settings)
    assert PartitionReport.total(store_spark(frame, Mill, settings)).stored == 1


def test_whole_numbers_and_times_come_through_spark_as_they_are(settings: ClientSettings, spark: Any) -> None:
    large, opened = 2**53 - 1, datetime(1870, 5, 4, 3, 2, 1, 123000, tzinfo=timezone.utc)
    rows = [("Mill a", large, opened), ("Mill b", None, None)]
    frame = spark.createDataFrame(rows, "name string, founded long, opened timestamp").repartition(1)
    reports = store_spark(frame, Mill, settings)
    assert PartitionReport.total(reports).failures == ()
    with settings() as client, Session(client) as session:
        mill = session.query(Mill).get(name="Mill a")
        assert (mill.founded, mill.opened) == (large, opened)


# -- Ray


@pytest.fixture
def ray_cluster(nodes: Cluster) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # else 127.0.0.1 becomes the address of the machine
        ray = pytest.importorskip("ray", reason="Ray is not installed; the extra dev brings it")
        ray.init(
            num_cpus=WORKERS,
            include_dashboard=False,
            object_store_memory=200 * 2**20,
            log_to_driver=False,
        )
        pytest.importorskip("ray.data").DataContext.get_current().enable_progress_bars = False
        yield ray
        ray.shutdown()


@pytest.mark.parametrize("count", COUNTS)
def test_a_worker_of_ray_is_killed(
    count: int, nodes: Cluster, settings: ClientSettings, files: Path, ray_cluster: Any, tmp_path: Path
) -> None:
    data = pytest.importorskip("ray.data")
    dataset = data.read_parquet(str(files))
    mark = tmp_path / "mark"
    store = partial(store_ray, dataset, Cloth, doomed(settings, count, mark), rows=count // FILES)
    reports = killed_half_way(nodes, count, store, mark)
    check_cloths(nodes, count, reports)


def test_a_partition_of_ray_is_tried_again(
    nodes: Cluster, settings: ClientSettings, ray_cluster: Any, tmp_path: Path
) -> None:
    data = pytest.importorskip("ray.data")
    dataset = data.from_items([cloth_row(number) for number in range(100)])
    unreliable = partial(open_at_second_attempt, settings, str(tmp_path / "mark"))
    with pytest.raises(Exception, match="the first attempt fails"):
        store_ray(dataset, Cloth, unreliable, retries=0)
    (tmp_path / "mark").unlink()
    check_cloths(nodes, 100, store_ray(dataset, Cloth, unreliable, rows=None))
