"""``manage.py weaviate``, the setting, and its checks."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings

from tests.contrib.django.site.library.documents import Novel, Writer
from weaviate_orm import Client, Field, Model, Session, configure, create_all, drop_all
from weaviate_orm.contrib.django.setting_checks import check_mirrors, check_models, check_setting
from weaviate_orm.contrib.django.weaviate_settings import configure_client, read_setting
from weaviate_orm.session.default_client import default_client
from weaviate_orm.testing import Server

ROOT = Path(__file__).parents[3]
SETTINGS = "tests.contrib.django.site.settings"


def run(*arguments: str) -> str:
    """Run ``manage.py weaviate`` in this process, and return what it prints."""
    stdout = io.StringIO()
    call_command("weaviate", *arguments, stdout=stdout)
    return stdout.getvalue()


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "django", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": SETTINGS, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def messages(check: Any) -> list[tuple[str, str]]:
    return [(message.id, message.msg) for message in check()]


def test_commands_without_weaviate_need_no_server(project: None, tmp_path: Path) -> None:
    url = "http://127.0.0.1:9"  # nobody listens there
    database = str(tmp_path / "database")
    for arguments in (("check",), ("migrate", "--run-syncdb"), ("weaviate", "--help"), ("weaviate", "plan", "--help")):
        ended = manage(*arguments, WEAVIATE_URL=url, LIBRARY_DATABASE=database)
        assert ended.returncode == 0, ended.stderr
    # nor do its own that read files only
    ended = manage(
        *("weaviate", "makemigrations"),
        WEAVIATE_URL=url,
        LIBRARY_DATABASE=database,
        LIBRARY_MIGRATIONS=str(tmp_path / "migrations"),
    )
    assert ended.returncode == 0, ended.stderr
    assert "CreateCollection" in (tmp_path / "migrations" / "0001_initial.py").read_text()


def test_collections_are_created_and_compared(library: Client) -> None:
    drop_all(library, [Novel])
    with pytest.raises(SystemExit) as ended:
        run("plan")
    assert ended.value.code == 1
    assert "DjangoNovel" in json.loads(run("create", "--json"))["collections"]
    assert "Nothing to do" in run("plan")
    assert library.schema.contains({"class": "DjangoNovel"})


def test_migrations_are_made_and_applied(library: Client, tmp_path: Path, server: Server) -> None:
    from django.conf import settings

    with override_settings(WEAVIATE={**settings.WEAVIATE, "MIGRATIONS": str(tmp_path / "migrations")}):
        configure(library)
        assert "0001_initial" in run("makemigrations")
        assert "[ ]  0001_initial" in run("showmigrations")
        assert "Recorded 0001_initial" in run("migrate", "--fake")
        assert "Nothing to do" in run("migrate")
    library.schema.delete_class("DjangoMigrations")


def test_objects_are_written_to_files_and_back(library: Client, tmp_path: Path) -> None:
    writer = Writer(name="Jane")
    with Session(library) as session:
        session.add_all(Novel(title=f"{n}", pages=n, words=["a"] * n, writer=writer) for n in range(3))
        session.commit()
        before = session.query(Novel).include("writer").with_vector().order_by("title").values()
    files = {model: str(tmp_path / f"{model.__name__}.jsonl") for model in (Writer, Novel)}
    for model, file in files.items():
        run("export", model.__name__, file)
    drop_all(library, list(files))
    create_all(library, list(files))
    for model, file in files.items():
        assert "objects stored, 0 refused" in run("import", model.__name__, file)
    with Session(library) as session:
        after = session.query(Novel).include("writer").with_vector().order_by("title").values()
    assert after == before
    assert len(after) == 3
    assert after[0]["vector"]


def test_errors_are_those_of_commands(project: None) -> None:
    with pytest.raises(CommandError, match="No such command 'plam'"):
        run("plam")
    with pytest.raises(CommandError, match=r"no mirror of library\.tag"):
        run("mirror", "library.Tag")
    assert "mirror" in run()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (["URL"], "WEAVIATE is a dict"),
        ({"URI": "http://localhost"}, "WEAVIATE has no key 'URI'; did you mean 'URL'?"),
        ({"SOMETHING": 1}, "WEAVIATE has no key 'SOMETHING'; there are: URL, API_KEY"),
        ({"URL": Path("/tmp")}, "is a str"),
    ],
)
def test_a_wrong_setting_is_refused(setting: Any, message: str) -> None:
    with override_settings(WEAVIATE=setting):
        with pytest.raises(ImproperlyConfigured) as caught:
            read_setting()
        assert message in str(caught.value)
        assert [code for code, _ in messages(check_setting)] == ["weaviate.E001"]
    configure(None)


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({}, "weaviate.E002"),
        ({"URL": "htp://localhost"}, "weaviate.E002"),
        ({"URL": "http://localhost", "CLIENT_OPTIONS": {"timeout": 3}}, "weaviate.E002"),
        ({"URL": "http://localhost", "TENANT": "tests.none"}, "weaviate.E003"),
    ],
)
def test_checks_name_what_is_wrong(setting: Any, code: str) -> None:
    with override_settings(WEAVIATE=setting):
        assert [message[0] for message in messages(check_setting)] == [code]
    configure(None)


def test_checks_pass() -> None:
    with override_settings(WEAVIATE={"URL": "http://127.0.0.1:9", "API_KEY": "key"}):
        assert messages(check_setting) == messages(check_models) == messages(check_mirrors) == []
    with override_settings(WEAVIATE={"URL": "embedded:///tmp/somewhere", "TENANT": lambda request: "a"}):
        assert messages(check_setting) == []
    configure(None)


def test_a_model_that_weaviate_cannot_hold_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from weaviate_orm.contrib.django import setting_checks

    class Unheld(Model):
        value: Field[complex]

    monkeypatch.setattr(setting_checks, "project_models", lambda: [Unheld])
    (message,) = messages(check_models)
    assert message[0] == "weaviate.E004"
    assert "Unheld.value" in message[1]


def test_the_client_is_made_when_it_is_needed(server: Server) -> None:
    configure_client()
    with override_settings(
        WEAVIATE={"URL": server.url, "API_KEY": server.api_key, "CLIENT_OPTIONS": {"slow_query": 60.0}}
    ):
        client = default_client()
        assert client is default_client()
        assert client.is_ready()
        client.close()
    configure(None)
