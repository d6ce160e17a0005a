"""``embedded://`` for the client: one server for each data folder, shared within this process."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import attrs

from weaviate_orm.embedded.options import EmbeddedOptions, v3_data_path
from weaviate_orm.embedded.server import EmbeddedServer
from weaviate_orm.exceptions import ConfigurationError


class Lease:
    """A share in a server, which stops with the last of them."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.url = server.url
        self.api_key: str | None = server.api_key
        self._server: EmbeddedServer | None = server

    def close(self) -> None:
        """Give the share back. May be called again."""
        server, self._server = self._server, None
        if server is not None:
            _give_back(server)


@attrs.define
class _Shared:
    server: EmbeddedServer
    users: int


_shared: dict[Path, _Shared] = {}
_lock = threading.Lock()


def open_embedded(url: str | None, options: object | None) -> Lease:
    """Open ``embedded://[PATH]``. The rest of the URL is the path as it stands; ``~`` is the user's home.

    Without a URL it is a client of weaviate-client 3, whose data stay in :func:`v3_data_path` unless the options name
    a folder.

    Without a path each call has a server of its own, on a temporary folder. With the same path again in this process,
    the server that runs is shared.

    Raises:
        ConfigurationError: the URL and the options disagree, or the options differ from those of the running server.
        EmbeddedServerError: it cannot be had or started.
    """
    wanted = resolve(url, options)
    path = wanted.persistence_data_path
    if path is None:
        return Lease(EmbeddedServer(wanted))
    with _lock:
        shared = _shared.get(path)
        if shared is not None and not shared.server.is_running():
            shared.server.close()
            shared = None
        if shared is None:
            shared = _shared[path] = _Shared(EmbeddedServer(wanted), 0)
        elif shared.server.options != wanted:
            raise ConfigurationError(
                f"this process already runs a server on {path}, with other options: {shared.server.options}; close "
                f"its clients first, or ask for the same"
            )
        shared.users += 1
        return Lease(shared.server)


def resolve(url: str | None, options: object | None) -> EmbeddedOptions:
    """The options with the path of the URL, or of weaviate-client 3 where there is no URL, resolved.

    >>> resolve("embedded://", None).persistence_data_path is None
    True
    """
    if options is None:
        options = EmbeddedOptions()
    if not isinstance(options, EmbeddedOptions):
        raise ConfigurationError(f"embedded_options must be an EmbeddedOptions, not a {type(options).__name__}")
    given = options.persistence_data_path
    if url is None:
        return attrs.evolve(options, persistence_data_path=(given or v3_data_path()).resolve())
    in_url = url.partition("://")[2]
    paths = {Path(path).expanduser().resolve() for path in (in_url or None, given) if path is not None}
    if len(paths) > 1:
        raise ConfigurationError(f"{url!r} and persistence_data_path={str(given)!r} are two folders; give one of them")
    return attrs.evolve(options, persistence_data_path=paths.pop() if paths else None)


def _give_back(server: EmbeddedServer) -> None:
    with _lock:
        path = server.options.persistence_data_path
        shared = _shared.get(path) if path is not None else None
        if path is not None and shared is not None and shared.server is server:
            shared.users -= 1
            if shared.users:
                return
            del _shared[path]
        server.close()


def _in_forked_child() -> None:
    global _lock
    _lock = threading.Lock()  # another thread may have held it
    _shared.clear()  # the parent's: not to be shared on, nor stopped


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)
