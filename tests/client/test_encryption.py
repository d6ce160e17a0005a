"""Encrypted servers: by gRPC and by HTTP the same certificates are trusted, and nothing goes to others."""

from __future__ import annotations

import logging
import socket
import subprocess
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.empty_collections import empty_collections
from tests.encrypted_server import EncryptedServer, certificate_of, running_encrypted_server
from tests.scripted_grpc import answering, listening
from tests.start_refusals import check_refused
from weaviate_orm import (
    AuthApiKey,
    CertificateError,
    Client,
    ConfigurationError,
    ConnectionFailedError,
    Field,
    Model,
    RequestTimeoutError,
    Session,
)
from weaviate_orm.testing import Server, recorded_requests

SECRET = "hush-key"


class Vault(Model):
    number: Field[int]

    class Meta:
        name = "TestVault"
        dimensions = 2


@pytest.fixture(scope="module")
def encrypted(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EncryptedServer]:
    with running_encrypted_server(binary, tmp_path_factory.mktemp("encrypted")) as server:
        yield server


@pytest.fixture
def trusting(encrypted: EncryptedServer, monkeypatch: pytest.MonkeyPatch) -> EncryptedServer:
    """The server, whose CA the environment names."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(encrypted.authority))
    return encrypted


def connect(server: EncryptedServer, grpc: Any, **settings: Any) -> Client:
    return Client(server.url, AuthApiKey(server.api_key), trust_env=True, grpc=grpc, **settings)


def write_and_read(client: Client) -> list[str]:
    """Write and read by gRPC; return the wires."""
    with empty_collections(client, [Vault]), recorded_requests(client) as requests:
        with Session(client) as session:
            session.add_all([Vault(number=number, vector=[1.0, number]) for number in range(20)])
            session.commit()
        with Session(client):
            assert [each.number for each in Vault.query.order_by("number").limit(20)] == list(range(20))
    return [each.url.partition(":")[0] for each in requests if "/schema" not in each.url]


def test_a_ca_of_the_environment_is_trusted(trusting: EncryptedServer) -> None:
    with connect(trusting, trusting.grpc_port) as client:
        assert write_and_read(client) == ["grpc", "grpc"]


def test_a_folder_of_certificates(trusting: EncryptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "authority.pem").write_bytes(trusting.authority.read_bytes())
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    with connect(trusting, trusting.grpc_port) as client:
        assert write_and_read(client) == ["grpc", "grpc"]


def test_without_its_ca_neither_is_trusted(trusting: EncryptedServer) -> None:
    with pytest.raises(CertificateError, match="REQUESTS_CA_BUNDLE") as caught:
        Client(trusting.url, AuthApiKey(SECRET), startup_period=600)  # it is not waited for
    assert not caught.value.sent
    with Client(trusting.url, AuthApiKey(SECRET), startup_period=None, grpc=trusting.grpc_port) as client:
        with recorded_requests(client) as requests:
            with pytest.raises(CertificateError, match="CERTIFICATE_VERIFY_FAILED"):
                client.get_meta()
            with Session(client, wire="grpc"), pytest.raises(CertificateError, match="REQUESTS_CA_BUNDLE") as caught:
                Vault.query.order_by("number").all()
        assert [each.url.partition(":")[0] for each in requests] == ["https", "grpc"]  # neither is repeated
        assert SECRET not in str(caught.value)
        assert str(caught.value.url).startswith("grpc://")
        assert not client.is_ready()


def test_a_file_of_certificates_that_is_not_there(trusting: EncryptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    with pytest.raises(ConfigurationError, match=r"no certificates at /nowhere\.pem"):
        connect(trusting, trusting.grpc_port)


@contextmanager
def impostor(folder: Path, authority: trustme.CA, *hosts: str) -> Iterator[tuple[int, list[object]]]:
    """A gRPC server with a certificate; yields its port, and what it was asked."""
    grpc = pytest.importorskip("grpc")
    asked: list[object] = []

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc,name-defined]
        def service(self, details: Any) -> None:
            asked.append(details)

    server = grpc.server(futures.ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((Handler(),))
    certificate, key = certificate_of(authority, folder, *hosts)
    pair = (key.read_bytes(), certificate.read_bytes())
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    server.start()
    try:
        yield port, asked
    finally:
        server.stop(None).wait()


def of_another_ca(trusted: trustme.CA) -> tuple[trustme.CA, str]:
    return trustme.CA(), "127.0.0.1"


def for_another_host(trusted: trustme.CA) -> tuple[trustme.CA, str]:
    return trusted, "weaviate.example"


@pytest.mark.parametrize("wrong", [of_another_ca, for_another_host])
def test_a_wrong_certificate_of_grpc_is_refused_and_said(
    trusting: EncryptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any, wrong: Any
) -> None:
    trusted = trustme.CA()
    both = tmp_path / "both.pem"
    both.write_bytes(trusting.authority.read_bytes() + trusted.cert_pem.bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(both))
    authority, host = wrong(trusted)
    with impostor(tmp_path, authority, host) as (port, asked):
        with pytest.raises(CertificateError, match=r"certificate of grpc://.* is not trusted") as caught:
            connect(trusting, port, startup_period=600)  # it is not waited for
        assert trusting.api_key not in str(caught.value)
        with connect(trusting, port, startup_period=None) as client, caplog.at_level(logging.WARNING):
            assert set(write_and_read(client)) == {"grpc", "https"}  # what gRPC does not do, HTTP does
        assert asked == []
    said = [record for record in caplog.records if "is not trusted" in record.getMessage()]
    assert len(said) == 1
    assert trusting.api_key not in caplog.text


def test_nothing_goes_unencrypted_to_where_grpc_was_named(trusting: EncryptedServer) -> None:
    received = bytearray()

    def listen(connection: socket.socket) -> None:
        connection.settimeout(240)
        received.extend(connection.recv(10_000))

    with listening(listen) as port:
        check_refused(lambda period: connect(trusting, port, startup_period=period), "no gRPC at")
        with connect(trusting, port, startup_period=None) as client:
            assert "https" in write_and_read(client)
            client.transport.operation_timeout = 2.0
            with Session(client, wire="grpc"), pytest.raises((ConnectionFailedError, RequestTimeoutError)):
                Vault.query.order_by("number").all()
    assert received[:1] == b"\x16"  # the first message of TLS
    assert trusting.api_key.encode() not in received
    assert b"PRI * HTTP/2" not in received


def test_a_grpc_that_is_not_encrypted_is_refused(trusting: EncryptedServer) -> None:
    with answering(lambda *_: b"") as port:
        check_refused(lambda period: connect(trusting, port, startup_period=period), r"(?i)no gRPC at .*handshake")


def test_an_encrypted_grpc_needs_an_encrypted_address(encrypted: EncryptedServer, server: Server) -> None:
    key, address = AuthApiKey(str(server.api_key)), f"127.0.0.1:{encrypted.grpc_port}"
    check_refused(lambda period: Client(server.url, key, startup_period=period, grpc=address), "no gRPC at")
