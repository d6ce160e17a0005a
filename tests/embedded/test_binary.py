"""Where the executable comes from, and what is said when there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from weaviate_orm.embedded import EmbeddedOptions, gobuild
from weaviate_orm.embedded.binary import SERVER_VARIABLE, cached_binary, find, find_or_install
from weaviate_orm.embedded.environment import find_on_path
from weaviate_orm.exceptions import ConfigurationError, EmbeddedServerError

from .release_site import PROGRAM, VERSION, ReleaseSite


def program(path: Path, content: bytes = PROGRAM) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def test_the_order(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = EmbeddedOptions(version=VERSION)
    assert find(options) is None

    cached = program(cached_binary(VERSION))
    assert cached.is_relative_to(cache)
    assert find(options) == cached
    assert find(EmbeddedOptions(version="9.9.8")) is None

    short_name = program(tmp_path / "bin" / "weaviate")
    monkeypatch.setenv("PATH", f"{short_name.parent}:/usr/bin:/bin")
    assert find(options) == short_name
    long_name = program(tmp_path / "bin" / "weaviate-server")
    assert find(options) == long_name

    in_variable = program(tmp_path / "variable")
    monkeypatch.setenv(SERVER_VARIABLE, str(in_variable))
    assert find(options) == in_variable

    named = program(tmp_path / "named")
    assert find(EmbeddedOptions(binary=named)) == named


def test_another_program_of_the_name_weaviate_is_passed_over(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = program(tmp_path / "bin" / "weaviate", b"#!/bin/sh\necho a command line client\n")
    monkeypatch.setenv("PATH", f"{other.parent}:/usr/bin:/bin")
    assert find(EmbeddedOptions(version=VERSION)) is None


def test_one_that_is_named_must_be_there(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"binary names .*gone"):
        find(EmbeddedOptions(binary=tmp_path / "gone"))
    monkeypatch.setenv(SERVER_VARIABLE, str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"\$WEAVIATE_ORM_SERVER names"):
        find(EmbeddedOptions())


def test_the_error_says_what_was_tried_and_why_it_failed(
    cache: Path, site: ReleaseSite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gobuild, "find_go", lambda: None)
    with pytest.raises(EmbeddedServerError) as caught:
        find_or_install(EmbeddedOptions(version=VERSION))
    said = str(caught.value)
    assert "download: " in said
    assert "404" in said
    assert "go install: there is no Go toolchain" in said
    assert str(cached_binary(VERSION)) in said
    assert "$WEAVIATE_ORM_SERVER" in said
    assert "download did not work" in capsys.readouterr().err


def test_a_folder_of_ones_own_in_place_of_the_cache(cache: Path, site: ReleaseSite, tmp_path: Path) -> None:
    site.publish()
    options = EmbeddedOptions(version=VERSION, binary_path=tmp_path / "servers")
    assert find(options) is None
    installed = find_or_install(options)
    assert installed.is_relative_to(tmp_path / "servers")
    assert find(options) == installed
    assert not cache.exists()


def test_others_may_run_what_is_installed_and_not_replace_it(site: ReleaseSite, tmp_path: Path) -> None:
    site.publish()
    before = os.umask(0)
    try:
        installed = find_or_install(EmbeddedOptions(version=VERSION, binary_path=tmp_path / "own" / "servers"))
    finally:
        os.umask(before)
    made = [
        path
        for path in (installed, *installed.parents, *installed.parent.iterdir())
        if path.is_relative_to(tmp_path / "own")
    ]
    assert len(made) >= 4
    assert {str(path): oct(path.stat().st_mode) for path in made if path.stat().st_mode & 0o022} == {}
    assert installed.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("name", ["weaviate-server", "weaviate", "go"])
def test_nothing_is_run_from_where_one_happens_to_stand(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    program(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "./", os.path.relpath(tmp_path)]))
    assert find_on_path(name) is None
    assert find(EmbeddedOptions()) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_on_path(name) == tmp_path / name


def test_latest_is_the_newest_release(cache: Path, site: ReleaseSite) -> None:
    site.publish()
    program(cached_binary("9.9.8"))
    latest = EmbeddedOptions(version="latest", quiet=True)
    assert find_or_install(latest) == cached_binary(VERSION)
    assert site.requests[0] == "/latest"
    downloads = len(site.requests)
    assert find_or_install(latest) == cached_binary(VERSION)
    assert site.requests[downloads:] == ["/latest"]  # looked up again, and not downloaded again


@pytest.mark.parametrize("answer", [None, "/releases", "/releases/tag/nightly"])
def test_latest_is_the_newest_one_installed_where_releases_cannot_be_reached(
    cache: Path, site: ReleaseSite, capsys: pytest.CaptureFixture[str], answer: str | None
) -> None:
    site.latest = answer
    latest = EmbeddedOptions(version="latest")
    with pytest.raises(EmbeddedServerError, match="the latest version cannot be looked up"):
        find_or_install(latest)
    for version in ("1.9.0", "1.10.0", "1.11.0-rc.1"):
        program(cached_binary(version))
    cached_binary("2.0.0").parent.mkdir()  # an installation that did not end
    assert find_or_install(latest) == cached_binary("1.10.0")
    assert "1.10.0 is used, the newest that is installed" in capsys.readouterr().err


def test_quiet_says_nothing(cache: Path, site: ReleaseSite, capsys: pytest.CaptureFixture[str]) -> None:
    site.publish()
    find_or_install(EmbeddedOptions(version=VERSION, quiet=True))
    assert capsys.readouterr().err == ""


def test_a_cache_that_cannot_be_written(cache: Path) -> None:
    cache.write_text("a file")
    with pytest.raises(EmbeddedServerError, match=r"cannot be used: .*\$WEAVIATE_ORM_CACHE"):
        find_or_install(EmbeddedOptions(version=VERSION))
