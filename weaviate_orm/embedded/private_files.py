"""Files and folders that only their owner can use, whatever the umask, and even where others may write beside them.

No link is followed. A symbolic link, a pipe or another user's file in place of an expected one is refused.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from weaviate_orm.exceptions import EmbeddedServerError

OTHERS = 0o077
"""The bits of a mode for group and others; as an umask, it makes new files private."""

_TRUSTED = {0}
"""Users, beside this one, who may own files in a data folder: root can change any file anyway."""


def make_folder(path: Path) -> None:
    """Make a folder, and its missing parents, with mode 0700. An existing folder is made private.

    Raises:
        EmbeddedServerError: it is a link, belongs to another user, or its file system keeps no modes.
        OSError: it cannot be made.
    """
    make_missing_folders(path, 0o700)
    folder = _open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _make_private(path, folder)
    finally:
        os.close(folder)


def make_missing_folders(path: Path, mode: int) -> None:
    """Make a folder and its parents where they are missing, all with this mode. Raises OSError."""
    for missing in [folder for folder in (path, *path.parents) if not os.path.lexists(folder)][::-1]:
        try:
            missing.mkdir(mode=mode)
        except FileExistsError:  # another process was faster
            if missing != path and not missing.is_dir():
                raise


def open_file(path: Path, flags: int) -> int:
    """Open a regular file of this user, made with mode 0600 if ``flags`` has O_CREAT. An existing one is made private.

    Raises:
        EmbeddedServerError: it is not a regular file, belongs to another user, or its file system keeps no modes.
        OSError: it cannot be opened.
    """
    file = _open(path, flags | os.O_NONBLOCK)  # a pipe does not block
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise _untrusted(path, "it is not a regular file")
        _make_private(path, file)
    except BaseException:
        os.close(file)
        raise
    return file


def check_tree(path: Path) -> None:
    """Check the content of a folder before a server uses it, as the server follows links and trusts its files.

    Raises:
        EmbeddedServerError: an entry is neither a folder nor a regular file, or belongs to another user.
        OSError: the folder cannot be read.
    """
    trusted = _TRUSTED | {os.geteuid()}
    folders = [os.fspath(path)]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except PermissionError:  # such as lost+found; the server runs as this user, and cannot read it either
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


def _make_private(path: Path, descriptor: int) -> None:
    """Check the owner of an open file or folder, and remove the access of others."""
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid():
        raise _untrusted(path, f"it belongs to user {status.st_uid}, and this is user {os.geteuid()}")
    if status.st_mode & OTHERS:
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~OTHERS)
        if os.fstat(descriptor).st_mode & OTHERS:
            raise _untrusted(
                path, f"others can use it (mode {stat.S_IMODE(status.st_mode):o}), and its mode cannot be changed"
            )


def _kind(mode: int) -> str:
    return "it is a symbolic link" if stat.S_ISLNK(mode) else "it is neither a folder nor a regular file"


def _untrusted(path: Path, reason: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"{path} is not trusted: {reason}. Use a data folder of your own, or remove what does not belong there"
    )
