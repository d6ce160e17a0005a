"""A connection by gRPC that is closed right after it was waited for."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.scripted_grpc import answering
from weaviate_orm.http.grpc import Rpc
from weaviate_orm.http.transport import Transport

grpc_channel: Any = pytest.importorskip("grpc._channel")


READY = 2


class Slow:
    """A channel of gRPC's core that is looked at late once it is connected, as on a busy machine."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._is_ready = False

    def check_connectivity_state(self, connects: bool) -> int:
        state: int = self._channel.check_connectivity_state(connects)
        self._is_ready = state == READY
        return state

    def watch_connectivity_state(self, *arguments: Any) -> Any:
        time.sleep(0.3 if self._is_ready else 0.0)
        return self._channel.watch_connectivity_state(*arguments)


def test_the_thread_that_watches_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    poll, watchers = grpc_channel._poll_connectivity, list[threading.Thread]()

    def poll_slowly(state: Any, channel: Any, connects: bool) -> None:
        watchers.append(threading.current_thread())
        poll(state, Slow(channel), connects)

    monkeypatch.setattr(grpc_channel, "_poll_connectivity", poll_slowly)
    failed: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda raised: failed.append(raised.exc_value))
    with answering(lambda *_: b"") as port:
        rpc = Rpc(Transport("http://127.0.0.1:9/v1"), port)
        rpc.wait(240)
        rpc.close()
    (watcher,) = watchers
    watcher.join(240)
    assert failed == []
