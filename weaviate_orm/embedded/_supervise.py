"""The supervisor: a process that runs the server for the applications, and ends it when the last one has left.

It is run by path with only the standard library, so that it starts fast. Its optional argument is a folder to remove at
the end, however it ends. Every application that uses the server has a connection to the supervisor. A closed connection
means that the application has left or died, even by ``kill -9``, so applications need no signal handlers. The first
connection is the standard input of this process. Its first line is the job, as JSON. The line ``publish`` means that
the server is ready: the supervisor then listens on loopback, and writes its port and a secret to the file that the job
names. An application that joins and the supervisor prove to each other that they have read the secret, because any
program on the machine can connect, or listen on the same port later.

Lines sent to an application: ``published``; a challenge and ``welcome PROOF``, while it joins; ``kept``, when it leaves
and others remain, or may come; or the reason why the supervisor ends early.
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
SECONDS_TO_PROVE = 10.0
"""The time in which a connection must send its proof."""

END = "end"
"""The line of an application that needs a server with other options: this one does not linger when it has left."""

MAX_UNPROVEN = 64
"""The most connections without proof at a time; any program on this machine can open some."""


def die_with_parent() -> Callable[[], None] | None:
    """Return a function, for a child to call, that lets it die when this process is killed. None except on Linux.

    The kernel sends the signal when the *thread* that forked ends; this process has only one thread.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(child: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start a child process. Its output goes to the log, as this process' errors do."""
    return subprocess.Popen(
        child["argv"],
        env=child["env"],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        pass_fds=child["pass_fds"],
        preexec_fn=die_with_parent(),  # this process has no second thread
    )


def stop(processes: list[subprocess.Popen[bytes]], stop_signal: int, grace: float) -> None:
    """End every process by ``stop_signal``, and by SIGKILL after ``grace`` seconds."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(stop_signal)
    deadline = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class JoinListener:
    """A socket on loopback by which applications join. Its port and secret are in a file that only the owner reads."""

    def __init__(self, path: str, content: dict[str, Any]) -> None:
        self._path = path
        self._secret = os.urandom(32).hex()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        published = {**content, "join_port": self.listener.getsockname()[1], "join_secret": self._secret}
        new = f"{path}.{os.urandom(8).hex()}"
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(file, "w", encoding="utf-8") as stream:
                json.dump(published, stream)
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise

    def answer(self, challenge: str, line: bytes) -> str | None:
        """Return the answer to the line ``NONCE PROOF``, or None where the proof is wrong."""
        nonce, _, received_proof = line.partition(b" ")
        expected_proof = make_proof(self._secret, "join", challenge, nonce)
        return (
            f"welcome {make_proof(self._secret, 'welcome', challenge, nonce)}"
            if hmac.compare_digest(received_proof, expected_proof.encode())
            else None
        )

    def close(self) -> None:
        """Stop listening, and remove the file. It is this process' own, as the lock of the folder is still held."""
        with contextlib.suppress(OSError):
            os.unlink(self._path)
        self.listener.close()


def make_proof(secret: str, purpose: str, challenge: str, nonce: bytes) -> str:
    """Prove knowledge of the secret without sending it. Both sides chose a part of the signed message."""
    return hmac.new(secret.encode(), b" ".join((purpose.encode(), challenge.encode(), nonce)), "sha256").hexdigest()


class PublishError(Exception):
    """The socket or the file of a JoinListener cannot be made."""


class Unproven:
    """The state of a connection that has not sent its proof."""

    def __init__(self) -> None:
        self.deadline = time.monotonic() + SECONDS_TO_PROVE
        self.challenge = os.urandom(32).hex()
        self.received = b""


class Applications:
    """The connections of the applications, and the loop that serves them."""

    def __init__(
        self, first: socket.socket, parent: int, publication: dict[str, Any] | None, linger: float = 0
    ) -> None:
        self._first = first
        self._parent = parent
        self._publication = publication
        self._linger = linger
        self._empty_since: float | None = None
        self._join_listener: JoinListener | None = None
        self._connections = {first}
        self._unproven: dict[socket.socket, Unproven] = {}
        self._leaving: list[socket.socket] = []
        self._signalled = False
        self._selector = selectors.DefaultSelector()
        self._wake, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # its only effect is to wake the selector
        self._selector.register(self._wake, selectors.EVENT_READ, lambda: os.read(self._wake, 4096))
        self._selector.register(first, selectors.EVENT_READ, lambda: self._read(first))

    def wait(self, is_finished: Callable[[], bool]) -> None:
        """Serve the connections until none remains for a while, a signal stops this process, or ``is_finished()``."""
        while not (self._signalled or is_finished()):
            if os.getppid() != self._parent and self._first in self._connections:
                self._leave(self._first)  # a child that the application forked may still hold its end
            # only after all events of one select: an application may have joined while another left
            if not self._connections and self._lingering() <= 0:
                return
            for connection in self._leaving:
                self._send(connection, "kept")
                connection.close()
            self._leaving.clear()
            now = time.monotonic()
            self._reject([connection for connection, state in self._unproven.items() if state.deadline < now])
            timeout = POLL_SECONDS if self._connections else min(POLL_SECONDS, max(0.0, self._lingering()))
            for key, _ in self._selector.select(timeout):
                key.data()
            if self._connections:
                self._empty_since = None

    def _lingering(self) -> float:
        """Return for how many seconds an application may still join, after the last one has left."""
        if self._join_listener is None:
            return 0
        if self._empty_since is None:
            self._empty_since = time.monotonic()
        return self._empty_since + self._linger - time.monotonic()

    def close(self) -> None:
        """Let no application join any more."""
        if self._join_listener is not None:
            self._selector.unregister(self._join_listener.listener)
            self._join_listener.close()
            self._join_listener = None
        self._reject(list(self._unproven))

    def report(self, text: str) -> None:
        """Send a line to all applications."""
        for connection in self._connections:
            self._send(connection, text)

    def _on_signal(self, *_: object) -> None:
        self._signalled = True

    def _read(self, connection: socket.socket) -> None:
        received = _receive(connection)
        if not received:
            self._leave(connection)
        elif received.startswith(END.encode()):
            self._linger = 0
        elif self._join_listener is None and self._publication is not None and connection is self._first:
            try:
                self._join_listener = JoinListener(**self._publication)
            except OSError as error:
                raise PublishError(f"it cannot be shared with other processes: {error}") from error
            self._selector.register(self._join_listener.listener, selectors.EVENT_READ, self._accept)
            self._send(connection, "published")

    def _leave(self, connection: socket.socket) -> None:
        """Remove a connection. It stays open for now: the last application to leave waits for the supervisor's end."""
        self._selector.unregister(connection)
        self._connections.discard(connection)
        self._leaving.append(connection)

    def _accept(self) -> None:
        assert self._join_listener is not None
        with contextlib.suppress(OSError):  # the other end may be closed already
            connection, _ = self._join_listener.listener.accept()
            if len(self._unproven) >= MAX_UNPROVEN:
                connection.close()
                return
            connection.setblocking(False)
            state = self._unproven[connection] = Unproven()
            self._selector.register(connection, selectors.EVENT_READ, lambda: self._verify(connection, state))
            self._send(connection, state.challenge)

    def _verify(self, connection: socket.socket, state: Unproven) -> None:
        received = _receive(connection)
        state.received += received
        line, newline, _ = state.received.partition(b"\n")
        if received and not newline and len(line) < 1024:
            return
        listener = self._join_listener
        answer = listener.answer(state.challenge, line) if listener is not None and newline else None
        if answer is None:
            self._reject([connection])
            return
        del self._unproven[connection]
        self._connections.add(connection)
        self._selector.modify(connection, selectors.EVENT_READ, lambda: self._read(connection))
        self._send(connection, answer)

    def _reject(self, connections: list[socket.socket]) -> None:
        for connection in connections:
            del self._unproven[connection]
            self._selector.unregister(connection)
            connection.close()

    def _send(self, connection: socket.socket, line: str) -> None:
        with contextlib.suppress(OSError):  # the next read notices that the connection is closed
            connection.send(line.replace("\n", " ").encode(errors="replace") + b"\n")


def _receive(connection: socket.socket) -> bytes:
    """Return what arrived, or nothing at the end of the connection."""
    try:
        return connection.recv(4096)
    except OSError:
        return b""


def first_ended(processes: dict[str, subprocess.Popen[bytes]]) -> tuple[str, int] | None:
    """Return the name and the exit code of a process that has ended, or None."""
    for name, process in processes.items():
        code = process.poll()
        if code is not None:
            return name, code
    return None


def read_job(first: socket.socket) -> dict[str, Any] | None:
    """Return the first line, or None when the application has gone."""
    line = b""
    while not line.endswith(b"\n"):
        part = _receive(first)
        if not part:
            return None
        line += part
    job: dict[str, Any] = json.loads(line)
    return job


def run(first: socket.socket, job: dict[str, Any]) -> None:
    """Run the job until no application uses it. Failures are reported to the applications."""
    applications = Applications(first, job["parent"], job["publication"], job["linger"])
    processes: dict[str, subprocess.Popen[bytes]] = {}
    report = ""
    try:
        for child in job["children"]:
            processes[child["name"]] = start(child)
        for inherited in job["close_fds"]:
            os.close(inherited)
        applications.wait(lambda: first_ended(processes) is not None)
        ended = first_ended(processes)
        if ended is not None:
            report = f"{ended[0]} ended with exit code {ended[1]}"
    except PublishError as error:
        report = str(error)
    except (OSError, ValueError) as error:  # ValueError: an invalid argument or variable, such as one with NUL
        program = job["children"][len(processes) % len(job["children"])]["argv"][0]
        report = (
            f"{getattr(error, 'filename', None) or program} cannot be run: {getattr(error, 'strerror', None) or error}"
        )
    finally:
        applications.close()
        stop(list(processes.values()), job["stop_signal"], job["grace"])
    for inherited in {fd for child in job["children"] for fd in child["pass_fds"]} - set(job["close_fds"]):
        os.close(inherited)  # the folder's lock too, before an application learns of the end and reopens the folder
    if report:
        applications.report(report)
        if job["keep_logs"]:
            applications.wait(lambda: False)  # until the application has read them


def main() -> None:
    os.umask(0o077)  # also for the children: only the owner may read what they write
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
