"""Files and folders for their owner alone, whatever the umask, and whoever else may write beside them.

Nothing is followed: a symbolic link, a pipe or a thing of another user's in the place of ours is refused.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from weaviate_orm.exceptions import EmbeddedServerError

OTHERS = 0o077
"""The bits of a mode that say what others may do; as an umask, what keeps new files for their owner alone."""

_TRUSTED = {0}
"""Who may own what lies in a data folder, beside this user: root can change any file as it is."""


def make_folder(path: Path) -> None:
    """Make a folder, and its missing parents, with mode 0700. One that is there loses what others may do with it.

    Raises:
        EmbeddedServerError: it is a link, belongs to another user, or its file system keeps no modes.
        OSError: it cannot be made.
    """
    make_missing(path, 0o700)
    folder = _open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _take(path, folder)
    finally:
        os.close(folder)


def make_missing(path: Path, mode: int) -> None:
    """Make a folder and its parents, those that are not there, all with this mode; raises OSError."""
    for missing in [folder for folder in (path, *path.parents) if not os.path.lexists(folder)][::-1]:
        try:
            missing.mkdir(mode=mode)
        except FileExistsError:  # another process was faster
            if missing != path and not missing.is_dir():
                raise


def open_file(path: Path, flags: int) -> int:
    """Open a plain file of this user's, made with mode 0600 where ``flags`` has O_CREAT. One that is there loses what
    others may do with it.

    Raises:
        EmbeddedServerError: it is no plain file, belongs to another user, or its file system keeps no modes.
        OSError: it cannot be opened.
    """
    file = _open(path, flags | os.O_NONBLOCK)  # a pipe does not block
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise _untrusted(path, "it is no plain file")
        _take(path, file)
    except BaseException:
        os.close(file)
        raise
    return file


def check_tree(path: Path) -> None:
    """Look through a folder that a server is about to use: it follows links, and believes what it reads.

    Raises:
        EmbeddedServerError: there is something in it that is neither a folder nor a plain file, or is another user's.
        OSError: it cannot be read.
    """
    trusted = _TRUSTED | {os.geteuid()}
    folders = [os.fspath(path)]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except PermissionError:  # as lost+found; the server is of this user, and cannot read it either
            continue
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                folders.append(entry.path)
            elif not stat.S_ISREG(status.st_mode):
                raise _untrusted(Path(entry.path), _kind(status.st_mode))
            if status.st_uid not in trusted:
                raise _untrusted(Path(entry.path), f"it belongs to user {status.st_uid}")


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EMLINK, errno.ENOTDIR, errno.EISDIR, errno.ENXIO} and os.path.lexists(
            path
        ):
            raise _untrusted(path, _kind(path.lstat().st_mode)) from error
        raise


def _take(path: Path, opened: int) -> None:
    """Check the owner of what was opened, and take others' access away."""
    status = os.fstat(opened)
    if status.st_uid != os.geteuid():
        raise _untrusted(path, f"it belongs to user {status.st_uid}, and this is user {os.geteuid()}")
    if status.st_mode & OTHERS:
        os.fchmod(opened, stat.S_IMODE(status.st_mode) & ~OTHERS)
        if os.fstat(opened).st_mode & OTHERS:
            raise _untrusted(
                path, f"others may use it (mode {stat.S_IMODE(status.st_mode):o}), and that cannot be changed"
            )


def _kind(mode: int) -> str:
    return "it is a symbolic link" if stat.S_ISLNK(mode) else "it is neither a folder nor a plain file"


def _untrusted(path: Path, why: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"{path} is not trusted: {why}. Use a data folder of your own, or remove what does not belong there"
    )
