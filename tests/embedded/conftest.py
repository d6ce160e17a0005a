"""A release site on this machine, and an empty cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from weaviate_orm.embedded.binary import CACHE_VARIABLE, SERVER_VARIABLE
from weaviate_orm.embedded.release import RELEASES_VARIABLE

from .release_site import ReleaseSite


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, on a machine that has no server elsewhere."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    monkeypatch.delenv(SERVER_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return folder


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReleaseSite]:
    folder = tmp_path / "site"
    folder.mkdir()
    served = ReleaseSite(folder)
    monkeypatch.setenv(RELEASES_VARIABLE, served.url)
    yield served
    served.close()
