"""The data folder of a server, used by one server at a time."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import tempfile
from pathlib import Path

import attrs

from weaviate_orm.embedded.private_files import OTHERS, check_tree, make_folder, open_file
from weaviate_orm.exceptions import EmbeddedServerError

_WEAVIATE_FILES = ("raft", "schema.db", "classifications.db")
"""Files that Weaviate leaves in its data folder, whatever its version."""

OWN = ".weaviate-orm"
"""The folder for this package's files. No collection's folder can have this name, as it begins with a dot."""


@attrs.frozen
class DataFolder:
    """A folder and its lock. Only one server may hold it: two servers on a folder hang (measured on Weaviate 1.39).

    Every process that inherited ``lock`` holds it, so it lasts until the server itself has ended, and does not outlast
    a crash or a power cut.
    """

    path: Path
    temporary: bool
    lock: int

    @property
    def own(self) -> Path:
        """The folder of logs, lock and backups."""
        return self.path / OWN

    @property
    def log(self) -> Path:
        """The file with the output of the server and the vectorizer since the last start."""
        return self.own / "server.log"

    @property
    def published(self) -> Path:
        """The file that says how to reach the running server."""
        return self.own / "server.json"

    @property
    def identity(self) -> list[int]:
        """A value that no other folder has, not even a copy of this one."""
        status = os.fstat(self.lock)
        return [status.st_dev, status.st_ino]

    def acquire(self) -> bool:
        """Lock the folder before a server is started. Return False when another server has the lock.

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
        """Check the content of the folder, which may come from anywhere, and remove the last server's log and address.

        Raises:
            EmbeddedServerError: the content is not to be trusted, or the old files cannot be removed.
        """
        try:
            check_tree(self.path)
            self.log.unlink(missing_ok=True)
            for path in self.own.glob(f"{self.published.name}*"):  # a file that was not completed, too
                path.unlink()
        except OSError as error:
            raise EmbeddedServerError(f"the data folder {self.path} cannot be used: {error}") from error

    def release(self) -> None:
        """Release the lock in this process; children that inherited it keep it."""
        os.close(self.lock)

    def discard(self) -> None:
        """Remove a temporary folder whose server was not started."""
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)


def open_folder(path: Path | None) -> DataFolder:
    """Make and open the folder, or a temporary one where ``path`` is None, for its owner only. It is not locked yet.

    Raises:
        EmbeddedServerError: the folder cannot be written, or is not to be trusted: it is another user's, others can
            use it, or there is a link in place of this package's files.
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
    """Refuse a folder that others can use and that holds other things, such as ``/tmp``: its mode must not change."""
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
        content = {entry.name for entry in os.scandir(folder)}
    except FileNotFoundError:
        return
    if mode & OTHERS and content and content.isdisjoint({OWN, *_WEAVIATE_FILES}):
        raise EmbeddedServerError(
            f"the data folder {folder} is open to other users (mode {mode:o}) and holds other things than Weaviate's "
            f"data; give a folder of its own, or run: chmod go-rwx {shlex.quote(str(folder))}"
        )
