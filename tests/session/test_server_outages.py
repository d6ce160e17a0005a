"""A server that goes away in the middle of a commit: nothing is lost, nothing is reported stored that is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import attrs
import pytest

from tests.scripted_host import Answer, forward, host
from tests.scripted_host import Request as Arrived
from tests.session.library_models import MODELS, Author, Publication
from weaviate_orm import AuthApiKey, Client, ConnectionFailedError, FlushError, Session, create_all
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded.ports import choose_ports
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.http.transport import Request
from weaviate_orm.testing import Server

COUNT = 300
KEY = "a-key-that-outlives-the-server"


@pytest.fixture
def options(tmp_path: Path, server: object) -> EmbeddedOptions:
    """A server of this test's own, which comes back at the same port with the same data."""
    return EmbeddedOptions(
        persistence_data_path=tmp_path / "data",
        port=choose_ports().http,
        vectorizer=False,
        startup_timeout=240,
        additional_env_vars={"AUTHENTICATION_APIKEY_ALLOWED_KEYS": KEY},
    )


@pytest.fixture
def own(options: EmbeddedOptions) -> Iterator[tuple[EmbeddedServer, Client]]:
    with EmbeddedServer(options) as running, Client(running.url, AuthApiKey(KEY)) as client:
        create_all(client, MODELS)
        yield running, client


class AfterBatches:
    """Calls something once, when so many batches have been sent, or not been sent, as the server is not ready."""

    def __init__(self, batches: int, call: object) -> None:
        self.left = batches
        self.call = call
        self.lock = threading.Lock()

    def __call__(self, request: Request) -> None:
        with self.lock:
            self.left -= "/batch/" in request.url or request.url.endswith("/ready")
            if self.left == 0 and callable(self.call):
                self.left -= 1
                self.call()


def graph() -> list[Author]:
    vogue = Publication(name="Vogue")
    return [Author(name=f"Author {number}", writes_for=vogue) for number in range(COUNT)]


def check_stored(client: Client) -> None:
    with Session(client) as session:
        authors = session.query(Author).include("writes_for").limit(COUNT + 1).all()
        assert sorted(author.name for author in authors) == sorted(f"Author {number}" for number in range(COUNT))
        assert all(author.writes_for is not None for author in authors)
    rows = (client.data_object.get(class_name="TestLibraryAuthor", limit=COUNT + 1) or {})["objects"]
    assert all(len(row["properties"]["writesFor"]) == 1 for row in rows)  # none twice


def test_a_server_that_stops_half_way_loses_nothing(
    options: EmbeddedOptions, own: tuple[EmbeddedServer, Client]
) -> None:
    running, client = own
    client.transport.batch_retry = RetryPolicy(attempts=2, first_wait=0.05)
    stop = AfterBatches(4, running.close)
    client.transport.observers.append(stop)
    authors = graph()
    with Session(client, batch_size=50) as session:
        session.add_all(authors)
        with pytest.raises(FlushError) as caught:
            session.commit()
        client.transport.observers.remove(stop)
        pending = set(session.new)
        assert 0 < len(pending) < COUNT
        failed = {failure.object for failure in caught.value.failures if failure.operation == "create"}
        assert failed == pending
        assert all(
            isinstance(f.reason, ConnectionFailedError) for f in caught.value.failures if f.operation == "create"
        )
        assert any(failure.operation == "add reference" for failure in caught.value.failures)
        with EmbeddedServer(options):
            with Session(client) as other:
                stored = {author.id for author in other.query(Author).limit(COUNT)}
            # what is reported as stored is; more may be, when an answer was lost
            assert {author.id for author in authors if author not in pending} <= stored
            session.commit()
            assert session.new == session.dirty == ()
            check_stored(client)


