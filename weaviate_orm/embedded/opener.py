"""The URL scheme ``embedded://`` of the client."""

from __future__ import annotations

import attrs

from weaviate_orm.embedded.options import EmbeddedOptions, as_path, v3_data_path
from weaviate_orm.embedded.server import EmbeddedServer
from weaviate_orm.exceptions import ConfigurationError


def open_embedded(url: str | None, options: object | None) -> EmbeddedServer:
    """Start or join the server of ``embedded://[PATH]``. The path is not decoded; ``~`` is the user's home.

    Without a path every call starts a new server on a temporary folder. A server that already runs on the path is
    joined. Without a URL, as weaviate-client 3 allows, the data are in :func:`v3_data_path` unless the options name a
    folder.

    Raises:
        ConfigurationError: the URL and the options disagree, or the running server does not match the options.
        EmbeddedServerError: the server cannot be installed or started.
    """
    return EmbeddedServer(resolve(url, options))


def resolve(url: str | None, options: object | None) -> EmbeddedOptions:
    """Return the options with a resolved data path: that of the URL, or of weaviate-client 3 where there is no URL.

    >>> resolve("embedded://", None).persistence_data_path is None
    True
    """
    if options is None:
        options = EmbeddedOptions()
    if not isinstance(options, EmbeddedOptions):
        raise ConfigurationError(f"embedded_options must be an EmbeddedOptions, not a {type(options).__name__}")
    data_path = options.persistence_data_path
    if url is None:
        return attrs.evolve(options, persistence_data_path=(data_path or v3_data_path()).resolve())
    url_path = url.partition("://")[2]
    paths = {path.resolve() for path in (as_path(url_path or None), data_path) if path is not None}
    if len(paths) > 1:
        raise ConfigurationError(
            f"{url!r} and persistence_data_path={str(data_path)!r} are two folders; pass only one of them"
        )
    return attrs.evolve(options, persistence_data_path=paths.pop() if paths else None)
