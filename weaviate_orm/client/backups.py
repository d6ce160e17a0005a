"""Backups of collections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from weaviate_orm.client import arguments
from weaviate_orm.client.paths import path, stored_names
from weaviate_orm.client.waiting import Deadline, Progress, wait_for
from weaviate_orm.exceptions import ArgumentTypeError, BackupFailedError, ValidationError
from weaviate_orm.http.features import INCREMENTAL_BACKUP, RESTORE_CANCELLATION, require
from weaviate_orm.http.shapes import NOTHING, OBJECT, OBJECTS, REPORT
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

BACKENDS = ("filesystem", "s3", "gcs", "azure")

ENDED = ("SUCCESS", "FAILED", "CANCELED")

_UNSET = "0001-01-01T"
"""How a time begins that the server does not have."""


class Backup:
    """``/v1/backups``. Reached as ``client.backup``.

    ``backend`` is ``filesystem``, ``s3``, ``gcs`` or ``azure``; the server needs the module ``backup-…`` for it. A
    ``backup_id`` has lowercase letters, digits, ``-`` and ``_``; capitals are converted. ``bucket`` and ``location``
    override the server's settings of the backend. Pass the classes to include or the classes to exclude, or neither for
    all classes.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        backup_id: str,
        backend: str,
        include_classes: list[str] | str | None = None,
        exclude_classes: list[str] | str | None = None,
        wait_for_completion: bool = False,
        *,
        progress: Progress | None = None,
        wait_timeout: float | None = None,
        config: Mapping[str, Any] | None = None,
        bucket: str | None = None,
        location: str | None = None,
        incremental_base_backup_id: str | None = None,
    ) -> JSONObject:
        """Start a backup, and with ``wait_for_completion`` wait for its end.

        Args:
            backup_id: the id of the backup.
            backend: the storage backend.
            include_classes: back up only these classes.
            exclude_classes: back up all classes except these.
            wait_for_completion: return when the backup has ended.
            progress: called with every report while waiting.
            wait_timeout: the most seconds to wait; None waits without limit.
            config: ``CPUPercentage`` (1 to 80), ``CompressionLevel``.
            bucket: the bucket or container.
            location: the path in the bucket.
            incremental_base_backup_id: store only the changes since this backup.

        Returns the server's report, whose ``status`` is ``STARTED``, or ``SUCCESS`` after waiting.

        Raises:
            BackupFailedError: the backup ended as FAILED or CANCELED during the wait.
            OperationTimeoutError: the backup has not ended after ``wait_timeout``; the server continues it.
            ServerTooOldError: the server has no incremental backups; it would store everything.
            UnexpectedStatusError: 422 for an id that is taken, a class that does not exist or a missing backend.
        """
        arguments.boolean("wait_for_completion", wait_for_completion)
        deadline = Deadline(f"the backup {backup_id!r}", wait_timeout)
        body = {
            "id": arguments.text("backup_id", backup_id).lower(),
            **_selection(include_classes, exclude_classes),
            "config": {**(config or {}), **_storage_config(bucket, location)},
        }
        if incremental_base_backup_id is not None:
            require(self._transport, INCREMENTAL_BACKUP)
            body["incremental_base_backup_id"] = incremental_base_backup_id.lower()
        started: JSONObject = self._transport.request("POST", _path(backend), json=body, repeatable=False).json(OBJECT)
        if not wait_for_completion:
            return started
        report = wait_for(
            lambda: self.get_create_status(backup_id, backend, bucket=bucket, location=location),
            ENDED,
            deadline,
            progress,
            _is_recorded,
        )
        return _check_success("backup", {**started, **report})

    def restore(
        self,
        backup_id: str,
        backend: str,
        include_classes: list[str] | str | None = None,
        exclude_classes: list[str] | str | None = None,
        wait_for_completion: bool = False,
        *,
        progress: Progress | None = None,
        wait_timeout: float | None = None,
        config: Mapping[str, Any] | None = None,
        bucket: str | None = None,
        location: str | None = None,
        roles_restore: Literal["noRestore", "all"] | None = None,
        users_restore: Literal["noRestore", "all"] | None = None,
        node_mapping: Mapping[str, str] | None = None,
        overwrite_alias: bool = False,
    ) -> JSONObject:
        """Start to restore collections, which must not exist, and with ``wait_for_completion`` wait for the end.

        These arguments are added to those of :meth:`create`:

        Args:
            roles_restore: whether to restore roles too; the server's default is ``noRestore``.
            users_restore: whether to restore database users too.
            node_mapping: the new names of nodes, by their old names.
            overwrite_alias: remove aliases from the collections that have them now.

        Raises:
            BackupFailedError: the restore ended as FAILED or CANCELED during the wait, for example because a
                collection exists.
            OperationTimeoutError: the restore has not ended after ``wait_timeout``; the server continues it.
            UnexpectedStatusError: 404 for an unknown backup, 422 while another restore of it runs.
        """
        arguments.boolean("wait_for_completion", wait_for_completion)
        deadline = Deadline(f"the restore of {backup_id!r}", wait_timeout)
        options = {"rolesOptions": roles_restore, "usersOptions": users_restore}
        body = {
            **_selection(include_classes, exclude_classes),
            "config": {
                **(config or {}),
                **_storage_config(bucket, location),
                **{key: value for key, value in options.items() if value is not None},
            },
            "overwriteAlias": overwrite_alias,
        }
        if node_mapping is not None:
            body["node_mapping"] = dict(node_mapping)
        resource = _path(backend, backup_id, "restore")
        started: JSONObject = self._transport.request("POST", resource, json=body, repeatable=False).json(OBJECT)
        if not wait_for_completion:
            return started
        report = wait_for(
            lambda: self.get_restore_status(backup_id, backend, bucket=bucket, location=location),
            ENDED,
            deadline,
            progress,
        )
        return _check_success("restore", {**started, **report})

    def get_create_status(
        self, backup_id: str, backend: str, *, bucket: str | None = None, location: str | None = None
    ) -> JSONObject:
        """Return the status of a backup: ``{"status": "STARTED" | "TRANSFERRING" | … | "SUCCESS" | "FAILED", …}``."""
        resource, params = _path(backend, backup_id), {"bucket": bucket, "path": location}
        status: JSONObject = self._transport.request("GET", resource, params=params).json(REPORT)
        return status

    def get_restore_status(
        self, backup_id: str, backend: str, *, bucket: str | None = None, location: str | None = None
    ) -> JSONObject:
        """Return the status of a restore, in the form of :meth:`get_create_status`."""
        resource, params = _path(backend, backup_id, "restore"), {"bucket": bucket, "path": location}
        status: JSONObject = self._transport.request("GET", resource, params=params).json(REPORT)
        return status

    def list_backups(self, backend: str, sort_by_starting_time_asc: bool = False) -> list[JSONObject]:
        """Return the reports of all backups on a backend, the newest first."""
        params = {"order": "asc" if sort_by_starting_time_asc else None}
        body: list[JSONObject] | None = self._transport.request("GET", _path(backend), params=params).json(
            (OBJECTS, NOTHING)
        )
        return body or []

    def cancel(
        self,
        backup_id: str,
        backend: str,
        *,
        operation: Literal["create", "restore"] = "create",
        bucket: str | None = None,
        location: str | None = None,
    ) -> bool:
        """Cancel a running backup, or (Weaviate 1.36 and newer) a running restore.

        Returns False when the server says that the backup does not exist; Weaviate 1.39 also accepts unknown ids.

        Raises:
            ServerTooOldError: the server cannot cancel a restore.
            UnexpectedStatusError: 422 for a backup that has ended.
        """
        if operation == "restore":
            require(self._transport, RESTORE_CANCELLATION)
        rest = ("restore",) if operation == "restore" else ()
        params = {"bucket": bucket, "path": location}
        missing = frozenset({404})
        resource = _path(backend, backup_id, *rest)
        return self._transport.request("DELETE", resource, params=params, accept=missing).status != 404


