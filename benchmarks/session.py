"""Measure the cost of a session that loads 10,000 objects, changes 100 of them, and commits the changes.

    python benchmarks/session.py
    python benchmarks/session.py --clients ours --rounds 20

"ours" is a Session, which detects the changes. "bare" sends the same requests by requests and orjson, without detecting
changes: a listing, and 100 merges, two at a time. They take turns within a process. "pypi" is another author's mapper,
weaviate-orm 0.9, and "v4" uses weaviate-client 4 directly. They have virtual environments, made in the user's cache at
the first run. Both load by gRPC, and change the objects one after another.

It prints medians in milliseconds: of loading, of changing and committing, of both, and of the client's CPU time for
both; and the medians of the ratios to bare. Then it prints the memory that tracking adds to the values of an object
with eight fields: its state, its snapshot, its id and its entry in the identity map.
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
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

COUNT, CHANGED = 10_000, 100
NAME = "BenchmarkTracked"
HOST, KEY = "127.0.0.1", "WEAVIATE_API_KEY"
PHASES = ("load", "commit", "cpu_load", "cpu_commit")

Round = Callable[[str], Iterator[None]]
"""A generator that loads the objects, yields, and then changes titles to a text."""


# -- the clients, run by the Python of their environments


def model() -> Any:
    """Make the model, with eight fields. Only in an environment that has this package."""
    from weaviate_orm import Field, Model

    class Tracked(Model):
        title: Field[str]
        body: Field[str]
        shelf: Field[str]
        number: Field[int]
        rating: Field[float]
        in_print: Field[bool]
        published: Field[datetime]
        isbn: Field[UUID]

        class Meta:
            name = NAME

    return Tracked


def values(number: int) -> dict[str, Any]:
    """Return the values of an object."""
    return {
        "title": f"Object {number}",
        "body": f"The text of object {number}, of some sixty characters in all.",
        "shelf": f"Shelf {number % 100}",
        "number": number,
        "rating": number / 7,
        "in_print": bool(number % 2),
        "published": datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=number),
        "isbn": UUID(int=number),
    }


def ours(port: int, grpc: int) -> dict[str, Round]:
    import orjson
    import requests

    from weaviate_orm import AuthApiKey, Client, Session

    client = Client(f"http://{HOST}:{port}", AuthApiKey(os.environ[KEY]), timeout_config=(10, 300))
    tracked = model()
    http = requests.Session()
    http.trust_env = False
    http.headers.update({"Authorization": f"Bearer {os.environ[KEY]}", "Content-Type": "application/json"})
    objects = f"http://{HOST}:{port}/v1/objects"

    def by_session(text: str) -> Iterator[None]:
        with Session(client) as session:
            loaded = session.query(tracked).limit(COUNT).all()
            yield
            for instance in loaded[:CHANGED]:
                instance.title = text
            session.commit()

    def bare(text: str) -> Iterator[None]:
        response = http.get(objects, params={"class": NAME, "limit": COUNT, "after": ""}, timeout=300)  # type: ignore[arg-type]
        loaded = orjson.loads(response.content)["objects"]
        yield

        def change(stored: dict[str, Any]) -> None:
            body = orjson.dumps({"class": NAME, "id": stored["id"], "properties": {"title": text}})
            http.patch(f"{objects}/{NAME}/{stored['id']}", data=body, timeout=300).raise_for_status()

        with ThreadPoolExecutor(2) as workers:
            list(workers.map(change, loaded[:CHANGED]))

    return {"ours": by_session, "bare": bare}


def connection(port: int, grpc: int) -> dict[str, Any]:
    """Return the arguments of ``weaviate.connect_to_custom``."""
    from weaviate.classes.init import Auth

    return {
        "http_host": HOST,
        "http_port": port,
        "http_secure": False,
        "grpc_host": HOST,
        "grpc_port": grpc,
        "grpc_secure": False,
        "auth_credentials": Auth.api_key(os.environ[KEY]),
    }


def v4(port: int, grpc: int) -> dict[str, Round]:
    import weaviate

    collection = weaviate.connect_to_custom(**connection(port, grpc)).collections.get(NAME)

    def by_client(text: str) -> Iterator[None]:
        loaded = collection.query.fetch_objects(limit=COUNT).objects
        yield
        for stored in loaded[:CHANGED]:
            collection.data.update(uuid=stored.uuid, properties={"title": text})

    return {"v4": by_client}


def pypi(port: int, grpc: int) -> dict[str, Round]:
    import weaviate
    from weaviate.classes.config import DataType

    from weaviate_orm import BaseModel, Property, WeaviateEngine  # type: ignore[attr-defined]

    kinds = {
        "title": (DataType.TEXT, str),
        "body": (DataType.TEXT, str),
        "shelf": (DataType.TEXT, str),
        "number": (DataType.INT, int),
        "rating": (DataType.NUMBER, float),
        "in_print": (DataType.BOOL, bool),
        "published": (DataType.DATE, datetime),
        "isbn": (DataType.UUID, UUID),
    }
    members = {name: Property(kind, cast, description=name) for name, (kind, cast) in kinds.items()}
    tracked: Any = type(BaseModel)(NAME, (BaseModel,), members)
    engine = WeaviateEngine(weaviate.connect_to_custom, **connection(port, grpc))
    engine.register_all_models(tracked)

    def by_mapper(text: str) -> Iterator[None]:
        loaded = tracked.fetch_objects(top_n=COUNT)
        yield
        for instance in loaded[:CHANGED]:
            instance.title = text
            instance.update()

    return {"pypi": by_mapper}


CLIENTS: dict[str, Callable[[int, int], dict[str, Round]]] = {"ours": ours, "v4": v4, "pypi": pypi}


def run_client(name: str, port: int, grpc: int, rounds: int) -> None:
    """Run the kinds in turns in a child process, and print the seconds of their phases."""
    kinds = CLIENTS[name](port, grpc)
    runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    for number in range(-1, rounds):
        for kind, begin in kinds.items():
            marks = [(time.perf_counter(), time.process_time())]
            for _ in begin(f"{kind} {os.getpid()} {number}"):
                marks.append((time.perf_counter(), time.process_time()))
            marks.append((time.perf_counter(), time.process_time()))
            (load, cpu_load), (commit, cpu_commit) = (
                (after[0] - before[0], after[1] - before[1]) for before, after in itertools.pairwise(marks)
            )
            if number >= 0:  # the first warms up
                seconds = (load, commit, cpu_load, cpu_commit)
                runs[kind].append(dict(zip(PHASES, seconds, strict=True)))
    print(json.dumps(runs))


def measure_memory(port: int) -> None:
    """Print the bytes per object, of models in a session and of plain objects with the same values."""
    from weaviate_orm import AuthApiKey, Client, Session

    class Plain:
        pass

    client = Client(f"http://{HOST}:{port}", AuthApiKey(os.environ[KEY]), timeout_config=(10, 300))
    tracked = model()
    with Session(client) as session:
        session.query(tracked).limit(10).all()
    sizes: dict[str, float] = {}
    tracemalloc.start()
    with Session(client) as session:
        before, _ = tracemalloc.get_traced_memory()
        loaded = session.query(tracked).limit(COUNT).all()
        sizes["models"] = (tracemalloc.get_traced_memory()[0] - before) / COUNT
        assert len(loaded) == COUNT
    tracemalloc.stop()
    tracemalloc.start()
    plain = []
    for number in range(COUNT):
        instance = Plain()
        instance.__dict__.update(values(number))
        plain.append(instance)
    sizes["plain"] = tracemalloc.get_traced_memory()[0] / COUNT
    print(json.dumps(sizes))


# -- the parent


def fill(client: Any) -> None:
    """Store the objects."""
    from weaviate_orm import Session, create_all, drop_all

    tracked = model()
    drop_all(client, [tracked])
    create_all(client, [tracked])
    with Session(client) as session:
        session.add_all((tracked(**values(number)) for number in range(COUNT)), flush_every=5000)


def check(client: Any, kind: str) -> None:
    """Exit unless the changes of the last round are stored."""
    from weaviate_orm import Session

    with Session(client) as session:
        stored = session.query(model()).where(title__like=f"{kind} *").count()
    if stored != CHANGED:
        raise SystemExit(f"{kind}: {stored} of {CHANGED} changes are stored")


def run_case(name: str, server: Any, *arguments: str) -> Any:
    """Run a client in a new process, and return the JSON that it prints."""
    from peers import environment

    python = environment(name) if name in ("v4", "pypi") else sys.executable
    ports = [server.url.rpartition(":")[2], str(server.grpc_port)]
    command = [python, __file__, "--case", name, *ports, *arguments]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"{name}: {process.stderr}")
    return json.loads(process.stdout.splitlines()[-1])


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="rounds of ours and bare; the others run a tenth")
    parser.add_argument("--clients", nargs="+", default=list(CLIENTS), choices=list(CLIENTS))
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        name, port, grpc = arguments.case
        if name == "memory":
            measure_memory(int(port))
        else:
            run_client(name, int(port), int(grpc), arguments.rounds)
        return
    from server import connect

    from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

    runs: dict[str, list[dict[str, float]]] = {}
    with EmbeddedServer(EmbeddedOptions(vectorizer=False)) as server:
        os.environ[KEY] = server.api_key or ""
        with connect(server.url) as client:
            fill(client)
            for name in arguments.clients:
                rounds = arguments.rounds if name == "ours" else max(arguments.rounds // 10, 1)
                runs |= run_case(name, server, "--rounds", str(rounds))
                check(client, list(runs)[-1])
        memory = run_case("memory", server)
    report(runs, memory)


def report(runs: dict[str, list[dict[str, float]]], memory: dict[str, float]) -> None:
    """Print the table."""

    def totals(kind: str, *phases: str) -> list[float]:
        return [sum(run[phase] for phase in phases) for run in runs[kind]]

    def median(kind: str, *phases: str) -> float:
        return statistics.median(totals(kind, *phases))

    def ratio(kind: str, *phases: str) -> str:
        if len(runs[kind]) != len(runs["bare"]):
            return f"{median(kind, *phases) / median('bare', *phases):.2f}"
        pairs = zip(totals(kind, *phases), totals("bare", *phases), strict=True)
        return f"{statistics.median(seconds / bare for seconds, bare in pairs):.2f}"

    print(f"{COUNT:,} objects loaded, {CHANGED} changed and committed; milliseconds")
    print(f"{'client':>7} {'load':>8} {'commit':>8} {'total':>8} {'CPU':>8}   to bare: load commit  total    CPU")
    for kind in ("bare", "ours", "v4", "pypi"):
        if kind in runs:
            load, commit = median(kind, "load"), median(kind, "commit")
            total, cpu = median(kind, "load", "commit"), median(kind, "cpu_load", "cpu_commit")
            line = "".join(f" {seconds * 1e3:>8.1f}" for seconds in (load, commit, total, cpu))
            if "bare" in runs:
                columns = [("load",), ("commit",), ("load", "commit"), ("cpu_load", "cpu_commit")]
                line += f"{'':>11}" + "".join(f" {ratio(kind, *phases):>6}" for phases in columns)
            print(f"{kind:>7}{line}")
    tracking = memory["models"] - memory["plain"]
    print(
        f"memory of an object of eight fields: {memory['models']:,.0f} bytes, of which tracking {tracking:,.0f}, "
        f"its plain values {memory['plain']:,.0f}"
    )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
