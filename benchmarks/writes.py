"""Compare writes by REST with the same by gRPC: references in batches, and deletions by ids.

    python benchmarks/writes.py                       # 30 rounds of 1,000 each
    python benchmarks/writes.py --rounds 100 --size 200

Both wires take turns within a process, and which is first changes from round to round. Each round has objects of its
own. It prints the medians of the seconds, of the processor time of the client and of the server, and the median ratios
of gRPC to REST, with their quartiles. What gRPC needs is encoded of the same JSON that REST sends.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from server import KEY_VARIABLE, connect, server_seconds

from weaviate_orm.batch.grpc_messages import encode_references, read_errors
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.http.protobuf import Messages, declare_messages

NAME, TARGET = "BenchmarkWritten", "BenchmarkWrittenTarget"

MESSAGES: Messages = {
    "Texts": (("values", 1, "repeated string"),),
    "Target": (("property", 1, "target string"),),
    "Filters": (("operator", 1, "int32"), ("texts", 9, "value Texts"), ("target", 20, "Target")),
    "Deletion": (("collection", 1, "string"), ("filters", 2, "Filters"), ("verbose", 3, "bool")),
    "Object": (("uuid", 1, "bytes"), ("successful", 2, "bool"), ("error", 3, "optional string")),
    "Deleted": (("matches", 3, "int64"), ("objects", 5, "repeated Object")),
}
CONTAINS_ANY = 12

Write = Callable[[Any, Sequence[Any]], int]
"""Sends a batch, and returns how many of it are done."""


def references_by_rest(client: Any, references: Sequence[dict[str, str]]) -> int:
    answer = client.transport.request("POST", "/batch/references", json=list(references)).json()
    return sum(item["result"]["status"] == "SUCCESS" for item in answer)


def references_by_grpc(client: Any, references: Sequence[dict[str, str]]) -> int:
    reply = client.transport.rpc.call("BatchReferences", encode_references(references, None))
    errors = read_errors(reply, len(references))
    assert errors is not None
    return len(references) - len(errors)


def deletes_by_rest(client: Any, ids: Sequence[str]) -> int:
    where = {"path": ["id"], "operator": "ContainsAny", "valueTextArray": list(ids)}
    body = {"match": {"class": NAME, "where": where}, "output": "verbose"}
    answer = client.transport.request("DELETE", "/batch/objects", json=body).json()
    return len({item["id"] for item in answer["results"]["objects"] if item["status"] == "SUCCESS"})


def deletes_by_grpc(client: Any, ids: Sequence[str]) -> int:
    messages = declare_messages("benchmark", MESSAGES)
    filters = {"operator": CONTAINS_ANY, "texts": {"values": ids}, "target": {"property": "_id"}}
    request = messages["Deletion"](collection=NAME, filters=filters, verbose=True)
    reply = messages["Deleted"].FromString(client.transport.rpc.call("BatchDelete", request.SerializeToString()))
    return len({str(uuid.UUID(bytes=item.uuid)) for item in reply.objects if item.successful})


WRITES: dict[str, tuple[Write, Write]] = {
    "references": (references_by_rest, references_by_grpc),
    "deletes": (deletes_by_rest, deletes_by_grpc),
}


def prepare(client: Any) -> None:
    """Create the collections."""
    for name in (NAME, TARGET):
        client.schema.delete_class(name)
    client.schema.create_class({"class": TARGET, "vectorizer": "none"})
    properties = [{"name": "title", "dataType": ["text"]}, {"name": "leadsTo", "dataType": [TARGET]}]
    client.schema.create_class({"class": NAME, "vectorizer": "none", "properties": properties})


def stored(client: Any, size: int) -> list[str]:
    """Store objects, and return their ids."""
    ids = [str(uuid.uuid4()) for _ in range(size)]
    objects = [{"class": NAME, "id": id, "properties": {"title": f"Object {id}"}} for id in ids]
    client.transport.request("POST", "/batch/objects", json={"objects": objects})
    return ids


def batch(client: Any, kind: str, size: int, target: str) -> list[Any]:
    """Return what a round writes."""
    ids = stored(client, size)
    if kind == "deletes":
        return ids
    beacon = f"weaviate://localhost/{TARGET}/{target}"
    return [{"from": f"weaviate://localhost/{NAME}/{id}/leadsTo", "to": beacon} for id in ids]


def measured(client: Any, write: Write, content: Sequence[Any]) -> tuple[float, float, float]:
    """Return the seconds, and those of the client's and the server's processors."""
    before = server_seconds()
    wall, cpu = time.perf_counter(), time.process_time()
    count = write(client, content)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert count == len(content), f"{count} of {len(content)} are done"
    return wall, cpu, server_seconds() - before


def compare(client: Any, kind: str, size: int, rounds: int) -> None:
    """Measure both wires in turns, and print the medians."""
    target = str(uuid.uuid4())
    client.transport.request("POST", "/objects", json={"class": TARGET, "id": target, "properties": {}})
    times: list[list[tuple[float, float, float]]] = [[], []]
    for number in range(rounds + 1):
        for place in (0, 1) if number % 2 else (1, 0):
            content = batch(client, kind, size, target)
            times[place].append(measured(client, WRITES[kind][place], content))
    print(f"{kind}, {size:,} a batch, {rounds} rounds{'':>8}REST ms   gRPC ms     ratio   quartiles")
    for column, name in enumerate(("time", "CPU of the client", "CPU of the server")):
        rest, grpc = ([of_round[column] for of_round in wire[1:]] for wire in times)
        total = sum(grpc) / max(sum(rest), 1e-9)
        ratios = [other / max(one, 1e-9) for one, other in zip(rest, grpc, strict=True)] if column < 2 else [total]
        low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else (total, total, total)
        medians = 1e3 * statistics.median(rest), 1e3 * statistics.median(grpc)
        print(f"  {name:<36}{medians[0]:>8.2f}{medians[1]:>10.2f}{middle:>10.2f}   {low:.2f} … {high:.2f}")


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--kinds", nargs="+", choices=list(WRITES), default=list(WRITES))
    arguments = parser.parse_args()
    with EmbeddedServer(EmbeddedOptions(vectorizer=False)) as server:
        os.environ[KEY_VARIABLE] = server.api_key or ""
        with connect(server.url, server.grpc_port) as client:
            prepare(client)
            for kind in arguments.kinds:
                compare(client, kind, arguments.size, arguments.rounds)


if __name__ == "__main__":
    main()
