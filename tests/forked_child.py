"""Work in a forked child."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

PATIENCE = 200
"""Seconds after which a child that waits is ended."""


def in_child(work: Callable[[], object]) -> str:
    """Run ``work`` in a forked child; return its result or its error as text, or the signal that ended the child."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        try:
            text = str(work())
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(write, text.encode()[:60_000])
        os._exit(0)
    os.close(write)
    with open(read) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return text if os.WIFEXITED(status) else f"ended by signal {os.WTERMSIG(status)}"
