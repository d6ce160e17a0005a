"""The folder that holds a server's data, for one process at a time."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import attrs

from weaviate_orm.exceptions import EmbeddedServerError

OWN = ".weaviate-orm"
"""What is not Weaviate's; a collection's folder cannot begin with a dot."""


@attrs.frozen
class DataFolder:
    """A locked folder. The lock is held by each process that has ``lock`` open, so until the server itself is gone."""

    path: Path
    temporary: bool
    lock: int

    @property
    def own(self) -> Path:
        """Logs, lock and backups."""
        return self.path / OWN

    @property
    def log(self) -> Path:
        """What the server and the vectorizer printed since the last start."""
        return self.own / "server.log"

    def release(self) -> None:
        """Let go of the lock here; children that inherited it keep it."""
        os.close(self.lock)

    def discard(self) -> None:
        """Remove a temporary folder that no server came to use."""
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)


def open_folder(path: Path | None, patience: float) -> DataFolder:
    """Make and lock the folder, or a temporary one.

    Two servers on one folder hang (measured on Weaviate 1.39), so the second one is refused. When the process that
    holds it died, and its server is just ending, the folder is waited for.

    Args:
        path: the folder; None makes a temporary one.
        patience: seconds to wait for a server that is ending.

    Raises:
        EmbeddedServerError: it cannot be written, or another process uses it.
    """
    temporary = path is None
    try:
        folder = Path(tempfile.mkdtemp(prefix="weaviate-orm-")) if path is None else path.resolve()
        own = folder / OWN
        own.mkdir(parents=True, exist_ok=True)
        lock = os.open(own / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _acquire(lock, folder, patience)
        except BaseException:
            os.close(lock)
            raise
    except OSError as error:
        raise EmbeddedServerError(f"the data folder {path or tempfile.gettempdir()} cannot be used: {error}") from error
    return DataFolder(path=folder, temporary=temporary, lock=lock)


def _acquire(lock: int, folder: Path, patience: float) -> None:
    import fcntl  # not on Windows, where this module must still be importable

    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            pid, program = _holder(lock)
            if pid is not None and _alive(pid):
                who = "this process" if pid == os.getpid() else f"process {pid} ({program})"
                raise EmbeddedServerError(
                    f"the data folder {folder} is in use by {who}, and one server at a time can have it: close that "
                    f"one, or connect to it by its http:// address"
                ) from None
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"the data folder {folder} is still locked by a server whose application, process {pid}, is gone; "
                    f"stop that server, or use another folder"
                ) from None
            time.sleep(0.1)
    script = Path(sys.argv[0])
    name = script.parent.name if script.name == "__main__.py" else script.name
    os.ftruncate(lock, 0)
    os.pwrite(lock, json.dumps({"pid": os.getpid(), "program": name}).encode(), 0)


def _holder(lock: int) -> tuple[int | None, str]:
    try:
        holder = json.loads(os.pread(lock, 4096, 0))
        return int(holder["pid"]), str(holder["program"])
    except (ValueError, KeyError, TypeError):  # it is just being written
        return None, "unknown"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
