"""Sessions during a rebuild: writes wait while a collection is frozen, and go over to the one that takes its place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.empty_collections import empty_collections
from tests.session.aliased_models import MODELS, Draft, Publisher, Room, Writer, freeze, rebuild, stored_objects
from weaviate_orm import AuthApiKey, Client, Config, FlushError, FrozenCollectionError, Session, create_all
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded.ports import choose_ports
from weaviate_orm.http import collection_names
from weaviate_orm.http.features import Feature
from weaviate_orm.testing import Server, recorded_requests

MINUTES = 240
"""What ends a test that hangs."""


@pytest.fixture(autouse=True)
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@contextmanager
def connected(server: Server, *, by_grpc: bool = False) -> Iterator[Client]:
    """A client of its own, with names of its own."""
    secret = AuthApiKey(server.api_key) if server.api_key else None
    config = Config(server.grpc_port) if by_grpc else None
    with Client(server.url, auth_client_secret=secret, additional_config=config) as client:
        yield client


@contextmanager
def rebuilding(client: Client, name: str, seconds: float = 0.5) -> Iterator[None]:
    """Rebuild a collection, which is frozen when the block begins, and replaced some time later."""
    frozen = threading.Event()

    def wait() -> None:
        frozen.set()
        time.sleep(seconds)

    thread = threading.Thread(target=rebuild, args=(client, name), kwargs={"frozen": wait})
    thread.start()
    assert frozen.wait(MINUTES)
    yield
    thread.join()


def titles(client: Client, collection: str) -> list[str]:
    return sorted(body["properties"]["title"] for body in stored_objects(client, collection))


@pytest.fixture
def drafts(client: Client) -> dict[str, Any]:
    """The ids of what is stored before."""
    with Session(client) as session:
        ada = Writer(name="Ada")
        sea = Draft(title="sea", writer=ada, shape=[1.0, 0.0])
        moon = Draft(title="moon", related=[sea])
        session.add_all([ada, sea, moon])
        session.commit()
        return {"sea": sea.id, "moon": moon.id, "ada": ada.id}


def create(session: Session) -> None:
    session.add(Draft(title="new", shape=[0.0, 1.0]))
    session.commit()


def merge(session: Session) -> None:
    session.query(Draft).where(title="sea").one().title = "lake"
    session.commit()


def set_reference(session: Session) -> None:
    session.query(Draft).where(title="moon").one().writer = session.query(Writer).one()
    session.commit()


def empty_reference(session: Session) -> None:
    session.query(Draft).where(title="sea").one().writer = None
    session.commit()


def add_reference(session: Session) -> None:
    moon = session.query(Draft).where(title="moon").one()
    moon.related.append(moon)
    session.commit()


def remove_reference(session: Session) -> None:
    moon = session.query(Draft).where(title="moon").one()
    moon.related.remove(session.query(Draft).where(title="sea").one())
    session.commit()


def delete(session: Session) -> None:
    session.delete(session.query(Draft).where(title="moon").one())
    session.commit()


def delete_by_filter(session: Session) -> None:
    assert session.query(Draft).where(title="moon").delete() == 1


def update(session: Session) -> None:
    assert session.query(Draft).where(title="sea").update(pages=7) == 1


def upsert(session: Session) -> None:
    session.upsert([Draft(title="ocean", id=session.query(Draft).where(title="sea").one().id)])
    session.commit()


def state(session: Session) -> dict[str, Any]:
    session.close()
    query = session.query(Draft).include(Draft.writer, Draft.related)
    return {
        story.title: (
            story.pages,
            story.writer.name if story.writer else None,
            sorted(other.title for other in story.related),
        )
        for story in query
    }


WRITES: dict[Callable[[Session], None], dict[str, Any]] = {
    create: {"new": (None, None, [])},
    merge: {"sea": None, "lake": (None, "Ada", []), "moon": (None, None, ["lake"])},
    set_reference: {"moon": (None, "Ada", ["sea"])},
    empty_reference: {"sea": (None, None, [])},
    add_reference: {"moon": (None, None, ["moon", "sea"])},
    remove_reference: {"moon": (None, None, [])},
    delete: {"moon": None},
    delete_by_filter: {"moon": None},
    update: {"sea": (7, "Ada", [])},
    upsert: {"sea": None, "ocean": (None, "Ada", []), "moon": (None, None, ["ocean"])},
}
BEFORE = {"sea": (None, "Ada", []), "moon": (None, None, ["sea"])}


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_a_write_waits_and_goes_over(
    client: Client, server: Server, drafts: dict[str, Any], write: Callable[[Session], None]
) -> None:
    with connected(server) as theirs, Session(theirs) as session:
        assert state(session) == BEFORE  # the names are read
        with rebuilding(client, "TestAliasedDraft"):
            before = stored_objects(client, "TestAliasedDraft_1")
            write(session)
            assert client.alias.get(alias_name="TestAliasedDraft") == "TestAliasedDraft_2"
        assert stored_objects(client, "TestAliasedDraft_1") == before
        expected = {title: row for title, row in (BEFORE | WRITES[write]).items() if row is not None}
        assert state(session) == expected
        assert session.dirty == session.new == session.deleted == ()


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_a_write_waits_where_nothing_is_put_over(
    client: Client, server: Server, drafts: dict[str, Any], write: Callable[[Session], None]
) -> None:
    with connected(server) as theirs, Session(theirs) as session:
        freeze(client, "TestAliasedDraft_1")
        thaw = threading.Timer(0.4, freeze, (client, "TestAliasedDraft_1", "READY"))
        thaw.start()
        write(session)
        thaw.join()
        expected = {title: row for title, row in (BEFORE | WRITES[write]).items() if row is not None}
        assert state(session) == expected


def test_what_waits_too_long_stays_pending(client: Client, drafts: dict[str, Any]) -> None:
    with Session(client, freeze_timeout=0.2) as session:
        moon = session.query(Draft).where(title="moon").one()
        sea = session.query(Draft).where(title="sea").one()
        moon.title, moon.writer = "full moon", session.query(Writer).one()
        moon.related.append(moon)
        session.add(Draft(title="new"))
        session.delete(sea)
        freeze(client, "TestAliasedDraft_1")
        began = time.monotonic()
        with pytest.raises(FlushError) as caught:
            session.commit()
        assert time.monotonic() - began < 30
        reasons = [failure.reason for failure in caught.value.failures]
        assert any(isinstance(reason, FrozenCollectionError) for reason in reasons)
        assert all("frozen" in str(reason) for reason in reasons)
        assert len(session.new) == 1
        assert moon in session.dirty
        assert session.deleted == (sea,)
        rebuild(client, "TestAliasedDraft")
        session.commit()
        assert state(session) == {"full moon": (None, "Ada", ["full moon"]), "new": (None, None, [])}


def test_a_bulk_insert_stops(client: Client) -> None:
    freeze(client, "TestAliasedWriter_1")
    reports: list[Any] = []
    with Session(client, batch_size=10, freeze_timeout=0.1) as session, pytest.raises(FlushError):
        session.bulk_insert((Writer(name=f"{number}") for number in range(1000)), progress=reports.append)
    assert reports == []


def test_a_plain_collection_is_waited_for(client: Client) -> None:
    freeze(client, "TestAliasedPublisher")
    threading.Timer(0.3, freeze, (client, "TestAliasedPublisher", "READY")).start()
    with Session(client) as session:
        session.add(Publisher(name="House"))
        session.commit()
    assert len(stored_objects(client, "TestAliasedPublisher")) == 1


def test_a_collection_that_was_cleaned_up(client: Client, server: Server, drafts: dict[str, Any]) -> None:
    actions: list[Callable[[Session], object]] = [
        lambda session: session.query(Draft).all(),
        lambda session: session.query(Draft).where(Draft.writer.name == "Ada").one(),
        lambda session: session.query(Draft).count(),
        lambda session: session.query(Draft).include(Draft.related).all(),
        lambda session: session.query(Draft).where(title="moon").one().related[0].title,
        lambda session: session.dangling(Draft),
        lambda session: merge(session),
        lambda session: add_reference(session),
        lambda session: delete_by_filter(session),
    ]
    for number, action in enumerate(actions, 1):
        with connected(server) as theirs, Session(theirs) as session:
            assert session.query(Draft).first() is not None
            session.close()
            rebuild(client, "TestAliasedDraft", frozen=lambda: None)
            client.schema.delete_class(f"TestAliasedDraft_{number}")
            action(session)


def test_an_object_of_a_collection_that_was_cleaned_up(
    client: Client, server: Server, drafts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_names, "MAX_AGE", 1000)
    with connected(server) as theirs, Session(theirs) as session:
        assert session.get(Draft, drafts["sea"]) is not None
        session.close()
        rebuild(client, "TestAliasedDraft", frozen=lambda: None)
        client.schema.delete_class("TestAliasedDraft_1")
        time.sleep(1.1)  # what is missing is looked for at most once a second
        with recorded_requests(theirs) as requests:
            assert session.get(Draft, drafts["sea"]) is not None
        assert len(requests) == 3


# 1.35.2 may acknowledge a write to a collection that is being frozen, and not show it to the copy; 1.39.2 does not
@pytest.mark.needs(Feature("freezing a collection under writers", (1, 39, 0)))
@pytest.mark.parametrize("by_grpc", [False, True])
def test_writers_and_readers_lose_nothing(client: Client, server: Server, by_grpc: bool) -> None:
    """Two writers and a reader, while a collection is rebuilt three times."""
    if by_grpc and server.grpc_port is None:
        pytest.skip("the port of gRPC is not known")
    stop = threading.Event()
    errors: list[BaseException] = []
    acknowledged: list[list[tuple[str, int]]] = [[], []]

    def write(part: int) -> None:
        try:
            with connected(server, by_grpc=by_grpc) as own, Session(own) as session:
                assert (own.transport.rpc is not None) == by_grpc
                writer = Writer(name=f"{part}")
                number = 0
                while not stop.is_set():
                    number += 1
                    shape = [float(part), float(number)] if by_grpc else None
                    batch = [Draft(title=f"{part} {number} {place}", pages=1, shape=shape) for place in range(5)]
                    batch[1].related = [batch[0], batch[1]]
                    session.add_all(batch)
                    session.commit()
                    batch[0].pages = 2
                    session.delete(batch[4])
                    batch[3].writer = writer
                    session.commit()
                    acknowledged[part] += [(story.title, story.pages or 0) for story in batch[:4]]
        except BaseException as error:
            errors.append(error)

    def read() -> None:
        try:
            with connected(server) as own, Session(own) as session:
                most = 0
                while not stop.is_set():
                    count = session.query(Draft).where(Draft.pages >= 0).count()
                    assert count > most - 10, "objects vanished"  # of each writer at most five come and go
                    session.query(Draft).include(Draft.related, Draft.writer).limit(20).all()
                    session.query(Draft).where(Draft.related.pages == 2).limit(5).all()
                    session.expire_all()
                    most = max(most, count)
        except BaseException as error:
            errors.append(error)

    def wait_for_writes() -> None:
        """Wait for some more batches of each writer, or for what ends one."""
        enough = [len(stories) + 40 for stories in acknowledged]
        deadline = time.monotonic() + MINUTES
        while not errors and any(len(stories) < least for stories, least in zip(acknowledged, enough, strict=True)):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    threads = [threading.Thread(target=write, args=(part,)) for part in range(2)] + [threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            wait_for_writes()
            rebuild(client, "TestAliasedDraft", frozen=lambda: time.sleep(0.7))
        wait_for_writes()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    bodies = stored_objects(client, "TestAliasedDraft_4")
    stored = sorted((body["properties"]["title"], body["properties"]["pages"]) for body in bodies)
    assert len(stored) > 30
    assert stored == sorted(acknowledged[0] + acknowledged[1])
    ids = {body["properties"]["title"]: body["id"] for body in bodies}
    for body in bodies:
        part, number, place = body["properties"]["title"].split()
        related = [item["beacon"].rpartition("/")[2] for item in body["properties"].get("related") or ()]
        expected = [ids[f"{part} {number} {other}"] for other in range(2)] if place == "1" else []
        assert related == expected
        assert len(body["properties"].get("writer") or ()) == (place == "3")
        assert bool(body.get("vectors")) == by_grpc


def test_tenants_are_frozen_too(client: Client, server: Server) -> None:
    with connected(server) as theirs, Session(theirs, tenant="east") as session:
        session.add(Room(name="hall"))
        session.commit()
        freeze(client, "TestAliasedRoom_1")
        threading.Timer(0.3, freeze, (client, "TestAliasedRoom_1", "READY")).start()
        session.query(Room).one().name = "lobby"
        session.add(Room(name="attic"))
        session.commit()
        assert sorted(room.name for room in session.query(Room)) == ["attic", "lobby"]


@pytest.mark.parametrize("by_grpc", [False, True])
def test_a_restart_that_thaws_the_old_collection(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_grpc: bool
) -> None:
    """A restarted server has forgotten what was frozen, and would take writes of the old collection."""
    monkeypatch.setattr(collection_names, "MAX_AGE", 1000)
    ports = choose_ports()
    options = EmbeddedOptions(
        persistence_data_path=tmp_path / "data",
        port=ports.http,
        grpc_port=ports.grpc,
        vectorizer=False,
        startup_timeout=MINUTES,
        additional_env_vars={"AUTHENTICATION_APIKEY_ALLOWED_KEYS": "a-key"},
    )
    config = Config(ports.grpc) if by_grpc else None
    with EmbeddedServer(options) as own, Client(own.url, AuthApiKey("a-key"), additional_config=config) as client:
        create_all(client, MODELS)
        with Session(client) as session:
            draft = Draft(title="before", shape=[1.0])
            session.add_all([draft, Draft(title="other", shape=[1.0])])
            session.commit()
            with Client(own.url, AuthApiKey("a-key")) as other:
                rebuild(other, "TestAliasedDraft")
            own.close()
            with EmbeddedServer(options), recorded_requests(client) as requests:
                draft.title = "after"
                session.add(Draft(title="new", shape=[2.0]))
                session.commit()
                assert session.query(Draft).count() == 3
                assert titles(client, "TestAliasedDraft_1") == ["before", "other"]
                assert titles(client, "TestAliasedDraft_2") == ["after", "new", "other"]
    assert any("/aliases" in request.url for request in requests)
