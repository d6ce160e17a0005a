"""``makemigrations``, ``migrate``, ``showmigrations``, ``check`` and ``squashmigrations`` against the server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Project
from weaviate_orm import Client


def declare(project: Project, *members: str) -> None:
    """Write the model, with a text property of each name."""
    name = project.package.capitalize()
    lines = "".join(f"    {member}: Field[str | None] = field(default=None)\n" for member in members)
    project.write_models(f"class {name}Item(Model):\n{lines}")


def files(project: Project) -> list[str]:
    return sorted(path.stem for path in (project.folder / project.package / "migrations").glob("0*.py"))


@pytest.fixture
def migrated(project: Project) -> Project:
    """A project whose first migration is written and applied."""
    declare(project, "title")
    assert project.run("makemigrations").exit_code == 0
    assert project.run("migrate").exit_code == 0
    return project


def test_from_models_to_the_server_and_back(project: Project, client: Client, unique: str) -> None:
    declare(project, "title")
    assert project.run("makemigrations", "--check").exit_code == 1
    assert files(project) == []

    made = project.run("makemigrations")
    assert made.exit_code == 0, made.output
    assert files(project) == ["0001_initial"]
    assert "Wrote" in made.stdout
    again = project.run("makemigrations")
    assert (again.exit_code, again.stdout) == (0, "Nothing to do: the files say what the models do.\n")

    assert project.run("showmigrations").stdout.startswith("[ ]  0001_initial")
    planned = project.run("migrate", "--plan")
    assert planned.exit_code == 0
    assert planned.stdout.startswith("0001_initial\n  ")
    checked = project.run("migrate", "--check")
    assert (checked.exit_code, checked.stdout) == (1, "Pending: 0001_initial\n")
    assert not client.schema.exists(f"{unique}Item")

    applied = project.run("migrate")
    assert (applied.exit_code, applied.stdout) == (0, "Applied 0001_initial\n")
    assert client.schema.exists(f"{unique}Item")
    assert project.run("migrate").stdout == "Nothing to do.\n"
    assert project.run("migrate", "--check").exit_code == 0
    assert project.run("showmigrations").stdout.startswith("[X]  0001_initial")
    (status,) = project.run_json("showmigrations")
    assert (status["name"], status["state"], status["changed"]) == ("0001_initial", "done", False)

    refused = project.run("migrate", "zero")
    assert refused.exit_code == 2
    assert "stored data would be deleted" in refused.stderr
    assert project.run_json("migrate", "zero", "--yes-delete")["undone"] == ["0001_initial"]
    assert not client.schema.exists(f"{unique}Item")


def test_as_processes(migrated: Project, client: Client, unique: str) -> None:
    declare(migrated, "title", "summary")
    made = migrated.run_process("makemigrations", "--name", "summary")
    assert (made.returncode, made.stderr) == (0, "")
    assert files(migrated) == ["0001_initial", "0002_summary"]
    applied = migrated.run_process("migrate")
    assert applied.returncode == 0, applied.stderr
    names = [member["name"] for member in client.schema.get(f"{unique}Item")["properties"]]
    assert sorted(names) == ["summary", "title"]


def test_the_file_is_shown(project: Project) -> None:
    declare(project, "title")
    shown = project.run("makemigrations", "--dry-run")
    assert shown.exit_code == 0
    assert "migration = Migration(" in shown.stdout
    assert files(project) == []
    body = project.run_json("makemigrations", "--check")
    assert (body["migration"], body["written"]) == ("0001_initial", False)


def test_renames_are_not_guessed(migrated: Project) -> None:
    declare(migrated, "headline")
    made = migrated.run("makemigrations", "--no-input", "--dry-run")
    assert "renamed to headline? Not asked, so taken for removed and added." in made.stderr
    body = migrated.run_json("makemigrations", "--check")
    assert len(body["not_taken_for_renamed"]) == 1


@pytest.mark.parametrize(("answer", "operation"), [("y", "rename"), ("n", "drop")])
def test_renames_are_asked_on_a_terminal(migrated: Project, answer: str, operation: str) -> None:
    declare(migrated, "headline")
    terminal, stdin = os.openpty()
    try:
        os.write(terminal, f"{answer}\n".encode())
        made = migrated.run_process("makemigrations", stdin=stdin)
    finally:
        os.close(terminal)
        os.close(stdin)
    assert made.returncode == 0, made.stderr
    assert "Item.title renamed to headline? [y/N]" in made.stderr
    (file,) = set(files(migrated)) - {"0001_initial"}
    text = (migrated.folder / migrated.package / "migrations" / f"{file}.py").read_text()
    assert f"{operation}=" in text


def test_an_empty_file(migrated: Project) -> None:
    assert migrated.run("makemigrations", "--empty", "--name", "by_hand").exit_code == 0
    assert files(migrated) == ["0001_initial", "0002_by_hand"]


def test_a_check_compares_models_files_and_server(migrated: Project, client: Client, unique: str) -> None:
    fine = migrated.run("check")
    assert (fine.exit_code, fine.stdout) == (0, "Nothing differs.\n")

    declare(migrated, "title", "summary")
    assert list(migrated.run_json("check")) == ["models"]
    migrated.run("makemigrations")
    assert list(migrated.run_json("check")) == ["pending"]
    migrated.run("migrate")

    client.schema.add_property(f"{unique}Item", {"name": "extra", "dataType": ["text"]})
    body = migrated.run_json("check")
    assert body == {"drift": [f"{unique}Item.extra is on the server and not in the model"]}
    shown = migrated.run("check")
    assert shown.exit_code == 1
    assert "  → undo it; or write a migration that says the same" in shown.stdout
    declare(migrated, "title", "summary", "more")
    migrated.run("makemigrations")
    refused = migrated.run("migrate")
    assert refused.exit_code == 1, "drift"


def test_a_check_of_files_that_were_changed(migrated: Project) -> None:
    path: Path = migrated.folder / migrated.package / "migrations" / "0001_initial.py"
    path.write_text(path.read_text().replace("title", "heading"))
    assert migrated.run_json("check")["changed"] == ["0001_initial"]
    assert migrated.run("migrate").exit_code == 2


def test_a_check_without_migrations(project: Project, unique: str) -> None:
    project.configure(
        url=project.run_json("doctor")[2]["message"].rpartition(" ")[2],
        api_key_env="SHOP_KEY",
        models=f"{project.package}.models",
    )
    assert list(project.run_json("check")) == ["server"]
    project.run("plan", "--apply")
    assert project.run_json("check") == {}


def test_files_are_squashed(migrated: Project) -> None:
    declare(migrated, "title", "summary")
    migrated.run("makemigrations")
    refused = migrated.run("squashmigrations", "0002", "--from", "0002")
    assert refused.exit_code == 2
    assert "there is nothing to squash" in refused.stderr
    shown = migrated.run("squashmigrations", "0002", "--dry-run")
    assert shown.exit_code == 0
    assert "replaces=" in shown.stdout
    squashed = migrated.run("squashmigrations", "0002", "--name", "all")
    assert squashed.exit_code == 0, squashed.output
    assert "0001_squashed_all" in files(migrated)
    assert migrated.run("makemigrations", "--check").exit_code == 0


def test_a_file_that_does_not_load(migrated: Project) -> None:
    (migrated.folder / migrated.package / "migrations" / "0002_wrong.py").write_text("1 / 0\n")
    for name in ("migrate", "makemigrations", "showmigrations", "check"):
        result = migrated.run(name)
        assert result.exit_code == 2
        assert "0002_wrong.py does not load: ZeroDivisionError" in result.stderr


def test_a_migration_that_failed_is_gone_on_with(migrated: Project) -> None:
    path = migrated.folder / migrated.package / "migrations" / "0002_check.py"
    path.write_text(
        "from weaviate_orm import Client\n"
        "from weaviate_orm.migrations import Migration, RunPython\n\n\n"
        "def check(client: Client) -> None:\n    raise ValueError('not yet')\n\n\n"
        "migration = Migration(dependencies=['0001_initial'], operations=[RunPython(check)])\n"
    )
    failed = migrated.run("migrate")
    assert failed.exit_code == 2
    assert "not yet" in failed.stderr
    assert "[!]  0002_check" in migrated.run("showmigrations").stdout
    assert "0 of 1 operations are applied" in migrated.run("showmigrations").stdout
    assert migrated.run_json("check")["halfway"] == ["0002_check"]
    path.write_text(path.read_text().replace("raise ValueError('not yet')", "client.is_ready()"))
    assert migrated.run("migrate").stdout == "Applied 0002_check\n"


def test_two_heads_are_merged(migrated: Project) -> None:
    declare(migrated, "title", "summary")
    migrated.run("makemigrations", "--name", "mine")
    folder = migrated.folder / migrated.package / "migrations"
    theirs = (folder / "0002_mine.py").read_text().replace("summary", "note")
    (folder / "0002_theirs.py").write_text(theirs)
    assert migrated.run("migrate").exit_code == 2
    merged = migrated.run("makemigrations", "--merge")
    assert merged.exit_code == 0, merged.output
    assert "0003_merge" in files(migrated)
    assert migrated.run("migrate").exit_code == 0
    assert migrated.run("makemigrations", "--merge").stdout == "Nothing to do: there is one head.\n"


def test_without_migrations(project: Project) -> None:
    assert project.run("showmigrations").stdout.startswith("There are none in ")
    assert project.run("migrate").stdout == "Nothing to do.\n"
