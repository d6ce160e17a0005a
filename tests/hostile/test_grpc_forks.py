"""Forks while calls by gRPC are under way: the children share no connection, wait for nobody, and end."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.empty_collections import empty_collections
from tests.hostile import forking_reader
from tests.hostile.forking_reader import Twig, read
from tests.untraced import untraced_environment
from weaviate_orm import AuthApiKey, Client, Session
from weaviate_orm.testing import Server, recorded_requests

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
    pytest.mark.wire,
]


@pytest.fixture
def twigs(server: Server) -> Iterator[Client]:
    with (
        Client(server.url, AuthApiKey(str(server.api_key)), grpc=server.grpc_port) as client,
        empty_collections(client, [Twig]),
    ):
        with Session(client) as session:
            session.add_all([Twig(number=number, vector=[1.0, 2.0]) for number in range(8)])
            session.commit()
        yield client


def fork(server: Server, twigs: Client, children: int) -> None:
    program = [sys.executable, forking_reader.__file__, server.url, str(server.api_key), str(server.grpc_port)]
    environment = {**untraced_environment(), "PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.run(
        [*program, str(children)], env=environment, capture_output=True, text=True, timeout=1200, check=False
    )
    assert (run.returncode, run.stdout) == (0, f"{children} children\n"), run.stderr
    with Session(twigs):
        written = [twig.number for twig in Twig.query.where(Twig.number >= 1000)]
    assert sorted(written) == sorted(1000 + number % 8 for number in range(children))


def test_a_program_that_forks_while_it_reads(server: Server, twigs: Client) -> None:
    fork(server, twigs, 15)


@pytest.mark.heavy
@pytest.mark.endurance
@pytest.mark.timeout(1500)
def test_the_same_a_hundred_times(server: Server, twigs: Client) -> None:
    fork(server, twigs, 100)


def test_processes_of_multiprocessing_while_threads_read(twigs: Client) -> None:
    over = threading.Event()
    failed: list[BaseException] = []

    def keep_reading(number: int) -> None:
        try:
            while not over.is_set():
                read(twigs, number, "grpc")
        except BaseException as error:
            failed.append(error)

    def in_child() -> None:
        with recorded_requests(twigs) as requests:
            for number in range(8):
                read(twigs, number)
        assert {request.url.partition(":")[0] for request in requests} == {"http"}

    threads = [threading.Thread(target=keep_reading, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    children = [multiprocessing.get_context("fork").Process(target=in_child) for _ in range(6)]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
        child.kill()
    over.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [child.exitcode for child in children] == [0] * len(children)
    read(twigs, 1, "grpc")
