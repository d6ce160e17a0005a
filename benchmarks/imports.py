"""What storing objects costs: a Session, beside the same bytes sent by bare requests and orjson.

    python benchmarks/imports.py                       # 10,000 objects: no vector, 128 and 768 dimensions
    python benchmarks/imports.py --counts 10000 100000 --rounds 3

Each run is a process of its own over an empty collection; the two kinds take turns. Printed are medians: objects a
second, the ratio of the two (above 1: the Session is faster), the client's CPU an object, and its peak memory.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import requests
from server import KEY_VARIABLE, add_arguments, connect, running

from weaviate_orm import Field, Model, Session, create_all, drop_all, field

BATCH = 500
KINDS = ("session", "bare")
FIGURES = ("rate", "cpu", "peak")


class Imported(Model):
    """What is stored: four properties."""

    title: Field[str]
    body: Field[str]
    number: Field[int]
    tags: Field[list[str]] = field(factory=list)

    class Meta:
        name = "BenchmarkImported"


def contents(count: int, dimensions: int) -> Iterator[tuple[dict[str, Any], Any]]:
    """Properties and a vector for each object; the vectors repeat, so that making them costs nothing."""
    pool = np.random.default_rng(7).random((1000, dimensions), dtype=np.float32) if dimensions else None
    for number in range(count):
        properties = {
            "title": f"Object {number}",
            "body": f"The text of object {number}, of some sixty characters in all.",
            "number": number,
            "tags": ["red", "green", f"t{number % 10}"],
        }
        yield properties, pool[number % 1000] if pool is not None else None


def store_by_session(url: str, count: int, dimensions: int) -> None:
    """As a user would."""
    with connect(url) as client, Session(client, batch_size=BATCH) as session:
        objects = (Imported(**properties, vector=vector) for properties, vector in contents(count, dimensions))
        session.add_all(objects, flush_every=10 * BATCH)


def store_bare(url: str, count: int, dimensions: int) -> None:
    """The least that can be done: bytes out, bytes in, each answer decoded and looked at."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ.get(KEY_VARIABLE, '')}"}
    with requests.Session() as http:
        http.trust_env = False
        rows = contents(count, dimensions)
        while batch := list(itertools.islice(rows, BATCH)):
            objects = []
            for properties, vector in batch:
                body = {"class": "BenchmarkImported", "id": str(uuid.uuid4()), "properties": properties}
                objects.append(body if vector is None else {**body, "vector": vector})
            data = orjson.dumps({"objects": objects}, option=orjson.OPT_SERIALIZE_NUMPY)
            answer = http.post(f"{url}/v1/batch/objects", data=data, headers=headers, timeout=300)
            assert all(item["result"]["status"] == "SUCCESS" for item in orjson.loads(answer.content))


def run_case(kind: str, url: str, count: int, dimensions: int) -> None:
    """The child process: store, and print what it took."""
    store = store_by_session if kind == "session" else store_bare
    next(contents(1, dimensions))
    wall, cpu = time.perf_counter(), time.process_time()
    store(url, count, dimensions)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"rate": count / wall, "cpu": cpu / count * 1e6, "peak": peak / 1024}))


def measure(kind: str, url: str, count: int, dimensions: int) -> dict[str, float]:
    """One run in a process of its own."""
    with connect(url) as client:
        drop_all(client, [Imported])
        create_all(client, [Imported])
        command = [sys.executable, __file__, "--url", url, "--case", kind, str(count), str(dimensions)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        stored = Session(client).query(Imported).count()
        if stored != count:
            raise SystemExit(f"{kind}: {stored} of {count} objects are stored")
        drop_all(client, [Imported])
    found: dict[str, float] = json.loads(output)
    return found


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000])
    parser.add_argument("--dimensions", type=int, nargs="+", default=[0, 128, 768])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        kind, count, dimensions = arguments.case
        run_case(kind, arguments.url, int(count), int(dimensions))
        return
    with running(arguments.url) as url:
        print(
            f"{'objects':>8} {'dims':>5} {'kind':>8} {'objects/s':>10} {'µs CPU each':>12} {'peak MB':>8} {'ratio':>6}"
        )
        for count, dimensions in itertools.product(arguments.counts, arguments.dimensions):
            runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
            for _, kind in itertools.product(range(arguments.rounds), KINDS):
                runs[kind].append(measure(kind, url, count, dimensions))
            ratios = [ours["rate"] / bare["rate"] for ours, bare in zip(*(runs[kind] for kind in KINDS), strict=True)]
            for kind in KINDS:
                rate, cpu, peak = (statistics.median(run[name] for run in runs[kind]) for name in FIGURES)
                ratio = f"{statistics.median(ratios):.2f}" if kind == "session" else ""
                print(f"{count:>8} {dimensions:>5} {kind:>8} {rate:>10,.0f} {cpu:>12.1f} {peak:>8.0f} {ratio:>6}")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
