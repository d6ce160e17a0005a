"""The extension of Flask, by its test client: contexts, 404, JSON."""

from __future__ import annotations

import contextvars
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import attrs
import pytest
from flask import Flask, copy_current_request_context, g, jsonify
from flask.json.provider import DefaultJSONProvider
from flask.testing import FlaskClient

from tests.contrib.flask_notes import Note, Visit, create_app, db
from tests.empty_collections import empty_collections
from tests.forked_child import in_child
from tests.model.stored_types_models import things
from weaviate_orm import (
    Client,
    ConfigurationError,
    Field,
    GeoCoordinates,
    Model,
    Ref,
    Session,
    configure,
    field,
    ref,
)
from weaviate_orm.contrib.flask import Weaviate, WeaviateJSONProvider
from weaviate_orm.session.current import current_session
from weaviate_orm.testing import Server, recorded_requests

MODELS: list[Any] = [Note, Visit]


@pytest.fixture
def app(server: Server, client: Client) -> Iterator[Flask]:
    with empty_collections(client, MODELS):
        yield create_app(WEAVIATE_URL=server.url, WEAVIATE_API_KEY=server.api_key, TESTING=True)


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_note_is_created_shown_changed_and_deleted(browser: FlaskClient) -> None:
    created = browser.post("/ada/notes", json={"text": "Buy milk"})
    assert created.status_code == 201
    id = created.get_json()["id"]
    assert browser.get(f"/ada/notes/{id}").json == created.json == {"id": id, "text": "Buy milk", "owner": "ada"}
    assert browser.get("/ada/notes").json == {"notes": [created.json], "count": 1}
    assert browser.get("/ada/search/Buy milk").json == created.json
    assert browser.patch(f"/ada/notes/{id}", json={"text": "Buy tea"}).get_json()["text"] == "Buy tea"
    assert browser.get("/ada/stream").text == "ada\n"
    assert browser.delete(f"/ada/notes/{id}").status_code == 204
    for path in (f"notes/{id}", "search/Buy milk", "notes/no-uuid", f"notes/{uuid4()}"):
        assert browser.get(f"/ada/{path}").status_code == 404
    assert browser.patch(f"/ada/notes/{id}", json={"text": "Buy tea"}).status_code == 404
    assert browser.get("/visits").json == 1
    assert browser.get("/visits").headers["X-Session"] == "right"


def test_what_was_not_committed_is_forgotten(app: Flask, browser: FlaskClient) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        db.client.tenants.create("FlaskNote", "ada")
    assert browser.post("/ada/forgotten").status_code == 409
    assert browser.post("/ada/forgotten?how=error").status_code == 500
    assert browser.get("/ada/notes").json == {"notes": [], "count": 0}
    assert browser.get("/pending").json == 0
    assert current_session() is None


def test_each_context_has_its_session(app: Flask) -> None:
    with app.app_context():
        g.tenant = "ada"
        outer = db.session
        assert current_session() is outer is db.session
        outer.add(Note(text="a", owner="ada"))
        with app.app_context():
            g.tenant = "bo"
            assert current_session() is db.session is not outer
            db.session.add(Note(text="b", owner="bo"))
            db.session.commit()
        with Session(db.client, tenant="cy") as block:  # a block goes before it
            assert current_session() is block
        assert current_session() is outer
        assert [note.text for note in Note.query] == ["a"]
        assert contextvars.copy_context().run(current_session) is outer
    assert list(outer) == []
    assert current_session() is None
    with pytest.raises(RuntimeError, match="application context"):
        db.session  # noqa: B018


def test_threads_of_a_request_have_sessions_of_their_own(app: Flask) -> None:
    sessions: list[Session | None] = []
    with app.test_request_context("/"):
        g.tenant = None

        @copy_current_request_context
        def work() -> None:
            g.tenant = None
            sessions.extend([current_session(), db.session])

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert sessions[0] is sessions[1] is not db.session
        assert sessions[0] is not None


def test_a_context_that_is_pushed_twice_has_one_session(app: Flask) -> None:
    context = app.app_context()
    with context:
        g.tenant = None
        session = db.session
        with context:
            assert current_session() is db.session is session
        assert current_session() is session
    assert list(session) == []
    assert current_session() is None


def test_nothing_is_connected_before_it_is_needed() -> None:
    app = create_app(WEAVIATE_URL="http://127.0.0.1:1", WEAVIATE_CLIENT_OPTIONS={"startup_period": None})
    app.add_url_rule("/plain", view_func=lambda: "plain")
    app.after_request_funcs.clear()
    assert app.test_client().get("/plain").text == "plain"
    with app.app_context():
        assert db.client.url == "http://127.0.0.1:1"
        assert db.client is db.client


def test_without_a_url_it_is_the_client_by_default(client: Client) -> None:
    app = Flask("plain")
    extension = Weaviate(app)
    with app.app_context(), pytest.raises(ConfigurationError, match="which server"):
        extension.session  # noqa: B018
    configure(client)
    try:
        with app.app_context():
            assert extension.client is client
            assert current_session() is extension.session
    finally:
        configure(None)


def test_applications_have_clients_of_their_own(server: Server) -> None:
    apps = [create_app(WEAVIATE_URL=server.url, WEAVIATE_API_KEY=server.api_key) for _ in range(2)]
    clients = []
    for app in apps:
        with app.app_context():
            g.tenant = None
            clients.append(db.client)
            assert db.session.client is db.client
    assert clients[0] is not clients[1]


