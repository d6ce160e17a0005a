"""A program that reads by gRPC in threads, and forks meanwhile, as a server that is loaded before it forks.

Its arguments: the URL, the key, the port of gRPC, and how many children. Each child reads by itself, and ends as a
program ends. It prints how many read, and fails where one did not, or did not end.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from typing import Any

from weaviate_orm import AuthApiKey, Client, Field, Model, Session
from weaviate_orm.testing import recorded_requests

PATIENCE = 120
"""Seconds after which a child that waits is ended."""


class Twig(Model):
    number: Field[int]

    class Meta:
        name = "TestForkedTwig"
        dimensions = 2


def read(client: Client, number: int, wire: Any = None) -> None:
    """Ask for one object, and compare."""
    with Session(client, wire=wire) as session:
        (twig,) = session.query(Twig).where(number=number).order_by("number").all()
        assert twig.number == number


def live_in_child(client: Client, number: int) -> None:
    """Read and write by the parent's client, which goes by HTTP; then by an own one."""
    with recorded_requests(client) as requests:
        read(client, number)
        with Session(client) as session:
            session.add(Twig(number=1000 + number, vector=[1.0, 2.0]))
            session.commit()
    assert {request.url.partition(":")[0] for request in requests} == {"http"}
    client.close()
    gc.collect()


def main(url: str, key: str, port: str, children: str) -> None:
    """Fork so often while 8 threads read."""
    client = Client(url, AuthApiKey(key), grpc=int(port))
    over = threading.Event()
    failed: list[BaseException] = []

    def keep_reading(number: int) -> None:
        try:
            while not over.is_set():
                read(client, number, "grpc")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=keep_reading, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    statuses = []
    for number in range(int(children)):
        child = os.fork()
        if child == 0:
            signal.alarm(PATIENCE)
            live_in_child(client, number % 8)
            sys.exit(0)  # with all that Python does at the end of a program
        statuses.append(os.waitpid(child, 0)[1])
    over.set()
    for thread in threads:
        thread.join()
    read(client, 1, "grpc")
    client.close()
    assert failed == []
    assert statuses == [0] * len(statuses), statuses
    sys.stdout.write(f"{len(statuses)} children\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
