"""Compare batches of this client with those of weaviate-client 3.26.7 and 4: the same objects, the same server.

    python benchmarks/batch.py                         # 20,000 objects: no vector, 128 and 768 dimensions

Every client has its own virtual environment, made in the user's cache at the first run. Every run is a new process over
an empty collection, and the kinds take turns. It prints medians: objects per second, CPU time per object of the client
and of the server, and the ratios of our best rate to theirs.

Two bounds are printed too. "bare" are requests whose bodies were encoded before the clock starts. The other bound is
the rate at which this machine's processors do only the server's work for our requests. No client that sends the same
requests is faster.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

NAME = "BenchmarkBatch"
HOST, KEY = "127.0.0.1", "WEAVIATE_API_KEY"
PROCESSORS = os.cpu_count() or 1


def contents(count: int, dimensions: int) -> Iterator[tuple[dict[str, Any], list[float] | None]]:
    """Yield properties and vectors of objects. The vectors repeat, so that making them costs nothing."""
    import random

    chance = random.Random(7)
    pool = [[chance.random() for _ in range(dimensions)] for _ in range(200)] if dimensions else None
    for number in range(count):
        properties = {
            "title": f"Object {number}",
            "body": f"The text of object {number}, of some sixty characters in all.",
            "number": number,
            "tags": ["red", "green", f"t{number % 10}"],
        }
        yield properties, pool[number % 200] if pool is not None else None


# -- the importers, run by the Python of their environments


def encode_bodies(rows: Any, batch_size: int) -> list[bytes]:
    """Encode the bodies of requests that create all objects."""
    import uuid

    import orjson

    from weaviate_orm.batch.engine import batched

    objects = [
        {"class": NAME, "id": str(uuid.uuid4()), "properties": properties, **({"vector": vector} if vector else {})}
        for properties, vector in rows
    ]
    return [orjson.dumps({"objects": part}) for part in batched(objects, batch_size)]


def bare(port: int, grpc: int, bodies: list[bytes], num_workers: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    import requests

    with requests.Session() as http, ThreadPoolExecutor(num_workers) as pool:
        http.trust_env = False
        http.headers.update({"Authorization": f"Bearer {os.environ[KEY]}", "Content-Type": "application/json"})
        url = f"http://{HOST}:{port}/v1/batch/objects"
        for response in pool.map(lambda body: http.post(url, data=body, timeout=300), bodies):
            assert response.ok
            assert b"FAILED" not in response.content


def ours(port: int, grpc: int, rows: Any, by_grpc: bool = False, **settings: Any) -> None:
    from weaviate_orm import AuthApiKey, Client, Config

    url, key, config = f"http://{HOST}:{port}", AuthApiKey(os.environ[KEY]), Config(grpc if by_grpc else None)
    with Client(url, key, timeout_config=(10, 300), additional_config=config) as client:
        client.batch.configure(callback=None, **settings)
        with client.batch as batch:
            for properties, vector in rows:
                batch.add_data_object(properties, NAME, vector=vector)
        assert not batch.failed_objects


def v3(port: int, grpc: int, rows: Any, **settings: Any) -> None:
    import weaviate

    secret = weaviate.AuthApiKey(os.environ[KEY])
    client = weaviate.Client(f"http://{HOST}:{port}", auth_client_secret=secret, timeout_config=(10, 300))
    client.batch.configure(callback=None, **settings)
    with client.batch as batch:
        for properties, vector in rows:
            batch.add_data_object(properties, NAME, vector=vector)


def v4(port: int, grpc: int, rows: Any, method: str, **settings: Any) -> None:
    import weaviate
    from weaviate.classes.data import DataObject
    from weaviate.classes.init import AdditionalConfig, Auth, Timeout

    connected = weaviate.connect_to_custom(
        http_host=HOST,
        http_port=port,
        http_secure=False,
        grpc_host=HOST,
        grpc_port=grpc,
        grpc_secure=False,
        auth_credentials=Auth.api_key(os.environ[KEY]),
        additional_config=AdditionalConfig(timeout=Timeout(init=30, query=300, insert=300)),
    )
    with connected as client:
        collection = client.collections.get(NAME)
        if method == "insert_many":
            objects = []
            for properties, vector in rows:
                objects.append(DataObject(properties=properties, vector=vector))
                if len(objects) == settings["batch_size"]:
                    assert not collection.data.insert_many(objects).has_errors
                    objects = []
            if objects:
                assert not collection.data.insert_many(objects).has_errors
            return
        with getattr(collection.batch, method)(**settings) as batch:
            for properties, vector in rows:
                batch.add_object(properties=properties, vector=vector)
        assert not collection.batch.failed_objects


KINDS: dict[str, tuple[Callable[..., None], dict[str, Any]]] = {
    "ours fixed": (ours, {"batch_size": 500, "dynamic": False, "num_workers": 2}),
    "ours large": (ours, {"batch_size": 1000, "dynamic": False, "num_workers": 3}),
    "ours dynamic": (ours, {"batch_size": 100, "dynamic": True, "num_workers": 2}),
    "ours grpc": (ours, {"batch_size": 500, "dynamic": False, "num_workers": 2, "by_grpc": True}),
    "bare": (bare, {"batch_size": 1000, "num_workers": 3}),
    "v3 fixed": (v3, {"batch_size": 500, "dynamic": False, "num_workers": 2}),
    "v3 large": (v3, {"batch_size": 1000, "dynamic": False, "num_workers": 3}),
    "v3 dynamic": (v3, {"batch_size": 100, "dynamic": True, "num_workers": 2}),
    "v4 insert_many": (v4, {"method": "insert_many", "batch_size": 500}),
    "v4 fixed_size": (v4, {"method": "fixed_size", "batch_size": 500, "concurrent_requests": 2}),
    "v4 dynamic": (v4, {"method": "dynamic"}),
}


def run_kind(kind: str, port: int, grpc: int, count: int, dimensions: int) -> None:
    """Import in a child process, and print the rate and the CPU time."""
    importer, settings = KINDS[kind]
    rows: Any = contents(count, dimensions)
    rows = itertools.chain([next(rows)], rows)  # the first row makes the pool of vectors
    if importer is bare:
        rows = encode_bodies(rows, settings.pop("batch_size"))
    else:
        importlib.import_module("weaviate_orm" if importer is ours else "weaviate")  # not to be measured
    wall, cpu = time.perf_counter(), time.process_time()
    importer(port, grpc, rows, **settings)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"rate": count / wall, "cpu": cpu / count * 1e6}))


# -- the parent


def measure(kind: str, server: Any, count: int, dimensions: int) -> dict[str, float]:
    """Measure a run over an empty collection."""
    from peers import environment
    from server import connect, server_seconds  # the peers' environments lack psutil

    python = sys.executable if kind.startswith(("ours", "bare")) else environment(kind[:2])
    with connect(server.url) as client:
        client.schema.delete_class(NAME)
        texts = [{"name": name, "dataType": ["text"]} for name in ("title", "body")]
        others = [{"name": "number", "dataType": ["int"]}, {"name": "tags", "dataType": ["text[]"]}]
        client.schema.create_class({"class": NAME, "vectorizer": "none", "properties": [*texts, *others]})
        ports = [server.url.rpartition(":")[2], str(server.grpc_port)]
        command = [python, __file__, "--case", kind, *ports, str(count), str(dimensions)]
        before = server_seconds()
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        server_time = server_seconds() - before
        if process.returncode:
            raise SystemExit(f"{kind}: {process.stderr}")
        response = client.query.aggregate(NAME).with_meta_count().do()
        stored = response["data"]["Aggregate"][NAME][0]["meta"]["count"]
        if stored != count:
            print(f"{kind}: {stored} of {count} objects are stored", file=sys.stderr)
        client.schema.delete_class(NAME)
    run: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    return {**run, "server": server_time / count * 1e6}


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--dimensions", type=int, nargs="+", default=[0, 128, 768])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        kind, *numbers = arguments.case
        run_kind(kind, *map(int, numbers))
        return
    from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

    with EmbeddedServer(EmbeddedOptions(vectorizer=False)) as server:
        os.environ[KEY] = server.api_key or ""
        for dimensions in arguments.dimensions:
            compare(server, arguments.count, dimensions, arguments.rounds)


def compare(server: Any, count: int, dimensions: int, rounds: int) -> None:
    """Measure all kinds in turns, and print the medians."""
    runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind in KINDS:
            runs[kind].append(measure(kind, server, count, dimensions))
    medians = {
        kind: {metric: statistics.median(run[metric] for run in kind_runs) for metric in ("rate", "cpu", "server")}
        for kind, kind_runs in runs.items()
    }
    print(f"{count:,} objects, {dimensions} dimensions{'':>12}objects/s  µs CPU each  µs of the server's")
    for kind, median in medians.items():
        print(f"  {kind:<38}{median['rate']:>10,.0f}{median['cpu']:>13.1f}{median['server']:>20.1f}")

    def best(client: str) -> float:
        return max(median["rate"] for kind, median in medians.items() if kind.startswith(client))

    cpu = min(median["cpu"] for kind, median in medians.items() if kind in ("v4 fixed_size", "v4 dynamic"))
    ours_cpu = min(median["cpu"] for kind, median in medians.items() if kind.startswith("ours"))
    bound = PROCESSORS * 1e6 / min(median["server"] for kind, median in medians.items() if kind.startswith("ours"))
    share = bound / best("v3")
    print(f"  bound by the server's work on {PROCESSORS} processors: {bound:,.0f}, {share:.2f} of v3's best")
    print(f"  bare: {best('bare') / best('v3'):.2f} of v3's best, {best('bare') / best('v4'):.2f} of v4's best")
    print(
        f"  our best: {best('ours') / best('v3'):.2f} of v3's best, {best('ours') / best('v4'):.2f} of v4's best; "
        f"CPU {ours_cpu / cpu:.2f} of v4's batch"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
