"""Downloads: only what has the published checksum is ever used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from weaviate_orm.embedded import gobuild
from weaviate_orm.embedded.binary import cached_binary, install
from weaviate_orm.embedded.progress import ProgressLines
from weaviate_orm.embedded.release import archive_name
from weaviate_orm.exceptions import ChecksumError, EmbeddedServerError

from .release_site import PROGRAM, VERSION, ReleaseSite

INSTALL = [sys.executable, "-m", "weaviate_orm.embedded", "install", "--version", VERSION]


@pytest.fixture(autouse=True)
def no_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gobuild, "find_go", lambda: None)


def left_in_cache() -> list[str]:
    return sorted(path.name for path in cached_binary(VERSION).parent.iterdir() if path.name != "lock")


def test_a_published_archive_is_installed_once(cache: Path, site: ReleaseSite) -> None:
    site.publish()
    binary = install(VERSION, ProgressLines())
    assert binary == cached_binary(VERSION)
    assert binary.read_bytes() == PROGRAM
    assert os.access(binary, os.X_OK)
    assert left_in_cache() == [binary.name]
    assert install(VERSION, ProgressLines()) == binary
    assert len(site.requests) == 2  # checksum and archive, the first time only


def test_a_wrong_checksum_is_refused_and_nothing_else_is_tried(
    cache: Path, site: ReleaseSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    monkeypatch.setattr(gobuild, "build", lambda *_: tried.append("go"))
    site.publish(checksum="0" * 64)
    with pytest.raises(ChecksumError, match=archive_name(VERSION)):
        install(VERSION, ProgressLines())
    assert left_in_cache() == []
    assert tried == []


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda site: site.archive.with_name(f"{site.archive.name}.sha256").unlink(), "404"),
        (lambda site: site.archive.with_name(f"{site.archive.name}.sha256").write_text("<html>"), "no SHA-256"),
        (lambda site: site.archive.unlink(), "404"),
        (lambda site: setattr(site, "cut", True), "cannot be fetched"),
        (lambda site: site.publish(name="readme"), "holds no weaviate"),
        (lambda site: site.publish(b"#!/bin/sh\nexit 3\n"), "exit code 3"),
        (lambda site: site.publish(b"\x7fELF broken"), "no Weaviate server"),
        (lambda site: site.publish(b"#!/bin/sh\necho another program\n"), "not that of a Weaviate"),
    ],
    ids=["no checksum", "no hash in it", "no archive", "cut", "no server in it", "fails", "broken", "another"],
)
def test_what_is_broken_is_not_installed(cache: Path, site: ReleaseSite, break_it: object, said: str) -> None:
    site.publish()
    assert callable(break_it)
    break_it(site)
    with pytest.raises(EmbeddedServerError, match=said):
        install(VERSION, ProgressLines())
    assert left_in_cache() == []


@pytest.mark.slow
def test_two_processes_at_once_download_once(cache: Path, site: ReleaseSite) -> None:
    site.publish()
    site.go_on.clear()
    processes = [subprocess.Popen(INSTALL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        said = sorted(_first_line(process) for process in processes)
        assert "downloading" in said[0]  # half of it came
        assert "waiting for another process" in said[1]
        site.go_on.set()
        results = [process.communicate(timeout=240) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], results
    assert {out.strip() for out, _ in results} == {str(cached_binary(VERSION))}
    assert len(site.requests) == 2
    assert left_in_cache() == [cached_binary(VERSION).name]


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


@pytest.mark.slow
def test_a_killed_installation_is_done_anew(cache: Path, site: ReleaseSite) -> None:
    site.publish()
    site.go_on.clear()
    with subprocess.Popen(INSTALL, stderr=subprocess.PIPE, text=True) as process:
        assert "downloading" in _first_line(process)
        process.send_signal(signal.SIGKILL)
    assert left_in_cache() != []  # the half archive, under another name
    site.go_on.set()
    assert install(VERSION, ProgressLines()).read_bytes() == PROGRAM
    assert left_in_cache() == [cached_binary(VERSION).name]


@pytest.mark.parametrize(("system", "machine"), [("linux", "riscv64"), ("win32", "AMD64")])
def test_machines_without_a_release(system: str, machine: str) -> None:
    with pytest.raises(EmbeddedServerError, match="no Weaviate is published"):
        archive_name(VERSION, system, machine)
