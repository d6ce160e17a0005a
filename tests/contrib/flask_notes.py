"""A Flask application of notes, of tenants; each answer says whether it was served by the right session."""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Flask, Response, abort, g, jsonify, request, stream_with_context

from weaviate_orm import Client, Field, Model, Session, create_all, field
from weaviate_orm.contrib.flask import Weaviate
from weaviate_orm.schema import MultiTenancySpec
from weaviate_orm.session.current import current_session


class Note(Model):
    """Holds the tenant to which it was sent, so that one of another is noticed."""

    text: Field[str] = field(tokenization="field")
    owner: Field[str] = field(tokenization="field")

    class Meta:
        name = "FlaskNote"
        multi_tenancy = MultiTenancySpec(enabled=True, auto_tenant_creation=True)


class Visit(Model):
    """Has no tenants."""

    path: Field[str] = field(tokenization="field")

    class Meta:
        name = "FlaskVisit"


sessions: weakref.WeakSet[Session] = weakref.WeakSet()
"""Those of this process which are not gone."""


def open_session(client: Client) -> Session:
    session = Session(client, tenant=g.tenant)
    sessions.add(session)
    return session


db = Weaviate(make_session=open_session)


def create_app(**config: Any) -> Flask:
    app = Flask(__name__)
    app.config.from_mapping(config)
    db.init_app(app)

    @app.before_request
    def choose_tenant() -> None:
        g.tenant = (request.view_args or {}).get("tenant")

    @app.after_request
    def check(response: Response) -> Response:
        is_right = current_session() is db.session and db.session._options.tenant == g.tenant
        response.headers["X-Session"] = "right" if is_right else "wrong"
        response.headers["X-Process"] = str(os.getpid())
        return response

    @app.post("/<tenant>/notes")
    def create(tenant: str) -> Any:
        note = Note(text=request.get_json()["text"], owner=tenant)
        db.session.add(note)
        db.session.commit()
        return jsonify(note), 201

    @app.get("/<tenant>/notes/<id>")
    def show(tenant: str, id: str) -> Any:
        return jsonify(db.get_or_404(Note, id))

    @app.get("/<tenant>/notes")
    def index(tenant: str) -> Any:
        return jsonify(notes=Note.query.order_by("text"), count=Note.query.count())

    @app.get("/<tenant>/search/<text>")
    def search(tenant: str, text: str) -> Any:
        return jsonify(db.first_or_404(Note.query.where(text=text)))

    @app.patch("/<tenant>/notes/<id>")
    def change(tenant: str, id: str) -> Any:
        note = db.one_or_404(Note.query.where(id=UUID(id)))
        note.text = request.get_json()["text"]
        db.session.commit()
        return jsonify(note)

    @app.delete("/<tenant>/notes/<id>")
    def remove(tenant: str, id: str) -> Any:
        db.session.delete(db.get_or_404(Note, id))
        db.session.commit()
        return "", 204

    @app.get("/<tenant>/stream")
    def stream(tenant: str) -> Any:
        def lines() -> Iterator[str]:
            for note in Note.query.iterator(10):
                if note not in db.session:
                    yield "wrong session\n"
                yield f"{note.owner}\n"

        return Response(stream_with_context(lines()), mimetype="text/plain")

    @app.post("/<tenant>/forgotten")
    def forget(tenant: str) -> Any:
        db.session.add(Note(text="never committed", owner=tenant))
        if request.args.get("how") == "error":
            raise RuntimeError("on purpose")
        abort(409)

    @app.get("/visits")
    def visits() -> Any:
        Visit.query.create(path=request.path)
        return jsonify(Visit.query.count())

    @app.get("/pending")
    def pending() -> Any:
        others = {*sessions} - {db.session}
        return jsonify(sum(len(session.new) + len(session.dirty) + len(session.deleted) for session in others))

    return app


def served() -> Flask:
    """Make the application that gunicorn serves; with ``--preload`` before it forks its workers."""
    logging.getLogger(__name__).setLevel(logging.CRITICAL)  # errors that are raised on purpose
    app = create_app(WEAVIATE_URL=os.environ["NOTES_URL"], WEAVIATE_API_KEY=os.environ["NOTES_KEY"])
    with app.app_context():
        create_all(db.client, [Note, Visit])
    return app
