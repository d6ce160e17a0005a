"""Building from source."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import shutil
from pathlib import Path

import pytest

from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer, gobuild
from weaviate_orm.embedded.options import DEFAULT_VERSION
from weaviate_orm.embedded.progress import ProgressLines
from weaviate_orm.exceptions import EmbeddedServerError


def executable(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


def test_go_is_found_on_path_or_else_in_its_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert gobuild.find_go() is None

    in_wheel = executable(tmp_path / "site" / "go" / "bin" / "go", "")
    spec = importlib.machinery.ModuleSpec("go", None, is_package=True)
    spec.submodule_search_locations = [str(in_wheel.parent.parent)]
    monkeypatch.setattr(importlib.util, "find_spec", {"go": spec}.get)
    assert gobuild.find_go() == in_wheel

    on_path = executable(tmp_path / "bin" / "go", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert gobuild.find_go() == on_path


def test_a_failure_is_told_with_the_command_and_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = executable(tmp_path / "bin" / "go", '#!/bin/sh\necho "GOBIN is $GOBIN: no such module"\nexit 2\n')
    monkeypatch.setattr(gobuild, "find_go", lambda: go)
    target = tmp_path / "weaviate-server"
    with pytest.raises(EmbeddedServerError) as caught:
        gobuild.build("9.9.9", target, ProgressLines())
    said = str(caught.value)
    assert f"{go} install github.com/weaviate/weaviate/cmd/weaviate-server@v9.9.9 failed with exit code 2" in said
    assert f"GOBIN is {tmp_path}: no such module" in said
    assert not target.exists()


@pytest.mark.heavy
@pytest.mark.skipif(gobuild.find_go() is None, reason="no Go toolchain")
def test_a_built_server_runs(tmp_path: Path) -> None:
    target = tmp_path / "weaviate-server"
    gobuild.build(DEFAULT_VERSION, target, ProgressLines())
    try:
        with EmbeddedServer(EmbeddedOptions(binary=target, vectorizer=False)) as server:
            assert server.is_running()
    finally:
        shutil.rmtree(tmp_path)
