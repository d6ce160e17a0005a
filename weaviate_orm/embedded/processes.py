"""The application's end of the supervisor."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from weaviate_orm.embedded.environment import inherited
from weaviate_orm.exceptions import EmbeddedServerError

GRACE = 30.0
"""Seconds in which the server may write its data when it is told to stop."""


@attrs.frozen
class Child:
    """One process that the supervisor runs. ``pass_fds`` are open files that it inherits."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = attrs.field(repr=False)
    cwd: str
    pass_fds: Sequence[int] = ()


class Supervisor:
    """Runs children until ``close()``, or until this process is no more.

    Args:
        children: what to run. They live and end together.
        log: a file that the output of all of them is appended to.
        remove: a folder to remove when they ended. Where there is one nothing is worth saving, so they are killed.
        close_fds: files that only the children keep open.

    Raises:
        EmbeddedServerError: this Python cannot start another one.
    """

    def __init__(
        self, children: Sequence[Child], *, log: Path, remove: Path | None, close_fds: Sequence[int] = ()
    ) -> None:
        job = {
            "parent": os.getpid(),
            "children": [attrs.asdict(child) for child in children],
            "close_fds": list(close_fds),
            "remove": None if remove is None else str(remove),
            "stop_signal": int(signal.SIGTERM if remove is None else signal.SIGKILL),
            "grace": GRACE,
        }
        self._process = _spawn(log, sorted({fd for child in children for fd in child.pass_fds}))
        self._ended: str | None = None
        assert self._process.stdin is not None
        _open.add(self)
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self, timeout: float | None) -> str | None:
        """Wait up to ``timeout`` seconds (None: for ever) for a child to end; says which, or None."""
        if self._ended is not None:
            return self._ended
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                return None
        self._ended = self._process.stdout.readline().decode().strip() or "it was stopped from outside"
        return self._ended

    def close(self) -> None:
        """Stop the children and wait for their end. May be called again."""
        self.let_go()
        self._process.wait()

    def let_go(self) -> None:
        """Close this process' ends of the pipes, without waiting."""
        _open.discard(self)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _spawn(log: Path, pass_fds: Sequence[int]) -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("_supervise.py")
    try:
        with log.open("ab") as output:
            return subprocess.Popen(
                # isolated and without site: nothing of the application's can break or slow it
                [sys.executable, "-I", "-S", str(script)],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env=inherited(),
                pass_fds=tuple(pass_fds),
                start_new_session=True,  # ctrl-C in the terminal is the application's to decide about
            )
    except OSError as error:
        raise EmbeddedServerError(f"the embedded server needs a Python to watch it, but {error}") from error


_open: weakref.WeakSet[Supervisor] = weakref.WeakSet()


def _in_forked_child() -> None:
    # A copy of the pipe in a forked child would keep the server alive after the parent's death.
    for supervisor in list(_open):
        supervisor.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)
