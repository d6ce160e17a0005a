"""Measure the cost of reading a class: an iterator of models, compared with a bare REST listing and GraphQL cursor.

    python benchmarks/reading.py                       # 200,000 objects, pages of 1,000
    python benchmarks/reading.py --pages 500 1000 5000 --count 50000

The objects have a reference and a vector of 128 dimensions. The bare readers send requests and decode the JSON by
orjson; they and ours take turns page by page within a process. It prints objects per second, the client's CPU time per
object, and the ratio of the rate to that of REST. Then it prints the peak memory of a process that iterates over a
tenth of the objects, and of a process that iterates over all.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import orjson
import requests
from server import KEY_VARIABLE, add_arguments, connect, running

from weaviate_orm import Client, Field, Model, Ref, Session, create_all, drop_all, field, ref
from weaviate_orm.schema import flat
from weaviate_orm.util import generate_uuid5

NAME, AUTHOR = "BenchmarkRead", "BenchmarkReadAuthor"


class Author(Model):
    """The target of all references."""

    name: Field[str]

    class Meta:
        name = AUTHOR


class Read(Model):
    """The model of the objects, with five properties. Its index is flat, as building a graph would take minutes."""

    title: Field[str]
    body: Field[str]
    number: Field[int]
    rating: Field[float | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    author: Ref[Author | None] = ref(default=None)

    class Meta:
        name = NAME
        index = flat()


def fill(client: Client, count: int) -> None:
    """Store the objects together with their references, so that an object is written only once."""
    drop_all(client, [Read, Author])
    create_all(client, [Read, Author])
    author = generate_uuid5("author")
    client.data_object.create({"name": "Ada"}, AUTHOR, author)
    vectors = np.random.default_rng(7).random((1000, 128), dtype=np.float32)
    client.batch.configure(batch_size=500, num_workers=2, callback=None)
    with client.batch as batch:
        for number in range(count):
            properties = {
                "title": f"Object {number}",
                "body": f"The text of object {number}, of some sixty characters in all.",
                "number": number,
                "rating": number / 7,
                "tags": ["red", "green"],
                "author": [{"beacon": f"weaviate://localhost/{AUTHOR}/{author}"}],
            }
            batch.add_data_object(properties, NAME, vector=vectors[number % 1000])
    assert not client.batch.failed_objects


# -- the readers, which yield the number of objects of every page


def by_rest(http: requests.Session, url: str, size: int) -> Iterator[int]:
    """Read by the REST listing."""
    after = ""
    while True:
        params: dict[str, str | int] = {"class": NAME, "limit": size, "after": after}
        objects = orjson.loads(http.get(f"{url}/v1/objects", params=params, timeout=300).content)["objects"]
        yield len(objects)
        if len(objects) < size:
            return
        after = objects[-1]["id"]


def by_graphql(http: requests.Session, url: str, size: int) -> Iterator[int]:
    """Read by the GraphQL cursor."""
    after = ""
    while True:
        document = (
            f'{{Get{{{NAME}(limit: {size} after: "{after}"){{title body number rating tags _additional{{id}}}}}}}}'
        )
        response = http.post(f"{url}/v1/graphql", data=orjson.dumps({"query": document}), timeout=300)
        objects = orjson.loads(response.content)["data"]["Get"][NAME]
        yield len(objects)
        if len(objects) < size:
            return
        after = objects[-1]["_additional"]["id"]


def by_iterator(objects: Iterator[Read], size: int) -> Iterator[int]:
    """Read by the iterator of a query."""
    while True:
        count = sum(1 for _ in itertools.islice(objects, size))
        yield count
        if count < size:
            return


def compare(url: str, count: int, size: int) -> None:
    """Let all readers read all objects, in turns, and print the results."""
    with connect(url) as client, Session(client) as session, requests.Session() as http:
        http.trust_env = False
        bearer = f"Bearer {os.environ.get(KEY_VARIABLE, '')}"
        http.headers.update({"Content-Type": "application/json", "Authorization": bearer})
        readers: dict[str, Callable[[], Iterator[int]]] = {
            "REST": lambda: by_rest(http, url, size),
            "iterator": lambda: by_iterator(session.query(Read).iterator(size), size),
            "GraphQL": lambda: by_graphql(http, url, size),
        }
        walls, cpus, counts = (dict.fromkeys(readers, 0.0) for _ in range(3))
        for _ in itertools.islice(zip(*(read() for read in readers.values()), strict=False), 3):
            pass  # warms up
        pages_by_reader = {name: read() for name, read in readers.items()}
        while pages_by_reader:
            for name, pages in list(pages_by_reader.items()):
                wall, cpu = time.perf_counter(), time.process_time()
                page_count = next(pages, None)
                walls[name] += time.perf_counter() - wall
                cpus[name] += time.process_time() - cpu
                if page_count is None:
                    del pages_by_reader[name]
                else:
                    counts[name] += page_count
    for name in readers:
        assert counts[name] == count, (name, counts[name])
        print(
            f"{size:>7} {name:>9} {count / walls[name]:>10,.0f} {cpus[name] / count * 1e6:>12.1f}"
            f" {walls['REST'] / walls[name]:>8.2f}"
        )
    sys.stdout.flush()


# -- memory


def iterate(url: str, count: int) -> None:
    """Read ``count`` objects in a child process, and print its peak memory in MB."""
    with connect(url) as client, Session(client) as session:
        assert sum(1 for _ in session.query(Read).limit(count).iterator()) == count
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def peak_memory(url: str, count: int) -> float:
    """Measure the peak memory of a new process that reads ``count`` objects."""
    command = [sys.executable, __file__, "--url", url, "--case", str(count)]
    peak: float = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return peak


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--pages", type=int, nargs="+", default=[1000])
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        iterate(arguments.url, arguments.case)
        return
    with running(arguments.url) as url:
        with connect(url) as client:
            fill(client, arguments.count)
        print(f"{'page':>7} {'reader':>9} {'objects/s':>10} {'µs CPU each':>12} {'to REST':>8}")
        for size in arguments.pages:
            compare(url, arguments.count, size)
        counts = (arguments.count // 10, arguments.count)
        peaks = " and ".join(f"{peak_memory(url, count):.0f} MB for {count:,} objects" for count in counts)
        print(f"peak memory: {peaks}")
        with connect(url) as client:
            drop_all(client, [Read, Author])


if __name__ == "__main__":
    main()