def _path(backend: str, *rest: str) -> str:
    name = arguments.text("backend", backend).lower()
    if name not in BACKENDS:
        raise ValidationError(f"backend is one of {', '.join(BACKENDS)}; got {backend!r}", field="backend")
    return path("backups", name, *(arguments.text("backup_id", part).lower() for part in rest))


def _selection(include: list[str] | str | None, exclude: list[str] | str | None) -> JSONObject:
    if include and exclude:
        raise ArgumentTypeError("give include_classes or exclude_classes, not both")
    return {"include": stored_names(include), "exclude": stored_names(exclude)}


def _storage_config(bucket: str | None, location: str | None) -> dict[str, str]:
    config = {"Bucket": bucket, "Path": location}
    return {key: value for key, value in config.items() if value is not None}


def _is_recorded(report: JSONObject) -> bool:
    """Return whether the backend has the outcome of a backup, not only the server's memory.

    That comes some milliseconds later; until then the server refuses to restore a backup that has succeeded, and to
    begin another one. Its report lacks the time of the end (read in the source of Weaviate 1.39).
    """
    return report["status"] != "SUCCESS" or not str(report.get("completedAt")).startswith(_UNSET)


def _check_success(operation: str, status: JSONObject) -> JSONObject:
    if status["status"] != "SUCCESS":
        reason = status.get("error") or "the server names no cause"
        raise BackupFailedError(
            f"the {operation} {status.get('id')!r} on {status.get('backend')} ended as {status['status']}: {reason}",
            status=status,
        )
    return status
