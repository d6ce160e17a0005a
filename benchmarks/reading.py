"""What reading a whole class costs: an iterator of models, beside the bare REST listing and the bare GraphQL cursor.

    python benchmarks/reading.py                       # 200,000 objects, pages of 1,000
    python benchmarks/reading.py --pages 500 1000 5000 --count 50000

Objects with vectors of 128 dimensions, each with a reference. The bare ones are requests, and their JSON decoded by
orjson; they and ours take turns page by page within one process. Printed are objects a second, the client's CPU an
object, and the speed as a part of that of REST. Then the peak memory of a process that iterates over a tenth of the
objects, and of one that iterates over all.
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
    """Whom all objects refer to."""

    name: Field[str]

    class Meta:
        name = AUTHOR


class Read(Model):
    """What is read: five properties; no graph of the vectors is built, which would take minutes."""

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
    """Store the objects, their references inside, so that each takes one write."""
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


# -- who reads, a page at a time; each yields how many objects it had


def by_rest(http: requests.Session, url: str, size: int) -> Iterator[int]:
    after = ""
    while True:
        params: dict[str, str | int] = {"class": NAME, "limit": size, "after": after}
        objects = orjson.loads(http.get(f"{url}/v1/objects", params=params, timeout=300).content)["objects"]
        yield len(objects)
        if len(objects) < size:
            return
        after = objects[-1]["id"]


def by_graphql(http: requests.Session, url: str, size: int) -> Iterator[int]:
    after = ""
    while True:
        document = (
            f'{{Get{{{NAME}(limit: {size} after: "{after}"){{title body number rating tags _additional{{id}}}}}}}}'
        )
        answer = http.post(f"{url}/v1/graphql", data=orjson.dumps({"query": document}), timeout=300)
        objects = orjson.loads(answer.content)["data"]["Get"][NAME]
        yield len(objects)
        if len(objects) < size:
            return
        after = objects[-1]["_additional"]["id"]


def by_iterator(objects: Iterator[Read], size: int) -> Iterator[int]:
    while True:
        count = sum(1 for _ in itertools.islice(objects, size))
        yield count
        if count < size:
            return


def compare(url: str, count: int, size: int) -> None:
    """Read all objects by each, in turns, and print."""
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
        for _ in itertools.islice(zip(*(begin() for begin in readers.values()), strict=False), 3):
            pass  # warms up
        reading = {name: begin() for name, begin in readers.items()}
        while reading:
            for name, pages in list(reading.items()):
                wall, cpu = time.perf_counter(), time.process_time()
                read = next(pages, None)
                walls[name] += time.perf_counter() - wall
                cpus[name] += time.process_time() - cpu
                if read is None:
                    del reading[name]
                else:
                    counts[name] += read
    for name in readers:
        assert counts[name] == count, (name, counts[name])
        print(
            f"{size:>7} {name:>9} {count / walls[name]:>10,.0f} {cpus[name] / count * 1e6:>12.1f}"
            f" {walls['REST'] / walls[name]:>8.2f}"
        )
    sys.stdout.flush()


# -- memory


def iterate(url: str, count: int) -> None:
    """The child process: read so many objects, and print the peak of its memory in MB."""
    with connect(url) as client, Session(client) as session:
        assert sum(1 for _ in session.query(Read).limit(count).iterator()) == count
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def peak(url: str, count: int) -> float:
    """That of a process of its own."""
    command = [sys.executable, __file__, "--url", url, "--case", str(count)]
    found: float = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


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
        few, many = peak(url, arguments.count // 10), peak(url, arguments.count)
        print(f"peak memory: {few:.0f} MB for {arguments.count // 10:,} objects, {many:.0f} MB for {arguments.count:,}")
        with connect(url) as client:
            drop_all(client, [Read, Author])


if __name__ == "__main__":
    main()
