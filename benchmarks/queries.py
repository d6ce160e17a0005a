"""Measure the cost of queries: ``Model.query``, compared with bare GraphQL requests and with weaviate-client 3 and 4.

    python benchmarks/queries.py                  # limits 10, 100, 1,000 and 10,000
    python benchmarks/queries.py --rounds 100 --limits 10

There are 10,000 objects with a reference and a vector of 128 dimensions. The queries are a search by vector, a fetch,
and a fetch with its references. "bare" sends our document by requests, and decodes the JSON by orjson; "models" and
"values" are ours; the three take turns within a process. Our fetches are REST listings, and bare is GraphQL even there.
The other clients have virtual environments, made in the user's cache at the first run; their processes take turns with
ours. v4 uses gRPC and fetches the same properties. It prints the median and the 95th percentile in milliseconds, and
the median of the ratios to bare.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

COUNT, DIMENSIONS = 10_000, 128
NAME, AUTHOR = "BenchmarkQueried", "BenchmarkQueriedAuthor"
HOST, KEY = "127.0.0.1", "WEAVIATE_API_KEY"
SCENARIOS = ("near_vector", "fetch", "references")
PROPERTIES = ["title", "body", "number", "rating", "tags"]
VECTOR = [(7 * place % 13) / 13 for place in range(DIMENSIONS)]

Ask = Callable[[], int]
"""A query, which returns the number of objects."""

Case = tuple[str, str, int]
"""The client, the scenario, and the limit."""


# -- the clients, run by the Python of their environments


def models() -> Any:
    """Make the two models. Only in an environment that has this package."""
    from weaviate_orm import Field, Model, Ref, field, ref

    class Author(Model):
        name: Field[str]

        class Meta:
            name = AUTHOR

    class Queried(Model):
        title: Field[str]
        body: Field[str]
        number: Field[int]
        rating: Field[float | None] = field(default=None)
        tags: Field[list[str]] = field(factory=list)
        author: Ref[Author | None] = ref(default=None)

        class Meta:
            name = NAME

    return Author, Queried


def ours(port: int, grpc: int, limits: list[int]) -> Iterator[tuple[Case, Ask]]:
    import orjson
    import requests

    from weaviate_orm import AuthApiKey, Client, Session

    _, queried = models()
    client = Client(f"http://{HOST}:{port}", AuthApiKey(os.environ[KEY]), timeout_config=(10, 300))
    http = requests.Session()
    http.trust_env = False
    http.headers.update({"Authorization": f"Bearer {os.environ[KEY]}", "Content-Type": "application/json"})

    def query(session: Any, scenario: str, limit: int) -> Any:
        fetch = session.query(queried).limit(limit)
        if scenario == "near_vector":
            return fetch.near_vector(VECTOR)
        return fetch.include("author") if scenario == "references" else fetch

    def bare(document: str) -> int:
        url = f"http://{HOST}:{port}/v1/graphql"
        response = http.post(url, data=orjson.dumps({"query": document}), timeout=300)
        return len(orjson.loads(response.content)["data"]["Get"][NAME])

    def as_models(scenario: str, limit: int) -> int:
        with Session(client) as session:
            return len(query(session, scenario, limit).all())

    def as_values(scenario: str, limit: int) -> int:
        with Session(client) as session:
            return len(query(session, scenario, limit).values())

    for limit in limits:
        for scenario in SCENARIOS:
            with Session(client) as session:
                document = query(session, scenario, limit).graphql()
            yield ("bare", scenario, limit), lambda document=document: bare(document)  # type: ignore[misc]
            yield ("models", scenario, limit), lambda case=(scenario, limit): as_models(*case)  # type: ignore[misc]
            if scenario != "references":
                yield ("values", scenario, limit), lambda case=(scenario, limit): as_values(*case)  # type: ignore[misc]


def v3(port: int, grpc: int, limits: list[int]) -> Iterator[tuple[Case, Ask]]:
    import weaviate

    secret = weaviate.AuthApiKey(os.environ[KEY])
    client = weaviate.Client(f"http://{HOST}:{port}", auth_client_secret=secret, timeout_config=(10, 300))

    def ask(scenario: str, limit: int) -> int:
        link = f"author {{... on {AUTHOR} {{name _additional {{id}}}}}}"
        properties = [*PROPERTIES, link] if scenario == "references" else PROPERTIES
        query = client.query.get(NAME, properties).with_additional("id").with_limit(limit)
        if scenario == "near_vector":
            query = query.with_near_vector({"vector": VECTOR})
        return len(query.do()["data"]["Get"][NAME])

    for limit in limits:
        for scenario in SCENARIOS:
            yield ("v3", scenario, limit), lambda case=(scenario, limit): ask(*case)  # type: ignore[misc]


def v4(port: int, grpc: int, limits: list[int]) -> Iterator[tuple[Case, Ask]]:
    import weaviate
    from weaviate.classes.init import AdditionalConfig, Auth, Timeout
    from weaviate.classes.query import QueryReference

    client = weaviate.connect_to_custom(
        http_host=HOST,
        http_port=port,
        http_secure=False,
        grpc_host=HOST,
        grpc_port=grpc,
        grpc_secure=False,
        auth_credentials=Auth.api_key(os.environ[KEY]),
        additional_config=AdditionalConfig(timeout=Timeout(init=30, query=300, insert=300)),
    )
    query = client.collections.get(NAME).query

    def ask(scenario: str, limit: int) -> int:
        if scenario == "near_vector":
            return len(query.near_vector(VECTOR, limit=limit, return_properties=PROPERTIES).objects)
        links = QueryReference(link_on="author", return_properties=["name"]) if scenario == "references" else None
        return len(query.fetch_objects(limit=limit, return_properties=PROPERTIES, return_references=links).objects)

    for limit in limits:
        for scenario in SCENARIOS:
            yield ("v4", scenario, limit), lambda case=(scenario, limit): ask(*case)  # type: ignore[misc]
    client.close()


CLIENTS: dict[str, Callable[[int, int, list[int]], Iterator[tuple[Case, Ask]]]] = {"ours": ours, "v3": v3, "v4": v4}


def run_client(name: str, port: int, grpc: int, rounds: int, limits: list[int]) -> None:
    """Query in a child process, with the cases of a scenario in turns, and print their seconds."""
    times: dict[str, list[float]] = {}
    pending: list[tuple[Case, Ask]] = []

    def measure() -> None:
        for number in range(-2, rounds_for(rounds, pending[0][0][2])):
            for case, ask in pending:
                begin = time.perf_counter()
                count = ask()
                seconds = time.perf_counter() - begin
                assert count == case[2], (case, count)
                if number >= 0:  # the first two warm up
                    times.setdefault(json.dumps(case), []).append(seconds)

    for case, ask in CLIENTS[name](port, grpc, limits):
        if pending and pending[0][0][1:] != case[1:]:
            measure()
            pending.clear()
        pending.append((case, ask))
        if name != "ours":  # at once: the generator closes the connection when it ends
            measure()
            pending.clear()
    if pending:
        measure()
    print(json.dumps(times))


def rounds_for(rounds: int, limit: int) -> int:
    """Return the number of rounds, which is smaller for large limits."""
    return max(rounds * 10 // max(limit // 10, 10), 15)


# -- the parent


def fill(client: Any) -> None:
    """Store the objects."""
    import numpy as np

    from weaviate_orm import Session, create_all, drop_all

    author, queried = models()
    drop_all(client, [queried, author])
    create_all(client, [queried, author])
    vectors = np.random.default_rng(7).random((COUNT, DIMENSIONS), dtype=np.float32)
    with Session(client) as session:
        authors = [author(name=f"Author {number}") for number in range(100)]
        session.add_all(authors)
        session.add_all(
            (
                queried(
                    title=f"Object {number}",
                    body=f"The text of object {number}, of some sixty characters in all.",
                    number=number,
                    rating=number / 7,
                    tags=["red", "green"],
                    author=authors[number % 100],
                    vector=vector,
                )
                for number, vector in enumerate(vectors)
            ),
            flush_every=5000,
        )


def measure_client(name: str, server: Any, rounds: int, limits: list[int]) -> dict[Case, list[float]]:
    """Run a client in a new process, and return its seconds."""
    from peers import environment

    python = sys.executable if name == "ours" else environment(name)
    ports = [server.url.rpartition(":")[2], str(server.grpc_port)]
    command = [python, __file__, "--case", name, *ports, "--rounds", str(rounds), "--limits", *map(str, limits)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"{name}: {process.stderr}")
    times_by_case: dict[str, list[float]] = json.loads(process.stdout.splitlines()[-1])
    return {tuple(json.loads(case)): times for case, times in times_by_case.items()}


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--limits", type=int, nargs="+", default=[10, 100, 1000, 10_000])
    parser.add_argument("--clients", nargs="+", default=list(CLIENTS), choices=list(CLIENTS))
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        name, port, grpc = arguments.case
        run_client(name, int(port), int(grpc), arguments.rounds, arguments.limits)
        return
    from server import connect

    from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

    with EmbeddedServer(EmbeddedOptions(vectorizer=False)) as server:
        os.environ[KEY] = server.api_key or ""
        with connect(server.url) as client:
            fill(client)
        all_times: dict[Case, list[float]] = {}
        for _ in range(2):
            for name in arguments.clients:
                for case, times in measure_client(name, server, arguments.rounds, arguments.limits).items():
                    all_times.setdefault(case, []).extend(times)
    report(all_times, arguments.limits)


def report(all_times: dict[Case, list[float]], limits: list[int]) -> None:
    """Print the table."""
    print(f"{'query':>12} {'limit':>6} {'client':>8} {'p50 ms':>8} {'p95 ms':>8}  to bare")
    for limit in limits:
        for scenario in SCENARIOS:
            for client in ("bare", "models", "values", "v3", "v4"):
                times = all_times.get((client, scenario, limit))
                if times is None:
                    continue
                p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
                line = f"{scenario:>12} {limit:>6} {client:>8} {statistics.median(times) * 1e3:>8.2f} {p95 * 1e3:>8.2f}"
                bare = all_times.get(("bare", scenario, limit))
                if client in ("models", "values") and bare:
                    ratios = (seconds / bare_seconds for seconds, bare_seconds in zip(times, bare, strict=True))
                    line += f"  {statistics.median(ratios):.2f}"
                elif bare:
                    line += f"  {statistics.median(times) / statistics.median(bare):.2f}"
                print(line)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
