"""Many processes that create the same collections behind aliases at once, some killed half way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from weaviate_orm import Client
from weaviate_orm.testing import Server, drop_collections

WORKER = """
from __future__ import annotations
import os, sys
from weaviate_orm import *

prefix, stop_after = sys.argv[1], int(sys.argv[2])

class Node(Model):
    text: Field[str]
    branch: Ref[Branch | None] = ref(default=None)
    one: Vector = vector()

    class Meta:
        name = prefix + "Node"
        alias = True

class Branch(Model):
    text: Field[str]
    node: Ref[Node | None] = ref(default=None)
    leaf: Ref[Leaf | None] = ref(default=None)

    class Meta:
        name = prefix + "Branch"
        alias = True

class Leaf(Model):
    text: Field[str]
    nodes: Ref[list[Node | Branch]] = ref(factory=list)

    class Meta:
        name = prefix + "Leaf"

changes = 0

def count(request):
    global changes
    changes += request.method != "GET"
    if changes > stop_after >= 0:
        os._exit(3)  # before this change is sent

key = os.environ.get("KEY")
with Client(os.environ["URL"], auth_client_secret=AuthApiKey(key) if key else None) as client:
    client.transport.observers.append(count)
    print("ready", flush=True)
    sys.stdin.readline()
    create_all(client, [Node, Branch, Leaf])
    with Session(client) as session:
        assert session.query(Node).where(Node.branch.text == "x").count() == 0
"""


def run(server: Server, prefix: str, stops: Sequence[int]) -> tuple[list[int], list[str]]:
    """Run a worker for each of some numbers of changes after which it dies; -1: it does not."""
    environment = os.environ | {"URL": server.url, "KEY": server.api_key or ""}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, prefix, str(stop)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for stop in stops
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    errors = [worker.communicate(timeout=600)[1] for worker in workers]
    return [worker.returncode for worker in workers], errors


def check(client: Client, prefix: str) -> None:
    aliases = {alias: name for alias, name in client.alias.list_all().items() if alias.startswith(prefix)}
    assert aliases == {f"{prefix}{name}": f"{prefix}{name}_1" for name in ("Node", "Branch")}
    classes = {body["class"]: body for body in client.schema.get()["classes"] if body["class"].startswith(prefix)}
    assert set(classes) == {f"{prefix}Node_1", f"{prefix}Branch_1", f"{prefix}Leaf"}
    targets = {
        name: {member["name"]: sorted(member["dataType"]) for member in body["properties"] if member["name"] != "text"}
        for name, body in classes.items()
    }
    assert targets == {
        f"{prefix}Node_1": {"branch": [f"{prefix}Branch_1"]},
        f"{prefix}Branch_1": {"node": [f"{prefix}Node_1"], "leaf": [f"{prefix}Leaf"]},
        f"{prefix}Leaf": {"nodes": [f"{prefix}Branch_1", f"{prefix}Node_1"]},
    }


@pytest.mark.parametrize(
    ("processes", "rounds"),
    [
        (4, 2),
        pytest.param(16, 2, marks=pytest.mark.heavy),
        pytest.param(16, 20, marks=[pytest.mark.heavy, pytest.mark.endurance, pytest.mark.timeout(3600)]),
    ],
)
def test_all_of_them_succeed(client: Client, server: Server, unique: str, processes: int, rounds: int) -> None:
    for number in range(rounds):
        codes, errors = run(server, f"{unique}R{number}", [-1] * processes)
        assert codes == [0] * processes, errors
        check(client, f"{unique}R{number}")
        drop_collections(client, f"{unique}R{number}")


@pytest.mark.parametrize("stop", range(6))
def test_a_process_that_is_killed_half_way(client: Client, server: Server, unique: str, stop: int) -> None:
    codes, errors = run(server, unique, [stop])
    assert codes == [3], errors
    codes, errors = run(server, unique, [-1, -1])
    assert codes == [0, 0], errors
    check(client, unique)
