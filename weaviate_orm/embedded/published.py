"""The file in a data folder that describes the running server to the owner's other programs.

The supervisor writes it when the server is ready, and removes it when the server stops. A file that remained after a
crash is recognised: the supervisor that it names does not answer, or the folder is a copy.
"""

from __future__ import annotations

import errno
import hmac
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from weaviate_orm.embedded.folder import DataFolder
from weaviate_orm.embedded.options import EmbeddedOptions
from weaviate_orm.exceptions import EmbeddedServerError

_is = attrs.validators.instance_of  # raises TypeError for another type


@attrs.frozen
class Published:
    """The description of a running server, with the port and secret to join its supervisor.

    ``variables`` has digests of ``additional_env_vars``, because some of them are secrets of other services.
    """

    folder: list[int] = attrs.field(validator=_is(list))
    url: str = attrs.field(validator=_is(str))
    grpc_port: int = attrs.field(validator=_is(int))
    api_key: str = attrs.field(validator=_is(str), repr=False)
    version: str = attrs.field(validator=_is(str))
    binary: str = attrs.field(validator=_is(str))
    hostname: str = attrs.field(validator=_is(str))
    port: int = attrs.field(validator=_is(int))
    vectorizer: bool = attrs.field(validator=_is(bool))
    variables: Mapping[str, str] = attrs.field(validator=_is(dict), repr=False)
    join_port: int = attrs.field(validator=[attrs.validators.ge(1), attrs.validators.le(65535)])
    join_secret: str = attrs.field(validator=_is(str), repr=False)

    def differences(self, options: EmbeddedOptions) -> list[str]:
        """Describe the options that the running server does not match. Options with their defaults match anything."""
        defaults = attrs.fields_dict(EmbeddedOptions)
        differences = []
        for name in ("version", "binary", "hostname", "port", "grpc_port"):
            option, running = getattr(options, name), getattr(self, name)
            if option != defaults[name].default and str(option) != str(running):
                differences.append(f"{name} is {running}, not {option}")
        if options.vectorizer and not self.vectorizer:
            differences.append("it has no vectorizer")
        for name, digest in digests(options.additional_env_vars, self.api_key).items():
            if self.variables.get(name) != digest:
                differences.append(f"{name} is {'another' if name in self.variables else 'not set'}")
        return differences


def describe(
    folder: DataFolder, options: EmbeddedOptions, *, url: str, api_key: str, binary: Path, http: int, grpc: int
) -> dict[str, Any]:
    """Return the description that the supervisor publishes, to which it adds its port and secret."""
    return {
        "folder": folder.identity,
        "url": url,
        "grpc_port": grpc,
        "api_key": api_key,
        "version": options.version,
        "binary": str(binary),
        "hostname": options.hostname,
        "port": http,
        "vectorizer": options.vectorizer,
        "variables": digests(options.additional_env_vars, api_key),
    }


def read_published(folder: DataFolder) -> Published | None:
    """Read the folder's file. Return None if there is none, or if it is about another folder.

    Raises:
        EmbeddedServerError: the file is not trusted: it is a link, belongs to another user, or is open to others.
    """
    path = folder.published
    try:
        # a link is not followed, and a pipe does not block
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _untrusted(path, "it is a symbolic link" if error.errno == errno.ELOOP else str(error)) from error
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise _untrusted(path, "it is not a regular file")
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            mode = stat.S_IMODE(status.st_mode)
            raise _untrusted(
                path, f"it belongs to user {status.st_uid}, with mode {mode:o}, and this is user {os.geteuid()}"
            )
        with open(file, encoding="utf-8", closefd=False) as stream:
            published = Published(**json.load(stream))
    except (ValueError, TypeError, RecursionError):  # damaged, or written by another version of this package
        return None
    finally:
        os.close(file)
    return published if published.folder == folder.identity else None


def _untrusted(path: Path, reason: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"{path} is not trusted, so the server that it describes is not used: {reason}. Remove it"
    )


def digests(variables: Mapping[str, str], key: str) -> dict[str, str]:
    """Return the digests of the values, by name."""
    return {name: hmac.new(key.encode(), value.encode(), "sha256").hexdigest() for name, value in variables.items()}
