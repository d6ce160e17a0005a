"""The folder that holds a server's data, for one server at a time."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import attrs

from weaviate_orm.exceptions import EmbeddedServerError

OWN = ".weaviate-orm"
"""What is not Weaviate's; a collection's folder cannot begin with a dot."""


@attrs.frozen
class DataFolder:
    """A folder and its lock, which one server at a time holds: two on one folder hang (measured on Weaviate 1.39).

    The lock is held by each process that inherited ``lock``, so until the server itself is gone, and by none after a
    crash or a power cut.
    """

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

    @property
    def published(self) -> Path:
        """Where the server that runs can be reached."""
        return self.own / "server.json"

    @property
    def identity(self) -> list[int]:
        """What no other folder has, a copy of this one neither."""
        status = os.fstat(self.lock)
        return [status.st_dev, status.st_ino]

    def acquire(self) -> bool:
        """Lock the folder for a server that is to be started, unless another one has it.

        Raises:
            EmbeddedServerError: the file system has no locks.
        """
        import fcntl  # not on Windows, where this module must still be importable

        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise EmbeddedServerError(f"the data folder {self.path} cannot be locked: {error}") from error
        return True

    def clear(self) -> None:
        """Remove what the last server left: its logs, and where it was.

        Raises:
            EmbeddedServerError: it cannot be removed.
        """
        try:
            self.log.unlink(missing_ok=True)
            for path in self.own.glob(f"{self.published.name}*"):  # one that was not written to its end, too
                path.unlink()
        except OSError as error:
            raise EmbeddedServerError(f"the data folder {self.path} cannot be used: {error}") from error

    def release(self) -> None:
        """Let go of the lock here; children that inherited it keep it."""
        os.close(self.lock)

    def discard(self) -> None:
        """Remove a temporary folder that no server came to use."""
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)


def open_folder(path: Path | None) -> DataFolder:
    """Make the folder, or a temporary one where ``path`` is None. It is not locked yet.

    Raises:
        EmbeddedServerError: it cannot be written.
    """
    temporary = path is None
    try:
        folder = Path(tempfile.mkdtemp(prefix="weaviate-orm-")) if path is None else path.resolve()
        own = folder / OWN
        own.mkdir(parents=True, exist_ok=True)
        lock = os.open(own / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise EmbeddedServerError(f"the data folder {path or tempfile.gettempdir()} cannot be used: {error}") from error
    return DataFolder(path=folder, temporary=temporary, lock=lock)
