"""Measure tables in and out: from_arrow() with bulk_insert(), and to_arrow_batches(), beside the bare wire and v4.

    python benchmarks/tables.py                        # 20,000 objects of 128 dimensions and of 768, three rounds
    python benchmarks/tables.py --count 50000 --dimensions 128 --rounds 5

"bare" is gRPC itself: batches of 500, made of the columns of the table, by two threads; pages of 1,000 by the server's
cursor, with the vectors as arrays and the values of properties left as bytes. "REST" is a listing with vectors, decoded
by orjson. "ours" are the calls of a program, by gRPC. "v4" is the batch (fixed_size(500, 2)) and the iterator
(include_vector) of weaviate-client 4, with the loop that a program writes around. Every run is a new process, and the
kinds take turns. It prints medians of rates and of the CPU time for an object, and the ratios of ours to the others:
above 1 is better.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from peers import environment

NAME, KEY_VARIABLE = "BenchmarkTable", "WEAVIATE_API_KEY"
BATCH, WORKERS, PAGE = 500, 2, 1000


def vectors_of(count: int, dimensions: int) -> Any:
    """Make the vectors of all objects."""
    import numpy

    return numpy.random.default_rng(7).random((count, dimensions), dtype=numpy.float32)


def columns_of(count: int) -> dict[str, list[Any]]:
    """Make the columns of all objects but the vectors."""
    return {
        "title": [f"Object {number}" for number in range(count)],
        "body": [f"The text of object {number}, of some sixty characters in all." for number in range(count)],
        "number": list(range(count)),
        "tags": [["red", "green", f"t{number % 10}"] for number in range(count)],
    }


def table_of(count: int, dimensions: int) -> Any:
    """Make the table of all objects."""
    import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore

    numbers = pyarrow.array(vectors_of(count, dimensions).reshape(-1))
    vectors = pyarrow.FixedSizeListArray.from_arrays(numbers, dimensions)
    return pyarrow.table({**columns_of(count), "vector": vectors})


# -- ours, and the bare wire


def model() -> Any:
    """Define the model; a process of client v4 has no weaviate_orm."""
    from weaviate_orm import Field, Model, field
    from weaviate_orm.schema import flat

    class Row(Model):
        """The objects. Their index is flat, as building a graph would take most of the time."""

        title: Field[str]
        body: Field[str]
        number: Field[int]
        tags: Field[list[str]] = field(factory=list)

        class Meta:
            name = NAME
            index = flat()

    return Row


def connect(url: str, port: int, key: str) -> Any:
    """Return a client of the server."""
    from weaviate_orm import AuthApiKey, Client

    return Client(url, AuthApiKey(key), timeout_config=(10, 300), grpc=port)


def warm_up(client: Any, row: Any) -> None:
    """Import what is imported when it is used, and connect, as the others do before they are measured."""
    from weaviate_orm import Session
    from weaviate_orm.batch.grpc_messages import load_messages

    load_messages()
    with Session(client) as session:
        session.query(row).with_vector().limit(1).to_arrow()


def store_ours(url: str, port: int, key: str, count: int, dimensions: int) -> Callable[[], int]:
    """Store by from_arrow() and bulk_insert()."""
    from weaviate_orm import Session

    table, row, client = table_of(count, dimensions), model(), connect(url, port, key)
    warm_up(client, row)

    def run() -> int:
        with Session(client, batch_size=BATCH, workers=WORKERS) as session:
            return session.bulk_insert(row.from_arrow(table)).stored

    return run


def read_ours(url: str, port: int, key: str, count: int, dimensions: int) -> Callable[[], int]:
    """Read by to_arrow_batches()."""
    from weaviate_orm import Session

    row, client = model(), connect(url, port, key)
    warm_up(client, row)

    def run() -> int:
        with Session(client) as session:
            batches = session.query(row).with_vector().to_arrow_batches(chunk_size=PAGE)
            return sum(batch.num_rows for batch in batches)

    return run


def channel_of(port: int, key: str) -> Any:
    """Open a channel, and return its methods by name."""
    import grpc

    # as both clients have it
    size = 104858000
    options = [("grpc.max_send_message_length", size), ("grpc.max_receive_message_length", size)]
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)

    def call(method: str) -> Callable[[bytes], bytes]:
        send = channel.unary_unary(f"/weaviate.v1.Weaviate/{method}")
        return lambda message: send(message, timeout=300, metadata=(("authorization", f"Bearer {key}"),))

    return call


def store_bare(url: str, port: int, key: str, count: int, dimensions: int) -> Callable[[], int]:
    """Store by the least work: messages of protobuf, made of the columns, by two threads."""
    import uuid
    from concurrent.futures import ThreadPoolExecutor

    from weaviate_orm.batch import grpc_messages

    table = table_of(count, dimensions)
    messages = grpc_messages._messages()
    send = channel_of(port, key)("BatchObjects")

    def encode(batch: Any) -> bytes:
        request = messages["Request"]()
        names = [name for name in batch.schema.names if name != "vector"]
        numbers = batch.column("vector").flatten().to_numpy().reshape(batch.num_rows, dimensions)
        rows = zip(*(batch.column(name).to_pylist() for name in names), strict=True)
        for values, vector in zip(rows, numbers, strict=True):
            message = request.objects.add(uuid=str(uuid.uuid4()), collection=NAME)
            message.properties.values.update(dict(zip(names, values, strict=True)))
            message.vector = vector.tobytes()
        serialized: bytes = request.SerializeToString()
        return serialized

    def store(batch: Any) -> int:
        assert not messages["Reply"].FromString(send(encode(batch))).errors
        return int(batch.num_rows)

    def run() -> int:
        batches = [part.slice(begin, BATCH) for part in table.to_batches() for begin in range(0, part.num_rows, BATCH)]
        with ThreadPoolExecutor(WORKERS) as pool:
            return sum(pool.map(store, batches))

    return run


def read_bare(url: str, port: int, key: str, count: int, dimensions: int) -> Callable[[], int]:
    """Read by the least work: our messages, the ids and the vectors of the replies."""
    import numpy

    from weaviate_orm import Session
    from weaviate_orm.query.grpc.search_compiler import compile_search
    from weaviate_orm.query.grpc.search_messages import search_messages

    row, messages, send = model(), search_messages(), channel_of(port, key)("Search")
    with Session(connect(url, port, key)) as session:
        query = session.query(row).with_vector().limit(PAGE)._query

    def run() -> int:
        after, rows = "", 0
        while True:
            request = messages["Request"](**compile_search(query, str))
            request.after = after
            reply = messages["Reply"].FromString(send(request.SerializeToString()))
            joined = messages["Results"].FromString(b"".join(reply.results))
            metadata = [messages["ObjectMetadata"].FromString(item) for item in joined.metadata]
            for item in metadata:
                content = item.vector or item.vectors[0].content
                assert len(numpy.frombuffer(content, numpy.float32)) == dimensions
            messages["Objects"].FromString(b"".join(joined.objects))
            rows += len(metadata)
            if len(metadata) < PAGE:
                return rows
            after = metadata[-1].id

    return run


def read_rest(url: str, port: int, key: str, count: int, dimensions: int) -> Callable[[], int]:
    """Read by REST's listing."""
    import orjson
    import requests

    http = requests.Session()
    http.trust_env = False
    http.headers.update({"Authorization": f"Bearer {key}"})

    def run() -> int:
        after, rows = "", 0
        while True:
            params: dict[str, str | int] = {"class": NAME, "limit": PAGE, "after": after, "include": "vector"}
            objects = orjson.loads(http.get(f"{url}/v1/objects", params=params, timeout=300).content)["objects"]
            rows += len(objects)
            if len(objects) < PAGE:
                return rows
            after = objects[-1]["id"]

    return run


