"""The client: the address of a server, the credentials, and the parts of the REST interface."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from typing_extensions import Self

from weaviate_orm.batch.grpc_messages import load_messages
from weaviate_orm.client.aliases import Aliases
from weaviate_orm.client.backups import Backup
from weaviate_orm.client.batch import Batch
from weaviate_orm.client.classifications import Classification
from weaviate_orm.client.cluster import Cluster
from weaviate_orm.client.config import Config
from weaviate_orm.client.contextionary import Contextionary
from weaviate_orm.client.exports import Export
from weaviate_orm.client.grpc_address import Grpc, grpc_address, known_address
from weaviate_orm.client.namespaces import Namespaces
from weaviate_orm.client.objects import DataObject
from weaviate_orm.client.query import Query
from weaviate_orm.client.replication import Replication
from weaviate_orm.client.rest_aggregate import RestAggregate
from weaviate_orm.client.rest_search import RestSearch
from weaviate_orm.client.roles import Roles
from weaviate_orm.client.schema import Schema
from weaviate_orm.client.schemes import StartedServer, open_url
from weaviate_orm.client.startup import check_server
from weaviate_orm.client.tasks import Tasks
from weaviate_orm.client.tenants import Tenants
from weaviate_orm.client.tokenize import Tokenize
from weaviate_orm.client.users import UserGroups, Users
from weaviate_orm.exceptions import ConfigurationError, WeaviateORMError
from weaviate_orm.http.auth import AuthApiKey, BearerAuth
from weaviate_orm.http.auth_oidc import OidcCredentials
from weaviate_orm.http.auth_token import TokenAuth
from weaviate_orm.http.connections import Timeout, origin, without_credentials
from weaviate_orm.http.deadlines import deadline
from weaviate_orm.http.grpc import Rpc, target_of
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.http.shapes import OBJECT
from weaviate_orm.http.transport import Transport

logger = logging.getLogger(__name__)


class Client:
    """A client of a Weaviate server. Thread-safe; closed by ``close()`` or ``with``.

    Args:
        url: ``http://host:port``, ``https://…``, or ``embedded://[PATH]`` for a server that is started here.
        auth_client_secret: the credentials: AuthApiKey, AuthBearerToken, AuthClientPassword or AuthClientCredentials;
            None for anonymous requests.
        timeout_config: the seconds to connect and to read; a single number means both.
        proxies: a dict as requests takes it; a single string means both http and https.
        trust_env: also use the proxies and the certificates of the environment; a ``.netrc`` is not read.
        additional_headers: headers of every request, such as the keys of inference services. A header whose value is
            None is not sent.
        startup_period: the seconds to wait for a server that is still starting; None sends no request and checks
            nothing.
        embedded_options: an :class:`~weaviate_orm.embedded.EmbeddedOptions`, for ``embedded://``; without a URL, as
            weaviate-client 3 allows, the data are in the folder of weaviate-client 3.
        additional_config: the size of the connection pool, the port of gRPC, and the limits of an operation.
        slow_query: the seconds from which a request is warned of in the log, with the line that led to it; None: never.
        grpc: where the server's gRPC interface listens: a port of the same host, as 50051, or ``"host:port"``. Queries
            and batches that it carries then go by it, encrypted if the url is ``https``; needs
            ``pip install "weaviate-mapper[grpc]"``. False: everything goes by HTTP. None: where that is installed,
            servers of ``embedded://`` and of Weaviate Cloud are used by gRPC, but not through proxies.

    Raises:
        StartUpError: no server listens at the URL or the address of gRPC, or it is not ready, after
            ``startup_period``.
        CertificateError: its certificate is not trusted.
        LoginError: the server refuses the credentials, or no token could be obtained.
        NotWeaviateError, ServerTooOldError: the server is no Weaviate, or a version that is not supported.
    """

    def __init__(
        self,
        url: str | None = None,
        auth_client_secret: AuthApiKey | OidcCredentials | None = None,
        timeout_config: Timeout | float = (10.0, 60.0),
        proxies: Mapping[str, str] | str | None = None,
        trust_env: bool = False,
        additional_headers: Mapping[str, str | None] | None = None,
        startup_period: float | None = 5.0,
        embedded_options: object | None = None,
        additional_config: Config | None = None,
        slow_query: float | None = None,
        grpc: Grpc = None,
    ) -> None:
        _check_types(url, proxies, trust_env, additional_headers, startup_period)
        timeout = _timeout_pair(timeout_config)
        if url is None and embedded_options is None:
            raise ConfigurationError('the client needs a url; pass "embedded://" to start a server here')
        self._started_server: StartedServer | None = None
        with ExitStack() as undo:  # if an error is raised below
            url = None if url is None else _normalize_scheme(url)
            if url is None or not url.startswith(("http://", "https://")):
                self._started_server = open_url(url, embedded_options)
                undo.callback(self._started_server.close)
                url = self._started_server.url
                if auth_client_secret is None and self._started_server.api_key is not None:
                    auth_client_secret = AuthApiKey(self._started_server.api_key)
            self.url = _check_url(url)
            if isinstance(proxies, str):
                proxies = {"http": proxies, "https": proxies}
            config = additional_config or Config()
            self.transport = Transport(
                f"{self.url}/v1",
                timeout=timeout,
                headers=_prepare_headers(additional_headers, has_credentials=auth_client_secret is not None),
                proxies=proxies,
                trust_env=trust_env,
                pool_size=config.connection_config.session_pool_maxsize,
                operation_timeout=config.operation_timeout,
                largest_answer=config.largest_answer,
                slow_query=slow_query,
            )
            undo.callback(self.transport.close)
            del additional_headers, proxies  # they hold secrets, and the traceback of an error below keeps this frame
            if isinstance(auth_client_secret, AuthApiKey):
                self.transport.auth = BearerAuth(auth_client_secret.api_key)
            elif auth_client_secret is not None:
                self.transport.auth = TokenAuth(auth_client_secret, self.transport)
            self.schema = Schema(self.transport)
            self.tenants = Tenants(self.transport)
            self.alias = Aliases(self.transport)
            self.data_object = DataObject(self.transport)
            self.batch = Batch(self.transport)
            self.query = Query(self.transport)
            self.search = RestSearch(self.transport)
            self.aggregate = RestAggregate(self.transport)
            self.tokenize = Tokenize(self.transport)
            self.classification = Classification(self.transport)
            self.contextionary = Contextionary(self.transport)
            self.backup = Backup(self.transport)
            self.export = Export(self.transport)
            self.cluster = Cluster(self.transport)
            self.tasks = Tasks(self.transport)
            self.replication = Replication(self.transport)
            self.namespaces = Namespaces(self.transport)
            self.users = Users(self.transport)
            self.groups = UserGroups(self.transport)
            self.roles = Roles(self.transport)
            named = config.grpc_port_experimental if grpc is None else grpc
            port = None if self._started_server is None else self._started_server.grpc_port
            address = grpc_address(named) if named is not None else known_address(self.url, port)
            rpc = None
            # proxies are looked for last: most clients have no address
            if address is not None and not _is_behind_proxies(self.transport, address, is_named=named is not None):
                rpc = self.transport.rpc = Rpc(self.transport, address)
                load_messages()
            if startup_period is not None:
                check_server(self.transport, self.url, startup_period)
                if rpc is not None and named is not None:
                    rpc.wait(startup_period)
            undo.pop_all()

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, and stop the server if this client started it."""
        try:
            self.batch.shutdown()
        finally:
            self.transport.close()
            if self._started_server is not None:
                self._started_server.close()
                self._started_server = None

    @property
    def timeout_config(self) -> Timeout:
        """The seconds to connect and to read."""
        return self.transport.timeout

    @timeout_config.setter
    def timeout_config(self, value: Timeout | float) -> None:
        self.transport.timeout = _timeout_pair(value)

    def is_ready(self) -> bool:
        """Return whether the server is ready for requests. Never raises."""
        return self._well_known("ready")

    def is_live(self) -> bool:
        """Return whether the server process responds. Never raises."""
        return self._well_known("live")

    def get_meta(self) -> dict[str, Any]:
        """Return the server's version and modules."""
        meta: dict[str, Any] = self.transport.request("GET", "/meta").json(OBJECT)
        return meta

    def get_open_id_configuration(self) -> dict[str, Any] | None:
        """Return the server's OpenID Connect issuer, ``{"href", "clientId", "scopes"}``, or None without an issuer."""
        resource, missing = "/.well-known/openid-configuration", frozenset({404})
        answer = self.transport.request("GET", resource, accept=missing)
        return None if answer.status == 404 else answer.json(OBJECT)

    def _well_known(self, name: str) -> bool:
        try:
            with deadline(sum(self.transport.timeout)):
                self.transport.request("GET", f"/.well-known/{name}", retry=NO_RETRY)
        except WeaviateORMError:
            return False
        return True


