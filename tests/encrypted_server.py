"""A server that is encrypted, by HTTP and by gRPC; its certificate is of a CA of the tests."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import requests
import trustme

from weaviate_orm.embedded.environment import inherited_environment, server_environment
from weaviate_orm.embedded.ports import choose_ports
from weaviate_orm.embedded.supervisor import Child, Supervisor

SECONDS_TO_START = 240.0


@attrs.frozen
class EncryptedServer:
    """Where it is, its key, and the file of the CA that its certificate is of."""

    url: str
    grpc_port: int
    authority: Path
    api_key: str = attrs.field(repr=False)


@contextmanager
def running_encrypted_server(binary: Path, folder: Path) -> Iterator[EncryptedServer]:
    """A server for the block, with its data and certificates in a folder."""
    authority, certificate, key = _certificates(folder)
    ports = choose_ports()
    server = EncryptedServer(f"https://127.0.0.1:{ports.http}", ports.grpc, authority, secrets.token_urlsafe(32))
    data = folder / "data"
    data.mkdir()
    environment = server_environment(
        data=data,
        backups=folder / "backups",
        ports=ports,
        api_key=server.api_key,
        cluster_password=secrets.token_urlsafe(32),
        vectorizer_url=None,
        additional={"GRPC_CERT_FILE": str(certificate), "GRPC_KEY_FILE": str(key)},
    )
    argv = [
        str(binary),
        *("--scheme", "https", "--tls-host", "127.0.0.1", "--tls-port", str(ports.http)),
        *("--tls-certificate", str(certificate), "--tls-key", str(key)),
    ]
    child = Child(name="weaviate", argv=argv, env={**inherited_environment(), **environment})
    supervisor = Supervisor([child], log=folder / "log", remove=None)
    try:
        _wait_until_ready(server, supervisor, folder / "log")
        yield server
    finally:
        supervisor.close()


def certificate_of(authority: trustme.CA, folder: Path, *hosts: str) -> tuple[Path, Path]:
    """Return the files of a certificate for hosts, and of its key."""
    issued = authority.issue_cert(*hosts)
    certificate, key = folder / f"{hosts[0]}.pem", folder / f"{hosts[0]}.key"
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    return certificate, key


def _certificates(folder: Path) -> tuple[Path, Path, Path]:
    authority, file = trustme.CA(), folder / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return (file, *certificate_of(authority, folder, "127.0.0.1"))


def _wait_until_ready(server: EncryptedServer, supervisor: Supervisor, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    with requests.Session() as session:
        session.trust_env = False
        while True:
            ended = supervisor.wait(0.05)
            assert ended is None, f"{ended}: {log.read_text()[-3000:]}"
            assert time.monotonic() < deadline, f"it does not answer: {log.read_text()[-3000:]}"
            with contextlib.suppress(requests.RequestException):
                if session.get(f"{server.url}/v1/.well-known/ready", timeout=1, verify=str(server.authority)).ok:
                    return
