"""A program without the ``grpc`` extra, and one with it that has no address of gRPC: all goes over HTTP."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from weaviate_orm.testing import Server

# as if the packages were not installed, even for those who look for them
BLOCKED = """
import importlib.abc, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "grpc" or name.startswith(("grpc.", "google.protobuf")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""
PROGRAM = """
import sys
import weaviate_orm
from weaviate_orm import AuthApiKey, Client, ConfigurationError, Field, Model, Session, create_all, drop_all, field
from weaviate_orm.testing import recorded_requests

class Cup(Model):
    size: Field[int | None] = field(default=None)

    class Meta:
        name = "TestWithoutGrpc"

url, key = sys.argv[1:]
with Client(url, AuthApiKey(key) if key else None) as client:
    drop_all(client, [Cup])
    create_all(client, [Cup])
    with Session(client) as session, recorded_requests(client) as requests:
        session.add_all(Cup(size=size, vector=[float(size), 1.0]) for size in range(5))
        session.commit()
        assert len(Cup.query.where(Cup.size > 1).all()) == 3
        assert Cup.query.near_vector([4.0, 1.0]).limit(1).one().size == 4
        assert Cup.query.aggregate(Cup.size.sum()) == 10
        assert Cup.query.where(size=1).explain().wire == "GraphQL"
        assert {each.url.partition(":")[0] for each in requests} == {"http"}
    try:
        Session(client, wire="grpc")
    except ConfigurationError as error:
        print(error)
    drop_all(client, [Cup])
print([name for name in sys.modules if name.startswith(("grpc", "google.protobuf", "weaviate_orm.query.grpc"))])
"""
REFUSED = """
from weaviate_orm import Client
Client("http://127.0.0.1:1", grpc=50051, startup_period=None)
"""


@pytest.mark.parametrize("installed", [True, False])
def test_a_client_without_grpc_sends_all_over_http(server: Server, installed: bool) -> None:
    program = PROGRAM if installed else BLOCKED + PROGRAM
    done = _run(program, server.url, server.api_key or "")
    assert done.returncode == 0, done.stderr
    refusal, modules = done.stdout.splitlines()
    assert "needs a client that has gRPC" in refusal
    assert modules == "[]"  # so that importing the package takes no longer for it


def test_a_client_by_grpc_names_the_extra() -> None:
    done = _run(BLOCKED + REFUSED)
    assert done.returncode == 1
    assert 'pip install "weaviate-mapper[grpc]"' in done.stderr


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    folder = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=folder, check=False
    )