def _check_types(url: Any, proxies: Any, trust_env: Any, headers: Any, startup_period: Any) -> None:
    if url is not None and not isinstance(url, str):
        raise ConfigurationError(f"url is a str, not {type(url).__name__}")
    if proxies is not None and not isinstance(proxies, (Mapping, str)):
        raise ConfigurationError(f"proxies is a dict or a str, not {type(proxies).__name__}")
    if headers is not None and not isinstance(headers, Mapping):
        raise ConfigurationError(f"additional_headers is a dict, not {type(headers).__name__}")
    if not isinstance(trust_env, bool):
        raise ConfigurationError(f"trust_env is True or False, not {trust_env!r}")
    seconds = isinstance(startup_period, (int, float)) and not isinstance(startup_period, bool)
    if startup_period is not None and not (seconds and startup_period >= 0):
        raise ConfigurationError(f"startup_period is in seconds, or None; got {startup_period!r}")


def _is_behind_proxies(transport: Transport, address: int | str, *, is_named: bool) -> bool:
    """Return whether gRPC, which does not go through proxies, is left out for those on the way to its address."""
    scheme = transport.base_url.partition(":")[0]
    target = target_of(transport.base_url, address)
    # proxies that the call names contradict an address that it names, which Rpc refuses
    if (is_named and transport.proxies) or not transport.has_proxies(f"{scheme}://{target}"):
        return False
    if is_named:
        logger.warning(
            "gRPC does not go through the proxies of the environment, and everything goes over HTTP; $no_proxy with "
            "the host of %s lets it go past them",
            target,
        )
    return True


