"""The ``WEAVIATE`` setting: the server, and what belongs to this project."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.module_loading import import_string

from weaviate_orm.client.client import Client
from weaviate_orm.embedded.options import COMMAND_LINGER, EmbeddedOptions
from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.migrations.history import HISTORY
from weaviate_orm.session.default_client import KEY_VARIABLE, URL_VARIABLE, configure

SETTING: Final = "WEAVIATE"

_HTTP: Final = ("http://", "https://")

_EMBEDDED: Final = "embedded://"


@attrs.frozen(kw_only=True)
class WeaviateSettings:
    """What ``WEAVIATE`` says; its keys are these names in capitals.

    Attributes:
        url: of the server: ``http://…``, ``https://…`` or ``embedded://PATH``; by default ``$WEAVIATE_URL``.
        api_key: of the server; by default ``$WEAVIATE_API_KEY``.
        client_options: further arguments of :class:`~weaviate_orm.Client`, by their names.
        tenant: returns the tenant of a request; a function, or its dotted path.
        migrations: the folder of the migration files, or the name of its package.
        history: the collection of the history of migrations.
        mirror: whether Django's models are mirrored as they are saved and deleted.
    """

    url: str | None = None
    api_key: str | None = attrs.field(default=None, repr=False)
    client_options: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    tenant: str | Callable[[HttpRequest], str | None] | None = None
    migrations: str | None = None
    history: str = HISTORY
    mirror: bool = True

    def open_client(self) -> Client:
        """Connect to the server. Raises ConfigurationError where no server is named."""
        if self.url is None:
            raise ConfigurationError(f'which server? set {SETTING} = {{"URL": …}}, or ${URL_VARIABLE}')
        options: dict[str, Any] = {}
        if self.api_key:
            options["auth_client_secret"] = AuthApiKey(self.api_key)
        if self.url.startswith(_EMBEDDED):
            options["embedded_options"] = EmbeddedOptions(linger=COMMAND_LINGER)
        return Client(self.url, **{**options, **self.client_options})

    def check_client(self) -> None:
        """Raise ConfigurationError, or TypeError, for what no client can be made of. No request is sent."""
        if self.url is None or self.url.startswith(_HTTP):
            options = {**self.client_options, "startup_period": None}
            attrs.evolve(self, client_options=options).open_client().close()
        elif not self.url.startswith(_EMBEDDED):
            self.open_client()  # which refuses the scheme

    def tenant_of(self, request: HttpRequest) -> str | None:
        """Return the tenant of a request."""
        function = import_string(self.tenant) if isinstance(self.tenant, str) else self.tenant
        return None if function is None else function(request)


def read_setting() -> WeaviateSettings:
    """Return what ``WEAVIATE`` says. Raises ImproperlyConfigured for what it cannot say."""
    stated = getattr(settings, SETTING, {})
    if not isinstance(stated, Mapping):
        raise ImproperlyConfigured(f"{SETTING} is a dict, not {stated!r}")
    names = {attribute.name.upper(): attribute.name for attribute in attrs.fields(WeaviateSettings)}
    values = {}
    for key, value in stated.items():
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
            raise ImproperlyConfigured(f"{SETTING} has no key {key!r}; {hint}")
        values[names[key]] = value
    url = values.get("url") or os.environ.get(URL_VARIABLE) or None
    if isinstance(url, os.PathLike) or (url is not None and not isinstance(url, str)):
        raise ImproperlyConfigured(f"{SETTING}['URL'] is a str, not {url!r}")
    key = values.get("api_key")
    if key is None and url is not None and url.startswith(_HTTP):  # an embedded server has a key of its own
        key = os.environ.get(KEY_VARIABLE) or None
    return WeaviateSettings(**{**values, "url": url, "api_key": key})


def configure_client() -> None:
    """Have the client made of the setting when it is first needed."""
    configure(lambda: read_setting().open_client())
