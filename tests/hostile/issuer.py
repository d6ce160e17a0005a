"""Answers of an issuer of OpenID Connect."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from tests.scripted_host import Answer, Request, Script

Respond = Callable[[Request], Answer | Script]


def issuing(respond: Respond, *, token: str | None = None, token_endpoint: str | None = None) -> Respond:
    """Return the answers of a server that is its own issuer.

    Args:
        respond: answers everything that is not about logging in.
        token: the token that the issuer hands out; without any, ``respond`` answers requests for tokens too.
        token_endpoint: its URL, by default ``/token`` of the same server.
    """

    def with_issuer(request: Request) -> Answer | Script:
        base = f"http://{request.headers['host']}"
        if request.path.endswith("openid-configuration"):
            return 200, {}, orjson.dumps({"href": f"{base}/issuer", "clientId": "c"})
        if request.path == "/issuer":
            return 200, {}, orjson.dumps({"token_endpoint": token_endpoint or f"{base}/token"})
        if request.path == "/token" and token is not None:
            return 200, {}, orjson.dumps({"access_token": token, "expires_in": 3600, "token_type": "bearer"})
        return respond(request)

    return with_issuer
