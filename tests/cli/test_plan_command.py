"""``plan`` against the server."""

from __future__ import annotations

from tests.cli.conftest import Project
from weaviate_orm import Client


def test_a_plan_is_shown_and_applied(project: Project, client: Client, unique: str) -> None:
    planned = project.run("plan")
    assert planned.exit_code == 1
    assert f"{unique}Item" in planned.stdout
    assert not client.schema.exists(f"{unique}Item")
    (step,) = project.run_json("plan")["steps"]
    assert (step["collection"], step["strategy"], step["destructive"]) == (f"{unique}Item", "create", False)

    applied = project.run("plan", "--apply")
    assert (applied.exit_code, applied.stdout.splitlines()[-1]) == (0, "Applied 1 changes.")
    assert client.schema.exists(f"{unique}Item")
    again = project.run("plan")
    assert (again.exit_code, again.stdout) == (0, "Nothing to do: the server has what the models declare.\n")
    assert project.run_json("plan") == {"steps": [], "applied": False}


def test_what_deletes_data_is_not_done_unseen(project: Project, client: Client, unique: str) -> None:
    project.write_models(
        f"class {unique}Item(Model):\n    title: Field[str]\n\n    class Meta:\n        alias = True\n"
    )
    project.run("plan", "--apply")
    project.write_models(f"class {unique}Item(Model):\n    note: Field[str]\n\n    class Meta:\n        alias = True\n")
    refused = project.run("plan", "--strict", "--apply")
    assert refused.exit_code == 2
    assert "stored data would be deleted" in refused.stderr


def test_a_rename(project: Project, client: Client, unique: str) -> None:
    project.run("plan", "--apply")
    project.write_models(f"class {unique}Item(Model):\n    headline: Field[str]\n")
    (step,) = project.run_json("plan", "--rename", f"{unique}Item.title=headline", "--offline")["steps"]
    assert step["strategy"] == "offline rebuild"
    wrong = project.run("plan", "--rename", "title")
    assert wrong.exit_code == 2
    assert "--rename takes COLLECTION.OLD=NEW" in wrong.stderr
