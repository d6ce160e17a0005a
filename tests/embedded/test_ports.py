"""Free ports."""

from __future__ import annotations

import socket

import pytest

from weaviate_orm.embedded.ports import Ports, choose_ports, is_free
from weaviate_orm.exceptions import EmbeddedServerError


def all_of(ports: Ports) -> list[int]:
    return [ports.http, ports.grpc, *range(ports.cluster, ports.cluster + 4)]


def test_chosen_ports_are_distinct_and_free() -> None:
    chosen = all_of(choose_ports())
    assert len(set(chosen)) == 6
    assert all(map(is_free, chosen))


@pytest.mark.parametrize("interface", ["127.0.0.1", "0.0.0.0"])
def test_a_port_with_a_listener_is_not_free(interface: str) -> None:
    with socket.socket() as listener:
        listener.bind((interface, 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(EmbeddedServerError, match=f"grpc_port {port} is taken"):
            choose_ports(grpc=port)
    assert is_free(port)


def test_given_ports_are_kept_and_not_given_out_again() -> None:
    first = choose_ports()
    ports = choose_ports(http=first.http, grpc=first.grpc)
    assert (ports.http, ports.grpc) == (first.http, first.grpc)
    assert len(set(all_of(ports))) == 6


def test_two_that_choose_at_once_seldom_meet() -> None:
    assert len({choose_ports().cluster for _ in range(20)}) > 10
