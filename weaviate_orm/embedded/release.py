"""Weaviate's published release archives."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import IO
from urllib.parse import urljoin

import requests

from weaviate_orm.embedded.progress import ProgressLines
from weaviate_orm.exceptions import ChecksumError, EmbeddedServerError

RELEASES = "https://github.com/weaviate/weaviate/releases/download"
RELEASES_VARIABLE = "WEAVIATE_ORM_RELEASES"
"""Names a mirror of RELEASES, with the same layout."""

_TIMEOUT = (5.0, 60.0)
_PROCESSORS = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_NAMES = ("weaviate", "weaviate-server")


def archive_name(version: str, system: str = sys.platform, machine: str | None = None) -> str:
    """The release's file for a machine.

    Raises:
        EmbeddedServerError: none is published for it.

    >>> archive_name("1.39.2", "linux", "x86_64")
    'weaviate-v1.39.2-linux-amd64.tar.gz'
    >>> archive_name("1.39.2", "darwin", "arm64")
    'weaviate-v1.39.2-darwin-all.zip'
    """
    machine = (machine or platform.machine()).lower()
    if system == "darwin":
        return f"weaviate-v{version}-darwin-all.zip"
    if system == "linux" and machine in _PROCESSORS:
        return f"weaviate-v{version}-linux-{_PROCESSORS[machine]}.tar.gz"
    raise EmbeddedServerError(f"no Weaviate is published for {system} on {machine}")


def latest_version() -> str:
    """The version of the newest release that is no pre-release.

    Raises:
        EmbeddedServerError: the releases cannot be reached, or the answer names none.
    """
    url = urljoin(_releases() + "/", "../latest")
    try:
        answer = requests.get(url, timeout=_TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise EmbeddedServerError(f"the latest version cannot be looked up at {url}: {error}") from error
    tag = re.search(r"/v(\d+\.\d+\.\d+)$", answer.headers.get("Location", ""))
    if tag is None:
        raise EmbeddedServerError(f"the latest version cannot be looked up: {url} leads to no release")
    return tag[1]


def _releases() -> str:
    return os.environ.get(RELEASES_VARIABLE, RELEASES).rstrip("/")


def download(version: str, target: Path, progress: ProgressLines) -> None:
    """Fetch the archive into ``target``'s folder, check it, and unpack the server as ``target``.

    Proxies of the environment are used. The folder is the caller's to clear, whatever happens.

    Raises:
        ChecksumError: the archive is not the one whose checksum is published; it was not unpacked.
        EmbeddedServerError: it cannot be fetched, or holds no server.
    """
    name = archive_name(version)
    url = f"{_releases()}/v{version}/{name}"
    archive = target.with_name(name)
    try:
        with requests.Session() as session:
            expected = _published_checksum(session, f"{url}.sha256")
            actual = _fetch(session, url, archive, progress)
    except (requests.RequestException, OSError) as error:
        raise EmbeddedServerError(f"{url} cannot be fetched: {error}") from error
    if actual != expected:
        raise ChecksumError(
            f"{url} has the SHA-256 {actual}, but {expected} is published beside it, so it is not used. Try again "
            f"later; if it stays so, the archive or the way to it is tampered with"
        )
    try:
        _unpack(archive, target)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise EmbeddedServerError(f"{name} cannot be unpacked: {error}") from error


def _published_checksum(session: requests.Session, url: str) -> str:
    answer = session.get(url, timeout=_TIMEOUT)
    answer.raise_for_status()
    found = re.match(r"\s*([0-9a-fA-F]{64})\b", answer.text)
    if found is None:
        raise EmbeddedServerError(f"{url} holds no SHA-256, so the archive cannot be trusted")
    return found[1].lower()


def _fetch(session: requests.Session, url: str, archive: Path, progress: ProgressLines) -> str:
    digest = hashlib.sha256()
    with session.get(url, timeout=_TIMEOUT, stream=True) as answer, archive.open("wb") as file:
        answer.raise_for_status()
        size = int(answer.headers.get("Content-Length", 0))
        done = 0
        progress.say(f"downloading {url} ({size / 1e6:.0f} MB)")
        for chunk in answer.iter_content(1 << 20):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            progress.tick(f"downloaded {done / 1e6:.0f} of {size / 1e6:.0f} MB")
    return digest.hexdigest()


def _unpack(archive: Path, target: Path) -> None:
    # Only the one member is read, as a stream: no name inside the archive becomes a path.
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as bundle:
            for entry in bundle.infolist():
                if not entry.is_dir() and Path(entry.filename).name in _NAMES:
                    with bundle.open(entry) as stream:
                        return _write(stream, target)
    else:
        with tarfile.open(archive) as bundle:
            for member in bundle:
                if member.isfile() and Path(member.name).name in _NAMES:
                    content = bundle.extractfile(member)
                    assert content is not None  # it is a file
                    return _write(content, target)
    raise EmbeddedServerError(f"{archive.name} holds no {' or '.join(_NAMES)}")


def _write(stream: IO[bytes], target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(stream, file)
    target.chmod(0o755)
