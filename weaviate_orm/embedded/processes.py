"""The application's end of the supervisor."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from weaviate_orm.embedded._supervise import proof
from weaviate_orm.embedded.environment import inherited
from weaviate_orm.embedded.private import open_file
from weaviate_orm.exceptions import EmbeddedServerError

GRACE = 30.0
"""Seconds in which the server may write its data when it is told to stop."""

SECONDS_TO_JOIN = 5.0
_KEPT = "kept"
_STOPPED = "it was stopped from outside"
_LEFT = "this process has left it"


@attrs.frozen
class Child:
    """One process that the supervisor runs. ``pass_fds`` are open files that it inherits."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = attrs.field(repr=False)
    pass_fds: Sequence[int] = ()


@attrs.frozen
class Publication:
    """The file by which other processes find a supervisor, which adds ``join_port`` and ``join_secret``."""

    path: Path
    content: Mapping[str, Any] = attrs.field(repr=False)


class Connection:
    """This process' share in a supervisor, which ends with the last one.

    Attributes:
        kept: whether others had one when this process left.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._unread = b""
        self._reading = threading.RLock()  # a handler of signals may close what its thread is looking at
        self._ended: str | None = None
        self.kept = False
        _open.add(self)

    def ended(self, timeout: float | None) -> str | None:
        """Wait up to ``timeout`` seconds (None: for ever) for a child to end; says which, or None."""
        with self._reading:
            if self._ended is None:
                self._ended = self._line(timeout)
            return self._ended

    def close(self) -> None:
        """Leave; the last one stops the children, and waits for their end. May be called again."""
        with contextlib.suppress(OSError):  # it is closed, or the other end is
            # before the lock, so that a thread that waits in ended() is told, and lets go of it
            self._socket.shutdown(socket.SHUT_WR)
        self.ended(None)
        self.let_go()

    def let_go(self) -> None:
        """Close this process' end, without waiting."""
        _open.discard(self)
        self._socket.close()
        if self._ended is None:
            self._ended = _LEFT

    def forget(self) -> None:
        """Close what a forked child has of its parent's connection."""
        self._reading = threading.RLock()  # another thread of the parent may have held it
        self.let_go()

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # that the other end is gone is what is read next
            self._socket.sendall(line.encode() + b"\n")

    def _line(self, timeout: float | None) -> str | None:
        deadline = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self._unread:
            try:
                self._socket.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.0))
                part = self._socket.recv(4096)
            except (BlockingIOError, TimeoutError):
                return None
            except OSError:
                part = b""
            if not part:
                return _STOPPED
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        text = line.decode(errors="replace")
        if text == _KEPT:
            self.kept = True
            return _LEFT
        return text


class Supervisor(Connection):
    """Runs children until the last ``close()``, or until no process that has a connection is left.

    Args:
        children: what to run. They live and end together.
        log: a file that the output of all of them is appended to.
        remove: a folder to remove when they ended. Where there is one nothing is worth saving, so they are killed.
        close_fds: files that only the children keep open.
        publication: what ``publish()`` lets other processes know, so that they can :func:`join`.

    Raises:
        EmbeddedServerError: this Python cannot start another one.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        log: Path,
        remove: Path | None,
        close_fds: Sequence[int] = (),
        publication: Publication | None = None,
    ) -> None:
        job = {
            "parent": os.getpid(),
            "children": [attrs.asdict(child) for child in children],
            "close_fds": list(close_fds),
            "keep_logs": remove is not None,
            "stop_signal": int(signal.SIGTERM if remove is None else signal.SIGKILL),
            "grace": GRACE,
            "publication": None
            if publication is None
            else {"path": str(publication.path), "content": publication.content},
        }
        line = json.dumps(job)
        self._remove = remove
        ours, theirs = socket.socketpair()
        try:
            self._process = _spawn(theirs, log, remove, sorted({fd for child in children for fd in child.pass_fds}))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        super().__init__(ours)
        self._say(line)

    @property
    def pid(self) -> int:
        return self._process.pid

    def publish(self) -> None:
        """Let other processes join.

        Raises:
            EmbeddedServerError: a child has ended, or the file cannot be written.
        """
        self._say("publish")
        answer = self._line(None)
        if answer != "published":
            self._ended = answer
            raise EmbeddedServerError(f"the embedded server stopped: {answer}")

    def close(self) -> None:
        super().close()
        if self.kept:
            _left.add(self._process)  # it ends some day; then it is waited for
            return
        self._process.wait()
        if self._remove is not None:  # where the supervisor was killed
            shutil.rmtree(self._remove, ignore_errors=True)


def join(port: int, secret: str) -> Connection | None:
    """A share in a supervisor that another process started; None if none listens there any more."""
    with contextlib.suppress(OSError):
        connection = Connection(socket.create_connection(("127.0.0.1", port), timeout=SECONDS_TO_JOIN))
        # Whoever listens there now may be another user's program, so the secret is not sent; see _supervise.
        challenge = connection._line(SECONDS_TO_JOIN) or ""
        nonce = secrets.token_hex(32)
        connection._say(f"{nonce} {proof(secret, 'join', challenge, nonce.encode())}")
        answer = connection._line(SECONDS_TO_JOIN) or ""
        if hmac.compare_digest(
            answer.encode(), f"welcome {proof(secret, 'welcome', challenge, nonce.encode())}".encode()
        ):
            return connection
        connection.let_go()
    return None


def _spawn(
    connection: socket.socket, log: Path, remove: Path | None, pass_fds: Sequence[int]
) -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("_supervise.py")
    _left.difference_update([process for process in _left if process.poll() is not None])
    try:
        with open(open_file(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab") as output:
            return subprocess.Popen(
                # isolated and without site: nothing of the application's can break or slow it
                [sys.executable, "-I", "-S", str(script), *([] if remove is None else [str(remove)])],
                stdin=connection.fileno(),
                stdout=output,
                stderr=output,
                env=inherited(),
                # No process reads programs or settings from where it stands, as Weaviate does weaviate.conf.json.
                cwd="/",
                pass_fds=tuple(pass_fds),
                start_new_session=True,  # ctrl-C in the terminal is the application's to decide about
            )
    except OSError as error:
        raise EmbeddedServerError(f"the embedded server needs a Python to watch it, but {error}") from error


_open: weakref.WeakSet[Connection] = weakref.WeakSet()
_left: set[subprocess.Popen[bytes]] = set()
"""Supervisors that this process started and others still use."""


def _in_forked_child() -> None:
    # A copy of the connection in a forked child would keep the server alive after the parent's death.
    for connection in list(_open):
        connection.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)
