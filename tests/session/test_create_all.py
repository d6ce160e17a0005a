"""Several processes that create the same collections at once, as the workers of a web server do when they start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from weaviate_orm import Client
from weaviate_orm.testing import Server

WORKER = """
from __future__ import annotations
import os, sys
from weaviate_orm import *

prefix = sys.argv[1]

class Node(Model):
    text: Field[str]
    first: Field[str | None] = field(default=None)
    second: Field[str | None] = field(default=None)
    branch: Ref[Branch | None] = ref(default=None)
    one: Vector = vector()
    two: Vector = vector()

    class Meta:
        name = prefix + "Node"

class Branch(Model):
    text: Field[str]
    node: Ref[Node | None] = ref(default=None)
    leaf: Ref[Leaf | None] = ref(default=None)

    class Meta:
        name = prefix + "Branch"

class Leaf(Model):
    text: Field[str]
    node: Ref[Node | None] = ref(default=None)

    class Meta:
        name = prefix + "Leaf"

key = os.environ.get("KEY")
with Client(os.environ["URL"], auth_client_secret=AuthApiKey(key) if key else None) as client:
    print("ready", flush=True)
    sys.stdin.readline()
    create_all(client, [Node, Branch, Leaf])
"""


@pytest.mark.parametrize("first", [None, {"one": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}}])
def test_all_of_them_succeed(client: Client, server: Server, unique: str, first: dict[str, object] | None) -> None:
    if first is not None:  # an older version of one class, which they all complete
        client.schema.create_class({"class": f"{unique}Node", "vectorConfig": first})
    environment = os.environ | {"URL": server.url, "KEY": server.api_key or ""}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, unique],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    errors = [worker.communicate(timeout=120)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4, errors
    node = client.schema.get(f"{unique}Node")
    assert sorted(held["name"] for held in node["properties"]) == ["branch", "first", "second", "text"]
    assert set(node["vectorConfig"]) == {"one", "two"}