# -- client v4


def v4_client(url: str, port: int, key: str) -> Any:
    """Return a client of weaviate-client 4."""
    import weaviate
    from weaviate.classes.init import Auth

    http = int(url.rpartition(":")[2])
    return weaviate.connect_to_local(
        host="127.0.0.1", port=http, grpc_port=port, auth_credentials=Auth.api_key(key), skip_init_checks=True
    )


def store_v4(url: str, port: int, key: str, count: int, dimensions: int) -> Callable[[], int]:
    """Store by the batch of client v4; the table is lists, for it takes nothing else."""
    client = v4_client(url, port, key)
    # there is no numpy; of arrays the client makes lists first
    numbers = [(7 * place % 13) / 13 for place in range(dimensions + 1000)]
    columns = columns_of(count)
    vectors = [numbers[number % 1000 : number % 1000 + dimensions] for number in range(count)]

    def run() -> int:
        names = list(columns)
        with client.batch.fixed_size(BATCH, WORKERS) as batch:
            for values, vector in zip(zip(*columns.values(), strict=True), vectors, strict=True):
                batch.add_object(NAME, dict(zip(names, values, strict=True)), vector=vector)
        assert not client.batch.failed_objects
        return count

    return run


def read_v4(url: str, port: int, key: str, count: int, dimensions: int) -> Callable[[], int]:
    """Read by the iterator of client v4, into columns."""
    client = v4_client(url, port, key)

    def run() -> int:
        rows = 0
        columns: dict[str, list[Any]] = {name: [] for name in ("id", "title", "body", "number", "tags", "vector")}
        for item in client.collections.use(NAME).iterator(include_vector=True, cache_size=PAGE):
            columns["id"].append(item.uuid)
            for name in ("title", "body", "number", "tags"):
                columns[name].append(item.properties[name])
            columns["vector"].append(item.vector["default"])
            rows += 1
            if rows % PAGE == 0:
                columns = {name: [] for name in columns}
        return rows

    return run


