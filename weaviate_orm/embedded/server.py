"""The embedded server: a real Weaviate, run beside this process."""

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
from weaviate_orm.embedded.environment import inherited_environment, server_environment
from weaviate_orm.embedded.extras import require
from weaviate_orm.embedded.folder import DataFolder, open_folder
from weaviate_orm.embedded.options import EmbeddedOptions
from weaviate_orm.embedded.ports import Ports, choose_ports
from weaviate_orm.embedded.published import describe, read_published
from weaviate_orm.embedded.supervisor import Child, Connection, Publication, Supervisor, join
from weaviate_orm.exceptions import ConfigurationError, EmbeddedServerError

ATTEMPTS = 5
"""The most starts of a server whose port was taken between choosing it and listening on it."""

_PORT_TAKEN = "address already in use"
_POLL_SECONDS = 0.05


class EmbeddedServer:
    """A Weaviate that runs until ``close()`` or the end of this process, however it ends.

    A server that already runs on the data folder, started by this process or by another process of the user, is
    joined. It stops when the last program that uses it leaves, or ``linger`` seconds later. A server on a temporary
    folder is not shared.

    It listens on ``hostname`` of the options, 127.0.0.1 by default, and requires ``api_key``. Weaviate's gRPC and its
    cluster's data port listen on every interface, and its Raft takes commands from any user of this machine, who can
    drop collections: docs/explanation/security.md says what to do. A forked child may use it and cannot stop it.

    Attributes:
        url: ``http://HOSTNAME:PORT``.
        api_key: the key that it requires; random, unless the options set AUTHENTICATION_APIKEY_ALLOWED_KEYS.
        grpc_port: the port of gRPC.
        data_path: the data folder; the logs are in ``.weaviate-orm`` below it.

    Raises:
        ConfigurationError: the server that runs on the folder does not match the options.
        EmbeddedServerError: the server cannot be installed, or does not start; gives the attempts, or the end of its
            log. Or the data folder is not trusted: it is another user's, is open to others and holds other things, or
            has links in it.
        ChecksumError: the downloaded server does not have the published checksum.
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
        """Leave the server. The last program to leave stops it and waits for its end. May be called again.

        One with the option ``linger`` goes on for a while. A temporary data folder is removed.
        """
        if os.getpid() != self._owner:
            return
        self._connection.close()
        atexit.unregister(self.close)

    def is_running(self) -> bool:
        """Return whether the server runs, and this object has not left it."""
        return self._connection.wait(0) is None

    def wait(self) -> str:
        """Block until the server ends by itself. Return which process ended, and how."""
        end = self._connection.wait(None)
        assert end is not None
        return end

    def _join(self) -> bool:
        """Join the server that runs on the folder. Return whether there is one."""
        if self.options.persistence_data_path is None:
            return False
        folder = open_folder(self.options.persistence_data_path)
        try:
            # A free lock means that no server runs, whatever files a crash left, and whatever listens on its ports now.
            return not folder.acquire() and self._join_published(folder)
        finally:
            folder.release()

    def _join_published(self, folder: DataFolder) -> bool:
        published = read_published(folder)
        connection = None if published is None else join(published.join_port, published.join_secret)
        if published is None or connection is None:
            return False
        differences = published.differences(self.options)
        if differences:
            if connection.leave_for_good():  # nobody uses it: it only lingered
                return False
            raise ConfigurationError(
                f"the server that runs on {folder.path} does not match the options: {'; '.join(differences)}. Change "
                f"the options, or end the programs that use it"
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
                    if self._join_published(folder):
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
            ports = choose_ports(self.options.port, self.options.grpc_port)
            host = "127.0.0.1" if self.options.hostname == "0.0.0.0" else self.options.hostname
            self.url = f"http://{host}:{ports.http}"
            self.api_key = _configured_key(self.options) or secrets.token_urlsafe(32)
            self.grpc_port = ports.grpc
            self.data_path = folder.path
            probes = [Probe(f"{self.url}/v1/.well-known/ready")]
            with socket.socket() as listener:
                children = []
                vectorizer_url = None
                if self.options.vectorizer:
                    # Bound here and inherited by the service, so that no other program can take its port.
                    listener.bind(("127.0.0.1", 0))
                    listener.listen(128)
                    address = f"127.0.0.1:{listener.getsockname()[1]}"
                    secret = secrets.token_urlsafe(32)
                    # Weaviate sends a URL's user and password as a header, and leaves the password out of its errors.
                    vectorizer_url = f"http://{vectorizer.USER}:{secret}@{address}"
                    probes.append(Probe(f"http://{address}/.well-known/ready", (vectorizer.USER, secret)))
                    children.append(_vectorizer_child(folder, listener.fileno(), secret))
                children.append(self._server_child(binary, folder, ports, vectorizer_url))
                supervisor = Supervisor(
                    children,
                    log=folder.log,
                    remove=folder.path if folder.temporary else None,
                    close_fds=[listener.fileno()] if self.options.vectorizer else [],
                    publication=None if folder.temporary else self._publication(binary, folder, ports),
                    linger=self.options.linger,
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

    def _server_child(self, binary: Path, folder: DataFolder, ports: Ports, vectorizer_url: str | None) -> Child:
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
            env={**inherited_environment(), **settings},
            pass_fds=[folder.lock],
        )

    def _wait_until_ready(self, binary: Path, probes: list[Probe], log: Path) -> None:
        deadline = time.monotonic() + self.options.startup_timeout
        with requests.Session() as session:
            session.trust_env = False
            while True:
                end = self._connection.wait(_POLL_SECONDS)
                if end is not None:
                    log_end = _tail(log)
                    error_class = _PortTakenError if _PORT_TAKEN in log_end else EmbeddedServerError
                    raise error_class(
                        f"the embedded server {binary} did not start: {end}. The end of its log:\n{log_end}"
                    )
                while probes and _is_ready(session, probes[-1]):
                    probes.pop()
                if not probes:
                    return
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        f"the embedded server {binary} was not ready at {probes[-1].url} after "
                        f"{self.options.startup_timeout} s; raise startup_timeout if this machine is slow. The end of "
                        f"its log:\n{_tail(log)}"
                    )


@attrs.frozen
class Probe:
    """The URL that says whether a process is ready, with the user and password that it requires."""

    url: str
    auth: tuple[str, str] | None = attrs.field(default=None, repr=False)


class _PortTakenError(EmbeddedServerError):
    """The server ended because a port was taken."""


def _configured_key(options: EmbeddedOptions) -> str:
    return options.additional_env_vars.get("AUTHENTICATION_APIKEY_ALLOWED_KEYS", "").split(",")[0].strip()


def _vectorizer_child(folder: DataFolder, listener: int, secret: str) -> Child:
    return Child(
        name="the vectorizer",
        # isolated: no module is imported from the working directory
        argv=[sys.executable, "-I", vectorizer.PROGRAM, str(listener), *_import_path(folder)],
        env={
            **inherited_environment(),
            vectorizer.SECRET_VARIABLE: secret,
            "OPENBLAS_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
        },
        pass_fds=[listener],
    )


def _import_path(folder: DataFolder) -> list[str]:
    """Return this process' import path, without relative entries and those inside the data folder."""
    absolute = [Path(entry) for entry in sys.path if os.path.isabs(entry)]
    return [str(entry) for entry in absolute if not entry.resolve().is_relative_to(folder.path)]


def _is_ready(session: requests.Session, probe: Probe) -> bool:
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
