"""A server that is started again answers before it has read its schema: what it has is not missing meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
import requests

from tests.revivable import KEY, Revivable
from weaviate_orm import AuthApiKey, Client, Field, Model, Session, create_all
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.http.transport import Request

pytestmark = pytest.mark.timeout(600)

ID = UUID(int=7)


class Lighthouse(Model):
    name: Field[str]


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Revivable]:
    """A server that elects its leader, and so reads its schema, seconds after it has begun to answer."""
    folder = tmp_path_factory.mktemp("slow") / "data"
    with closing(Revivable(folder, RAFT_HEARTBEAT_TIMEOUT=6, RAFT_ELECTION_TIMEOUT=6)) as server:
        yield server


READS: dict[str, Callable[[Client], Any]] = {
    "data_object.get_by_id()": lambda client: client.data_object.get_by_id(str(ID), class_name="Lighthouse"),
    "data_object.exists()": lambda client: client.data_object.exists(str(ID), class_name="Lighthouse"),
    "data_object.get()": lambda client: (client.data_object.get(class_name="Lighthouse") or {}).get("objects"),
    "get()": lambda client: Session(client).get(Lighthouse, ID),
    "count()": lambda client: Session(client).query(Lighthouse).count(),
    "all()": lambda client: Session(client).query(Lighthouse).all(),
    "where()": lambda client: Session(client).query(Lighthouse).where(name="Pharos").all(),
    "exists()": lambda client: Session(client).query(Lighthouse).exists(),
}


@pytest.mark.parametrize("grpc", [False, True], ids=["HTTP", "gRPC"])
def test_nothing_is_missing_while_a_server_starts_again(slow: Revivable, grpc: bool) -> None:
    url = f"http://127.0.0.1:{slow.port}"
    with Client(url, AuthApiKey(KEY), grpc=slow.grpc_port if grpc else False) as client:
        # longer than it takes to start
        client.transport.retry = client.transport.batch_retry = RetryPolicy(attempts=200, longest_wait=0.5)
        create_all(client, [Lighthouse])
        with Session(client) as session:
            if session.get(Lighthouse, ID) is None:
                session.add(Lighthouse(id=ID, name="Pharos"))
                session.commit()
        was_asked, starting, is_live = threading.Event(), list[int](), list[bool]()

        def note(request: Request) -> None:
            was_asked.set()

        slow.kill()
        client.transport.observers.append(note)
        with ThreadPoolExecutor(len(READS) + 1) as pool:
            answers = {name: pool.submit(read, client) for name, read in READS.items()}
            assert was_asked.wait(60)
            revival = pool.submit(slow.revive)
            while not revival.done():
                starting += answers_while_starting(url)
                if 404 in starting:
                    is_live.append(client.is_live())
            revival.result()
        assert 404 in starting  # it did answer so
        assert is_live[0]
        assert {name: bool(answer.result()) for name, answer in answers.items()} == dict.fromkeys(READS, True)


def answers_while_starting(url: str) -> list[int]:
    """What a client that does not ask whether the server is ready is told of an object that is there."""
    try:
        path = f"{url}/v1/objects/Lighthouse/{ID}"
        with requests.Session() as session:
            session.trust_env = False
            return [session.get(path, headers={"Authorization": f"Bearer {KEY}"}, timeout=5).status_code]
    except requests.RequestException:
        return []
