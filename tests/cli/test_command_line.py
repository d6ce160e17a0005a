"""The command against the server: what it prints, its exit codes, and that no secret is shown."""

from __future__ import annotations

import builtins
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import KEY_VARIABLE, Project
from weaviate_orm import Client, cli
from weaviate_orm.client.capability_probes import capabilities_of
from weaviate_orm.migrations.history import History
from weaviate_orm.migrations.lock import locked
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.collection_move import Rebuilding
from weaviate_orm.migrations.rebuild.marks import CopyingMark
from weaviate_orm.testing import Server


def test_every_command_has_help(empty_project: Project) -> None:
    result = empty_project.run("--help")
    assert result.exit_code == 0
    from weaviate_orm.cli.application import application

    for name, command in application.commands.items():
        assert name in result.stdout
        assert command.help
        assert empty_project.run(name, "-h").exit_code == 0


def test_as_a_process(project: Project, client: Client, unique: str) -> None:
    client.schema.create_class({"class": f"{unique}Item", "properties": [{"name": "title", "dataType": ["text"]}]})
    done = project.run_process("inspect", f"{unique}Item")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"class {unique}Item(Model):\n    title: Field[str | None] = field(default=None)\n" in done.stdout
    compile(done.stdout, "models", "exec")


def test_arguments_that_do_not_exist(empty_project: Project) -> None:
    assert empty_project.run("no-such-command").exit_code == 2
    assert empty_project.run("inspect", "--no-such-option").exit_code == 2


def test_settings_that_are_missing(empty_project: Project) -> None:
    result = empty_project.run("inspect")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: which url? give --url, $WEAVIATE_URL, or url = … in [tool.weaviate-orm]")


