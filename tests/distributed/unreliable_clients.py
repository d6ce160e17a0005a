"""Clients of workers to which something happens."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from weaviate_orm import Client, StartUpError
from weaviate_orm.distributed import ClientSettings
from weaviate_orm.http.transport import Request


def open_at_second_attempt(settings: ClientSettings, mark: str) -> Client:
    """Open a client; the first call of all workers fails, and leaves a mark."""
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return settings()
    raise StartUpError("the first attempt fails", url=settings.url)


def open_to_be_killed(settings: ClientSettings, mark: str, id: str) -> Client:
    """Open a client; the first worker that is to add references of an object waits to be killed.

    Its process is in the file ``mark`` then.
    """
    client = settings()
    client.transport.observers.append(partial(_stand, Path(mark), id))
    return client


def _stand(mark: Path, id: str, request: Request) -> None:
    if mark.exists() or not request.url.endswith("/batch/references") or id.encode() not in (request.body or b""):
        return
    own = mark.with_name(f"{mark.name}-{os.getpid()}")
    own.write_text(str(os.getpid()))
    with suppress(FileExistsError):
        os.link(own, mark)  # whole at once
        time.sleep(1200)