def test_a_child_has_no_session_of_its_parents_context(app: Flask) -> None:
    def work() -> object:
        with app.app_context():
            g.tenant = "ada"
            db.session.add(Note(text="of the child", owner="ada"))
            db.session.commit()
            return Note.query.count()

    with app.app_context():
        g.tenant = "ada"
        db.session.add(Note(text="of the parent", owner="ada"))
        assert in_child(work) == "1"
        db.session.commit()
        assert Note.query.count() == 2


# -- JSON


class Genre(Enum):
    NOVEL = "novel"


@attrs.define
class Edition:
    year: int
    at: datetime


class Person(Model):
    name: Field[str]
    books: Ref[list[Tale]] = ref(factory=list, inverse="author")

    class Meta:
        name = "FlaskPerson"


class Tale(Model):
    title: Field[str]
    genre: Field[Genre] = field(default=Genre.NOVEL)
    published: Field[date | None] = field(default=None)
    seen: Field[datetime | None] = field(default=None)
    cover: Field[bytes | None] = field(default=None)
    place: Field[GeoCoordinates | None] = field(default=None)
    token: Field[UUID | None] = field(default=None)
    editions: Field[list[Edition]] = field(factory=list)
    author: Ref[Person | None] = ref(default=None, inverse="books")

    class Meta:
        name = "FlaskTale"


NOW = datetime(2026, 11, 26, 12, 30, tzinfo=timezone.utc)
TOKEN = UUID(int=7)


def test_objects_hits_and_queries_are_json(app: Flask, client: Client) -> None:
    with empty_collections(client, [Tale, Person]), app.test_request_context():
        g.tenant = None
        tale = Tale(
            title="Emma",
            published=date(1815, 12, 23),
            seen=NOW,
            cover=b"\0\1",
            place=GeoCoordinates(51.0, -1.0),
            token=TOKEN,
            editions=[Edition(1816, NOW)],
            author=Person(name="Jane"),
            vector=[1.0, 0.0],
        )
        assert json.loads(app.json.dumps(tale))["author"]["name"] == "Jane"
        db.session.add(tale)
        db.session.commit()
        expected = {
            "id": str(tale.id),
            "title": "Emma",
            "genre": "novel",
            "published": "1815-12-23",
            "seen": "2026-11-26T12:30:00+00:00",
            "cover": "AAE=",
            "place": {"latitude": 51.0, "longitude": -1.0},
            "token": str(TOKEN),
            "editions": [{"year": 1816, "at": "2026-11-26T12:30:00+00:00"}],
        }
        db.session.close()
        with recorded_requests(db.client) as requests:
            assert jsonify(Tale.query).json == [expected]
            (hit,) = Tale.query.near_vector([1.0, 0.0]).hits()
            assert jsonify(hits=[hit]).json == {"hits": [{"object": expected, "distance": 0.0, "certainty": 1.0}]}
            (loaded,) = Tale.query.include(Tale.author)
            author = jsonify(loaded).get_json()["author"]
        assert loaded.author is not None
        assert author == {"id": str(loaded.author.id), "name": "Jane"}
        assert len(requests) == 3
        groups = Tale.query.near_vector([1.0, 0.0]).group_by(Tale.title).groups()
        assert jsonify(groups).get_json()[0]["value"] == "Emma"
        assert jsonify(GeoCoordinates(1.0, 2.0)).json == {"latitude": 1.0, "longitude": 2.0}


def test_other_values_are_as_flask_writes_them(app: Flask) -> None:
    own = {"at": NOW, "day": NOW.date(), "price": Decimal("1.5"), "id": TOKEN}
    assert app.json.dumps(own) == DefaultJSONProvider(app).dumps(own)
    with pytest.raises(TypeError, match="not JSON serializable"):
        app.json.dumps(object())


def test_json_of_types_that_flask_does_not_know(app: Flask) -> None:
    (_, full, _) = things()
    with app.app_context():
        body = jsonify(full).get_json()
    assert (body["price"], body["opens"], body["lasts"]) == ("12.50", "23:59:59.999999", -86399.999999)
    assert (sorted(body["tags"]), body["steps"], body["counts"]) == (
        ["", "in stock", "new"],
        [0.5, 2.0, 0.5],
        {"": 0, "a": 1, "b": 2},
    )
    assert body["boxes"]["red"] == {"width": 2, "price": None, "labels": [], "opened": "01:02:03"}
    assert (body["heat"], body["path"], body["outline"], body["slug"]) == (233, "/tmp/a b", [0.0, 1.5], "c-d")
    assert body["interval"] == {"low": "1.10", "high": "2"}
    assert body["paid"] == {"amount": "3.30", "currency": "EUR"}


def test_a_provider_of_the_application_stays() -> None:
    class Own(DefaultJSONProvider):
        pass

    app = Flask("own")
    app.json = Own(app)
    Weaviate(app)
    assert type(app.json) is Own
    plain = Flask("plain")
    Weaviate(plain)
    assert type(plain.json) is WeaviateJSONProvider


def test_without_flask_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['flask'] = None; import weaviate_orm.contrib.flask"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ)
    assert done.stderr.splitlines()[-1] == (
        'ModuleNotFoundError: weaviate_orm.contrib.flask needs Flask: pip install "weaviate-mapper[flask]"'
    )
