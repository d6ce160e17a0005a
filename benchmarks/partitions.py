"""What sizes a distributed import: partitions stored by a few processes, as workers of an engine do.

    python benchmarks/partitions.py --count 100000 --dimensions 128 --processes 2

Prints objects a second; the seconds of a processor that workers and server take for 1,000 objects, which depend little
on how busy the machine is otherwise; and by how much the server's memory has grown, without files that are mapped.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from server import KEY_VARIABLE, connect, running, server_seconds

from weaviate_orm import Field, Model, Ref, create_all, drop_all, field, ref
from weaviate_orm.distributed import ClientSettings, PartitionReport, store_partition

ROWS = 10_000
MAKERS = 1000


class BenchMaker(Model):
    """What objects refer to."""

    name: Field[str] = field(tokenization="field")

    class Meta:
        key = "name"


class BenchItem(Model):
    """An object with a text, a number, a vector and a reference."""

    number: Field[int]
    title: Field[str]
    maker: Ref[BenchMaker | None] = ref(default=None)

    class Meta:
        key = "number"


def rows(begin: int, count: int, dimensions: int, refer: bool) -> Iterator[dict[str, Any]]:
    """Yield rows with random vectors."""
    import numpy

    vectors = numpy.random.default_rng(begin).standard_normal((count, dimensions), dtype="float32")
    makers = [str(BenchMaker(name=f"maker {number}").id) for number in range(MAKERS)] if refer else []
    for place, vector in enumerate(vectors):
        number = begin + place
        row = {"number": number, "title": f"the title of number {number}", "vector": vector}
        yield {**row, "maker__id": makers[number % MAKERS]} if refer else row


def store(settings: ClientSettings, dimensions: int, refer: bool, begin: int, count: int) -> PartitionReport:
    """Store a partition, as a worker does."""
    return store_partition(rows(begin, count, dimensions, refer), BenchItem, settings, batch_size=1000)


def server_memory() -> int:
    """Return the bytes of memory of the embedded server that are no mapped files."""
    servers = [child for child in psutil.Process().children(recursive=True) if "weaviate" in child.name()]
    lines = [line for child in servers for line in Path(f"/proc/{child.pid}/status").read_text().splitlines()]
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


def children_seconds() -> float:
    """Return the processor's seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=128)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--references", action="store_true")
    arguments = parser.parse_args()
    with running(None) as url, connect(url) as client:
        settings = ClientSettings(url, key_variable=KEY_VARIABLE, timeout=(10.0, 600.0))
        drop_all(client, [BenchItem, BenchMaker])
        create_all(client, [BenchMaker, BenchItem])
        store_partition(({"name": f"maker {number}"} for number in range(MAKERS)), BenchMaker, settings)
        memory, processor, begun = server_memory(), server_seconds(), time.perf_counter()
        context = multiprocessing.get_context("spawn")
        task = partial(store, settings, arguments.dimensions, arguments.references)
        begins = range(0, arguments.count, ROWS)
        counts = [min(ROWS, arguments.count - begin) for begin in begins]
        with ProcessPoolExecutor(arguments.processes, mp_context=context) as pool:
            total = PartitionReport.total(pool.map(task, begins, counts))
        seconds = time.perf_counter() - begun
        thousands = total.stored / 1000
        grown = server_memory() - memory
        print(f"{total.stored:,} objects of {arguments.dimensions} dimensions, {total.failed} refused")
        print(f"objects a second                        {total.stored / seconds:10,.0f}")
        print(f"server, processor seconds for 1,000     {(server_seconds() - processor) / thousands:10.2f}")
        print(f"workers, processor seconds for 1,000    {children_seconds() / thousands:10.2f}")
        print(f"server, bytes of memory for each object {grown / total.stored:10,.0f}")


if __name__ == "__main__":
    main()