def _prepare_headers(headers: Mapping[str, str | None] | None, *, has_credentials: bool) -> Mapping[str, str]:
    """Check the additional headers. With credentials, an Authorization header is dropped with a warning."""
    prepared = {name: value for name, value in (headers or {}).items() if value is not None}
    # Checked here because the error of the HTTP library would show the value, and most values are keys.
    invalid = next((name for name in prepared if not _is_header(name, prepared[name])), None)
    if invalid is not None:
        del headers, prepared
        raise ConfigurationError(
            f"the additional header {invalid!r} cannot be sent: a name is letters, digits and hyphens, and a value one "
            f"line of printable text in Latin-1 that begins and ends with no space"
        )
    if has_credentials and any(name.lower() == "authorization" for name in prepared):
        warnings.warn("Auth004: auth_client_secret is used, and the header Authorization is left out", stacklevel=3)
        return {name: value for name, value in prepared.items() if name.lower() != "authorization"}
    return prepared


def _is_header(name: Any, value: Any) -> bool:
    if not isinstance(name, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        return False
    return (
        isinstance(value, str)
        and value.isprintable()
        and value == value.strip()
        and max(map(ord, value), default=0) < 256
    )


def _normalize_scheme(url: str) -> str:
    """Return an HTTP URL without surrounding spaces, and with a lowercase scheme."""
    scheme, _, rest = url.strip().partition("://")
    return f"{scheme.lower()}://{rest}" if scheme.lower() in ("http", "https") else url


def _check_url(url: str) -> str:
    """Check an HTTP URL, and return it without a trailing ``/v1``."""
    shown = without_credentials(url)
    try:
        parts = urlsplit(url)
        origin(url)
    except ValueError as error:
        raise ConfigurationError(f"{shown!r} is not the address of a server: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("the url holds credentials; pass them as auth_client_secret")
    if not parts.hostname or parts.query or parts.fragment or any(sign.isspace() for sign in url):
        raise ConfigurationError(f"{shown!r} is not the address of a server; one looks like http://localhost:8080")
    return url.rstrip("/").removesuffix("/v1")


def _timeout_pair(timeout: Timeout | float) -> Timeout:
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    if len(pair) != 2 or not all(
        isinstance(part, (int, float)) and not isinstance(part, bool) and part > 0 for part in pair
    ):
        raise ConfigurationError(f"timeout_config is one or two positive numbers of seconds, not {timeout!r}")
    return float(pair[0]), float(pair[1])
