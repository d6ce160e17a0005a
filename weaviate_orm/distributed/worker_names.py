"""How a message names the worker that it comes from."""

from __future__ import annotations

import os
import platform


def worker_name() -> str:
    """Return the host and the process."""
    return f"{platform.node()} (process {os.getpid()})"
