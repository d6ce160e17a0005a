"""Backups of collections, and their restore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from weaviate_orm.client import arguments
from weaviate_orm.client.paths import class_names, path
from weaviate_orm.client.waiting import Deadline, Progress, wait_for
from weaviate_orm.exceptions import ArgumentTypeError, BackupFailedError, ValidationError
from weaviate_orm.http.features import INCREMENTAL_BACKUP, RESTORE_CANCELLATION, require
from weaviate_orm.http.shapes import NOTHING, OBJECT, OBJECTS, REPORT
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

BACKENDS = ("filesystem", "s3", "gcs", "azure")

ENDED = ("SUCCESS", "FAILED", "CANCELED")


class Backup:
    """``/v1/backups``. Reached as ``client.backup``.

    ``backend`` is ``filesystem``, ``s3``, ``gcs`` or ``azure``; the server needs its module ``backup-…``. A
    ``backup_id`` is made of small letters, digits, ``-`` and ``_``; capitals are made small. ``bucket`` and
    ``location`` say where on the backend, in place of the server's own settings. Names of classes are one or several;
    give those to include or those to exclude, or neither for all.
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
        """Begin a backup; with ``wait_for_completion``, also see it through.

        Args:
            backup_id: its name.
            backend: where it goes.
            include_classes: only these.
            exclude_classes: all but these.
            wait_for_completion: return when it is done.
            progress: called with each report while waiting.
            wait_timeout: seconds to wait at most; without it, as long as it takes.
            config: ``CPUPercentage`` (1 to 80), ``CompressionLevel``.
            bucket: the bucket or container.
            location: the path in it.
            incremental_base_backup_id: store only what changed since this backup.

        Returns the server's report, whose ``status`` is ``STARTED``, or ``SUCCESS`` after waiting.

        Raises:
            BackupFailedError: it ended as FAILED or CANCELED while it was waited for.
            OperationTimeoutError: it is not done after ``wait_timeout``; the server goes on with it.
            ServerTooOldError: the server has no incremental backups; it would store everything.
            UnexpectedStatusError: 422 for an id that is taken, a class that does not exist or a missing backend.
        """
        arguments.boolean("wait_for_completion", wait_for_completion)
        deadline = Deadline(f"the backup {backup_id!r}", wait_timeout)
        body = {
            "id": arguments.text("backup_id", backup_id).lower(),
            **_selection(include_classes, exclude_classes),
            "config": {**(config or {}), **_place(bucket, location)},
        }
        if incremental_base_backup_id is not None:
            require(self._transport, INCREMENTAL_BACKUP)
            body["incremental_base_backup_id"] = incremental_base_backup_id.lower()
        begun: JSONObject = self._transport.request("POST", _path(backend), json=body, repeatable=False).json(OBJECT)
        if not wait_for_completion:
            return begun
        ended = wait_for(
            lambda: self.get_create_status(backup_id, backend, bucket=bucket, location=location),
            ENDED,
            deadline,
            progress,
        )
        return _successful("backup", {**begun, **ended})

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
        """Begin to restore collections that do not exist; with ``wait_for_completion``, also see it through.

        Arguments are as in :meth:`create`, and:

        Args:
            roles_restore: whether roles come back too; the server's default is ``noRestore``.
            users_restore: whether database users come back too.
            node_mapping: new names of nodes by their old ones.
            overwrite_alias: take aliases away from the collections that have them now.

        Raises:
            BackupFailedError: it ended as FAILED or CANCELED while it was waited for; so it does for a collection
                that exists.
            OperationTimeoutError: it is not done after ``wait_timeout``; the server goes on with it.
            UnexpectedStatusError: 404 for an unknown backup, 422 while it is being restored already.
        """
        arguments.boolean("wait_for_completion", wait_for_completion)
        deadline = Deadline(f"the restore of {backup_id!r}", wait_timeout)
        options = {"rolesOptions": roles_restore, "usersOptions": users_restore}
        body = {
            **_selection(include_classes, exclude_classes),
            "config": {
                **(config or {}),
                **_place(bucket, location),
                **{key: value for key, value in options.items() if value is not None},
            },
            "overwriteAlias": overwrite_alias,
        }
        if node_mapping is not None:
            body["node_mapping"] = dict(node_mapping)
        where = _path(backend, backup_id, "restore")
        begun: JSONObject = self._transport.request("POST", where, json=body, repeatable=False).json(OBJECT)
        if not wait_for_completion:
            return begun
        ended = wait_for(
            lambda: self.get_restore_status(backup_id, backend, bucket=bucket, location=location),
            ENDED,
            deadline,
            progress,
        )
        return _successful("restore", {**begun, **ended})

    def get_create_status(
        self, backup_id: str, backend: str, *, bucket: str | None = None, location: str | None = None
    ) -> JSONObject:
        """Return how far a backup is: ``{"status": "STARTED" | "TRANSFERRING" | … | "SUCCESS" | "FAILED", …}``."""
        where, params = _path(backend, backup_id), {"bucket": bucket, "path": location}
        status: JSONObject = self._transport.request("GET", where, params=params).json(REPORT)
        return status

    def get_restore_status(
        self, backup_id: str, backend: str, *, bucket: str | None = None, location: str | None = None
    ) -> JSONObject:
        """Return how far a restore is, as :meth:`get_create_status`."""
        where, params = _path(backend, backup_id, "restore"), {"bucket": bucket, "path": location}
        status: JSONObject = self._transport.request("GET", where, params=params).json(REPORT)
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
        """Stop a backup, or (Weaviate 1.36 and newer) a restore, that runs.

        Returns False when the server says that there is none; 1.39 also takes the request for an id that it does not
        know.

        Raises:
            ServerTooOldError: the server cannot stop a restore.
            UnexpectedStatusError: 422 for a backup that has ended.
        """
        if operation == "restore":
            require(self._transport, RESTORE_CANCELLATION)
        rest = ("restore",) if operation == "restore" else ()
        params = {"bucket": bucket, "path": location}
        missing = frozenset({404})
        where = _path(backend, backup_id, *rest)
        return self._transport.request("DELETE", where, params=params, accept=missing).status != 404


def _path(backend: str, *rest: str) -> str:
    name = arguments.text("backend", backend).lower()
    if name not in BACKENDS:
        raise ValidationError(f"backend is one of {', '.join(BACKENDS)}; got {backend!r}", field="backend")
    return path("backups", name, *(arguments.text("backup_id", part).lower() for part in rest))


def _selection(include: list[str] | str | None, exclude: list[str] | str | None) -> JSONObject:
    if include and exclude:
        raise ArgumentTypeError("give include_classes or exclude_classes, not both")
    return {"include": class_names(include), "exclude": class_names(exclude)}


def _place(bucket: str | None, location: str | None) -> dict[str, str]:
    place = {"Bucket": bucket, "Path": location}
    return {key: value for key, value in place.items() if value is not None}


def _successful(operation: str, status: JSONObject) -> JSONObject:
    if status["status"] != "SUCCESS":
        reason = status.get("error") or "the server names no cause"
        raise BackupFailedError(
            f"the {operation} {status.get('id')!r} on {status.get('backend')} ended as {status['status']}: {reason}",
            status=status,
        )
    return status
