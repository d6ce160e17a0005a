"""Classification: the server sets properties or references of objects by those of similar objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from typing_extensions import Self

from weaviate_orm.batch.delete_by_filter import rest_filter
from weaviate_orm.client import arguments
from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.client.query.where import encode_filter
from weaviate_orm.client.waiting import Deadline, Progress, wait_for
from weaviate_orm.exceptions import OperationFailedError, ValidationError
from weaviate_orm.http.shapes import REPORT
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject
from weaviate_orm.util import get_valid_uuid


class Classification:
    """``/v1/classifications``. Reached as ``client.classification``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def schedule(self) -> ConfigBuilder:
        """Begin to configure a classification, which ``do()`` starts."""
        return ConfigBuilder(self._transport, self)

    def get(self, classification_uuid: str | UUID) -> JSONObject:
        """Return the report about a classification: its ``status``, ``meta`` with counts and times, and ``error``."""
        resource = path("classifications", get_valid_uuid(classification_uuid))
        report: JSONObject = self._transport.request("GET", resource).json(REPORT)
        return report

    def is_complete(self, classification_uuid: str | UUID) -> bool:
        """Return whether a classification has succeeded."""
        return bool(self.get(classification_uuid)["status"] == "completed")

    def is_failed(self, classification_uuid: str | UUID) -> bool:
        """Return whether a classification has failed."""
        return bool(self.get(classification_uuid)["status"] == "failed")

    def is_running(self, classification_uuid: str | UUID) -> bool:
        """Return whether a classification still runs."""
        return bool(self.get(classification_uuid)["status"] == "running")


class ConfigBuilder:
    """The configuration of a classification, built call by call.

    Filters have the form of ``with_where``: ``{"path": ["name"], "operator": "Equal", "valueText": "…"}``. A filter
    that ``with_where`` refuses raises QueryError or UnknownNameError.
    """

    def __init__(self, transport: Transport, classification: Classification) -> None:
        self._transport = transport
        self._classification = classification
        self._config: JSONObject = {}
        self._settings: JSONObject = {}
        self._filters: JSONObject = {}
        self._wait = False
        self._wait_timeout: float | None = None
        self._progress: Progress | None = None

    def with_type(self, classification_type: str) -> Self:
        """Set the type: ``knn``, ``zeroshot``, or a type of one of the server's modules."""
        self._config["type"] = classification_type
        return self

    def with_k(self, k: int) -> Self:
        """Set the number of neighbours that ``knn`` compares."""
        self._settings["k"] = k
        return self

    def with_class_name(self, class_name: str) -> Self:
        """Set the class whose objects are classified."""
        self._config["class"] = stored_name(class_name)
        return self

    def with_classify_properties(self, classify_properties: Sequence[str]) -> Self:
        """Set the properties to fill in; for ``knn`` and ``zeroshot``, references."""
        self._config["classifyProperties"] = arguments.texts("classify_properties", classify_properties)
        return self

    def with_based_on_properties(self, based_on_properties: Sequence[str]) -> Self:
        """Set the text properties that are compared."""
        self._config["basedOnProperties"] = arguments.texts("based_on_properties", based_on_properties)
        return self

    def with_source_where_filter(self, where_filter: Mapping[str, Any]) -> Self:
        """Classify only objects that match a filter."""
        self._filters["sourceWhere"] = rest_filter(encode_filter(where_filter))
        return self

    def with_training_set_where_filter(self, where_filter: Mapping[str, Any]) -> Self:
        """Learn only from objects that match a filter."""
        self._filters["trainingSetWhere"] = rest_filter(encode_filter(where_filter))
        return self

    def with_target_where_filter(self, where_filter: Mapping[str, Any]) -> Self:
        """Assign only targets that match a filter."""
        self._filters["targetWhere"] = rest_filter(encode_filter(where_filter))
        return self

    def with_settings(self, settings: Mapping[str, Any]) -> Self:
        """Settings of the type, added to those there are."""
        self._settings.update(arguments.mapping("settings", settings))
        return self

    def with_wait_for_completion(self, progress: Progress | None = None, *, wait_timeout: float | None = None) -> Self:
        """Let ``do()`` return only when the classification has ended.

        Args:
            progress: called with every report while waiting.
            wait_timeout: the most seconds to wait; None waits without limit.
        """
        self._wait, self._progress, self._wait_timeout = True, progress, wait_timeout
        return self

    def do(self) -> JSONObject:
        """Start the classification. Return the server's first report, or the last report after waiting.

        Raises:
            ValidationError: the configuration is incomplete; nothing was sent.
            OperationFailedError: the classification failed during the wait.
            OperationTimeoutError: the classification has not ended after ``wait_timeout``; the server continues it.
            UnexpectedStatusError: the server refuses the classification.
        """
        required = ("type", "class", "basedOnProperties", "classifyProperties")
        missing = [name for name in required if name not in self._config]
        if self._config.get("type") == "knn" and "k" not in self._settings:
            missing.append("k")
        if missing:
            raise ValidationError(f"the classification lacks {', '.join(missing)}; set it with the with_… methods")
        deadline = Deadline("the classification", self._wait_timeout)
        body = dict(self._config)
        if self._settings:
            body["settings"] = self._settings
        if self._filters:
            body["filters"] = self._filters
        started: JSONObject = self._transport.request("POST", "/classifications", json=body, repeatable=False).json(
            {"id": str}
        )
        if not self._wait:
            return started
        report = wait_for(
            lambda: self._classification.get(started["id"]), ("completed", "failed"), deadline, self._progress
        )
        if report["status"] == "failed":
            raise OperationFailedError(
                f"the classification {report['id']} failed: {report.get('error')}", status=report
            )
        return report
