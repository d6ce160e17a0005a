"""Processes migrate a cluster at once, each by another node: one of them does it."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster, running_cluster
from tests.migrations.file_folders import chain
from weaviate_orm.exceptions import MigrationLockedError, WeaviateORMError
from weaviate_orm.migrations import (
    AddProperty,
    AddReference,
    CreateCollection,
    MigrationFiles,
    migrate,
    migration_statuses,
)
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec, ReferenceSpec

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]

PROCESSES, ROUNDS = 6, 4


@pytest.fixture(scope="module")
def nodes(binary: Path) -> Iterator[Cluster]:
    """Three nodes that work."""
    with running_cluster(binary, nodes=3) as cluster:
        yield cluster


def _deploy(cluster: Cluster, node: int, folder: Path, start: Any, results: Any, wait: float) -> None:
    with cluster.client(node, timeout=(60, 240)) as client:
        files = MigrationFiles.load(folder)
        start.wait()
        try:
            results.put(len(migrate(client, files, wait=wait).applied))
        except MigrationLockedError:
            results.put("left")
        except WeaviateORMError as error:
            results.put(repr(error))


def test_processes_migrate_a_cluster_at_once(nodes: Cluster, tmp_path: Path) -> None:
    article = CollectionSpec("Article", properties=(PropertySpec("title", DataType.TEXT),), alias=True)
    files = chain(
        tmp_path,
        ["0001_initial", "0002_more"],
        [
            [CreateCollection(article)],
            [
                AddProperty("Article", PropertySpec("pages", DataType.INT), default=1),
                AddReference("Article", ReferenceSpec("related", ("Article",))),
            ],
        ],
    )
    context = multiprocessing.get_context("spawn")
    for number in range(ROUNDS):
        wait = 1200.0 * (number % 2)
        start, results = context.Event(), context.Queue()
        processes = [
            context.Process(target=_deploy, args=(nodes, position % 3, tmp_path, start, results, wait))
            for position in range(PROCESSES)
        ]
        for process in processes:
            process.start()
        time.sleep(2)
        start.set()
        outcomes = [results.get(timeout=1200) for _ in processes]
        for process in processes:
            process.join()
        assert outcomes.count(2) == 1, outcomes
        assert {outcome for outcome in outcomes if outcome != 2} <= ({0} if wait else {0, "left"}), outcomes
        for node in range(3):
            with nodes.client(node, timeout=(60, 240)) as client:
                assert [status.state for status in migration_statuses(client, files)] == ["done", "done"]
        with nodes.client(timeout=(60, 240)) as client:
            migrate(client, files, "zero", yes_delete=True)
