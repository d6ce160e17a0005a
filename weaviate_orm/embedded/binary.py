"""Where the server's executable comes from: found on this machine, else installed into the user's cache."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from weaviate_orm.embedded import gobuild, release
from weaviate_orm.embedded.environment import on_path
from weaviate_orm.embedded.extras import require
from weaviate_orm.embedded.options import LATEST, EmbeddedOptions
from weaviate_orm.embedded.private import make_missing
from weaviate_orm.embedded.progress import ProgressLines
from weaviate_orm.exceptions import ChecksumError, ConfigurationError, EmbeddedServerError

SERVER_VARIABLE = "WEAVIATE_ORM_SERVER"
CACHE_VARIABLE = "WEAVIATE_ORM_CACHE"

_AMBIGUOUS = "weaviate"  # also the name of a command line client
_NAMES = ("weaviate-server", _AMBIGUOUS)


def find_or_install(options: EmbeddedOptions) -> Path:
    """The server's executable; the first of these that there is:

    ``options.binary``; ``$WEAVIATE_ORM_SERVER``; ``weaviate-server`` or ``weaviate`` on PATH; the user's cache. Else it
    is installed into the cache: the release archive, checked; else ``go install``.

    Raises:
        ConfigurationError: the one that was named cannot be executed.
        ChecksumError: the downloaded archive is not the published one. Nothing else is tried.
        EmbeddedServerError: there is none; with what was tried, and why it failed.
    """
    if sys.platform not in ("linux", "darwin"):
        raise EmbeddedServerError(f"the embedded server runs on Linux and macOS, not on {sys.platform}")
    return find(options) or install(options.version, ProgressLines(options.quiet), options.binary_path)


def find(options: EmbeddedOptions) -> Path | None:
    """The executable if this machine has one; see :func:`find_or_install`."""
    if options.binary is not None:
        return _named(options.binary, "binary")
    if os.environ.get(SERVER_VARIABLE):
        return _named(Path(os.environ[SERVER_VARIABLE]).expanduser(), f"${SERVER_VARIABLE}")
    for name in _NAMES:
        program = on_path(name)
        if program is not None and (name != _AMBIGUOUS or _why_not_a_server(program) is None):
            return program
    if options.version == LATEST:
        return None
    cached = cached_binary(options.version, options.binary_path)
    return cached if _is_executable(cached) else None


def cached_binary(version: str, folder: Path | None = None) -> Path:
    """Where ``folder``, or the user's cache, keeps a version; ``$WEAVIATE_ORM_CACHE`` names another cache."""
    return (folder or _cache()) / f"{version}-{sys.platform}-{platform.machine()}" / "weaviate-server"


def _cache() -> Path:
    configured = os.environ.get(CACHE_VARIABLE)
    if configured:
        return Path(configured).expanduser().absolute() / "servers"
    require("platformdirs")
    import platformdirs  # in an extra

    return platformdirs.user_cache_path("weaviate-orm") / "servers"


def install(version: str, progress: ProgressLines, folder: Path | None = None) -> Path:
    """Download or build a version into ``folder``, or the user's cache, unless it is there.

    Safe for several processes at once. "latest" is the newest release, or the newest version that is installed when
    the releases cannot be reached.

    Raises:
        ChecksumError: the downloaded archive is not the published one. Nothing else is tried.
        EmbeddedServerError: no way worked; with each one's reason.
    """
    require("filelock")
    from filelock import FileLock, Timeout  # in an extra

    if version == LATEST:
        version = _newest(progress, folder)
    target = cached_binary(version, folder)
    lock = FileLock(target.with_name("lock"), mode=0o644)
    try:
        make_missing(target.parent, 0o755)  # a cache may be shared, and what is run from it not be written by others
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress.say("waiting for another process that installs the server")
            lock.acquire()
        try:
            if not _is_executable(target):
                _install_locked(version, target, progress)
        finally:
            lock.release()
    except OSError as error:
        raise EmbeddedServerError(
            f"the cache {target.parent} cannot be used: {error}; name another folder in ${CACHE_VARIABLE}"
        ) from error
    return target


def _newest(progress: ProgressLines, folder: Path | None) -> str:
    try:
        return release.latest_version()
    except EmbeddedServerError as error:
        versions = _installed_versions(folder)
        if not versions:
            raise
        newest = max(versions, key=lambda version: [int(part) for part in version.split(".")])
        progress.say(f"{error}; Weaviate {newest} is used, the newest that is installed")
        return newest


def _installed_versions(folder: Path | None) -> list[str]:
    pattern = cached_binary("*", folder)
    ending = pattern.parent.name.removeprefix("*")
    names = [path.parent.name for path in pattern.parents[1].glob(f"*{ending}/{pattern.name}") if _is_executable(path)]
    versions = [name.removesuffix(ending) for name in names]
    return [version for version in versions if re.fullmatch(r"\d+\.\d+\.\d+", version)]


def _install_locked(version: str, target: Path, progress: ProgressLines) -> None:
    ways: dict[str, Callable[[str, Path, ProgressLines], None]] = {
        "download": release.download,
        "go install": gobuild.build,
    }
    failures = []
    for stale in target.parent.glob("new-*"):  # of a process that was killed; the lock is ours
        shutil.rmtree(stale, ignore_errors=True)
    for name, way in ways.items():
        # In the target's folder, so that the last step is one atomic rename; an interruption leaves no half server.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="new-") as folder:
            candidate = Path(folder) / target.name
            try:
                way(version, candidate, progress)
                why_not = _why_not_a_server(candidate)
                if why_not is not None:
                    raise EmbeddedServerError(f"what came is no server: {why_not}")
            except ChecksumError:
                raise
            except EmbeddedServerError as error:
                failures.append(f"{name}: {error}")
                progress.say(f"{name} did not work; {error}")
                continue
            candidate.chmod(0o755)
            os.replace(candidate, target)
            progress.say(f"Weaviate {version} is installed as {target}")
            return
    listed = "\n".join(f"  - {failure}" for failure in failures)
    raise EmbeddedServerError(
        f"there is no Weaviate {version} on this machine (${SERVER_VARIABLE}, {' or '.join(_NAMES)} on PATH, "
        f"{target}), and it could not be installed:\n{listed}\nInstall it by hand, and name it in ${SERVER_VARIABLE}"
    )


def _why_not_a_server(binary: Path) -> str | None:
    """None for a server that runs on this machine."""
    try:
        done = subprocess.run([str(binary), "--help"], cwd="/", capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode != 0:
        return f"{binary} --help ended with exit code {done.returncode}"
    return None if b"--scheme" in done.stdout + done.stderr else f"{binary} --help is not that of a Weaviate"


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _named(path: Path, source: str) -> Path:
    if not _is_executable(path):
        raise ConfigurationError(f"{source} names {path}, which is no file that can be executed")
    return path.absolute()
