"""Measure rebuilds behind an alias: the rate of copying, and for how long writes are refused.

    python benchmarks/rebuild.py                       # 20,000 and 200,000 objects
    python benchmarks/rebuild.py --counts 20000 --dimensions 768

The objects have a vector, four properties and a reference; the rebuild changes a tokenization. "bare" is a loop without
threads that lists pages and stores each by a batch of objects and one of references. "quiet" is a rebuild while nobody
writes, "written" one while a process changes some hundred objects in a second. It prints the seconds and the objects
per second of each, the ratio to bare, the seconds in which writes are refused, and how many were copied again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
import uuid
from typing import Any

from server import add_arguments, connect, running

from weaviate_orm import Client
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.class_bodies import logical_body
from weaviate_orm.migrations.rebuild.collection_move import Rebuilding, RebuildReport
from weaviate_orm.types import JSONObject

NAME, AUTHOR = "BenchmarkRebuilt", "BenchmarkRebuiltAuthor"
PAGE = 1000


def id_of(number: int) -> str:
    """Return the id of the object of a number, which is spread like those that servers see."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(number)))


def beacon(collection: str, id: str) -> str:
    """Return the beacon of an object."""
    return f"weaviate://localhost/{collection}/{id}"


def fill(client: Client, count: int, dimensions: int) -> None:
    """Store objects in the collection and its alias, in place of those of an earlier round."""
    for alias, physical in client.alias.list_all().items():
        if physical.startswith(NAME):
            client.alias.delete(alias_name=alias)
    for body in client.schema.get().get("classes") or ():
        if body["class"].startswith(NAME):
            client.schema.delete_class(body["class"])
    client.schema.create_class({"class": AUTHOR, "vectorizer": "none"})
    client.transport.request("POST", "/objects", json={"class": AUTHOR, "id": id_of(0)})
    create_articles(client, f"{NAME}_1", "word")
    client.alias.create(alias_name=NAME, target_collection=f"{NAME}_1")
    chance = random.Random(7)
    vectors = [[chance.random() for _ in range(dimensions)] for _ in range(200)]
    for first in range(1, count + 1, PAGE):
        numbers = range(first, min(first + PAGE, count + 1))
        objects = [
            {
                "class": f"{NAME}_1",
                "id": id_of(number),
                "vector": vectors[number % 200],
                "properties": {
                    "title": f"Object-{number}",
                    "body": f"The text of object {number}, of some sixty characters in all.",
                    "number": number,
                    "tags": ["red", "green", f"t{number % 10}"],
                },
            }
            for number in numbers
        ]
        store(client, objects)
        refer(
            client, [(f"{beacon(f'{NAME}_1', id_of(number))}/author", beacon(AUTHOR, id_of(0))) for number in numbers]
        )


def create_articles(client: Client, physical: str, tokenization: str) -> None:
    """Create a class for the objects."""
    properties = [
        {"name": "title", "dataType": ["text"], "tokenization": tokenization},
        {"name": "body", "dataType": ["text"]},
        {"name": "number", "dataType": ["int"]},
        {"name": "tags", "dataType": ["text[]"]},
        {"name": "author", "dataType": [AUTHOR]},
    ]
    client.schema.create_class({"class": physical, "vectorizer": "none", "properties": properties})


def store(client: Client, objects: list[JSONObject]) -> None:
    """Store objects by one request."""
    answer = client.transport.request("POST", "/batch/objects", json={"objects": objects}).json()
    assert not [item for item in answer if item["result"].get("errors")]


def refer(client: Client, links: list[tuple[str, str]]) -> None:
    """Add references by one request."""
    items = [{"from": source, "to": target} for source, target in links]
    answer = client.transport.request("POST", "/batch/references", json=items).json()
    assert not [item for item in answer if item["result"].get("errors")]


def copy_bare(client: Client) -> None:
    """Copy all objects to a class of the same kind, page by page."""
    source, target, after = f"{NAME}_1", f"{NAME}Bare", ""
    create_articles(client, target, "field")
    while True:
        params = {"class": source, "limit": PAGE, "after": after, "include": "vector"}
        page = client.transport.request("GET", "/objects", params=params).json()["objects"]
        if not page:
            return
        links = [
            (f"{beacon(target, body['id'])}/author", item["beacon"])
            for body in page
            for item in body["properties"].pop("author", ())
        ]
        copies = [
            {"class": target, "id": body["id"], "vector": body["vector"], "properties": body["properties"]}
            for body in page
        ]
        store(client, copies)
        refer(client, links)
        after = page[-1]["id"]


def rebuild_once(client: Client) -> RebuildReport:
    """Rebuild the collection with another tokenization."""
    body: dict[str, Any] = logical_body(client.schema.get(f"{NAME}_1"), client.alias.list_all())
    for member in body["properties"]:
        if member["name"] == "title":
            member["tokenization"] = "field"
    return rebuild(client, [Rebuilding(NAME, f"{NAME}_1", body)])


def write(url: str, count: int) -> None:
    """Change objects until the process is ended, by requests to the alias."""
    chance = random.Random(3)
    with connect(url) as client:
        while True:
            id = id_of(chance.randrange(1, count + 1))
            body = {"class": NAME, "properties": {"number": chance.randrange(10**6)}}
            path = f"/objects/{NAME}/{id}"
            answer = client.transport.request("PATCH", path, json=body, accept=frozenset({500}))
            time.sleep(0.05 if answer.status == 500 else 0.005)


def measure(url: str, count: int, dimensions: int) -> None:
    """Measure one number of objects."""
    with connect(url) as client:
        fill(client, count, dimensions)
        begun = time.perf_counter()
        copy_bare(client)
        bare = time.perf_counter() - begun
        print(f"{count:>9,} bare     {bare:7.1f} s {count / bare:8,.0f} objects/s")
        for kind in ("quiet", "written"):
            fill(client, count, dimensions)
            writer = None
            if kind == "written":
                writer = subprocess.Popen([sys.executable, __file__, "--url", url, "--write", str(count)])
            try:
                report = rebuild_once(client)
            finally:
                if writer is not None:
                    writer.kill()
                    writer.wait()
            again = report.copied - count
            print(
                f"{count:>9,} {kind:8} {report.seconds:7.1f} s {count / report.seconds:8,.0f} objects/s, "
                f"{report.seconds / bare:.2f} of bare; refused writes for {report.frozen:.2f} s, "
                f"{report.passes} passes, {again:,} copied again"
            )


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="*", default=[20_000, 200_000])
    parser.add_argument("--dimensions", type=int, default=128)
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    add_arguments(parser)
    arguments = parser.parse_args()
    if arguments.write:
        write(arguments.url, arguments.write)
        return
    print(json.dumps({"processors": os.cpu_count(), "dimensions": arguments.dimensions}))
    with running(arguments.url) as url:
        for count in arguments.counts:
            measure(url, count, arguments.dimensions)


if __name__ == "__main__":
    main()
