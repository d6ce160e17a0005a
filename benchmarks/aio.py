"""Measure asynchronous sessions: their throughput beside sessions in threads, and how late the event loop gets.

    python benchmarks/aio.py
    python benchmarks/aio.py --url http://localhost:8080 --rounds 10

There are 5,000 objects with vectors of 128 dimensions.

- "throughput": the time of 100 searches by vector at once, in turns: in 100 AsyncSessions, in 100 sessions of a pool of
  as many threads as those have, and in 100 sessions in as many threads.
- "lag": by how much a task that sleeps for a millisecond wakes up late, while the loop does nothing else; while 5,000
  objects are read; while 4 batches are committed; while a server is asked that does not exist.
- "latency": the time of the 100 searches with 200 ms before each answer, by Toxiproxy.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from server import add_arguments, connect, running

from weaviate_orm import Client, Field, Model, Session, Vector, create_all, drop_all, vector
from weaviate_orm.aio import AsyncSession
from weaviate_orm.exceptions import TransportError

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests import toxiproxy

SEARCHES, OBJECTS, DIMENSIONS, THREADS = 100, 5_000, 128, 40


class AioBenchmark(Model):
    """An object of the benchmark."""

    title: Field[str]
    text: Field[str]
    number: Field[int]
    of_text: Vector = vector(default=None)


def fill(client: Client) -> None:
    """Store the objects."""
    drop_all(client, [AioBenchmark])
    create_all(client, [AioBenchmark])
    with Session(client) as session:
        session.bulk_insert(new_objects(OBJECTS))


def new_objects(count: int) -> list[AioBenchmark]:
    """Return new objects."""
    vectors = np.random.default_rng(7).random((count, DIMENSIONS), dtype=np.float32)
    return [
        AioBenchmark(title=f"Object {number}", text="Some text. " * 6, number=number, of_text=vectors[number])
        for number in range(count)
    ]


def search(client: Client) -> None:
    """Search once, in a session."""
    with Session(client) as session:
        assert len(session.query(AioBenchmark).near_vector([0.5] * DIMENSIONS).limit(10).all()) == 10


async def async_search(client: Client) -> None:
    """Search once, in an asynchronous session."""
    async with AsyncSession(client) as session:
        assert len(await session.query(AioBenchmark).near_vector([0.5] * DIMENSIONS).limit(10).all()) == 10


def seconds_in_threads(client: Client, threads: int = THREADS) -> float:
    """Return the seconds of the searches in threads."""
    with ThreadPoolExecutor(threads) as pool:
        begin = time.perf_counter()
        for future in [pool.submit(search, client) for _ in range(SEARCHES)]:
            future.result()
        return time.perf_counter() - begin


async def seconds_in_tasks(client: Client) -> float:
    """Return the seconds of the searches in tasks."""
    begin = time.perf_counter()
    await asyncio.gather(*(async_search(client) for _ in range(SEARCHES)))
    return time.perf_counter() - begin


async def lags_during(work: Callable[[], Awaitable[Any]]) -> list[float]:
    """Return by how many milliseconds a task was late while others worked."""
    lags: list[float] = []

    async def tick() -> None:
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(0.001)
            lags.append((time.perf_counter() - begin - 0.001) * 1e3)

    ticking = asyncio.create_task(tick())
    await work()
    ticking.cancel()
    with suppress(asyncio.CancelledError):
        await ticking
    return lags


async def read_all(client: Client) -> None:
    """Read all objects."""
    async with AsyncSession(client) as session:
        assert len(await session.query(AioBenchmark).all()) >= OBJECTS


async def commit_batches(client: Client) -> None:
    """Store objects of four batches."""
    async with AsyncSession(client) as session:
        objects = await session.run(new_objects, 2_000)
        await session.bulk_insert(objects)


async def ask_nobody() -> None:
    """Search on a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = Client(f"http://127.0.0.1:{port}", startup_period=None)
    with suppress(TransportError):
        await async_search(client)


def percentile(values: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with running(arguments.url) as url, connect(url) as client:
        fill(client)
        seconds_in_threads(client)
        asyncio.run(seconds_in_tasks(client))
        times = [
            (asyncio.run(seconds_in_tasks(client)), seconds_in_threads(client), seconds_in_threads(client, SEARCHES))
            for _ in range(arguments.rounds)
        ]
        tasks, pooled, threads = (statistics.median(column) * 1e3 for column in zip(*times, strict=True))
        print(
            f"throughput: tasks {tasks:.0f} ms; {THREADS} threads {pooled:.0f} ms, {SEARCHES} threads {threads:.0f} ms"
            f"; {statistics.median(pooled / tasks for tasks, pooled, _ in times):.2f} and "
            f"{statistics.median(threads / tasks for tasks, _, threads in times):.2f} of their throughput"
        )
        for name, work in (
            ("nothing", lambda: asyncio.sleep(1)),
            ("reading", lambda: read_all(client)),
            ("committing", lambda: commit_batches(client)),
            ("a server that does not exist", ask_nobody),
        ):
            lags = asyncio.run(lags_during(work))
            print(f"lag during {name}: p99 {percentile(lags):.1f} ms, most {max(lags):.1f} ms ({len(lags):,} ticks)")
        with toxiproxy.running(urlsplit(url).netloc) as proxy, connect(proxy.url) as far:
            asyncio.run(async_search(far))
            with proxy.toxic("latency", latency=200):
                print(f"latency of 200 ms: {asyncio.run(seconds_in_tasks(far)):.2f} s")


if __name__ == "__main__":
    main()
