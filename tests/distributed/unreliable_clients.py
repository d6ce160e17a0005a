"""A client that a worker gets at the second attempt."""

from __future__ import annotations

from pathlib import Path

from weaviate_orm import Client, StartUpError
from weaviate_orm.distributed import ClientSettings


def open_at_second_attempt(settings: ClientSettings, mark: str) -> Client:
    """Open a client; the first call of all workers fails, and leaves a mark."""
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return settings()
    raise StartUpError("the first attempt fails", url=settings.url)
