"""The client of an application: opened when it starts, closed when it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from fastapi import FastAPI
from fastapi.requests import HTTPConnection

from weaviate_orm.aio.thread_calls import THREADS
from weaviate_orm.client.client import Client
from weaviate_orm.model.model import Model
from weaviate_orm.session.create_all import create_all
from weaviate_orm.session.default_client import default_client

_STATE = "weaviate_client"
"""The attribute of ``app.state``."""


def weaviate_lifespan(
    client: Client | str | None = None, /, *, models: Iterable[type[Model]] = (), **options: Any
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return a lifespan for ``FastAPI(lifespan=…)``: the client is opened before the first request, in each worker.

    ::

        app = FastAPI(lifespan=weaviate_lifespan("http://localhost:8080"))

    In a lifespan of your own it is a block::

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[None]:
            async with weaviate_lifespan("http://localhost:8080")(app):
                yield

    The client is ``app.state.weaviate_client``. Nothing is done when the module is imported, so that
    ``uvicorn --reload`` and ``--workers`` import it as they like.

    Args:
        client: a URL, to open a client with ``options`` as :class:`~weaviate_orm.Client` takes them, which is closed at
            the end; or a client, or None for that of :func:`~weaviate_orm.configure`, which stay open.
        models: those whose collections are created where the server lacks them. A schema that changes has migrations.
    """
    models = tuple(models)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = await anyio.to_thread.run_sync(partial(_open, client, options))
        try:
            if models:
                await anyio.to_thread.run_sync(create_all, opened, models)
            opened.transport.allow_connections(THREADS)
            setattr(app.state, _STATE, opened)
            yield
        finally:
            setattr(app.state, _STATE, None)
            if isinstance(client, str):
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(opened.close)

    return lifespan


def _open(client: Client | str | None, options: dict[str, Any]) -> Client:
    if isinstance(client, str):
        return Client(client, **options)
    return client if client is not None else default_client()


def client_of(connection: HTTPConnection) -> Client:
    """Return the client of the application of a request, else that of ``configure()``."""
    client: Client | None = getattr(connection.app.state, _STATE, None)
    return client if client is not None else default_client()
