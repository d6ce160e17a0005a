"""Consistency levels on three nodes, one of them in maintenance: nothing is reported stored that is not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.sent_queries import is_query
from weaviate_orm import (
    Client,
    ConsistencyLevel,
    Field,
    FlushError,
    ItemError,
    Model,
    Progress,
    Ref,
    RequestTimeoutError,
    Session,
    UnexpectedStatusError,
    create_all,
    field,
    ref,
)
from weaviate_orm.schema.collection_options import ReplicationSpec
from weaviate_orm.testing import recorded_requests

TOO_FEW = re.compile("required 3 replicas, got 2|cannot reach enough replicas")
"""In the words of Weaviate 1.39, or of 1.35."""

LEVELS_BY_GRPC = {"ONE": b"X\x01", "QUORUM": b"X\x02"}
"""The field of the level in a serialized SearchRequest."""

UNREACHED = 'cannot achieve consistency level "ALL"'

MINUTES = 240
"""What ends what hangs."""


class Branch(Model):
    """On all three nodes."""

    name: Field[str] = field(tokenization="field")
    seats: Field[int | None] = field(default=None)
    floors: Field[list[int]] = field(factory=list)
    parent: Ref[Branch | None] = ref(default=None)
    partners: Ref[list[Branch]] = ref(factory=list)

    class Meta:
        name = "TestReplicasBranch"
        replication = ReplicationSpec(factor=3)


class Parcel(Model):
    """Each on one of the nodes."""

    name: Field[str] = field(tokenization="field")

    class Meta:
        name = "TestReplicasParcel"


@pytest.fixture(scope="module")
def client(cluster: Cluster) -> Iterator[Client]:
    """A client of the first node, in place of the single server's."""
    with cluster.client() as connected:
        create_all(connected, [Branch, Parcel])
        yield connected


def stored(client: Client, **properties: Any) -> Branch:
    """A branch that is stored, in no session."""
    branch = Branch(**properties)
    with Session(client, consistency_level="QUORUM") as session:
        session.add(branch)
        session.commit()
    return branch


def there(client: Client, branch: Branch) -> Branch | None:
    """What one replica holds of it."""
    with Session(client, consistency_level="ONE") as session:
        return session.get(Branch, branch.id)


def agree(cluster: Cluster, client: Client, *branches: Branch) -> None:
    """Wait until the two nodes that take data hold the same. At ONE the other one follows a moment later."""
    for branch in branches:
        path, held = f"/objects/TestReplicasBranch/{branch.id}", list[object]()

        def is_same(path: str = path, held: list[object] = held) -> bool:
            answers = [
                client.transport.request("GET", path, params={"node_name": node.name}, accept=frozenset({404}))
                for node in cluster.nodes[:2]
            ]
            held[:] = [answer.status == 200 and answer.json()["properties"] for answer in answers]
            return held[0] == held[1]

        in_time(is_same, held)


def in_time(holds: Callable[[], bool], held: object = None) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + MINUTES
    while not holds():
        assert time.monotonic() < deadline, held


@pytest.mark.parametrize("level", ["ONE", "QUORUM"])
def test_with_one_node_less_one_and_quorum_do_all_there_is(cluster: Cluster, client: Client, level: str) -> None:
    with Session(client, consistency_level=level) as session:
        root, east, west = (Branch(name=f"{level} {name}") for name in ("root", "east", "west"))

        def store_before_the_next() -> None:
            """At ONE, the server adds references to what a node holds that may lack the write before."""
            if level == "ONE":
                session.commit()
                agree(cluster, client, root, east, west)

        session.add_all([root, east, west])
        store_before_the_next()
        east.parent, east.partners = root, [west]
        session.commit()
        agree(cluster, client, root, east, west)
        east.seats = 2**40
        east.floors = [1, 2**41]
        west.parent = east  # set, where it was not loaded or was empty
        store_before_the_next()
        east.partners = [root]
        session.commit()
        agree(cluster, client, east, west)
        east.partners = []
        session.commit()
        agree(cluster, client, east)
        assert session.new == session.dirty == ()
    with Session(client, consistency_level=level) as session:
        east_again = session.get(Branch, east.id)
        assert east_again is not None
        assert (east_again.seats, east_again.floors) == (2**40, [1, 2**41])
        assert east_again.parent is not None  # loaded when it is read
        assert east_again.parent.name == f"{level} root"
        # an object is read by its id before its node has it in the index
        in_time(session.query(Branch).where(name=f"{level} west").exists)
        with recorded_requests(client) as requests:
            found = session.query(Branch).where(name=f"{level} west").include("parent").hits()
        sent = f"consistencyLevel: {level}".encode() if "/graphql" in requests[0].url else LEVELS_BY_GRPC[level]
        assert sent in (requests[0].body or b"")
        assert [hit.object.parent for hit in found] == [east_again]
        session.delete(found[0].object)
        session.commit()
        agree(cluster, client, west)
        in_time(lambda: session.query(Branch).where(name=f"{level} west").all() == [])
    assert there(client, west) is None
    with Session(client, consistency_level=level) as session, recorded_requests(client) as requests:
        found_east = session.query(Branch).where(name=f"{level} east").one()
        assert (found_east.seats, found_east.floors) == (2**40, [1, 2**41])
        by_rest = [request for request in requests if not is_query(request)]  # what GraphQL cannot carry
        expected = [level] if client.transport.rpc is None else []
        assert [request.params["consistency_level"] for request in by_rest] == expected
    with Session(client, consistency_level=level) as session:
        many = [Branch(name=f"{level} {number}") for number in range(20)]
        done = session.bulk_insert(many)
        assert (done.stored, done.failed) == (20, 0)
        agree(cluster, client, *many)
        in_time(lambda: session.query(Branch).where(name__like=f"{level} 1?").count() == 10)


