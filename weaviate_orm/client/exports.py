"""Exports of collections to files on a storage backend."""

from __future__ import annotations

from weaviate_orm.client.paths import path, stored_names
from weaviate_orm.client.waiting import Deadline, Progress, wait_for
from weaviate_orm.exceptions import OperationFailedError, ValidationError
from weaviate_orm.http.features import EXPORT, require
from weaviate_orm.http.shapes import OBJECT, REPORT
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

ENDED = ("SUCCESS", "FAILED", "CANCELED")


class Export:
    """``/v1/export``, Weaviate 1.37 and newer with ``EXPORT_ENABLED``. Reached as ``client.export``.

    ``backend`` is the backend of a backup module of the server, such as ``s3`` or ``filesystem``.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        export_id: str,
        backend: str,
        file_format: str = "parquet",
        include_collections: list[str] | str | None = None,
        exclude_collections: list[str] | str | None = None,
        wait_for_completion: bool = False,
        progress: Progress | None = None,
        wait_timeout: float | None = None,
    ) -> JSONObject:
        """Start an export of all collections, or of some, and with ``wait_for_completion`` wait for its end.

        ``progress`` is called with every report, and ``wait_timeout`` is the most seconds to wait.

        Raises:
            OperationFailedError: the export ended as FAILED or CANCELED during the wait.
            OperationTimeoutError: the export has not ended after ``wait_timeout``; the server continues it.
            ServerTooOldError: the server has no exports.
            UnexpectedStatusError: the server refuses the export; 409 for an id that is taken.
        """
        if include_collections and exclude_collections:
            raise ValidationError("give include_collections or exclude_collections, not both")
        deadline = Deadline(f"the export {export_id!r}", wait_timeout)
        require(self._transport, EXPORT)
        body: JSONObject = {"id": export_id, "file_format": file_format}
        if include_collections:
            body["include"] = stored_names(include_collections)
        if exclude_collections:
            body["exclude"] = stored_names(exclude_collections)
        started: JSONObject = self._transport.request(
            "POST", path("export", backend), json=body, repeatable=False
        ).json(OBJECT)
        if not wait_for_completion:
            return started
        report = wait_for(lambda: self.get_status(export_id=export_id, backend=backend), ENDED, deadline, progress)
        if report["status"] != "SUCCESS":
            raise OperationFailedError(
                f"the export {export_id!r} ended as {report['status']}: {report.get('error')}", status=report
            )
        return report

    def get_status(self, *, export_id: str, backend: str) -> JSONObject:
        """Return the status of an export, in total and for its shards."""
        require(self._transport, EXPORT)
        status: JSONObject = self._transport.request("GET", path("export", backend, export_id)).json(REPORT)
        return status

    def cancel(self, *, export_id: str, backend: str) -> bool:
        """Cancel a running export. Return False when it has ended."""
        require(self._transport, EXPORT)
        resource = path("export", backend, export_id)
        return self._transport.request("DELETE", resource, accept=frozenset({409})).status != 409
