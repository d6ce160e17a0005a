"""Measure the cost of storing objects: a Session, compared with bare requests that send the same bytes by orjson.

    python benchmarks/imports.py                       # 10,000 objects: no vector, 128 and 768 dimensions
    python benchmarks/imports.py --counts 10000 100000 --rounds 3

"stream" is a Session that flushes every 5,000 objects; "commit" is a Session that holds all objects and commits once;
"bare" are the requests. Every run is a new process over an empty collection, and the kinds take turns. It prints
medians: objects per second, the client's CPU time per object, its peak memory, and ratios of rate and CPU to "bare".
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
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import orjson
import requests
from server import KEY_VARIABLE, add_arguments, connect, running

from weaviate_orm import Field, Model, Session, create_all, drop_all, field

BATCH = 500
METRICS = ("rate", "cpu", "peak")


class Imported(Model):
    """The model of the stored objects, with four properties."""

    title: Field[str]
    body: Field[str]
    number: Field[int]
    tags: Field[list[str]] = field(factory=list)

    class Meta:
        name = "BenchmarkImported"


def contents(count: int, dimensions: int) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield properties and vectors of objects. The vectors repeat, so that making them costs nothing."""
    pool = np.random.default_rng(7).random((1000, dimensions), dtype=np.float32) if dimensions else None
    for number in range(count):
        properties = {
            "title": f"Object {number}",
            "body": f"The text of object {number}, of some sixty characters in all.",
            "number": number,
            "tags": ["red", "green", f"t{number % 10}"],
        }
        yield properties, pool[number % 1000] if pool is not None else None


def objects(count: int, dimensions: int) -> Iterator[Imported]:
    """Make the objects of :func:`contents`."""
    return (Imported(**properties, vector=vector) for properties, vector in contents(count, dimensions))


def store_as_stream(url: str, count: int, dimensions: int) -> None:
    """Store in steps, as a program does that reads a file."""
    with connect(url) as client, Session(client, batch_size=BATCH) as session:
        session.add_all(objects(count, dimensions), flush_every=10 * BATCH)


def store_by_commit(url: str, count: int, dimensions: int) -> None:
    """Store all objects by a single commit, and hold them until then."""
    with connect(url) as client, Session(client, batch_size=BATCH) as session:
        all_objects = list(objects(count, dimensions))
        session.add_all(all_objects)
        session.commit()


def store_bare(url: str, count: int, dimensions: int) -> None:
    """Store by the least work: send bytes, and decode and check the responses."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ.get(KEY_VARIABLE, '')}"}
    with requests.Session() as http:
        http.trust_env = False
        rows = contents(count, dimensions)
        while batch := list(itertools.islice(rows, BATCH)):
            bodies = []
            for properties, vector in batch:
                body = {"class": "BenchmarkImported", "id": str(uuid.uuid4()), "properties": properties}
                bodies.append(body if vector is None else {**body, "vector": vector})
            data = orjson.dumps({"objects": bodies}, option=orjson.OPT_SERIALIZE_NUMPY)
            response = http.post(f"{url}/v1/batch/objects", data=data, headers=headers, timeout=300)
            assert all(item["result"]["status"] == "SUCCESS" for item in orjson.loads(response.content))


STORES: dict[str, Callable[[str, int, int], None]] = {
    "bare": store_bare,
    "stream": store_as_stream,
    "commit": store_by_commit,
}


def run_case(kind: str, url: str, count: int, dimensions: int) -> None:
    """Store in a child process, and print the rate, the CPU time and the peak memory."""
    store = STORES[kind]
    next(contents(1, dimensions))
    wall, cpu = time.perf_counter(), time.process_time()
    store(url, count, dimensions)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"rate": count / wall, "cpu": cpu / count * 1e6, "peak": peak / 1024}))


def measure(kind: str, url: str, count: int, dimensions: int) -> dict[str, float]:
    """Measure a run in a new process."""
    with connect(url) as client:
        drop_all(client, [Imported])
        create_all(client, [Imported])
        command = [sys.executable, __file__, "--url", url, "--case", kind, str(count), str(dimensions)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        stored = Session(client).query(Imported).count()
        if stored != count:
            raise SystemExit(f"{kind}: {stored} of {count} objects are stored")
        drop_all(client, [Imported])
    run: dict[str, float] = json.loads(output)
    return run


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
            f"{'objects':>8} {'dims':>5} {'kind':>7} {'objects/s':>10} {'µs CPU each':>12} {'peak MB':>8}"
            f"   to bare: {'rate':>5} {'CPU':>5}"
        )
        for count, dimensions in itertools.product(arguments.counts, arguments.dimensions):
            runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in STORES}
            for _, kind in itertools.product(range(arguments.rounds), STORES):
                runs[kind].append(measure(kind, url, count, dimensions))
            for kind in STORES:
                report(kind, runs, count, dimensions)


def report(kind: str, runs: dict[str, list[dict[str, float]]], count: int, dimensions: int) -> None:
    """Print the line of a kind."""

    def ratio(metric: str) -> float:
        pairs = zip(runs[kind], runs["bare"], strict=True)
        return statistics.median(run[metric] / bare[metric] for run, bare in pairs)

    rate, cpu, peak = (statistics.median(run[metric] for run in runs[kind]) for metric in METRICS)
    line = f"{count:>8} {dimensions:>5} {kind:>7} {rate:>10,.0f} {cpu:>12.1f} {peak:>8.0f}"
    print(line if kind == "bare" else f"{line}{'':12}{ratio('rate'):>5.2f} {ratio('cpu'):>5.2f}", flush=True)


if __name__ == "__main__":
    main()
