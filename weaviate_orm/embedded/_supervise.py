"""The process between the applications and the server: it outlives them all, and ends the server with the last.

Run by path with the standard library alone, so that it starts at once. Each application that uses the server has a
connection to it. The end of a connection means that the application left or died, in whatever way; so applications
need no signal handler, and none is left behind by ``kill -9``. The first connection is the standard input of this
process. Its first line is the job, as JSON; the line ``publish`` means that the server is ready: then this process
listens on loopback, and writes its port, and a secret that others must send, to the file that the job names.

What is sent to an application: ``published``; ``welcome``, to one that joined; ``kept``, to one that leaves while there
are others; or why this process ends early.
"""

from __future__ import annotations

import contextlib
import ctypes
import hmac
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 1.0
SECONDS_TO_GREET = 10.0
MOST_STRANGERS = 64
"""Connections that have not sent the secret; any program of this machine can make some."""


def die_with_parent() -> Callable[[], None] | None:
    """On Linux, what makes a child end with this process, should even this one be killed.

    The signal is sent when the *thread* that forked ends; this process has only one.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(child: dict[str, Any]) -> subprocess.Popen[bytes]:
    """One process. Its output goes where this one's errors go, the log."""
    return subprocess.Popen(
        child["argv"],
        env=child["env"],
        cwd=child["cwd"],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        pass_fds=child["pass_fds"],
        preexec_fn=die_with_parent(),  # this process has no second thread
    )


def stop(processes: list[subprocess.Popen[bytes]], how: int, grace: float) -> None:
    """End every process: signal ``how``, and SIGKILL after ``grace`` seconds."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(how)
    deadline = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Door:
    """Where others join: a socket on loopback, its port and secret in a file for the owner alone."""

    def __init__(self, path: str, content: dict[str, Any]) -> None:
        self._path = path
        self._secret = os.urandom(32).hex()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        described = {**content, "join_port": self.listener.getsockname()[1], "join_secret": self._secret}
        new = f"{path}.{os.urandom(8).hex()}"
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(file, "w", encoding="utf-8") as stream:
                json.dump(described, stream)
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise

    def opens_for(self, line: bytes) -> bool:
        """Whether this is the secret."""
        return hmac.compare_digest(line, self._secret.encode())

    def close(self) -> None:
        """Nobody joins any more. The lock of the folder is still held, so the file is this process' own."""
        with contextlib.suppress(OSError):
            os.unlink(self._path)
        self.listener.close()


class NoDoorError(Exception):
    """No socket, or no file."""


