"""How long the explorer's pages take over a collection of 100,000 objects with vectors of 128 dimensions.

::

    python benchmarks/explorer.py [objects]
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Iterator

from starlette.testclient import TestClient

from weaviate_orm import AuthApiKey, Client, Field, Model, Session, create_all
from weaviate_orm.explorer.web_application import explorer_application
from weaviate_orm.schema import flat
from weaviate_orm.testing import embedded_server, recorded_requests

RUNS = 7
COLLECTION = "/collections/Explored"


class Explored(Model):
    """What is shown. Its index is flat, as building a graph would take minutes."""

    title: Field[str]
    price: Field[int]

    class Meta:
        index = flat()


def objects(count: int) -> Iterator[Explored]:
    """Make objects."""
    source = random.Random(7)
    for number in range(count):
        vector = [source.gauss(0, 1) for _ in range(128)]
        yield Explored(title=f"lamp {number}", price=number % 1000, vector=vector)


def timed(pages: TestClient, path: str) -> float:
    """Return the seconds that a page takes."""
    begin = time.perf_counter()
    assert pages.get(path).status_code == 200
    return time.perf_counter() - begin


def main() -> None:
    """Print the median of each page, and its requests."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with embedded_server() as server, Client(server.url, AuthApiKey(server.api_key or "")) as client:
        create_all(client, [Explored])
        with Session(client) as session:
            session.bulk_insert(objects(count))
            id = session.query(Explored).limit(1).one().id
        pages = TestClient(explorer_application(client, key="k"), base_url="http://127.0.0.1")
        pages.get("/?key=k")
        for path in (
            "/",
            COLLECTION,
            f"{COLLECTION}/search?kind=bm25&text=lamp",
            f"{COLLECTION}/objects/{id}",
            f"{COLLECTION}/map?color=price",
        ):
            with recorded_requests(client) as requests:
                seconds = [timed(pages, path) for _ in range(RUNS)]
            sent = len(requests) // RUNS
            print(f"{path[:60]:60} {statistics.median(seconds) * 1000:7.0f} ms, {sent} requests")


if __name__ == "__main__":
    main()
