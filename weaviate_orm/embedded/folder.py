"""The folder that holds a server's data, for one server at a time."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import tempfile
from pathlib import Path

import attrs

from weaviate_orm.embedded.private import OTHERS, check_tree, make_folder, open_file
from weaviate_orm.exceptions import EmbeddedServerError

_WEAVIATES = ("raft", "schema.db", "classifications.db")
"""What a Weaviate of any version leaves in its data folder."""

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

    def prepare(self) -> None:
        """Look through the folder, which may have come from anywhere, and remove what the last server left: its logs,
        and where it was.

        Raises:
            EmbeddedServerError: a server cannot trust what is in it, or it cannot be removed.
        """
        try:
            check_tree(self.path)
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
    """Make the folder, or a temporary one where ``path`` is None, for its owner alone. It is not locked yet.

    Raises:
        EmbeddedServerError: it cannot be written, or not be trusted: it is another user's, others use it too, or there
            is a link where this package keeps its files.
    """
    temporary = path is None
    try:
        if path is None:
            folder = Path(tempfile.mkdtemp(prefix="weaviate-orm-"))
        else:
            folder = path.resolve()
            _refuse_shared(folder)
            make_folder(folder)
        own = folder / OWN
        make_folder(own)
        lock = open_file(own / "lock", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise EmbeddedServerError(f"the data folder {path or tempfile.gettempdir()} cannot be used: {error}") from error
    return DataFolder(path=folder, temporary=temporary, lock=lock)


def _refuse_shared(folder: Path) -> None:
    """Refuse a folder that others use and that is for something else, such as ``/tmp``; nothing is taken from them."""
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
        content = {entry.name for entry in os.scandir(folder)}
    except FileNotFoundError:
        return
    if mode & OTHERS and content and content.isdisjoint({OWN, *_WEAVIATES}):
        raise EmbeddedServerError(
            f"the data folder {folder} is open to other users (mode {mode:o}) and holds other things than Weaviate's "
            f"data; give a folder of its own, or run: chmod go-rwx {shlex.quote(str(folder))}"
        )