class Users:
    """The connections; waits until there is none, this process is told to stop, or ``done()``."""

    def __init__(self, first: socket.socket, parent: int, publication: dict[str, Any] | None) -> None:
        self._first = first
        self._parent = parent
        self._publication = publication
        self._door: Door | None = None
        self._users = {first}
        self._strangers: dict[socket.socket, tuple[float, bytes]] = {}
        self._leaving: list[socket.socket] = []
        self._signalled = False
        self._selector = selectors.DefaultSelector()
        self._wake, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to be woken
        self._selector.register(self._wake, selectors.EVENT_READ, lambda: os.read(self._wake, 4096))
        self._selector.register(first, selectors.EVENT_READ, lambda: self._hear(first))

    def wait(self, done: Callable[[], bool]) -> None:
        while not (self._signalled or done()):
            if os.getppid() != self._parent and self._first in self._users:
                self._leave(self._first)  # a child that it forked may still hold its end
            # only now, when all that happened at once is known: one may have joined while another left
            if not self._users:
                return
            for gone in self._leaving:
                self._tell(gone, "kept")
                gone.close()
            self._leaving.clear()
            self._send_away([stranger for stranger, (until, _) in self._strangers.items() if until < time.monotonic()])
            for key, _ in self._selector.select(POLL_SECONDS):
                key.data()

    def close(self) -> None:
        """Let nobody join any more."""
        if self._door is not None:
            self._selector.unregister(self._door.listener)
            self._door.close()
            self._door = None
        self._send_away(list(self._strangers))

    def report(self, text: str) -> None:
        for user in self._users:
            self._tell(user, text)

    def _on_signal(self, *_: object) -> None:
        self._signalled = True

    def _hear(self, user: socket.socket) -> None:
        said = _received(user)
        if not said:
            self._leave(user)
        elif self._door is None and self._publication is not None and user is self._first:
            try:
                self._door = Door(**self._publication)
            except OSError as error:
                raise NoDoorError(f"it cannot be shared with other processes: {error}") from error
            self._selector.register(self._door.listener, selectors.EVENT_READ, self._accept)
            self._tell(user, "published")

    def _leave(self, user: socket.socket) -> None:
        """Its end stays open for now: the last one to leave waits for the end of this process."""
        self._selector.unregister(user)
        self._users.discard(user)
        self._leaving.append(user)

    def _accept(self) -> None:
        assert self._door is not None
        with contextlib.suppress(OSError):  # it may be gone already
            stranger, _ = self._door.listener.accept()
            if len(self._strangers) >= MOST_STRANGERS:
                stranger.close()
                return
            self._strangers[stranger] = (time.monotonic() + SECONDS_TO_GREET, b"")
            self._selector.register(stranger, selectors.EVENT_READ, lambda: self._greet(stranger))

    def _greet(self, stranger: socket.socket) -> None:
        until, begun = self._strangers[stranger]
        said = _received(stranger)
        line, ended, _ = (begun + said).partition(b"\n")
        if said and not ended and len(line) < 1024:
            self._strangers[stranger] = (until, line)
        elif self._door is not None and ended and self._door.opens_for(line):
            del self._strangers[stranger]
            self._users.add(stranger)
            self._selector.modify(stranger, selectors.EVENT_READ, lambda: self._hear(stranger))
            self._tell(stranger, "welcome")
        else:
            self._send_away([stranger])

    def _send_away(self, strangers: list[socket.socket]) -> None:
        for stranger in strangers:
            del self._strangers[stranger]
            self._selector.unregister(stranger)
            stranger.close()

    def _tell(self, user: socket.socket, line: str) -> None:
        with contextlib.suppress(OSError):  # the end of its connection is heard next
            user.send(line.encode() + b"\n")


def _received(connection: socket.socket) -> bytes:
    """What came; nothing at the end."""
    try:
        return connection.recv(4096)
    except OSError:
        return b""


def first_ended(processes: dict[str, subprocess.Popen[bytes]]) -> tuple[str, int] | None:
    """The name and the exit code of a process that is no more."""
    for name, process in processes.items():
        code = process.poll()
        if code is not None:
            return name, code
    return None


def read_job(first: socket.socket) -> dict[str, Any] | None:
    """The first line; None when the application is gone."""
    line = b""
    while not line.endswith(b"\n"):
        part = _received(first)
        if not part:
            return None
        line += part
    job: dict[str, Any] = json.loads(line)
    return job


def main() -> None:
    first = socket.socket(fileno=0)
    job = read_job(first)
    if job is None:
        return
    users = Users(first, job["parent"], job["publication"])
    processes: dict[str, subprocess.Popen[bytes]] = {}
    report = ""
    try:
        for child in job["children"]:
            processes[child["name"]] = start(child)
        for inherited in job["close_fds"]:
            os.close(inherited)
        users.wait(lambda: first_ended(processes) is not None)
        ended = first_ended(processes)
        if ended is not None:
            report = f"{ended[0]} ended with exit code {ended[1]}"
    except NoDoorError as error:
        report = str(error)
    except OSError as error:
        report = f"{error.filename or job['children'][len(processes)]['argv'][0]} cannot be run: {error.strerror}"
    finally:
        users.close()
        stop(list(processes.values()), job["stop_signal"], job["grace"])
    for inherited in {fd for child in job["children"] for fd in child["pass_fds"]} - set(job["close_fds"]):
        os.close(inherited)  # the lock among them, before anybody is told of the end and opens the folder again
    if report:
        users.report(report)
    if job["remove"] is not None:
        if report:
            users.wait(lambda: False)  # the application still wants to read the logs
        shutil.rmtree(job["remove"], ignore_errors=True)


if __name__ == "__main__":
    main()
