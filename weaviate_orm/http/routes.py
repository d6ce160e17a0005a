"""The way to any host: proxies, and the certificates that are trusted."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import attrs
import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from weaviate_orm.exceptions import ConfigurationError

_PROXIES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})

_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""The names of certificates in a folder (``openssl rehash``)."""


@attrs.frozen
class Route:
    """The way to any host: through which proxies, and by which certificates.

    Attributes:
        proxies: as requests takes them.
        trust_env: also use the proxies and the certificates that the environment names. A ``.netrc`` is not read.
    """

    proxies: Mapping[str, str] = attrs.field(repr=False)
    trust_env: bool

    def settings(self, url: str) -> Mapping[str, Any]:
        """Return the arguments with which an adapter sends to a URL; raises ConfigurationError for invalid ones."""
        with requests.Session() as session:
            session.trust_env = self.trust_env
            session.proxies.update(self.proxies)
            settings = session.merge_environment_settings(url, {}, None, None, None)
        _check_proxies(settings["proxies"])
        _check_certificates(settings["verify"])
        return {"proxies": _Unshown(settings["proxies"]), "verify": settings["verify"], "cert": settings["cert"]}

    def prepare(self, session: requests.Session, url: str) -> None:
        """Let a session send by this route; it reads nothing of the environment itself."""
        settings = self.settings(url)
        session.trust_env = False
        session.proxies.update(settings["proxies"])
        session.verify, session.cert = settings["verify"], settings["cert"]


def _check_proxies(proxies: Mapping[str, str]) -> None:
    """Raise ConfigurationError for an invalid address of a proxy, without showing it: it may hold a password."""
    for kind, address in proxies.items():
        try:
            parts = urlsplit(address.strip() if "://" in address else f"http://{address}")
            is_address = bool(parts.hostname) and parts.scheme.lower() in _PROXIES and parts.port != 0
        except (ValueError, TypeError, AttributeError):
            is_address = False
        if not is_address:
            del proxies, address
            raise ConfigurationError(f"the proxy for {kind} is not the address of one, as http://proxy:3128 is")


def _check_certificates(verify: str | bool | None) -> None:
    if isinstance(verify, str) and not os.path.exists(verify):
        raise ConfigurationError(
            f"there are no certificates at {verify}, which $REQUESTS_CA_BUNDLE or $CURL_CA_BUNDLE names"
        )


def trusted_certificates(verify: str | bool) -> bytes:
    """Return the certificates of a file or a folder, as PEM, or those that requests brings along."""
    path = Path(verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH)
    if not path.is_dir():
        return path.read_bytes()
    return b"\n".join(file.read_bytes() for file in sorted(path.iterdir()) if _HASHED.fullmatch(file.name))


class _Unshown(dict[str, str]):
    """Addresses of proxies with their passwords, which a traceback with local variables would show."""

    def __repr__(self) -> str:
        return "{…}"


class Way(Protocol):
    """A route, or a cache of one."""

    def settings(self, url: str) -> Mapping[str, Any]:
        """Return the arguments with which an adapter sends to a URL."""
        ...
