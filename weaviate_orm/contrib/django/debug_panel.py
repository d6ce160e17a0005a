"""A panel of django-debug-toolbar: the requests to Weaviate that led to a response."""

from __future__ import annotations

import logging
import threading
from contextvars import ContextVar
from typing import Any, Final

from debug_toolbar.panels import Panel
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from weaviate_orm.http.request_log import LOGGER, asking_line

__all__ = ["WeaviatePanel"]

_FIELDS: Final = ("method", "path", "status", "sent", "received", "milliseconds", "wire", "attempt")

_requests: ContextVar[list[dict[str, Any]] | None] = ContextVar("weaviate_debug_requests", default=None)
"""The requests to Weaviate of the request to Django around."""


class _Capture(logging.Filter):
    """Notes what the log of requests says, for the requests that want it; to the log comes what would without it."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._users = 0
        self._level = self._effective_level = logging.NOTSET

    def begin(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._level = LOGGER.level
                self._effective_level = LOGGER.getEffectiveLevel()
                LOGGER.setLevel(logging.DEBUG)
                LOGGER.addFilter(self)

    def end(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                LOGGER.removeFilter(self)
                LOGGER.setLevel(self._level)

    def filter(self, record: logging.LogRecord) -> bool:
        """Note a record; return whether it is logged."""
        requests = _requests.get()
        if requests is not None:
            if isinstance(record.args, dict):
                values = {name: record.args[name] for name in _FIELDS}
                requests.append({**values, "status": str(values["status"]), "line": asking_line(), "document": ""})
            elif record.levelno == logging.DEBUG and requests:
                requests[-1]["document"] = record.getMessage()
        return record.levelno >= self._effective_level


_capture: Final = _Capture()

_Panel: Any = Panel  # its properties have no types that others could have


class WeaviatePanel(_Panel):  # type: ignore[misc]
    """The requests to Weaviate that led to a response, with their durations, documents, and the lines that asked.

    ::

        DEBUG_TOOLBAR_PANELS = [..., "weaviate_orm.contrib.django.debug_panel.WeaviatePanel"]

    Needs the ``debug-toolbar`` extra.
    """

    is_async = True
    title = "Weaviate"
    _is_on = False

    @property
    def nav_subtitle(self) -> str:
        """The number of requests, and their time."""
        requests = self.get_stats().get("requests", ())
        return f"{len(requests)} requests in {sum(item['milliseconds'] for item in requests):.1f} ms"

    @property
    def content(self) -> SafeString:
        """The table of requests."""
        rows = format_html_join(
            "",
            "<tr><td>{} {}<br><small>{}</small>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (
                    item["method"],
                    item["path"],
                    item["line"],
                    format_html("<pre>{}</pre>", item["document"]) if item["document"] else "",
                    item["status"],
                    f"{item['milliseconds']:.1f}",
                    item["sent"],
                    item["received"],
                )
                for item in self.get_stats().get("requests", ())
            ),
        )
        return format_html(
            "<table><thead><tr><th>Request</th><th>Status</th><th>ms</th><th>Bytes sent</th><th>Received</th></tr>"
            "</thead><tbody>{}</tbody></table>",
            rows,
        )

    def enable_instrumentation(self) -> None:
        """Note requests from now on."""
        if not self._is_on:
            self._is_on = True
            _requests.set([])
            _capture.begin()

    def disable_instrumentation(self) -> None:
        """Note no requests any more."""
        if self._is_on:
            self._is_on = False
            _capture.end()

    def generate_stats(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Keep what was noted."""
        self.record_stats({"requests": _requests.get() or []})
        _requests.set(None)
