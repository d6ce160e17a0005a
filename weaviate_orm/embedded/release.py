"""Weaviate's release archives."""

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
"""The variable that names a mirror of RELEASES, with the same layout."""

_TIMEOUT = (5.0, 60.0)
_PROCESSORS = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_NAMES = ("weaviate", "weaviate-server")


def archive_name(version: str, system: str = sys.platform, machine: str | None = None) -> str:
    """Return the name of the release archive for a machine.

    Raises:
        EmbeddedServerError: no archive is published for this machine.

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
    """Look up the version of the newest release, without pre-releases.

    Raises:
        EmbeddedServerError: the releases cannot be reached, or the response names no release.
    """
    url = urljoin(_releases() + "/", "../latest")
    try:
        response = requests.get(url, timeout=_TIMEOUT, allow_redirects=False)
        response.raise_for_status()
    except requests.RequestException as error:
        raise EmbeddedServerError(f"the latest version cannot be looked up at {url}: {error}") from error
    tag = re.search(r"/v(\d+\.\d+\.\d+)$", response.headers.get("Location", ""))
    if tag is None:
        raise EmbeddedServerError(f"the latest version cannot be looked up: {url} does not redirect to a release")
    return tag[1]


def _releases() -> str:
    return os.environ.get(RELEASES_VARIABLE, RELEASES).rstrip("/")


def download(version: str, target: Path, progress: ProgressLines) -> None:
    """Download the archive into ``target``'s folder, check it, and unpack the server as ``target``.

    The proxies of the environment are used. The caller clears the folder, even after an error.

    Raises:
        ChecksumError: the archive does not have the published checksum; it was not unpacked.
        EmbeddedServerError: the archive cannot be downloaded, or holds no server.
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
            f"{url} has the SHA-256 {actual}, but the published one is {expected}, so it is not used. Try again later; "
            f"if the error remains, the archive or the connection may have been tampered with"
        )
    try:
        _unpack(archive, target)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise EmbeddedServerError(f"{name} cannot be unpacked: {error}") from error


def _published_checksum(session: requests.Session, url: str) -> str:
    response = session.get(url, timeout=_TIMEOUT)
    response.raise_for_status()
    checksum = re.match(r"\s*([0-9a-fA-F]{64})\b", response.text)
    if checksum is None:
        raise EmbeddedServerError(f"{url} holds no SHA-256, so the archive cannot be trusted")
    return checksum[1].lower()


def _fetch(session: requests.Session, url: str, archive: Path, progress: ProgressLines) -> str:
    digest = hashlib.sha256()
    with session.get(url, timeout=_TIMEOUT, stream=True) as response, archive.open("wb") as file:
        response.raise_for_status()
        size = int(response.headers.get("Content-Length", 0))
        written = 0
        progress.say(f"downloading {url} ({size / 1e6:.0f} MB)")
        for chunk in response.iter_content(1 << 20):
            file.write(chunk)
            digest.update(chunk)
            written += len(chunk)
            progress.tick(f"downloaded {written / 1e6:.0f} of {size / 1e6:.0f} MB")
    return digest.hexdigest()


def _unpack(archive: Path, target: Path) -> None:
    # Only the server is read, as a stream, so that no name inside the archive becomes a path.
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
