"""Clients that are refused at their start, after as much time as a busy machine takes to find out why."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from weaviate_orm import Client, StartUpError

PERIODS = (0.0, 10.0, 100.0)
"""Startup periods, of which the first is enough unless the machine is busy."""


def check_refused(connect: Callable[[float], Client], reason: str) -> None:
    """Check that a client cannot be made, for a reason; ``connect`` gets the startup period."""
    messages: list[str] = []
    for period in PERIODS:
        with pytest.raises(StartUpError) as caught:
            connect(period).close()
        messages.append(str(caught.value))
        if re.search(reason, messages[-1]):
            return
    raise AssertionError(messages)
