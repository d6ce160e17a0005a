"""Proxies do not carry gRPC: nothing goes past them, it is said once, and everything goes by HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.empty_collections import empty_collections
from tests.scripted_host import Host, forward, host
from weaviate_orm import AuthApiKey, Client, ConfigurationError, Field, Model, Session
from weaviate_orm.testing import Server, recorded_requests

pytestmark = pytest.mark.wire

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "grpc_proxy")


class Parcel(Model):
    number: Field[int]

    class Meta:
        name = "TestProxiedParcel"
        dimensions = 2


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch, client: Client) -> Iterator[Host]:
    """A proxy that the environment names, and an empty collection."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    with host(forward) as proxy, empty_collections(client, [Parcel]):
        monkeypatch.setenv("http_proxy", proxy.url)
        yield proxy


def connect(server: Server, *, trust_env: bool) -> Client:
    return Client(server.url, AuthApiKey(str(server.api_key)), trust_env=trust_env, grpc=server.grpc_port)


def write_and_read(client: Client) -> set[str]:
    """Write and read what gRPC would carry; return the wires."""
    with recorded_requests(client) as requests:
        with Session(client) as session:
            session.add(Parcel(number=1, vector=[1.0, 2.0]))
            session.commit()
        with Session(client):
            assert [parcel.number for parcel in Parcel.query.where(number=1)] == [1]
    return {request.url.partition(":")[0] for request in requests}


def test_a_proxy_of_the_environment_is_not_gone_round(
    server: Server, proxy: Host, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), connect(server, trust_env=True) as client:
        assert client.transport.rpc is None
        assert write_and_read(client) == {"http"}
    assert len(proxy.requests) > 2
    said = [record.getMessage() for record in caplog.records if "gRPC" in record.getMessage()]
    assert len(said) == 1
    assert "$no_proxy" in said[0]


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_a_host_that_no_proxy_names_is_reached_by_grpc(
    server: Server, proxy: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variable: str
) -> None:
    monkeypatch.setenv(variable, str(urlsplit(server.url).hostname))
    with caplog.at_level(logging.WARNING), connect(server, trust_env=True) as client:
        assert write_and_read(client) == {"grpc"}
    assert proxy.requests == []
    assert "gRPC" not in caplog.text


def test_an_environment_that_is_not_trusted_is_not_read(
    server: Server, proxy: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("grpc_proxy", proxy.url)
    monkeypatch.setenv("https_proxy", proxy.url)
    with connect(server, trust_env=False) as client:
        assert write_and_read(client) == {"grpc"}
    assert proxy.requests == []


def test_proxies_and_an_address_contradict_each_other(server: Server, proxy: Host) -> None:
    for trust_env in (False, True):
        with pytest.raises(ConfigurationError, match="gRPC does not go through proxies"):
            Client(server.url, proxies=proxy.url, trust_env=trust_env, grpc=server.grpc_port)
    with Client(server.url, AuthApiKey(str(server.api_key)), proxies=proxy.url, grpc=False) as client:
        assert write_and_read(client) == {"http"}
