"""The process between the applications and the server: it outlives them all, and ends the server with the last.

Run by path with the standard library alone, so that it starts at once. Its argument, if it has one, is a folder to
remove at the end, on whatever way it ends. Each application that uses the server has a connection to it. The end of a
connection means that the application left or died, in whatever way; so applications need no signal handler, and none is
left behind by ``kill -9``. The first connection is the standard input of this process. Its first line is the job, as
JSON; the line ``publish`` means that the server is ready: then this process listens on loopback, and writes its port
and a secret to the file that the job names. Who joins and this process prove to each other that they have read the
secret: any program of the machine may connect, or listen where this one did.

What is sent to an application: ``published``; a challenge and ``welcome PROOF``, to one that joins; ``kept``, to one
that leaves while there are others; or why this process ends early.
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
    """One process. Its output goes where this one's errors go, the log; its working directory is this one's."""
    return subprocess.Popen(
        child["argv"],
        env=child["env"],
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

    def answer(self, challenge: str, line: bytes) -> str | None:
        """What to say to one whose line is ``NONCE PROOF``; None where the proof is wrong."""
        nonce, _, given = line.partition(b" ")
        right = proof(self._secret, "join", challenge, nonce)
        return (
            f"welcome {proof(self._secret, 'welcome', challenge, nonce)}"
            if hmac.compare_digest(given, right.encode())
            else None
        )

    def close(self) -> None:
        """Nobody joins any more. The lock of the folder is still held, so the file is this process' own."""
        with contextlib.suppress(OSError):
            os.unlink(self._path)
        self.listener.close()


def proof(secret: str, purpose: str, challenge: str, nonce: bytes) -> str:
    """That one knows the secret, without saying it. Each side has chosen a part of what is signed."""
    return hmac.new(secret.encode(), b" ".join((purpose.encode(), challenge.encode(), nonce)), "sha256").hexdigest()


class NoDoorError(Exception):
    """No socket, or no file."""


class Stranger:
    """A connection that has not sent its proof."""

    def __init__(self) -> None:
        self.until = time.monotonic() + SECONDS_TO_GREET
        self.challenge = os.urandom(32).hex()
        self.received = b""


class Connections:
    """The connections; waits until there is none, this process is told to stop, or ``done()``."""

    def __init__(self, first: socket.socket, parent: int, publication: dict[str, Any] | None) -> None:
        self._first = first
        self._parent = parent
        self._publication = publication
        self._door: Door | None = None
        self._users = {first}
        self._strangers: dict[socket.socket, Stranger] = {}
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
            self._send_away([each for each, stranger in self._strangers.items() if stranger.until < time.monotonic()])
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
            connection, _ = self._door.listener.accept()
            if len(self._strangers) >= MOST_STRANGERS:
                connection.close()
                return
            connection.setblocking(False)
            stranger = self._strangers[connection] = Stranger()
            self._selector.register(connection, selectors.EVENT_READ, lambda: self._greet(connection, stranger))
            self._tell(connection, stranger.challenge)

    def _greet(self, connection: socket.socket, stranger: Stranger) -> None:
        received = _received(connection)
        stranger.received += received
        line, ended, _ = stranger.received.partition(b"\n")
        if received and not ended and len(line) < 1024:
            return
        answer = self._door.answer(stranger.challenge, line) if self._door is not None and ended else None
        if answer is None:
            self._send_away([connection])
            return
        del self._strangers[connection]
        self._users.add(connection)
        self._selector.modify(connection, selectors.EVENT_READ, lambda: self._hear(connection))
        self._tell(connection, answer)

    def _send_away(self, strangers: list[socket.socket]) -> None:
        for stranger in strangers:
            del self._strangers[stranger]
            self._selector.unregister(stranger)
            stranger.close()

    def _tell(self, user: socket.socket, line: str) -> None:
        with contextlib.suppress(OSError):  # the end of its connection is heard next
            user.send(line.replace("\n", " ").encode(errors="replace") + b"\n")


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


def run(first: socket.socket, job: dict[str, Any]) -> None:
    """Run the job until nobody uses it any more; what cannot be run is reported."""
    users = Connections(first, job["parent"], job["publication"])
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
    except (OSError, ValueError) as error:  # ValueError: an argument or a variable that no process can have
        program = job["children"][len(processes) % len(job["children"])]["argv"][0]
        report = (
            f"{getattr(error, 'filename', None) or program} cannot be run: {getattr(error, 'strerror', None) or error}"
        )
    finally:
        users.close()
        stop(list(processes.values()), job["stop_signal"], job["grace"])
    for inherited in {fd for child in job["children"] for fd in child["pass_fds"]} - set(job["close_fds"]):
        os.close(inherited)  # the lock among them, before anybody is told of the end and opens the folder again
    if report:
        users.report(report)
        if job["keep_logs"]:
            users.wait(lambda: False)  # the application still wants to read them


def main() -> None:
    os.umask(0o077)  # also that of the children: what they write is for the owner alone
    try:
        first = socket.socket(fileno=0)
        job = read_job(first)
        if job is not None:
            run(first, job)
    finally:
        for folder in sys.argv[1:]:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
