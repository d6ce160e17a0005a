"""Messages of gRPC are declared once in a process, whichever threads need them first."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from weaviate_orm.query.grpc.aggregate_messages import aggregate_messages
from weaviate_orm.query.grpc.search_messages import search_messages

sys.setswitchinterval(1e-6)
threads = 16
barrier = Barrier(threads)

def declare(_):
    barrier.wait()
    return search_messages()["Request"].DESCRIPTOR, aggregate_messages()["Request"].DESCRIPTOR

with ThreadPoolExecutor(threads) as pool:
    assert len(set(pool.map(declare, range(threads)))) == 1
"""


def test_threads_declare_messages_at_once() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
