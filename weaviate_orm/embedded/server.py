"""A real Weaviate, run beside this process."""

from __future__ import annotations

import atexit
import os
import secrets
import socket
import sys
import time
from pathlib import Path
from types import TracebackType

import attrs
import requests
from typing_extensions import Self

from weaviate_orm.embedded import vectorizer
from weaviate_orm.embedded.binary import find_or_install
from weaviate_orm.embedded.environment import inherited, server_environment
from weaviate_orm.embedded.extras import require
from weaviate_orm.embedded.folder import DataFolder, open_folder
from weaviate_orm.embedded.options import EmbeddedOptions
from weaviate_orm.embedded.ports import Ports, choose
from weaviate_orm.embedded.processes import Child, Connection, Publication, Supervisor, join
from weaviate_orm.embedded.published import describe, read_published
from weaviate_orm.exceptions import ConfigurationError, EmbeddedServerError

ATTEMPTS = 5
"""How often other ports are tried when one was taken between choosing and listening."""

_PORT_TAKEN = "address already in use"
_POLL_SECONDS = 0.05


class EmbeddedServer:
    """A Weaviate that runs until ``close()`` or the end of this process, however it ends.

    Where one runs on the folder of the options already, started by this process or by another one of the same user,
    it is used, and stops with the last that uses it. A server on a temporary folder is this object's alone.

    It listens on ``hostname`` of the options, 127.0.0.1 by default, and asks for ``api_key``. Weaviate's gRPC and its
    cluster's data port listen on every interface, and its Raft takes commands from any user of this machine, who can
    drop collections: docs/explanation/security.md says what to do. A forked child may use it and cannot stop it.

    Attributes:
        url: ``http://HOSTNAME:PORT``.
        api_key: the key it asks for; made at random, unless the options set AUTHENTICATION_APIKEY_ALLOWED_KEYS.
        grpc_port: the port of gRPC.
        data_path: the folder of its data; the logs are in ``.weaviate-orm`` below it.

    Raises:
        ConfigurationError: the server that runs on the folder is not as the options ask for.
        EmbeddedServerError: no server can be had, or it does not start; says what was tried, or its last words. Or the
            data folder is not trusted: another user's, open to others and for something else, or with links in it.
        ChecksumError: the downloaded server is not the published one.
    """

    _connection: Connection

    def __init__(self, options: EmbeddedOptions | None = None) -> None:
        self.options = options if options is not None else EmbeddedOptions()
        self._owner = os.getpid()
        if not self._join():
            if self.options.vectorizer:
                require(*vectorizer.PACKAGES)
            self._join_or_start(find_or_install(self.options))
        atexit.register(self.close)

    def __repr__(self) -> str:
        return f"EmbeddedServer({self.url!r}, data_path={str(self.data_path)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the server. The last one that uses it stops it and waits for its end. May be called again.

        A temporary data folder is removed.
        """
        if os.getpid() != self._owner:
            return
        self._connection.close()
        atexit.unregister(self.close)

    def is_running(self) -> bool:
        """Whether its processes run, and this object has not left it."""
        return self._connection.ended(0) is None

    def wait(self) -> str:
        """Block until the server ends by itself; says which process ended, and how."""
        ended = self._connection.ended(None)
        assert ended is not None
        return ended

    def _join(self) -> bool:
        """Use the server that runs on the folder; whether there is one."""
        if self.options.persistence_data_path is None:
            return False
        folder = open_folder(self.options.persistence_data_path)
        try:
            # Where nobody has the lock no server runs, whatever a crash left, and whoever listens on its ports now.
            return not folder.acquire() and self._joined(folder)
        finally:
            folder.release()

    def _joined(self, folder: DataFolder) -> bool:
        published = read_published(folder)
        connection = None if published is None else join(published.join_port, published.join_secret)
        if published is None or connection is None:
            return False
        differing = published.differences(self.options)
        if differing:
            connection.close()
            raise ConfigurationError(
                f"the server that runs on {folder.path} is not what is asked for: {'; '.join(differing)}. Ask for the "
                f"same, or end the programs that use it"
            )
        self._connection = connection
        self.url, self.api_key, self.grpc_port = published.url, published.api_key, published.grpc_port
        self.data_path = folder.path
        return True

    def _join_or_start(self, binary: Path) -> None:
        attempts = ATTEMPTS
        deadline = time.monotonic() + self.options.startup_timeout
        while True:
            folder = open_folder(self.options.persistence_data_path)
            if folder.acquire():
                try:
                    return self._start(binary, folder)
                except _PortTakenError:
                    attempts -= 1
                    if not attempts:
                        raise
            else:
                try:
                    if self._joined(folder):
                        return None
                finally:
                    folder.release()
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        f"the data folder {folder.path} is locked by a server that could not be joined for "
                        f"{self.options.startup_timeout} s: it is starting or stopping, or runs in another container. "
                        f"Stop it, use another folder, or raise startup_timeout"
                    )
                time.sleep(_POLL_SECONDS)

    def _start(self, binary: Path, folder: DataFolder) -> None:
        try:
            folder.prepare()
            ports = choose(self.options.port, self.options.grpc_port)
            host = "127.0.0.1" if self.options.hostname == "0.0.0.0" else self.options.hostname
            self.url = f"http://{host}:{ports.http}"
            self.api_key = _own_key(self.options) or secrets.token_urlsafe(32)
            self.grpc_port = ports.grpc
            self.data_path = folder.path
            probes = [Probe(f"{self.url}/v1/.well-known/ready")]
            with socket.socket() as listener:
                children = []
                vectorizer_url = None
                if self.options.vectorizer:
                    # Bound here and inherited by the service, so its port is known and can never be taken.
                    listener.bind(("127.0.0.1", 0))
                    listener.listen(128)
                    address = f"127.0.0.1:{listener.getsockname()[1]}"
                    secret = secrets.token_urlsafe(32)
                    # Weaviate sends a URL's user and password as a header, and leaves the password out of its errors.
                    vectorizer_url = f"http://{vectorizer.USER}:{secret}@{address}"
                    probes.append(Probe(f"http://{address}/.well-known/ready", (vectorizer.USER, secret)))
                    children.append(_vectorizer(folder, listener.fileno(), secret))
                children.append(self._server(binary, folder, ports, vectorizer_url))
                supervisor = Supervisor(
                    children,
                    log=folder.log,
                    remove=folder.path if folder.temporary else None,
                    close_fds=[listener.fileno()] if self.options.vectorizer else [],
                    publication=None if folder.temporary else self._publication(binary, folder, ports),
                )
        except BaseException:
            folder.discard()
            raise
        finally:
            folder.release()
        self._connection = supervisor
        try:
            self._wait_until_ready(binary, probes, folder.log)
            if not folder.temporary:
                supervisor.publish()
        except BaseException:
            supervisor.close()
            raise

    def _publication(self, binary: Path, folder: DataFolder, ports: Ports) -> Publication:
        content = describe(
            folder, self.options, url=self.url, api_key=self.api_key, binary=binary, http=ports.http, grpc=ports.grpc
        )
        return Publication(folder.published, content)

    def _server(self, binary: Path, folder: DataFolder, ports: Ports, vectorizer_url: str | None) -> Child:
        settings = server_environment(
            data=folder.path,
            backups=folder.own / "backups",
            ports=ports,
            api_key=self.api_key,
            cluster_password=secrets.token_urlsafe(32),
            vectorizer_url=vectorizer_url,
            additional=self.options.additional_env_vars,
        )
        return Child(
            name="weaviate",
            argv=[
                str(binary),
                *("--scheme", "http", "--host", self.options.hostname, "--port", str(ports.http)),
                *("--read-timeout=600s", "--write-timeout=600s"),
            ],
            env={**inherited(), **settings},
            pass_fds=[folder.lock],
        )

    def _wait_until_ready(self, binary: Path, probes: list[Probe], log: Path) -> None:
        deadline = time.monotonic() + self.options.startup_timeout
        with requests.Session() as session:
            session.trust_env = False
            while True:
                ended = self._connection.ended(_POLL_SECONDS)
                if ended is not None:
                    last_words = _tail(log)
                    kind = _PortTakenError if _PORT_TAKEN in last_words else EmbeddedServerError
                    raise kind(f"the embedded server {binary} did not start: {ended}. Its last words:\n{last_words}")
                while probes and _answers(session, probes[-1]):
                    probes.pop()
                if not probes:
                    return
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        f"the embedded server {binary} was not ready at {probes[-1].url} after "
                        f"{self.options.startup_timeout} s; raise startup_timeout if this machine is slow. Its last "
                        f"words:\n{_tail(log)}"
                    )


@attrs.frozen
class Probe:
    """Where a process says that it is ready, and the user and password that it asks for."""

    url: str
    auth: tuple[str, str] | None = attrs.field(default=None, repr=False)


class _PortTakenError(EmbeddedServerError):
    """The server ended because of a port."""


def _own_key(options: EmbeddedOptions) -> str:
    return options.additional_env_vars.get("AUTHENTICATION_APIKEY_ALLOWED_KEYS", "").split(",")[0].strip()


def _vectorizer(folder: DataFolder, listener: int, secret: str) -> Child:
    return Child(
        name="the vectorizer",
        # isolated: no program is looked for in the working directory
        argv=[sys.executable, "-I", vectorizer.PROGRAM, str(listener), *_import_path(folder)],
        env={
            **inherited(),
            vectorizer.SECRET_VARIABLE: secret,
            "OPENBLAS_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
        },
        pass_fds=[listener],
    )


def _import_path(folder: DataFolder) -> list[str]:
    """Where this process finds its packages, but for the data folder and what depends on the working directory."""
    absolute = [Path(entry) for entry in sys.path if os.path.isabs(entry)]
    return [str(entry) for entry in absolute if not entry.resolve().is_relative_to(folder.path)]


def _answers(session: requests.Session, probe: Probe) -> bool:
    try:
        return session.get(probe.url, auth=probe.auth, timeout=1).ok
    except requests.RequestException:
        return False


def _tail(log: Path, size: int = 3000) -> str:
    try:
        text = log.read_bytes()[-size:].decode(errors="replace").strip()
    except OSError as error:
        return f"({error})"
    return text or "(none)"
