"""The server of a benchmark: that of ``--url``, or an embedded server without its vectorizer."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from weaviate_orm import AuthApiKey, Client
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

KEY_VARIABLE = "WEAVIATE_API_KEY"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--url``."""
    parser.add_argument("--url", help=f"a server that runs already; its key in ${KEY_VARIABLE}")


@contextmanager
def running(url: str | None) -> Iterator[str]:
    """Yield the address of a running server. Its key is in the environment, for child processes too."""
    if url is not None:
        yield url
        return
    with EmbeddedServer(EmbeddedOptions(vectorizer=False)) as server:
        os.environ[KEY_VARIABLE] = server.api_key or ""
        yield server.url


def connect(url: str, grpc: int | None = None) -> Client:
    """Return a client of the server."""
    key = os.environ.get(KEY_VARIABLE)
    return Client(url, AuthApiKey(key) if key else None, timeout_config=(10, 300), grpc=grpc)


def server_seconds() -> float:
    """Return the processor's seconds of the embedded server."""
    children = psutil.Process().children(recursive=True)
    times = [child.cpu_times() for child in children if "weaviate" in child.name()]
    return sum(cpu.user + cpu.system for cpu in times)
