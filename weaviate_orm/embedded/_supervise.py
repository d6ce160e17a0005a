"""The process between the application and the server: it outlives the one to stop the other.

Run by path with the standard library alone, so that it starts at once. Its first line of input is the job, as JSON;
the end of its input means that the application closed the server or died, in whatever way. So the application needs
no signal handler, and none is left behind by ``kill -9``. It prints one line, should one of its processes end early.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 1.0


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


class Watch:
    """Waits until the application is gone, this process is told to stop, or ``done()``."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._signalled = False
        self._wake, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to be woken

    def _on_signal(self, *_: object) -> None:
        self._signalled = True

    def wait(self, done: Callable[[], bool]) -> None:
        while not (self._signalled or done() or os.getppid() != self._parent):
            ready, _, _ = select.select([0, self._wake], [], [], POLL_SECONDS)
            if 0 in ready and not os.read(0, 4096):
                return
            if self._wake in ready:
                os.read(self._wake, 4096)


def first_ended(processes: dict[str, subprocess.Popen[bytes]]) -> tuple[str, int] | None:
    """The name and the exit code of a process that is no more."""
    for name, process in processes.items():
        code = process.poll()
        if code is not None:
            return name, code
    return None


def main() -> None:
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 65536)
        if not part:
            return
        line += part
    job = json.loads(line)
    watch = Watch(job["parent"])
    processes: dict[str, subprocess.Popen[bytes]] = {}
    report = ""
    try:
        for child in job["children"]:
            processes[child["name"]] = start(child)
        for inherited in job["close_fds"]:
            os.close(inherited)
        watch.wait(lambda: first_ended(processes) is not None)
        ended = first_ended(processes)
        if ended is not None:
            report = f"{ended[0]} ended with exit code {ended[1]}"
    except OSError as error:
        report = f"{error.filename or job['children'][len(processes)]['argv'][0]} cannot be run: {error.strerror}"
    finally:
        stop(list(processes.values()), job["stop_signal"], job["grace"])
    if report:
        with contextlib.suppress(BrokenPipeError):
            os.write(1, report.encode() + b"\n")
        watch.wait(lambda: False)  # the application still wants to read the logs
    if job["remove"] is not None:
        shutil.rmtree(job["remove"], ignore_errors=True)


if __name__ == "__main__":
    main()