RUNS: dict[str, dict[str, Callable[..., Callable[[], int]]]] = {
    "store": {"bare": store_bare, "ours": store_ours, "v4": store_v4},
    "read": {"bare": read_bare, "REST": read_rest, "ours": read_ours, "v4": read_v4},
}


def run_case(way: str, kind: str, url: str, port: int, count: int, dimensions: int) -> None:
    """Store or read in a child process, and print the rate and the CPU time for an object."""
    run = RUNS[way][kind](url, port, os.environ[KEY_VARIABLE], count, dimensions)
    wall, cpu = time.perf_counter(), time.process_time()
    rows = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert rows == count, (kind, rows)
    print(json.dumps({"rate": count / wall, "cpu": cpu / count * 1e6}), flush=True)
    os._exit(0)  # client v4 would warn of a connection that is open


def measure(way: str, kind: str, server: Any, count: int, dimensions: int) -> dict[str, float]:
    """Run a kind in a new process."""
    python = environment("v4") if kind == "v4" else sys.executable
    case = [way, kind, server.url, str(server.grpc_port), str(count), str(dimensions)]
    process = subprocess.run([python, __file__, "--case", *case], capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"{kind}: {process.stderr}")
    run: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    return run


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--dimensions", type=int, nargs="+", default=[128, 768])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", default=["bare", "REST", "ours", "v4"])
    parser.add_argument("--case", nargs=6, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        way, kind, url, *numbers = options.case
        run_case(way, kind, url, *map(int, numbers))
        return
    from weaviate_orm import create_all, drop_all
    from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

    row = model()
    with EmbeddedServer(EmbeddedOptions(vectorizer=False)) as server:
        os.environ[KEY_VARIABLE] = server.api_key or ""
        print(f"{'way':>6} {'dims':>5} {'kind':>5} {'objects/s':>10} {'µs CPU each':>12}   ours to it: rate  CPU")
        with connect(server.url, server.grpc_port, server.api_key or "") as client:
            for dimensions, way in itertools.product(options.dimensions, RUNS):
                runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in RUNS[way] if kind in options.kinds}
                for _, kind in itertools.product(range(options.rounds), runs):
                    if way == "store":
                        drop_all(client, [row])
                        create_all(client, [row])
                    runs[kind].append(measure(way, kind, server, options.count, dimensions))
                report(way, dimensions, runs)
            drop_all(client, [row])


def report(way: str, dimensions: int, runs: dict[str, list[dict[str, float]]]) -> None:
    """Print the lines of a way and a number of dimensions."""
    for kind, of_kind in runs.items():
        rate, cpu = (statistics.median(run[metric] for run in of_kind) for metric in ("rate", "cpu"))
        line = f"{way:>6} {dimensions:>5} {kind:>5} {rate:>10,.0f} {cpu:>12.1f}"
        if kind != "ours":
            pairs = list(zip(runs["ours"], of_kind, strict=True))
            faster = statistics.median(ours["rate"] / other["rate"] for ours, other in pairs)
            less = statistics.median(other["cpu"] / ours["cpu"] for ours, other in pairs)
            line += f"{'':15}{faster:>5.2f} {less:>4.2f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
