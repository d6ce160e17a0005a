"""The web application of the explorer, and its server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import ConfigurationError, WeaviateORMError
from weaviate_orm.explorer.explorer_pages import ExplorerPages, RefusedFormError
from weaviate_orm.explorer.guard import FormToken, Guard

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
"""The names of this machine, for its own browsers."""

_LARGEST_FORM: Final = 4_000_000
"""The most bytes of a form."""

_ANY_ADDRESS: Final = ("", "0.0.0.0", "::")


def explorer_application(
    client: Client, *, key: str, write: bool = False, hosts: Collection[str] = LOOPBACK
) -> Starlette:
    """Return the application.

    Args:
        client: of the server that is shown; it stays open.
        key: opens the pages, by the address ``/?key=…``.
        write: whether objects may be changed and deleted.
        hosts: the names by which browsers reach it; requests with others are refused.
    """
    pages = ExplorerPages(client, write, FormToken())
    one = "/collections/{name}/objects/{id}"
    return Starlette(
        routes=[
            Route("/", pages.overview),
            Route("/explorer.css", pages.style),
            Route("/collections/{name}", pages.collection),
            Route("/collections/{name}/search", pages.search),
            Route("/collections/{name}/map", pages.vector_map),
            Route(one, pages.one_object),
            Route(f"{one}/edit", pages.edit),
            Route(f"{one}/edit", _with_form(pages.change), methods=["POST"]),
            Route(f"{one}/delete", pages.confirm_delete),
            Route(f"{one}/delete", _with_form(pages.delete), methods=["POST"]),
        ],
        middleware=[Middleware(Guard, hosts=hosts, key=key)],
        exception_handlers={WeaviateORMError: pages.failed, RefusedFormError: pages.failed},
    )


def _with_form(endpoint: Callable[[Request, Mapping[str, str]], Response]) -> Callable[[Request], object]:
    """Return an endpoint that reads a form, and answers in a thread."""

    async def answer(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST_FORM:
                return PlainTextResponse(f"A form has at most {_LARGEST_FORM:,} bytes.", status_code=413)
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        return await run_in_threadpool(endpoint, request, form)

    return answer


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address; raises ConfigurationError where that cannot be."""
    if host in _ANY_ADDRESS:
        raise ConfigurationError(
            "--host is the one name by which browsers reach the explorer: an address of this machine, not all of them"
        )
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(f"--host {host} --port {port}: {reason}; --port 0 takes any that is free") from error


def serve(application: Starlette, listening: socket.socket) -> None:
    """Serve until ctrl-C."""
    config = uvicorn.Config(application, log_level="warning", access_log=False, server_header=False, lifespan="off")
    with suppress(KeyboardInterrupt):  # which uvicorn raises again when it has ended
        uvicorn.Server(config).run(sockets=[listening])
