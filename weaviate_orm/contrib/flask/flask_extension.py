"""The extension: its client, and the session of an application context."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar
from uuid import UUID

import attrs
from flask import Flask, abort, current_app, g
from flask.json.provider import DefaultJSONProvider
from flask.signals import appcontext_pushed

from weaviate_orm.client.client import Client
from weaviate_orm.contrib.flask.flask_json import WeaviateJSONProvider
from weaviate_orm.exceptions import MultipleResultsError, NotFoundError
from weaviate_orm.forks import renewed_in_children
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.model.model import Model
from weaviate_orm.query.queryset import QuerySet
from weaviate_orm.session.blocks import Block, begin_block, end_block, innermost_block
from weaviate_orm.session.default_client import default_client
from weaviate_orm.session.deferred_session import DeferredSession
from weaviate_orm.session.session import Session

M = TypeVar("M", bound=Model)

_KEY: Final = "weaviate"
"""The name of the extension, and what it keeps in ``g``."""


class Weaviate:
    """The extension. ``Model.query`` reads through the session of the application context, and so of the request.

    Args:
        app: an application, as for :meth:`init_app`.
        make_session: makes the session of a context when it is first needed, of a client: for a tenant, as
            ``lambda client: Session(client, tenant=g.tenant)``.

    The configuration of the application:

    - ``WEAVIATE_URL``: the server; without it the client is the one of :func:`~weaviate_orm.configure`.
    - ``WEAVIATE_API_KEY``: its key.
    - ``WEAVIATE_CLIENT_OPTIONS``: further arguments of :class:`~weaviate_orm.Client`, a dict.
    """

    def __init__(self, app: Flask | None = None, *, make_session: Callable[[Client], Session] = Session) -> None:
        self._make_session = make_session
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Give an application its client, and each of its contexts a session. Nothing is connected before it is needed.

        Objects, hits and query sets become JSON, unless the application has a JSON provider of its own: see
        :class:`WeaviateJSONProvider`.
        """
        app.extensions[_KEY] = _AppClient(app.config)
        if type(app.json) is DefaultJSONProvider:
            app.json = WeaviateJSONProvider(app)
        appcontext_pushed.connect(self._begin, app)
        app.teardown_appcontext(self._end)

    @property
    def client(self) -> Client:
        """The client of the current application, made when it is first needed, for all of its threads."""
        client: _AppClient = current_app.extensions[_KEY]
        return client.get()

    @property
    def session(self) -> Session:
        """The session of the current application context, closed at its end; what was not committed is forgotten."""
        context: _Context = g.get(_KEY) or self._begin(current_app)
        return context.sessions()

    def get_or_404(self, model: type[M], id: UUID | str, *, description: str | None = None) -> M:
        """Return the object of an id, or abort with 404; so does what is no id."""
        try:
            uuid = UUID(str(id))
        except ValueError:
            abort(404, description)
        instance = self.session.get(model, uuid)
        return instance if instance is not None else abort(404, description)

    def first_or_404(self, query: QuerySet[M], *, description: str | None = None) -> M:
        """Return the first object of a query, or abort with 404."""
        instance = query.first()
        return instance if instance is not None else abort(404, description)

    def one_or_404(self, query: QuerySet[M], *, description: str | None = None) -> M:
        """Return the only object of a query; abort with 404 when there is none, or another."""
        try:
            return query.one()
        except (NotFoundError, MultipleResultsError):
            return abort(404, description)

    def _begin(self, app: Any, **_: object) -> _Context:
        context: _Context | None = g.get(_KEY)
        if context is None:
            context = _Context(DeferredSession(lambda: self._make_session(self.client)))
            setattr(g, _KEY, context)
        context.enter()
        return context

    def _end(self, error: BaseException | None) -> None:
        context: _Context | None = g.pop(_KEY, None)
        if context is not None:
            context.leave()


@attrs.define
class _Context:
    """The session of an application context, and its blocks: a context may be pushed several times."""

    sessions: DeferredSession
    blocks: list[Block] = attrs.field(factory=list)

    def enter(self) -> None:
        around = innermost_block()
        if around is None or around.session is not self.sessions:
            self.blocks.append(begin_block(self.sessions, is_scope=True))

    def leave(self) -> None:
        while self.blocks:
            end_block(self.blocks.pop())
        self.sessions.close()


class _AppClient:
    """The client of an application, made when it is first needed."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._client: Client | None = None
        self.begin_in_child()
        renewed_in_children(self)

    def begin_in_child(self) -> None:
        self._lock = threading.Lock()

    def get(self) -> Client:
        url = self._config.get("WEAVIATE_URL")
        if url is None:
            return default_client()
        with self._lock:
            if self._client is None:
                key = self._config.get("WEAVIATE_API_KEY")
                options = self._config.get("WEAVIATE_CLIENT_OPTIONS") or {}
                self._client = Client(url, **{"auth_client_secret": AuthApiKey(key) if key else None, **options})
            return self._client
