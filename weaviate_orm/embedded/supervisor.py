"""The supervisor, as applications see it: starting, joining and leaving it. ``_supervise.py`` is its process."""

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

from weaviate_orm.embedded._supervise import END, make_proof
from weaviate_orm.embedded.environment import inherited_environment
from weaviate_orm.embedded.private_files import open_file
from weaviate_orm.exceptions import EmbeddedServerError

GRACE = 30.0
"""The seconds that the server has to write its data when it is stopped."""

SECONDS_TO_JOIN = 5.0
_SHARED = "kept"
_STOPPED = "it was stopped from outside"
_CLOSED = "this process has left it"


@attrs.frozen
class Child:
    """A process that the supervisor runs. ``pass_fds`` are open files that it inherits."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = attrs.field(repr=False)
    pass_fds: Sequence[int] = ()


@attrs.frozen
class Publication:
    """The file by which other processes join a supervisor, which adds ``join_port`` and ``join_secret``."""

    path: Path
    content: Mapping[str, Any] = attrs.field(repr=False)


class Connection:
    """This process' connection to a supervisor, which ends with the last connection.

    Attributes:
        is_shared: whether the children went on when this process left.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._unread = b""
        self._lock = threading.RLock()  # reentrant: a signal handler may close the connection while its thread reads
        self._end: str | None = None
        self.is_shared = False
        _open.add(self)

    def wait(self, timeout: float | None) -> str | None:
        """Wait up to ``timeout`` seconds (None: without limit) for the end of the children.

        Return which child ended and how, or None while they run.
        """
        with self._lock:
            if self._end is None:
                self._end = self._read_line(timeout)
            return self._end

    def close(self) -> None:
        """Leave the supervisor; the last process to leave stops the children and waits. May be called again."""
        with contextlib.suppress(OSError):  # this end or the other end is closed already
            # before the lock, so that a thread in wait() returns and releases it
            self._socket.shutdown(socket.SHUT_WR)
        self.wait(None)
        self.disconnect()

    def leave_for_good(self) -> bool:
        """Leave the supervisor, whose children do not linger; return whether they end, as nobody uses them."""
        self._send_line(END)
        self.close()
        return not self.is_shared

    def disconnect(self) -> None:
        """Close this end of the connection without waiting."""
        _open.discard(self)
        self._socket.close()
        if self._end is None:
            self._end = _CLOSED

    def disconnect_in_child(self) -> None:
        """Close a forked child's copy of its parent's connection."""
        self._lock = threading.RLock()  # another thread of the parent may have held it
        self.disconnect()

    def _send_line(self, line: str) -> None:
        with contextlib.suppress(OSError):  # the next read notices that the connection is closed
            self._socket.sendall(line.encode() + b"\n")

    def _read_line(self, timeout: float | None) -> str | None:
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
        if text == _SHARED:
            self.is_shared = True
            return _CLOSED
        return text


class Supervisor(Connection):
    """The supervisor of some children, which run until every process that has a connection has closed it or ended.

    Args:
        children: the processes to run. When one ends, the supervisor ends the others.
        log: the file to which their output is appended.
        remove: a folder to remove when they have ended. With one, nothing needs to be saved, so they are killed.
        close_fds: files that only the children keep open.
        publication: the file that ``publish()`` writes, so that other processes can :func:`join`.
        linger: for how many seconds the children go on after the last process has left, unless another one joins.

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
        linger: float = 0,
    ) -> None:
        job = {
            "parent": os.getpid(),
            "children": [attrs.asdict(child) for child in children],
            "close_fds": list(close_fds),
            "keep_logs": remove is not None,
            "stop_signal": int(signal.SIGTERM if remove is None else signal.SIGKILL),
            "grace": GRACE,
            "linger": linger,
            "publication": None
            if publication is None
            else {"path": str(publication.path), "content": publication.content},
        }
        line = json.dumps(job)
        self._remove = remove
        own_end, supervisor_end = socket.socketpair()
        try:
            self._process = _spawn(
                supervisor_end, log, remove, sorted({fd for child in children for fd in child.pass_fds})
            )
        except BaseException:
            own_end.close()
            raise
        finally:
            supervisor_end.close()
        super().__init__(own_end)
        self._send_line(line)

    @property
    def pid(self) -> int:
        return self._process.pid

    def publish(self) -> None:
        """Let other processes join.

        Raises:
            EmbeddedServerError: a child has ended, or the file cannot be written.
        """
        self._send_line("publish")
        answer = self._read_line(None)
        if answer != "published":
            self._end = answer
            raise EmbeddedServerError(f"the embedded server stopped: {answer}")

    def close(self) -> None:
        super().close()
        if self.is_shared:
            _running.add(self._process)  # to be waited for when it has ended
            return
        self._process.wait()
        if self._remove is not None:  # in case the supervisor was killed
            shutil.rmtree(self._remove, ignore_errors=True)


def join(port: int, secret: str) -> Connection | None:
    """Join a supervisor that another process started. Return None if it does not listen there any more."""
    with contextlib.suppress(OSError):
        connection = Connection(socket.create_connection(("127.0.0.1", port), timeout=SECONDS_TO_JOIN))
        # Another user's program may listen there by now, so the secret is not sent; see _supervise.
        challenge = connection._read_line(SECONDS_TO_JOIN) or ""
        nonce = secrets.token_hex(32)
        connection._send_line(f"{nonce} {make_proof(secret, 'join', challenge, nonce.encode())}")
        answer = connection._read_line(SECONDS_TO_JOIN) or ""
        if hmac.compare_digest(
            answer.encode(), f"welcome {make_proof(secret, 'welcome', challenge, nonce.encode())}".encode()
        ):
            return connection
        connection.disconnect()
    return None


def _spawn(
    connection: socket.socket, log: Path, remove: Path | None, pass_fds: Sequence[int]
) -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("_supervise.py")
    _running.difference_update([process for process in _running if process.poll() is not None])
    try:
        with open(open_file(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab") as output:
            return subprocess.Popen(
                # isolated and without site: nothing of the application can break it or slow it down
                [sys.executable, "-I", "-S", str(script), *([] if remove is None else [str(remove)])],
                stdin=connection.fileno(),
                stdout=output,
                stderr=output,
                env=inherited_environment(),
                # No process reads programs or settings from its working directory, as Weaviate does weaviate.conf.json.
                cwd="/",
                pass_fds=tuple(pass_fds),
                start_new_session=True,  # ctrl-C in the terminal goes to the application only
            )
    except OSError as error:
        raise EmbeddedServerError(
            f"the process that supervises the embedded server cannot be started: {error}"
        ) from error


_open: weakref.WeakSet[Connection] = weakref.WeakSet()
_running: set[subprocess.Popen[bytes]] = set()
"""Supervisors that this process started and left, and that others still use."""


def _in_forked_child() -> None:
    # A copy of the connection in a forked child would keep the server running after the end of the parent.
    for connection in list(_open):
        connection.disconnect_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)
