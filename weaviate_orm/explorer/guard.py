"""Which requests the explorer answers, and the headers of every answer."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer, forms would be sent with the origin null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_SAME_SITE: Final = ("same-origin", "none")
"""What a browser says of requests of our own pages, and of addresses that were typed (Fetch Metadata)."""


KEY_PARAMETER: Final = "key"
"""The parameter of the address that lets a browser in."""


class Guard:
    """Refuses requests of others: of the pages of other sites, and of other users of the machine.

    A host of another name is one of another site whose name was made to lead here (DNS rebinding); another origin is
    that of a page which sends a form, or reads, from elsewhere. Other users reach this port too, and do not know the
    key: a browser that opens the address with the key gets a cookie.

    Args:
        app: answers what is not refused.
        hosts: the names by which browsers reach it, without a port.
        key: that a browser needs.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], key: str) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._key = key
        self._cookie = f"explorer-{secrets.token_hex(4)}"  # cookies are those of all ports of a host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._own_answer(Request(scope))

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        app: ASGIApp = self._app if answer is None else answer
        await app(scope, receive, send_guarded)

    def _own_answer(self, request: Request) -> Response | None:
        """Return what is answered without the application, if anything is."""
        if (refusal := self._refusal(request.method, request.headers)) is not None:
            return PlainTextResponse(refusal, status_code=403)
        if request.url.path == "/" and self._is_key(request.query_params.get(KEY_PARAMETER, "")):
            # the key leaves the address, which stays in histories
            welcome = RedirectResponse("/", status_code=303)
            welcome.set_cookie(self._cookie, self._key, httponly=True, samesite="strict")
            return welcome
        if not self._is_key(request.cookies.get(self._cookie, "")):
            return PlainTextResponse(
                "Open the address that weaviate-orm explore has printed: it has the key of these pages.",
                status_code=401,
            )
        return None

    def _is_key(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self._key.encode())

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if host_name(host) not in self._hosts:
            return f"This is no page of {host}. It is reached as {' or '.join(sorted(self._hosts))}."
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return f"Requests of pages from {origin} are refused."
        if method not in ("GET", "HEAD") and headers.get("sec-fetch-site", "none") not in _SAME_SITE:
            return "Forms of other sites are refused."
        return None


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port; empty where it has none.

    >>> host_name("127.0.0.1:8181"), host_name("[::1]:8181")
    ('127.0.0.1', '::1')
    """
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


class FormToken:
    """A secret of this process that our own forms have, and those of other sites cannot."""

    def __init__(self) -> None:
        self.value = secrets.token_urlsafe(32)

    def is_in(self, form: Mapping[str, str]) -> bool:
        """Return whether a form is ours."""
        return hmac.compare_digest(form.get("token", "").encode(), self.value.encode())
