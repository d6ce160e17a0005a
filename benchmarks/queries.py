"""Measure the cost of queries: ``Model.query``, compared with bare requests and with weaviate-client 3 and 4.

    python benchmarks/queries.py                  # limits 10, 100, 1,000 and 10,000
    python benchmarks/queries.py --rounds 100 --limits 10 --scenarios near_vector --dimensions 768

There are 10,000 objects with a reference and a vector. The queries are searches by vector, with and without their
vectors, by words, and by both; a filter, which is a fetch with an order; a fetch; and a fetch with its references.
"near_text" searches 10,000 objects whose vectors the server made, by the vectorizer of the embedded server.
"bare" sends our document by requests, and decodes the JSON by orjson; "bare gRPC" sends our message, and parses the
reply. "models" and "values" are ours, by gRPC, and "graphql" are models by GraphQL. Our fetches are REST listings,
unless the wire is GraphQL. The other clients run in virtual environments, made in the user's cache at the first run.
v4 uses gRPC and fetches the same properties. In each round all of them ask once, in another order: a server that has
just stored objects becomes faster, and so who asks later would seem to be. It prints the median and the 95th percentile
in milliseconds, the processor time of the client, and the medians of the ratios to bare, to bare gRPC and to v4.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

COUNT, DIMENSIONS = 10_000, 128
NAME, AUTHOR, VECTORIZED = "BenchmarkQueried", "BenchmarkQueriedAuthor", "BenchmarkVectorized"
HOST, KEY = "127.0.0.1", "WEAVIATE_API_KEY"
SCENARIOS = ("near_vector", "near_text", "vectors", "bm25", "hybrid", "filtered", "fetch", "references")
OF_V3 = ("near_vector", "fetch", "references")
PROPERTIES = ["title", "body", "number", "rating", "tags"]
WORD = "text"
"""All objects have it."""

Ask = Callable[[], int]
"""A query, which returns the number of objects."""

Case = tuple[str, str, int]
"""The client, the scenario, and the limit."""

Times = list[tuple[float, float]]
"""Of each round the seconds, and those of the processor."""


def vector(dimensions: int) -> list[float]:
    """Return the vector that is searched for."""
    return [(7 * place % 13) / 13 for place in range(dimensions)]


# -- the clients, run by the Python of their environments


def models() -> Any:
    """Make the models. Only in an environment that has this package."""
    from weaviate_orm import Field, Model, Ref, field, ref
    from weaviate_orm.vectorizers import Text2Vec

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

    class Vectorized(Model):
        title: Field[str]
        body: Field[str]
        number: Field[int]
        rating: Field[float | None] = field(default=None)
        tags: Field[list[str]] = field(factory=list)

        class Meta:
            name = VECTORIZED
            vectorizer = Text2Vec.transformers()

    return Author, Queried, Vectorized


def ours(port: int, grpc: int, dimensions: int, cases: list[tuple[str, int]]) -> Iterator[tuple[Case, Ask]]:
    import orjson
    import requests

    from weaviate_orm import AuthApiKey, Client, Session
    from weaviate_orm.http.transport import Call
    from weaviate_orm.query.grpc.search_compiler import compile_search
    from weaviate_orm.query.grpc.search_messages import search_messages

    _, queried, vectorized = models()
    client = Client(f"http://{HOST}:{port}", AuthApiKey(os.environ[KEY]), timeout_config=(10, 300), grpc=grpc)
    http = requests.Session()
    atexit.register(client.close)
    atexit.register(http.close)
    http.trust_env = False
    http.headers.update({"Authorization": f"Bearer {os.environ[KEY]}", "Content-Type": "application/json"})
    messages = search_messages()

    def query(session: Any, scenario: str, limit: int) -> Any:
        fetch = session.query(queried).limit(limit)
        searches: dict[str, Callable[[], Any]] = {
            "near_vector": lambda: fetch.near_vector(vector(dimensions)),
            "near_text": lambda: session.query(vectorized).limit(limit).near_text(WORD),
            "vectors": lambda: fetch.near_vector(vector(dimensions)).with_vector(),
            "bm25": lambda: fetch.bm25(WORD),
            "hybrid": lambda: fetch.hybrid(WORD, vector=vector(dimensions)),
            "filtered": lambda: fetch.where(queried.number >= 0),
            "fetch": lambda: fetch,
            "references": lambda: fetch.include("author"),
        }
        return searches[scenario]()

    def bare(document: str) -> int:
        url = f"http://{HOST}:{port}/v1/graphql"
        response = http.post(url, data=orjson.dumps({"query": document}), timeout=300)
        (rows,) = orjson.loads(response.content)["data"]["Get"].values()
        return len(rows)

    def bare_grpc(message: bytes) -> int:
        (reply,) = client.transport.rpc.read([Call("Search", message, str)], persistent=False)  # type: ignore[union-attr]
        return len(messages["Reply"].FromString(reply).results)

    def as_models(scenario: str, limit: int, wire: Any = None) -> int:
        with Session(client, wire=wire) as session:
            return len(query(session, scenario, limit).all())

    def as_values(scenario: str, limit: int) -> int:
        with Session(client) as session:
            return len(query(session, scenario, limit).values())

    for scenario, limit in cases:
        case = (scenario, limit)
        with Session(client) as session:
            written = query(session, scenario, limit)
        document = written.graphql()
        message = messages["Request"](**compile_search(written._query, str)).SerializeToString()
        yield ("bare", *case), lambda document=document: bare(document)  # type: ignore[misc]
        yield ("bare gRPC", *case), lambda message=message: bare_grpc(message)  # type: ignore[misc]
        yield ("models", *case), lambda case=case: as_models(*case)  # type: ignore[misc]
        yield ("graphql", *case), lambda case=case: as_models(*case, wire="graphql")  # type: ignore[misc]
        if scenario != "references":
            yield ("values", *case), lambda case=case: as_values(*case)  # type: ignore[misc]


def v3(port: int, grpc: int, dimensions: int, cases: list[tuple[str, int]]) -> Iterator[tuple[Case, Ask]]:
    import weaviate

    secret = weaviate.AuthApiKey(os.environ[KEY])
    client = weaviate.Client(f"http://{HOST}:{port}", auth_client_secret=secret, timeout_config=(10, 300))

    def ask(scenario: str, limit: int) -> int:
        link = f"author {{... on {AUTHOR} {{name _additional {{id}}}}}}"
        properties = [*PROPERTIES, link] if scenario == "references" else PROPERTIES
        query = client.query.get(NAME, properties).with_additional("id").with_limit(limit)
        if scenario == "near_vector":
            query = query.with_near_vector({"vector": vector(dimensions)})
        return len(query.do()["data"]["Get"][NAME])

    for case in cases:
        if case[0] in OF_V3:
            yield ("v3", *case), lambda case=case: ask(*case)  # type: ignore[misc]


def v4(port: int, grpc: int, dimensions: int, cases: list[tuple[str, int]]) -> Iterator[tuple[Case, Ask]]:
    import weaviate
    from weaviate.classes.init import AdditionalConfig, Auth, Timeout
    from weaviate.classes.query import Filter, QueryReference

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
    atexit.register(client.close)
    query = client.collections.get(NAME).query
    vectorized = client.collections.get(VECTORIZED).query

    def ask(scenario: str, limit: int) -> int:
        options: dict[str, Any] = {"limit": limit, "return_properties": PROPERTIES}
        near = vector(dimensions)
        if scenario in ("near_vector", "vectors"):
            return len(query.near_vector(near, include_vector=scenario == "vectors", **options).objects)
        if scenario == "near_text":
            return len(vectorized.near_text(WORD, **options).objects)
        if scenario == "bm25":
            return len(query.bm25(WORD, **options).objects)
        if scenario == "hybrid":
            return len(query.hybrid(WORD, vector=near, **options).objects)
        links = QueryReference(link_on="author", return_properties=["name"]) if scenario == "references" else None
        where = Filter.by_property("number").greater_or_equal(0) if scenario == "filtered" else None
        return len(query.fetch_objects(filters=where, return_references=links, **options).objects)

    for case in cases:
        yield ("v4", *case), lambda case=case: ask(*case)  # type: ignore[misc]


NAMES = ("bare", "bare gRPC", "models", "values", "graphql", "v3", "v4")

Cases = Callable[[int, int, int, list[tuple[str, int]]], Iterator[tuple[Case, Ask]]]
CLIENTS: dict[str, Cases] = {"ours": ours, "v3": v3, "v4": v4}


def answer(name: str, ports: tuple[int, int], dimensions: int, cases: list[tuple[str, int]]) -> None:
    """Make queries in a child process: for each line of the input, and a line of seconds for each."""
    asks = {json.dumps(case): (case[2], ask) for case, ask in CLIENTS[name](*ports, dimensions, cases)}
    print(json.dumps(list(asks)), flush=True)
    for line in sys.stdin:
        expected, ask = asks[line.strip()]
        begin, processed = time.perf_counter(), time.process_time()
        count = ask()
        seconds = (time.perf_counter() - begin, time.process_time() - processed)
        assert expected * 0.99 <= count <= expected, (line, count)  # an HNSW index may miss one of all
        print(json.dumps(seconds), flush=True)


def rounds_for(rounds: int, limit: int) -> int:
    """Return the number of rounds, which is smaller for large limits."""
    return max(rounds * 10 // max(limit // 10, 10), 15)


# -- the parent


def fill(client: Any, dimensions: int, scenarios: Sequence[str]) -> None:
    """Store the objects."""
    import numpy as np

    from weaviate_orm import Session, create_all, drop_all

    author, queried, vectorized = models()
    drop_all(client, [queried, author, vectorized])
    create_all(client, [queried, author])

    def content(number: int) -> dict[str, Any]:
        return {
            "title": f"Object {number}",
            "body": f"The text of object {number}, of some sixty characters in all.",
            "number": number,
            "rating": number / 7,
            "tags": ["red", "green"],
        }

    if "near_text" in scenarios:
        create_all(client, [vectorized])
        with Session(client) as session:
            session.bulk_insert(vectorized(**content(number)) for number in range(COUNT))
    vectors = np.random.default_rng(7).random((COUNT, dimensions), dtype=np.float32)
    with Session(client) as session:
        authors = [author(name=f"Author {number}") for number in range(100)]
        session.add_all(authors)
        session.add_all(
            (
                queried(**content(number), author=authors[number % 100], vector=of_object)
                for number, of_object in enumerate(vectors)
            ),
            flush_every=5000,
        )


class ClientProcess:
    """A client in a process of its own.

    Attributes:
        cases: what it can be asked.
    """

    def __init__(self, name: str, server: Any, options: argparse.Namespace) -> None:
        from peers import environment

        python = sys.executable if name == "ours" else environment(name)
        command = [python, __file__, "--case", name, server.url.rpartition(":")[2], str(server.grpc_port)]
        command += ["--dimensions", str(options.dimensions), "--limits", *map(str, options.limits)]
        command += ["--scenarios", *options.scenarios]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.cases: list[Case] = [tuple(case) for case in map(json.loads, self._read())]

    def ask(self, case: Case) -> tuple[float, float]:
        """Make a query; return the seconds, and those of the processor."""
        assert self._process.stdin is not None
        print(json.dumps(case), file=self._process.stdin, flush=True)
        elapsed, processed = self._read()
        return elapsed, processed

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a client ended; its error is above")
        return json.loads(line)


def measure(clients: Sequence[ClientProcess], scenario: str, limit: int, rounds: int) -> dict[Case, Times]:
    """Ask all clients in turns."""
    asks = [(case, client) for client in clients for case in client.cases if case[1:] == (scenario, limit)]
    times: dict[Case, Times] = {case: [] for case, _ in asks}
    order = random.Random(limit)
    for number in range(-2, rounds_for(rounds, limit)):
        order.shuffle(asks)
        for case, client in asks:
            seconds = client.ask(case)
            if number >= 0:  # the first two warm up
                times[case].append(seconds)
    return times


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--limits", type=int, nargs="+", default=[10, 100, 1000, 10_000])
    parser.add_argument("--scenarios", nargs="+", default=list(SCENARIOS), choices=list(SCENARIOS))
    parser.add_argument("--dimensions", type=int, default=DIMENSIONS)
    parser.add_argument("--clients", nargs="+", default=list(CLIENTS), choices=list(CLIENTS))
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cases = [(scenario, limit) for limit in options.limits for scenario in options.scenarios]
    if options.case:
        name, port, grpc = options.case
        answer(name, (int(port), int(grpc)), options.dimensions, cases)
        return
    from server import connect

    from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

    with EmbeddedServer(EmbeddedOptions(vectorizer="near_text" in options.scenarios)) as server:
        os.environ[KEY] = server.api_key or ""
        with connect(server.url) as client:
            fill(client, options.dimensions, options.scenarios)
        clients = [ClientProcess(name, server, options) for name in options.clients]
        heads = f"{'p50 ms':>8} {'p95 ms':>8} {'cpu ms':>8}  {'to bare':>9} {'bare gRPC':>9} {'v4':>9}"
        print(f"{'query':>12} {'limit':>6} {'client':>9} {heads}")
        for scenario, limit in cases:
            report(measure(clients, scenario, limit, options.rounds), scenario, limit)
        for client_process in clients:
            client_process.close()


def report(times_by_case: dict[Case, Times], scenario: str, limit: int) -> None:
    """Print the rows of a query."""
    for client in NAMES:
        times = times_by_case.get((client, scenario, limit))
        if times is None:
            continue
        seconds, processed = ([of_round[place] for of_round in times] for place in (0, 1))
        p95 = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
        figures = (statistics.median(seconds), p95, statistics.median(processed))
        line = f"{scenario:>12} {limit:>6} {client:>9} " + " ".join(f"{figure * 1e3:>8.2f}" for figure in figures) + " "
        for other in ("bare", "bare gRPC", "v4"):
            others = times_by_case.get((other, scenario, limit))
            if others is not None:
                ratios = (elapsed / of_other for elapsed, (of_other, _) in zip(seconds, others, strict=True))
                line += f" {statistics.median(ratios):>9.2f}"
        print(line, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
