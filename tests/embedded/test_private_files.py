"""Data folders that others have written, or may write; what is made is for the owner alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded.folder import open_folder
from weaviate_orm.embedded.private_files import check_tree
from weaviate_orm.exceptions import EmbeddedServerError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
ANOTHER_USER = 54321


@pytest.fixture(autouse=True)
def _no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_is_for_the_owner_alone(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "parent" / "data")
    folder.release()
    made = [tmp_path / "parent", folder.path, folder.own]
    assert [mode(path) for path in made] == [0o700] * 3
    assert mode(folder.own / "lock") == 0o600


def test_what_an_earlier_version_made_is_taken_from_others(tmp_path: Path) -> None:
    own = tmp_path / "data" / ".weaviate-orm"
    own.mkdir(parents=True, mode=0o777)
    (own / "lock").touch(0o666)
    open_folder(own.parent).release()
    assert (mode(own.parent), mode(own), mode(own / "lock")) == (0o700, 0o700, 0o600)


@pytest.mark.parametrize("content", [[], ["raft"], ["schema.db"], ["classifications.db", "Article"]])
def test_an_empty_folder_and_the_data_of_a_weaviate_are_taken_from_others(tmp_path: Path, content: list[str]) -> None:
    data = tmp_path / "data"
    data.mkdir(0o755)
    for name in content:
        (data / name).touch()
    open_folder(data).release()
    assert mode(data) == 0o700


@pytest.mark.parametrize("others", [0o755, 0o770, 0o1777])
def test_a_folder_for_other_things_is_left_to_those_who_use_it(tmp_path: Path, others: int) -> None:
    shared = tmp_path / "it is shared"
    shared.mkdir()
    (shared / "something").touch()
    shared.chmod(others)
    with pytest.raises(EmbeddedServerError, match=rf"mode {others:o}.*chmod go-rwx '{shared}'"):
        open_folder(shared)
    assert mode(shared) == others
    assert [path.name for path in shared.iterdir()] == ["something"]
    shared.chmod(0o700)
    open_folder(shared).release()


@as_root
@pytest.mark.parametrize("name", ["", ".weaviate-orm", ".weaviate-orm/lock"])
def test_what_is_another_users_is_refused(tmp_path: Path, name: str) -> None:
    data = tmp_path / "data"
    open_folder(data).release()
    os.chown(data / name, ANOTHER_USER, -1)
    with pytest.raises(EmbeddedServerError, match=rf"it belongs to user {ANOTHER_USER}, and this is user 0"):
        open_folder(data)


@pytest.mark.parametrize("name", [".weaviate-orm", ".weaviate-orm/lock"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "the other kind"])
def test_what_is_not_what_it_should_be_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    outside = tmp_path / "outside"
    path = tmp_path / "data" / name
    path.parent.mkdir(parents=True)
    if kind == "link" and path.name == "lock":
        outside.write_text("do not lose me")
    elif kind == "link":
        outside.mkdir()
    if "link" in kind:
        path.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(path)
    elif path.name == "lock":
        path.mkdir()
    else:
        path.touch()
    with pytest.raises(EmbeddedServerError, match=rf"{path} is not trusted: it "):
        open_folder(tmp_path / "data")
    if kind == "link":
        assert outside.read_text() == "do not lose me" if outside.is_file() else list(outside.iterdir()) == []
    else:
        assert not outside.exists()


@pytest.mark.parametrize("name", ["raft", "article/shard", ".weaviate-orm/backups", ".weaviate-orm/server.log"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_no_server_gets_a_folder_with_links_or_pipes(binary: Path, tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / "outside").mkdir()
    path = tmp_path / "data" / name
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "outside") if kind == "link" else os.mkfifo(path)
    (tmp_path / "data").chmod(0o700)
    with pytest.raises(EmbeddedServerError, match=rf"{path} is not trusted: it is"):
        EmbeddedServer(EmbeddedOptions(tmp_path / "data", vectorizer=False))
    assert list((tmp_path / "outside").iterdir()) == []
    path.unlink()
    EmbeddedServer(EmbeddedOptions(tmp_path / "data", vectorizer=False)).close()


@as_root
def test_nor_one_with_files_of_another_user(tmp_path: Path) -> None:
    (tmp_path / "raft").mkdir()
    (tmp_path / "raft" / "raft.db").touch()
    check_tree(tmp_path)
    os.chown(tmp_path / "raft" / "raft.db", ANOTHER_USER, -1)
    with pytest.raises(EmbeddedServerError, match=rf"raft\.db is not trusted: it belongs to user {ANOTHER_USER}"):
        check_tree(tmp_path)


PLANTED = "open({mark!r}, 'a').write(__file__ + '\\n')\nraise SystemExit(3)\n"

OPENING = """
import sys
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

with EmbeddedServer(EmbeddedOptions(sys.argv[1])) as server:
    print(server.url)
"""


@pytest.mark.usefixtures("binary")
@pytest.mark.parametrize("where", ["elsewhere", "in the data folder"])
def test_no_file_of_a_data_folder_is_run_or_read_as_settings(tmp_path: Path, where: str) -> None:
    data, mark = tmp_path / "data", tmp_path / "mark"
    own = data / ".weaviate-orm"
    own.mkdir(parents=True)
    modules = ("orjson", "uvicorn", "numpy", "tokenizers", "json", "runpy", "sitecustomize", "usercustomize", "signal")
    for folder in (data, own):
        for name in modules:
            (folder / f"{name}.py").write_text(PLANTED.format(mark=str(mark)))
        (folder / "weaviate_orm").mkdir()
        (folder / "weaviate_orm" / "__init__.py").write_text(PLANTED.format(mark=str(mark)))
        (folder / "weaviate.conf.json").write_text("this is no JSON, so that reading it ends the server")
        for program in ("weaviate-server", "weaviate", "go"):
            (folder / program).write_text(f"#!/bin/sh\necho $0 >> {mark}\nexit 3\n")
            (folder / program).chmod(0o755)
    # An application that stands in the folder of its data, as one that a shell runs there; what itself imports comes
    # from its own path. PYTHONPATH and PATH name the folder, also by what depends on where one stands.
    environment = {**os.environ, "PATH": os.pathsep.join(["", ".", os.environ["PATH"]])}
    environment.pop("PYTHONPATH", None)
    root = Path(__file__).parents[2]
    script = (
        f"import sys; sys.path[:] = [{str(root)!r}, *sys.path[1:], '', '.', {str(data)!r}, {str(own)!r}]\n{OPENING}"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", script, str(data)],
        cwd=own if where == "in the data folder" else tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("http://127.0.0.1:")
    assert not mark.exists()