def test_what_all_cannot_create_stays_pending_and_is_nowhere(client: Client) -> None:
    known = stored(client, name="known")
    new = [Branch(name=f"all {number}") for number in range(5)]
    with Session(client, consistency_level="ALL") as session:
        session.add_all(new)
        with pytest.raises(FlushError) as caught:
            session.commit()
        assert [(failure.operation, failure.object) for failure in caught.value.failures] == [
            ("create", branch) for branch in new
        ]
        assert all(TOO_FEW.search(str(failure.reason)) for failure in caught.value.failures)
        assert session.new == tuple(new)
        session.expunge(new[-1])
        session.add(known)
        known.partners.append(new[0])
        with pytest.raises(FlushError) as caught:
            session.commit()
        assert [failure.operation for failure in caught.value.failures] == ["create"] * 4 + ["add reference"]
        assert session.dirty == (known,)
    assert [there(client, branch) for branch in new] == [None] * 5
    with Session(client, consistency_level="QUORUM") as session:
        session.add_all(new)  # nothing is lost: a lower level stores them
        session.commit()
    assert all(there(client, branch) is not None for branch in new)


def test_what_all_cannot_insert_in_bulk_is_told(client: Client) -> None:
    reports: list[Progress] = []
    with Session(client, consistency_level="ALL", batch_size=5, workers=2) as session:
        done = session.bulk_insert((Branch(name=f"bulk {number}") for number in range(20)), progress=reports.append)
        assert (done.done, done.stored, done.failed) == (20, 0, 20)
        assert {type(failure.reason) for report in reports for failure in report.failures} == {ItemError}
        with pytest.raises(FlushError, match=TOO_FEW):
            session.bulk_insert([Branch(name="bulk 20")])
    with Session(client, consistency_level="ONE") as session:
        assert session.query(Branch).where(name__like="bulk *").count() == 0


def test_the_batch_of_the_client_keeps_what_all_refuses(cluster: Cluster, client: Client) -> None:
    known = stored(client, name="of the batch")
    with cluster.client() as own:
        batch = own.batch.configure(batch_size=None, callback=None, consistency_level=ConsistencyLevel.ALL)
        ids = [batch.add_data_object({"name": f"batch {number}"}, "TestReplicasBranch") for number in range(3)]
        batch.add_reference(known.id, "TestReplicasBranch", "parent", known.id, "TestReplicasBranch")
        batch.flush()
        assert [each.body["id"] for each in batch.failed_objects] == ids
        assert len(batch.failed_references) == 1
        assert all(TOO_FEW.search(each.reason) for each in (*batch.failed_objects, *batch.failed_references))
        assert not any(own.data_object.exists(id, "TestReplicasBranch") for id in ids)
        batch.configure(batch_size=None, callback=None, consistency_level=ConsistencyLevel.QUORUM)
        batch.retry_failed()
        batch.flush()
        assert batch.failed_objects == batch.failed_references == []
        assert all(own.data_object.exists(id, "TestReplicasBranch") for id in ids)
    found = there(client, known)
    assert found is not None


@pytest.mark.parametrize("level", ["ONE", "QUORUM", "ALL"])
def test_objects_of_one_node_are_stored_or_refused_each_for_itself(client: Client, level: str) -> None:
    parcels = [Parcel(name=f"{level} {number}") for number in range(60)]  # some twenty on each node
    with Session(client, consistency_level=level) as session:
        session.add_all(parcels)
        with pytest.raises(FlushError) as caught:
            session.commit()
        failed = {failure.object for failure in caught.value.failures}
        assert 0 < len(failed) < 60
        assert set(session.new) == failed
        persistent = [parcel for parcel in parcels if parcel not in failed]
    with Session(client, consistency_level=level) as session:
        for parcel in persistent:
            again = session.get(Parcel, parcel.id)
            assert again is not None
            assert again.name == parcel.name
        for parcel in failed:
            with pytest.raises(UnexpectedStatusError, match="Maintenance mode"):
                session.get(Parcel, parcel.id)


def test_a_hit_tells_whether_its_replicas_agree(client: Client) -> None:
    branch = stored(client, name="agreed")
    with Session(client, consistency_level="QUORUM") as session:
        query = session.query(Branch).where(name="agreed").with_metadata("is_consistent")
        (hit,) = query.hits()
        assert hit.id == branch.id
        assert hit.is_consistent is True
        assert query.values("name", "is_consistent") == [{"name": "agreed", "is_consistent": True}]


