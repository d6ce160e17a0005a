"""What queries cost: models from ``Model.query``, beside the bare GraphQL request with its JSON decoded.

    python benchmarks/queries.py

10,000 objects with vectors of 128 dimensions; a search by vector and a plain fetch, at limits of 10, 100 and 1,000. The
two take turns within one process, and send the same document. Printed are the medians, and the median of the ratios.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import orjson
import requests
from server import KEY_VARIABLE, add_arguments, connect, running

from weaviate_orm import Client, Field, Model, QuerySet, Session, create_all, drop_all, field

COUNT, DIMENSIONS = 10_000, 128


class Queried(Model):
    """What is searched: five properties, one of which may be null."""

    title: Field[str]
    body: Field[str]
    number: Field[int]
    rating: Field[float | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)

    class Meta:
        name = "BenchmarkQueried"


def fill(client: Client, random: np.random.Generator) -> None:
    """Store the objects."""
    vectors = random.random((COUNT, DIMENSIONS), dtype=np.float32)
    with Session(client) as session:
        session.add_all(
            (
                Queried(
                    title=f"Object {number}",
                    body=f"The text of object {number}, of some sixty characters in all.",
                    number=number,
                    rating=number / 7,
                    tags=["red", "green"],
                    vector=vector,
                )
                for number, vector in enumerate(vectors)
            ),
            flush_every=5000,
        )


def compare(ours: Callable[[], int], bare: Callable[[], int], rounds: int) -> tuple[float, float, float]:
    """Median seconds of each, and the median ratio, of runs that take turns; also at being first."""
    times: list[tuple[float, float]] = []
    for number in range(rounds):
        pair = {}
        for run in (ours, bare) if number % 2 else (bare, ours):
            begin = time.perf_counter()
            found = run()
            pair[run] = (time.perf_counter() - begin, found)
        assert pair[ours][1] == pair[bare][1], pair
        times.append((pair[ours][0], pair[bare][0]))
    first, second = zip(*times, strict=True)
    return statistics.median(first), statistics.median(second), statistics.median(one / two for one, two in times)


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=100)
    arguments = parser.parse_args()
    random = np.random.default_rng(7)
    with running(arguments.url) as url, connect(url) as client, requests.Session() as http:
        http.trust_env = False
        http.headers["Authorization"] = f"Bearer {os.environ.get(KEY_VARIABLE, '')}"
        drop_all(client, [Queried])
        create_all(client, [Queried])
        fill(client, random)

        def models(make: Callable[[Session], QuerySet[Queried]]) -> int:
            with Session(client) as session:
                return len(make(session).all())

        def decoded(document: str) -> int:
            answer = http.post(f"{url}/v1/graphql", data=orjson.dumps({"query": document}), headers=JSON, timeout=60)
            return len(orjson.loads(answer.content)["data"]["Get"]["BenchmarkQueried"])

        print(f"{'query':>12} {'limit':>6} {'models ms':>10} {'bare ms':>9} {'ratio':>6}")
        for name in ("near_vector", "fetch"):
            for limit in (10, 100, 1000):
                vector = random.random(DIMENSIONS, dtype=np.float32)

                def make(
                    session: Session, name: str = name, limit: int = limit, vector: object = vector
                ) -> QuerySet[Queried]:
                    query = session.query(Queried).limit(limit)
                    return query.near_vector(vector) if name == "near_vector" else query

                with Session(client) as session:
                    document = make(session).graphql()
                compare(lambda make=make: models(make), lambda document=document: decoded(document), 5)
                ours, bare, ratio = compare(
                    lambda make=make: models(make), lambda document=document: decoded(document), arguments.rounds
                )
                print(f"{name:>12} {limit:>6} {ours * 1e3:>10.2f} {bare * 1e3:>9.2f} {ratio:>6.2f}", flush=True)
        drop_all(client, [Queried])


JSON = {"Content-Type": "application/json"}

if __name__ == "__main__":
    main()
