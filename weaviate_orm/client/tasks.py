"""The tasks that the cluster runs in the background."""

from __future__ import annotations

import time

from weaviate_orm.client.waiting import Deadline, Progress, wait_for
from weaviate_orm.exceptions import OperationFailedError
from weaviate_orm.http.shapes import NOTHING, REPORT
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

ENDED = ("FINISHED", "FAILED", "CANCELLED")

LISTED_AFTER = 10.0
"""The most seconds until a node lists a task that another node has accepted."""

_TASKS = ([{"id": str, **REPORT}], NOTHING)


class Tasks:
    """``/v1/tasks``. Reached as ``client.tasks``. Weaviate 1.35 answers 501 without ``DISTRIBUTED_TASKS_ENABLED``.

    A task is ``{"id": …, "status": …, "startedAt": …, "finishedAt": …, "payload": {…}, "units": […]}``, and has an
    ``error`` if it failed. Its status is ``STARTED``, ``PREPARING``, ``SWAPPING``, ``FINISHED``, ``FAILED`` or
    ``CANCELLED``. The server forgets a task some days after its end.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_all(self) -> dict[str, list[JSONObject]]:
        """Return the tasks by their kinds, such as ``reindex`` and ``drop-vector-index``."""
        answer = self._transport.request("GET", "/tasks")
        kinds = answer.json((dict, NOTHING)) or {}
        tasks: dict[str, list[JSONObject] | None] = answer.checked(kinds, dict.fromkeys(kinds, _TASKS))
        return {kind: listed or [] for kind, listed in tasks.items()}

    def get(self, *, task_id: str) -> JSONObject | None:
        """Return a task, or None when the server does not list it."""
        tasks = (task for listed in self.list_all().values() for task in listed)
        return next((task for task in tasks if task["id"] == task_id), None)

    def wait(self, *, task_id: str, progress: Progress | None = None, wait_timeout: float | None = None) -> JSONObject:
        """Wait for the end of a task, and return it.

        ``progress`` is called with every report, and ``wait_timeout`` is the most seconds to wait.

        Raises:
            OperationFailedError: the task ended as FAILED or CANCELLED, or the server lists no such task.
            OperationTimeoutError: the task has not ended after ``wait_timeout``; the server continues it.
        """
        deadline = Deadline(f"the task {task_id!r}", wait_timeout)
        pending: JSONObject = {"id": task_id, "status": "PENDING"}
        start = time.monotonic()

        def report() -> JSONObject:
            task = self.get(task_id=task_id)
            if task is None and time.monotonic() > start + LISTED_AFTER:
                raise OperationFailedError(
                    f"the server lists no task {task_id!r}; look at tasks.list_all()", status=pending
                )
            return task or pending

        task = wait_for(report, ENDED, deadline, progress)
        if task["status"] != "FINISHED":
            raise OperationFailedError(
                f"the task {task_id!r} ended as {task['status']}: {task.get('error')}", status=task
            )
        return task