# -- what takes the server 20 seconds and more, side by side


def patient_client(cluster: Cluster) -> Client:
    return cluster.client(timeout=(MINUTES, MINUTES))


def merges(cluster: Cluster) -> None:
    with patient_client(cluster) as client:
        changed = [stored(client, name="old", seats=number) for number in range(3)]
        with Session(client, consistency_level="ALL", workers=3) as session, recorded_requests(client) as requests:
            for branch in changed:
                session.add(branch)
                branch.name = "new"
            with pytest.raises(FlushError) as caught:
                session.commit()
            assert {(failure.operation, failure.object) for failure in caught.value.failures} == {
                ("merge", branch) for branch in changed
            }
            assert all(UNREACHED in str(failure.reason) for failure in caught.value.failures)
            assert len(requests) == 3  # none of them is repeated
            assert set(session.dirty) == set(changed)
        assert [getattr(there(client, branch), "name", None) for branch in changed] == ["old"] * 3
        with Session(client, consistency_level="QUORUM") as session:
            session.add(changed[0])
            session.commit()
        assert getattr(there(client, changed[0]), "name", None) == "new"


def references(cluster: Cluster) -> None:
    with patient_client(cluster) as client:
        parent = stored(client, name="parent")
        replaced = stored(client, name="child", parent=parent)
        reduced = stored(client, name="partner", partners=[parent, replaced])
        with Session(client, consistency_level="ALL", workers=2) as session:
            session.add_all([parent, replaced, reduced])
            replaced.parent = reduced
            reduced.partners.remove(parent)
            with pytest.raises(FlushError) as caught:
                session.commit()
            assert {(failure.operation, failure.object) for failure in caught.value.failures} == {
                ("replace references", replaced),
                ("remove reference", reduced),
            }
            assert set(session.dirty) == {replaced, reduced}
        with Session(client, consistency_level="ONE") as session:
            found = session.get(Branch, replaced.id)
            assert found is not None
            assert found.parent is not None
            assert found.parent.name == "parent"
            others = session.get(Branch, reduced.id)
            assert others is not None
            assert [branch.name for branch in others.partners] == ["parent", "child"]


def deletions(cluster: Cluster) -> None:
    with patient_client(cluster) as client:
        doomed = [stored(client, name="doomed") for _ in range(2)]
        with Session(client, consistency_level="ALL") as session:
            session.add_all(doomed)
            for branch in doomed:
                session.delete(branch)
            with pytest.raises(FlushError) as caught:
                session.commit()
            assert [(failure.operation, failure.object) for failure in caught.value.failures] == [
                ("delete", branch) for branch in doomed
            ]
            assert all(TOO_FEW.search(str(failure.reason)) for failure in caught.value.failures)
            assert set(session.deleted) == set(doomed)
        assert all(there(client, branch) is not None for branch in doomed)


def impatient_deletions(cluster: Cluster) -> None:
    with patient_client(cluster) as client:
        doomed = stored(client, name="doomed too")
        client.timeout_config = (MINUTES, 5)
        with Session(client, consistency_level="ALL") as session, recorded_requests(client) as requests:
            session.add(doomed)
            session.delete(doomed)
            with pytest.raises(FlushError) as caught:
                session.commit()
            (failure,) = caught.value.failures
            assert failure.operation == "delete"
            assert isinstance(failure.reason, RequestTimeoutError)
            assert len(requests) == 1  # the server would search as long again
            assert session.deleted == (doomed,)
        where = {"path": ["id"], "operator": "Equal", "valueText": str(doomed.id)}
        with recorded_requests(client) as requests, pytest.raises(RequestTimeoutError):
            client.batch.configure(consistency_level=ConsistencyLevel.ALL).delete_objects("TestReplicasBranch", where)
        assert len(requests) == 1
        client.timeout_config = MINUTES
        assert there(client, doomed) is not None


def reads(cluster: Cluster) -> None:
    with patient_client(cluster) as client:
        branch = stored(client, name="read")
        session = Session(client, consistency_level="ALL")
        with pytest.raises(UnexpectedStatusError, match=UNREACHED):
            session.get(Branch, branch.id)


def queries(cluster: Cluster) -> None:
    with patient_client(cluster) as client:
        child = stored(client, name="queried", parent=stored(client, name="parent"))
        with Session(client, consistency_level="ALL") as session:
            # the server answers all the same, and says so in each hit
            (hit,) = session.query(Branch).where(id=child.id).with_metadata("is_consistent").hits()
            assert hit.object.name == "queried"
            assert hit.is_consistent is False
            assert hit.object.parent is not None  # loaded by a query as well
            assert hit.object.parent.name == "parent"


SLOW: tuple[Callable[[Cluster], None], ...] = (merges, references, deletions, impatient_deletions, reads, queries)


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_what_all_cannot_do_with_stored_objects(client: Client, cluster: Cluster) -> None:
    with ThreadPoolExecutor(len(SLOW)) as pool:
        for each in [pool.submit(check, cluster) for check in SLOW]:
            each.result()