def test_errors_as_json(project: Project) -> None:
    result = project.run("inspect", "Nowhere", "--json")
    assert result.exit_code == 2
    assert '"type": "UnknownNameError"' in result.stdout


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    importing = builtins.__import__

    def without_click(name: str, *arguments: Any) -> Any:
        if name.split(".")[0] == "click":
            raise ModuleNotFoundError(f"No module named {name!r}", name="click")
        return importing(name, *arguments)

    for name in [name for name in sys.modules if name.startswith("weaviate_orm.cli.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without_click)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == 'error: weaviate-orm needs click: pip install "weaviate-mapper[cli]"\n'


def test_inspect_as_json(project: Project, client: Client, unique: str) -> None:
    client.schema.create_class({"class": f"{unique}Item"})
    body = project.run_json("inspect", f"{unique}Item")
    assert f"class {unique}Item(Model):\n    pass\n" in body["source"]


def findings(project: Project, *options: str) -> dict[str, list[Any]]:
    by_subject: dict[str, list[Any]] = {}
    for finding in project.run_json("doctor", *options):
        by_subject.setdefault(finding["subject"], []).append(finding)
    return by_subject


def test_a_healthy_server(project: Project, server: Server) -> None:
    result = project.run("doctor")
    assert result.exit_code == 0, result.output
    assert server.url in result.stdout
    assert (server.api_key or "?") not in result.output
    subjects = findings(project)
    for subject in ("settings", "models", "server", "modules", "nodes", "clock", "migrations"):
        assert [finding["status"] for finding in subjects[subject]] == ["ok"]
    assert subjects["collections"][0]["status"] == "ok"


def test_grpc(project: Project, server: Server) -> None:
    assert findings(project)["gRPC"][0]["next_step"].startswith("set grpc-port")
    if server.grpc_port is not None:
        assert findings(project, "--grpc-port", str(server.grpc_port))["gRPC"][0]["status"] == "ok"
    wrong = findings(project, "--grpc-port", "1")["gRPC"][0]
    assert (wrong["status"], wrong["next_step"]) == ("problem", "correct the grpc-port, or leave it out")


def test_no_server_there(project: Project) -> None:
    subjects = findings(project, "--url", "http://127.0.0.1:1")
    assert subjects["server"][0]["status"] == "problem"
    assert subjects["server"][0]["next_step"] == "start the server, or correct the url"
    assert project.run("doctor", "--url", "http://127.0.0.1:1").exit_code == 1


def test_a_wrong_key(project: Project, server: Server) -> None:
    if server.api_key is None:
        pytest.skip("this server asks for no key")
    project.environment[KEY_VARIABLE] = "wrong-secret"
    subjects = findings(project)
    assert subjects["API key"][0]["status"] == "problem"
    assert "api-key-env" in subjects["API key"][0]["next_step"]
    assert "wrong-secret" not in project.run("doctor").output


def test_models_that_cannot_be_imported(project: Project) -> None:
    project.write_models("1 / 0\n")
    (problem,) = findings(project)["models"]
    assert problem["status"] == "problem"
    assert "cannot be imported: ZeroDivisionError: division by zero" in problem["message"]
    assert "models.py, line 6)" in problem["message"]
    (problem,) = findings(project, "--models", "no_such_module.models")["models"]
    assert "there is no module no_such_module, neither in" in problem["message"]
    project.write_models("")
    (problem,) = findings(project)["models"]
    assert problem["message"].endswith("no model is defined there, or imported")


def test_a_module_that_the_server_does_not_have(project: Project, unique: str) -> None:
    project.write_models(
        "from weaviate_orm.vectorizers import Module\n\n\n"
        f"class {unique}Item(Model):\n    class Meta:\n        vectorizer = Module('text2vec-nowhere')\n"
    )
    (problem,) = findings(project)["modules"]
    assert problem["message"] == f"{unique}Item needs text2vec-nowhere, which the server does not have"
    assert problem["next_step"] == "add text2vec-nowhere to ENABLE_MODULES of the server"


def test_keys_of_inference_services(project: Project, server: Server, unique: str) -> None:
    project.write_models(
        "from weaviate_orm.vectorizers import Generative\n\n\n"
        f"class {unique}Item(Model):\n    class Meta:\n        generative = Generative.openai()\n"
    )
    (finding,) = findings(project)["inference keys"]
    assert finding["message"].endswith("generative-openai, and no X-OpenAI-Api-Key or X-Azure-Api-Key is sent")
    project.configure(url=server.url, api_key_env=KEY_VARIABLE, models=f"{project.package}.models")
    with (project.folder / "pyproject.toml").open("a") as file:
        file.write('headers = { X-OpenAI-Api-Key = "OPENAI" }\n')
    project.environment["OPENAI"] = "very-secret"
    result = project.run("doctor")
    assert "inference keys" not in result.stdout
    assert "very-secret" not in result.output


def test_collections_that_are_frozen(project: Project, client: Client, unique: str) -> None:
    client.schema.create_class({"class": f"{unique}Item"})
    (shard,) = client.schema.get_class_shards(f"{unique}Item")
    client.schema.update_class_shard(f"{unique}Item", "READONLY", shard["name"])
    (frozen,) = findings(project)["frozen collections"]
    assert f"{unique}Item" in frozen["message"]  # others may be so, too
    assert "unlock" in frozen["next_step"]


def test_runtime_reindex(project: Project, client: Client) -> None:
    (finding,) = findings(project)["runtime reindex"]
    enabled = capabilities_of(client.transport).reindex
    assert finding["status"] == ("ok" if enabled else "warning")
    assert enabled or finding["next_step"].endswith("RUNTIME_REINDEX_ENABLED=true")


def test_copies_that_a_rebuild_has_replaced(project: Project, client: Client, unique: str) -> None:
    client.schema.create_class({"class": f"{unique}A_1"})
    client.schema.create_class({"class": f"{unique}A_2"})
    client.alias.create(alias_name=f"{unique}A", target_collection=f"{unique}A_1")
    body = client.schema.get(f"{unique}A_2")
    try:
        rebuild(client, [Rebuilding(f"{unique}A", f"{unique}A_1", {**body, "class": f"{unique}A"})])
        subjects = findings(project)
    finally:
        for alias, target in client.alias.list_all().items():
            if target.startswith(unique):
                client.alias.delete(alias_name=alias)
    (old,) = subjects["old copies"]
    assert old["message"] == f"{unique}A_1 refuse writes since they were rebuilt"
    assert "cleanup" in old["next_step"]
    assert "frozen collections" not in subjects


def test_a_lock_and_its_release(project: Project, client: Client, unique: str) -> None:
    history = History(client, f"{unique}Migration")
    assert project.run("unlock").stdout == "Nobody holds the lock.\n"
    with locked(history):
        assert findings(project)["lock"][0]["status"] == "warning"
        body = project.run_json("unlock")
        assert body["released"] is True
        assert "process" in body["owner"]
    assert project.run_json("unlock")["released"] is False


def test_collections_of_a_rebuild_that_was_killed_take_writes_again(
    project: Project, client: Client, unique: str
) -> None:
    client.schema.create_class({"class": f"{unique}A_1"})
    client.schema.create_class({"class": f"{unique}A_2"})
    mark = CopyingMark(f"{unique}A", "body", f"{unique}A_2")
    client.alias.create(alias_name=f"{unique}A", target_collection=f"{unique}A_1")
    client.alias.create(alias_name=mark.alias, target_collection=mark.target)
    (shard,) = client.schema.get_class_shards(f"{unique}A_1")
    client.schema.update_class_shard(f"{unique}A_1", "READONLY", shard["name"])
    try:
        assert project.run("unlock").stdout == f"Nobody holds the lock.\n{unique}A_1 takes writes again.\n"
        assert [shard["status"] for shard in client.schema.get_class_shards(f"{unique}A_1")] == ["READY"]
    finally:
        client.alias.delete(alias_name=f"{unique}A")
        client.alias.delete(alias_name=mark.alias)


def test_the_shell_runs_what_stdin_has(project: Project, unique: str) -> None:
    done = project.run_process("shell", stdin=f"print({unique}Item.__name__, session, client.is_ready())\n")
    assert (done.returncode, done.stdout) == (0, f"{unique}Item <Session new=0 changed=0 deleted=0> True\n")


def test_the_shell_on_a_terminal(project: Project) -> None:
    terminal, stdin = os.openpty()
    try:
        os.write(terminal, b"print('in the', 'shell')\nexit()\n")
        done = project.run_process("shell", stdin=stdin)
    finally:
        os.close(terminal)
        os.close(stdin)
    assert done.returncode == 0, done.stderr
    assert "in the shell" in done.stdout


def test_an_embedded_server_in_the_folder_of_the_project(empty_project: Project, binary: Path) -> None:
    empty_project.configure(url="embedded://data")
    done = empty_project.run_process("inspect")
    assert done.returncode == 0, done.stderr
    assert (empty_project.folder / "data").is_dir()
