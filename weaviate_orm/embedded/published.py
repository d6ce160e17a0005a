"""What a data folder says of the server that runs on it, to the other programs of its owner.

The file is written by the supervisor, when the server is ready, and removed when it stops. What a crash left of it is
recognised: the supervisor that it names does not answer, or the folder is a copy.
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

_is = attrs.validators.instance_of  # another type makes a TypeError


@attrs.frozen
class Published:
    """A server that runs, and how its supervisor is joined.

    ``variables`` has a digest of each of ``additional_env_vars``, some of which are secrets of other services.
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
        """What is asked for and is otherwise. What is left at its default is not asked for."""
        defaults = attrs.fields_dict(EmbeddedOptions)
        differing = []
        for name in ("version", "binary", "hostname", "port", "grpc_port"):
            asked, running = getattr(options, name), getattr(self, name)
            if asked != defaults[name].default and str(asked) != str(running):
                differing.append(f"{name} is {running}, not {asked}")
        if options.vectorizer and not self.vectorizer:
            differing.append("it has no vectorizer")
        for name, digest in digests(options.additional_env_vars, self.api_key).items():
            if self.variables.get(name) != digest:
                differing.append(f"{name} is {'another' if name in self.variables else 'not set'}")
        return differing


def describe(
    folder: DataFolder, options: EmbeddedOptions, *, url: str, api_key: str, binary: Path, http: int, grpc: int
) -> dict[str, Any]:
    """What the supervisor is to publish; it adds how it is joined."""
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
    """What the folder says; None where it says nothing, or what it says is of another folder.

    Raises:
        EmbeddedServerError: the file is a link, belongs to another user, or is open to others: it is not trusted.
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
            raise _untrusted(path, "it is no file")
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            mode = stat.S_IMODE(status.st_mode)
            raise _untrusted(path, f"it is of user {status.st_uid}, with mode {mode:o}; this is user {os.geteuid()}")
        with open(file, encoding="utf-8", closefd=False) as stream:
            published = Published(**json.load(stream))
    except (ValueError, TypeError, RecursionError):  # damaged, or of another version of this package
        return None
    finally:
        os.close(file)
    return published if published.folder == folder.identity else None


def _untrusted(path: Path, why: str) -> EmbeddedServerError:
    return EmbeddedServerError(f"{path} is not trusted, and the server that it tells of is not used: {why}. Remove it")


def digests(variables: Mapping[str, str], key: str) -> dict[str, str]:
    """A digest of each value."""
    return {name: hmac.new(key.encode(), value.encode(), "sha256").hexdigest() for name, value in variables.items()}
