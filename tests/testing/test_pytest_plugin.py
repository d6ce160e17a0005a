"""The fixtures of pytest: pytest is run in pytest, with and without processes of pytest-xdist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from weaviate_orm import Client
from weaviate_orm.testing import Server

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

CONFTEST = """
import pytest
from weaviate_orm.embedded import EmbeddedOptions

@pytest.fixture(scope="session")
def weaviate_options():
    return EmbeddedOptions(vectorizer=False)
"""

# In each test, since every process has some: which ones is up to pytest-xdist.
NOTED_SERVERS = """
@pytest.fixture(autouse=True)
def noted_server(weaviate_server, weaviate_prefix, request):
    with open(request.config.rootpath / "servers", "a") as servers:
        servers.write(f"{weaviate_server.url} {weaviate_prefix}\\n")
"""

MODELS = """
from __future__ import annotations
from weaviate_orm import Field, Model, Ref, field, ref
from weaviate_orm.schema import MultiTenancySpec

class Shelf(Model):
    label: Field[str] = field(tokenization="field")
    class Meta:
        key = "label"

class Book(Model):
    title: Field[str]
    shelf: Ref[Shelf | None] = ref(default=None)

class Loan(Model):
    reader: Field[str]
    class Meta:
        multi_tenancy = MultiTenancySpec(enabled=True, auto_tenant_creation=True)
"""

TESTS = """
import pytest
from weaviate_orm import Client, Field, Model, Session, create_all
from library import Book, Loan, Shelf

@pytest.mark.parametrize("number", range(6))
def test_each_test_begins_with_empty_collections(weaviate_client, weaviate_session, number):
    assert Book.query.count() == 0
    assert weaviate_client.tenants.get("Loan") == {}
    weaviate_session.add(Book(title=f"{number}", shelf=Shelf(label="left")))
    weaviate_session.add(Loan(reader="Ada"), tenant=f"t{number}")
    weaviate_session.commit()
    assert [book.title for book in Book.query.include(Book.shelf)] == [str(number)]
    assert Book.query.where(shelf__label="left").count() == 1
    assert weaviate_session.query(Loan).tenant(f"t{number}").count() == 1

def test_requests_are_counted(weaviate_client, assert_requests):
    with Session() as session:
        session.add_all([Book(title="a", shelf=Shelf(label=str(number))) for number in range(5)])
        session.commit()
    with Session(), assert_requests(1) as requests:
        Book.query.include(Book.shelf).all()
    assert len(requests) == 1
    with Session(), pytest.raises(AssertionError, match="1 requests were sent, not 2"), assert_requests(2):
        Book.query.all()

@pytest.mark.parametrize("name", ["title", "label"])
def test_what_comes_in_a_test_goes_with_it(weaviate_client, name):
    class Own(Model):
        __annotations__ = {name: Field[str]}

    create_all(weaviate_client, [Own])
    with Session(weaviate_client) as session:
        session.add(Own(**{name: "a"}))
        session.commit()
        assert session.query(Own).count() == 1
"""


@pytest.fixture
def project(pytester: pytest.Pytester, binary: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with models and tests, whose server is an own one."""
    # whether it is installed or not, it is this one
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_PLUGINS", "weaviate_orm_pytest")
    monkeypatch.setenv("WEAVIATE_ORM_SERVER", str(binary))
    monkeypatch.delenv("WEAVIATE_TEST_URL", raising=False)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(library=MODELS, test_library=TESTS)
    return pytester


@pytest.fixture
def shared(project: pytest.Pytester, server: Server, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """The same, with the server of this run."""
    monkeypatch.setenv("WEAVIATE_TEST_URL", server.url)
    monkeypatch.setenv("WEAVIATE_TEST_API_KEY", server.api_key or "")
    return project


@pytest.fixture
def collections(client: Client) -> set[str]:
    return names(client)


def names(client: Client) -> set[str]:
    return {body["class"] for body in client.schema.get()["classes"]} | client.alias.list_all().keys()


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", "no:cacheprovider", "-q", *options)


@pytest.mark.parametrize("processes", [0, 2])
def test_processes_share_a_server_that_runs_already(
    shared: pytest.Pytester, client: Client, collections: set[str], processes: int
) -> None:
    result = run(shared, "-n", str(processes), "--dist", "load")
    result.assert_outcomes(passed=9)
    assert names(client) == collections


@pytest.mark.parametrize("processes", [0, 2])
def test_the_server_of_a_run_is_started_once(project: pytest.Pytester, processes: int) -> None:
    project.makeconftest(CONFTEST + NOTED_SERVERS)
    result = run(project, "-n", str(processes), "--dist", "load")
    result.assert_outcomes(passed=9)
    lines = {tuple(line.split(" ")) for line in (project.path / "servers").read_text().splitlines()}
    assert len({url for url, _ in lines}) == 1
    assert len({prefix for _, prefix in lines}) == max(processes, 1)
    if not processes:
        assert {prefix for _, prefix in lines} == {""}


def test_runs_side_by_side_share_a_server(shared: pytest.Pytester, client: Client, collections: set[str]) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-p", "no:xdist"]
    runs = [
        subprocess.Popen([*command, f"--basetemp={shared.path / str(number)}"], cwd=shared.path, env=os.environ)
        for number in range(2)
    ]
    assert [process.wait() for process in runs] == [0, 0]
    assert names(client) == collections


def test_a_client_that_a_program_has_configured_is_so_again(shared: pytest.Pytester) -> None:
    shared.makepyfile(
        test_library="""
        from weaviate_orm import Client, Session, configure
        own = Client("http://127.0.0.1:1", startup_period=None)
        configure(own)

        def test_with_it(weaviate_client):
            assert Session().client is weaviate_client

        def test_without_it():
            assert Session().client is own
        """
    )
    run(shared).assert_outcomes(passed=2)


def test_only_the_chosen_models_have_collections(shared: pytest.Pytester) -> None:
    shared.makepyfile(
        test_library="""
        import pytest
        from library import Book, Shelf

        @pytest.fixture(scope="session")
        def weaviate_models():
            return [Shelf]

        def test_one(weaviate_client, weaviate_prefix):
            names = {body["class"] for body in weaviate_client.schema.get()["classes"]}
            assert {name for name in names if name.startswith(weaviate_prefix)} == {f"{weaviate_prefix}Shelf"}
        """
    )
    run(shared).assert_outcomes(passed=1)


def test_who_does_not_use_the_fixtures_imports_nothing(project: pytest.Pytester) -> None:
    project.makeconftest("")
    project.makepyfile(
        test_library="""
        import sys

        def test_nothing_is_imported(pytestconfig):
            assert pytestconfig.pluginmanager.has_plugin("weaviate_orm_pytest")
            assert [name for name in sys.modules if name.startswith("weaviate_orm")] == ["weaviate_orm_pytest"]
            assert "requests" not in sys.modules
        """
    )
    run(project).assert_outcomes(passed=1)
    listing = run(project, "--fixtures").stdout.str()
    assert "weaviate_client -- " in listing
    assert "assert_requests -- " in listing


def test_fixtures_of_a_project_go_before_them(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        import pytest

        @pytest.fixture
        def weaviate_client():
            return "own"

        @pytest.fixture
        def assert_requests():
            return "own"
        """
    )
    project.makepyfile(
        test_library="""
        def test_own(weaviate_client, assert_requests):
            assert weaviate_client + assert_requests == "ownown"
        """
    )
    run(project).assert_outcomes(passed=1)
