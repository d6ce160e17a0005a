"""The server's executable: located on this machine, or installed into the user's cache."""

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
from weaviate_orm.embedded.environment import find_on_path
from weaviate_orm.embedded.extras import require
from weaviate_orm.embedded.options import LATEST, EmbeddedOptions
from weaviate_orm.embedded.private_files import make_missing_folders
from weaviate_orm.embedded.progress import ProgressLines
from weaviate_orm.exceptions import ChecksumError, ConfigurationError, EmbeddedServerError

SERVER_VARIABLE = "WEAVIATE_ORM_SERVER"
CACHE_VARIABLE = "WEAVIATE_ORM_CACHE"

_AMBIGUOUS = "weaviate"  # a command line client has this name too
_NAMES = ("weaviate-server", _AMBIGUOUS)


def find_or_install(options: EmbeddedOptions) -> Path:
    """Return the server's executable, installing it if needed.

    These are tried in order: ``options.binary``; ``$WEAVIATE_ORM_SERVER``; ``weaviate-server`` or ``weaviate`` on PATH;
    the user's cache; the release archive, checked and unpacked into the cache; ``go install``.

    Raises:
        ConfigurationError: the named executable cannot be executed.
        ChecksumError: the downloaded archive is not the published one. ``go install`` is not tried.
        EmbeddedServerError: no server is available; names the attempts, and why they failed.
    """
    if sys.platform not in ("linux", "darwin"):
        raise EmbeddedServerError(f"the embedded server runs on Linux and macOS, not on {sys.platform}")
    return find(options) or install(options.version, ProgressLines(options.quiet), options.binary_path)


def find(options: EmbeddedOptions) -> Path | None:
    """Return the executable if this machine has one; see :func:`find_or_install`."""
    if options.binary is not None:
        return _configured_binary(options.binary, "binary")
    if os.environ.get(SERVER_VARIABLE):
        return _configured_binary(Path(os.environ[SERVER_VARIABLE]).expanduser(), f"${SERVER_VARIABLE}")
    for name in _NAMES:
        program = find_on_path(name)
        if program is not None and (name != _AMBIGUOUS or _problem_of(program) is None):
            return program
    if options.version == LATEST:
        return None
    cached = cached_binary(options.version, options.binary_path)
    return cached if _is_executable(cached) else None


def cached_binary(version: str, folder: Path | None = None) -> Path:
    """Return the path of a version in ``folder``, or in the user's cache, which ``$WEAVIATE_ORM_CACHE`` can replace."""
    return (folder or _cache()) / f"{version}-{sys.platform}-{platform.machine()}" / "weaviate-server"


def _cache() -> Path:
    configured = os.environ.get(CACHE_VARIABLE)
    if configured:
        return Path(configured).expanduser().absolute() / "servers"
    require("platformdirs")
    import platformdirs  # in an extra

    return platformdirs.user_cache_path("weaviate-orm") / "servers"


def install(version: str, progress: ProgressLines, folder: Path | None = None) -> Path:
    """Download or build a version into ``folder``, or the user's cache, unless it is installed there.

    Safe to call from several processes at once. "latest" is the newest release, or the newest installed version when
    the releases cannot be reached.

    Raises:
        ChecksumError: the downloaded archive is not the published one. ``go install`` is not tried.
        EmbeddedServerError: neither a download nor a build worked; gives both reasons.
    """
    require("filelock")
    from filelock import FileLock, Timeout  # in an extra

    if version == LATEST:
        version = _newest(progress, folder)
    target = cached_binary(version, folder)
    lock = FileLock(target.with_name("lock"), mode=0o644)
    try:
        make_missing_folders(target.parent, 0o755)  # a cache may be shared, but others must not write executables
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
    methods: dict[str, Callable[[str, Path, ProgressLines], None]] = {
        "download": release.download,
        "go install": gobuild.build,
    }
    failures = []
    for stale in target.parent.glob("new-*"):  # from a process that was killed; this one holds the lock
        shutil.rmtree(stale, ignore_errors=True)
    for name, method in methods.items():
        # In the target's folder, so that the last step is an atomic rename; an interruption leaves no partial server.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="new-") as folder:
            candidate = Path(folder) / target.name
            try:
                method(version, candidate, progress)
                problem = _problem_of(candidate)
                if problem is not None:
                    raise EmbeddedServerError(f"the result is no Weaviate server: {problem}")
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
    reasons = "\n".join(f"  - {failure}" for failure in failures)
    raise EmbeddedServerError(
        f"there is no Weaviate {version} on this machine (${SERVER_VARIABLE}, {' or '.join(_NAMES)} on PATH, "
        f"{target}), and it could not be installed:\n{reasons}\nInstall it by hand, and name it in ${SERVER_VARIABLE}"
    )


def _problem_of(binary: Path) -> str | None:
    """Return why an executable is no Weaviate server that runs on this machine, or None if it is one."""
    try:
        process = subprocess.run([str(binary), "--help"], cwd="/", capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if process.returncode != 0:
        return f"{binary} --help ended with exit code {process.returncode}"
    return None if b"--scheme" in process.stdout + process.stderr else f"{binary} --help is not that of a Weaviate"


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _configured_binary(path: Path, source: str) -> Path:
    if not _is_executable(path):
        raise ConfigurationError(f"{source} names {path}, which is not an executable file")
    return path.absolute()