def test_a_server_that_is_restarted_half_way_is_waited_for(
    options: EmbeddedOptions, own: tuple[EmbeddedServer, Client]
) -> None:
    running, client = own
    revived: list[EmbeddedServer] = []
    # so many are sent in vain; then all wait for it, however long it takes to start
    client.transport.observers.append(AfterBatches(4, running.close))
    client.transport.observers.append(AfterBatches(8, lambda: revived.append(EmbeddedServer(options))))
    try:
        with Session(client, batch_size=50) as session:
            session.add_all(graph())
            session.commit()
        assert revived
        check_stored(client)
    finally:
        for server in revived:
            server.close()


@pytest.mark.parametrize("lookup", [503, 504])
def test_references_that_were_never_answered_are_not_stored_twice(
    server: Server, client: Client, session: Session, monkeypatch: pytest.MonkeyPatch, lookup: int
) -> None:
    broken = threading.Event()

    def respond(request: Arrived) -> Answer:
        if broken.is_set() and request.method == "GET":
            return lookup, {}, b""
        answer = forward(attrs.evolve(request, path=server.url + request.path))
        if "/batch/references" in request.path:
            broken.set()
        return (504, {}, b"") if broken.is_set() else answer

    with host(respond) as gateway:
        secret = AuthApiKey(server.api_key) if server.api_key else None
        with Client(gateway.url, auth_client_secret=secret) as through, Session(through) as own:
            through.transport.batch_retry = RetryPolicy(attempts=2, first_wait=0.01)
            vogue = Publication(name="Vogue")
            authors = [Author(name=f"Author {number}", writes_for=vogue) for number in range(5)]
            own.add_all(authors)
            with pytest.raises(FlushError) as caught:
                own.commit()
            assert {failure.operation for failure in caught.value.failures} == {"add reference"}
            monkeypatch.setattr(broken, "set", lambda: None)
            broken.clear()
            own.add(Author(name="new", writes_for=vogue))
            own.commit()
            assert own.dirty == ()
    rows = (client.data_object.get(class_name="TestLibraryAuthor", limit=10) or {})["objects"]
    assert [len(row["properties"]["writesFor"]) for row in rows] == [1] * 6


def test_a_request_that_fails_takes_no_other_of_its_batch_with_it(
    server: Server, client: Client, session: Session
) -> None:
    batches = count(1)  # which threads may count by, unlike the length of a list

    def respond(request: Arrived) -> Answer:
        if "/batch/objects" in request.path and next(batches) == 3:
            return 413, {}, b"too large for what stands between"
        return forward(attrs.evolve(request, path=server.url + request.path))

    with host(respond) as gateway:
        secret = AuthApiKey(server.api_key) if server.api_key else None
        with Client(gateway.url, auth_client_secret=secret) as through, Session(through) as own:
            through.transport.largest_request = 2_000
            authors = [Author(name=f"Author {number}") for number in range(COUNT)]
            own.add_all(authors)
            with pytest.raises(FlushError, match=r"413: .* 0\.0 MB is too large for what stands before the server"):
                own.commit()
            pending = own.new
            assert {author.name for author in session.query(Author)} == {a.name for a in authors if a not in pending}
            assert 0 < len(pending) < COUNT
            own.commit()
            assert own.new == ()
    assert session.query(Author).count() == COUNT


@pytest.mark.wire("graphql")  # it names requests of HTTP
@pytest.mark.parametrize("phase", ["/batch/objects", "/batch/references"])
def test_a_commit_that_is_interrupted_goes_on_with_the_next(client: Client, session: Session, phase: str) -> None:
    batches = count(1)

    def interrupt(request: Request) -> None:  # called by four threads
        if phase in request.url and next(batches) == 3:
            raise KeyboardInterrupt

    client.transport.observers.append(interrupt)
    try:
        with Session(client, batch_size=20, workers=4) as interrupted:
            interrupted.add_all(graph())
            with pytest.raises(KeyboardInterrupt):
                interrupted.commit()
            assert interrupted.new or interrupted.dirty
            interrupted.commit()
            assert interrupted.new == interrupted.dirty == ()
    finally:
        client.transport.observers.remove(interrupt)
    check_stored(client)
