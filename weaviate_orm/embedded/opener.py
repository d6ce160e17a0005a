"""``embedded://`` for the client."""

from __future__ import annotations

import attrs

from weaviate_orm.embedded.options import EmbeddedOptions, as_path, v3_data_path
from weaviate_orm.embedded.server import EmbeddedServer
from weaviate_orm.exceptions import ConfigurationError


def open_embedded(url: str | None, options: object | None) -> EmbeddedServer:
    """Open ``embedded://[PATH]``. The rest of the URL is the path as it stands; ``~`` is the user's home.

    Without a URL it is a client of weaviate-client 3, whose data stay in :func:`v3_data_path` unless the options name
    a folder.

    Without a path each call has a server of its own, on a temporary folder. With a path on which a server runs, that
    one is used.

    Raises:
        ConfigurationError: the URL and the options disagree, or the server that runs is not as the options ask for.
        EmbeddedServerError: it cannot be had or started.
    """
    return EmbeddedServer(resolve(url, options))


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
    paths = {path.resolve() for path in (as_path(in_url or None), given) if path is not None}
    if len(paths) > 1:
        raise ConfigurationError(f"{url!r} and persistence_data_path={str(given)!r} are two folders; give one of them")
    return attrs.evolve(options, persistence_data_path=paths.pop() if paths else None)
