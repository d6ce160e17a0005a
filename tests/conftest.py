"""A real server for the whole run, and a clean part of it for each test.

A test that asks for ``server``, ``client`` or ``unique`` talks to a Weaviate; one that does not starts none.
``--wire grpc`` or ``--wire graphql`` sends all queries by that; tests of what it cannot carry are skipped.

``WEAVIATE_TEST_URL`` (and ``WEAVIATE_TEST_API_KEY``) name one that runs already. Without any, these tests are skipped,
and one line at the end says so; where ``CI`` is set they fail.

What is random is the same in each run. With ``--explore`` it has a new seed, which is printed, and ``--seed`` repeats.

Tests may run side by side, in processes of pytest-xdist: ``-n 3``. Each process has a server of its own; the tests of a
file share a process, as do those of ``tests/query``, and what takes long comes first.
"""

from __future__ import annotations

import os
import secrets
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # as the client does, whoever imports grpc before it

# Tests that look at all modules import parts of Django that read settings, which are those of a project, or its own.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django.conf.global_settings")

# Coverage traces by a lock, which another thread may hold at a fork: the child would wait for it for ever. What stops
# the tracing is not Python, so that nothing is traced before it, and is registered before the package's own functions.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=partial(sys.settrace, None))

import attrs
import pytest
from hypothesis import HealthCheck, settings

from tests.cluster import Cluster, running_cluster
from tests.query.feature_tests import TESTS
from tests.scripted_host import Answer, Host, Request, Script, host
from weaviate_orm.client.client import Client
from weaviate_orm.embedded import EmbeddedOptions, ports
from weaviate_orm.embedded.binary import find_or_install
from weaviate_orm.exceptions import EmbeddedServerError, QueryError
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.features import server_version
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.grpc import grpc_refusals
from weaviate_orm.session import default_client
from weaviate_orm.session.reads import executor, grpc_first
from weaviate_orm.session.reads.reader import RowReader
from weaviate_orm.session.request_options import RequestOptions
from weaviate_orm.testing import Server, drop_collections, embedded_server
from weaviate_orm.testing.running_server import URL_VARIABLE

_NO_SERVER = "no Weaviate on this machine"
_SERVERS = {"binary", "server", "cluster"}
"""The fixtures by which a test has a Weaviate."""

_TOGETHER = {f"tests/query/{test.partition('::')[0]}.py" for tests in TESTS.values() for test in tests} | {
    "tests/query/test_feature_table.py"
}
"""Files that share a process: the last looks at what the others have sent."""

_FIXED_SEED = 7
_SEED = pytest.StashKey["int | None"]()

# Neither depends on how busy the machine is: no time limits for an example, nor for drawing its values.
_ANY_SPEED: Any = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("fixed", derandomize=True, **_ANY_SPEED)
settings.register_profile("quick", settings.get_profile("fixed"), max_examples=10)
settings.register_profile("exploring", print_blob=True, **_ANY_SPEED)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--heavy", action="store_true", help="also run what takes minutes, such as building the server")
    parser.addoption("--endurance", action="store_true", help="with --heavy, also run what takes some ten minutes each")
    parser.addoption("--no-server", action="store_true", help="run only what needs no Weaviate")
    parser.addoption("--quick", action="store_true", help="run only what needs no Weaviate and no seconds")
    parser.addoption("--steps", type=int, default=300, help="steps of the stateful test of the session")
    parser.addoption("--explore", action="store_true", help="let what is random differ from run to run, as in CI")
    parser.addoption("--wire", choices=("grpc", "graphql"), help="send all queries by this protocol")
    parser.addoption("--seed", type=int, help="the seed of what is random, as a run with --explore has printed it")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads its own option
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Let quick tests share two processes: one takes longer than half a minute."""
    is_plain = not _is_worker(config) and not config.option.usepdb and config.getoption("numprocesses", 0) is None
    # pytest-cov has decided by now whether there are processes to measure
    if config.getoption("--quick") and is_plain and not config.getoption("cov_source", None):
        config.option.numprocesses = 2


@pytest.hookimpl(tryfirst=True)  # before hypothesis reads its own option
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "heavy: takes minutes; runs with --heavy only")
    config.addinivalue_line("markers", "endurance: takes some ten minutes; runs with --heavy and --endurance only")
    config.addinivalue_line("markers", "slow: takes seconds, but no Weaviate; does not run with --quick")
    config.addinivalue_line("markers", "wire(*names): skipped where --wire sends all queries by another one")
    config.addinivalue_line("markers", "needs(feature): skipped where the server is older than the feature")
    for variable in (default_client.URL_VARIABLE, default_client.KEY_VARIABLE):
        os.environ.pop(variable, None)  # the server of somebody's programs is none for tests
    if config.getoption("numprocesses", None) and os.environ.get(URL_VARIABLE) and not config.getoption("--quick"):
        raise pytest.UsageError(f"tests that run side by side need a server each: leave out -n, or ${URL_VARIABLE}")
    seed: int | None = config.getoption("--seed")
    if _is_worker(config):
        seed = config.workerinput["seed"]  # type: ignore[attr-defined]
        _keep_to_own_ports(config.workerinput)  # type: ignore[attr-defined]
    elif seed is None and config.option.hypothesis_seed is not None:
        seed = int(config.option.hypothesis_seed)
    elif seed is None and config.getoption("--explore"):
        seed = secrets.randbits(32)
    config.stash[_SEED] = config.option.hypothesis_seed = seed
    quick = "quick" if config.getoption("--quick") else "fixed"
    settings.load_profile(quick if seed is None else "exploring")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let a process of pytest-xdist have the seed of this one."""
    node.workerinput["seed"] = node.config.stash[_SEED]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Which tests share a process."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it is untyped
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "tests/query/test_feature_table.py" if file in _TOGETHER else file

    config.option.loadscopereorder = False  # those with the most tests first
    return ByFile(config, log)


def _keep_to_own_ports(worker: dict[str, Any]) -> None:
    """Let this process choose other ports than those beside it: a chosen port is free until its server listens."""
    number, count, every = int(worker["workerid"].removeprefix("gw")), worker["workercount"], ports._RANGE
    share = len(every) // count
    first = number % count * share
    ports._RANGE = every[first : first + share]


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_report_header(config: pytest.Config) -> str:
    seed = config.stash[_SEED]
    return f"what is random: {'as always; --explore for more' if seed is None else f'--seed {seed}'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--heavy"):
        for item in items:
            if item.get_closest_marker("heavy"):
                item.add_marker(pytest.mark.skip(reason="takes minutes; give --heavy"))
    if not config.getoption("--endurance"):
        _deselect(config, items, lambda item: item.get_closest_marker("endurance") is not None)
    if config.getoption("--no-server") or config.getoption("--quick"):
        _deselect(config, items, _needs_server)
    if config.getoption("--quick"):
        _deselect(config, items, lambda item: item.get_closest_marker("slow") is not None)
    if _is_worker(config):
        long = {item.path for item in items if item.get_closest_marker("heavy") or item.get_closest_marker("timeout")}
        items.sort(key=lambda item: item.path not in long)  # one that came last would be waited for by itself


def _needs_server(item: pytest.Item) -> bool:
    fixtures: Sequence[str] = getattr(item, "fixturenames", ())
    return not _SERVERS.isdisjoint(fixtures) or item.get_closest_marker("needs") is not None


def _deselect(config: pytest.Config, items: list[pytest.Item], is_out: Callable[[pytest.Item], bool]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if is_out(item)])
    items[:] = [item for item in items if not is_out(item)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[_SEED] is not None:
        terminalreporter.write_line(f"what was random is so again with --seed {config.stash[_SEED]}")
    reports = terminalreporter.getreports("skipped")
    count = sum(isinstance(report.longrepr, tuple) and _NO_SERVER in report.longrepr[2] for report in reports)
    if count:
        why = "`python -m weaviate_orm.embedded install` gets one, or says why not"
        terminalreporter.write_line(f"{count} tests were skipped: {_NO_SERVER}; {why}", yellow=True)


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of what is random."""
    seed = request.config.stash[_SEED]
    return _FIXED_SEED if seed is None else seed


@pytest.fixture(scope="session")
def binary(request: pytest.FixtureRequest) -> Path:
    """A server's executable, found or installed."""
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():  # installing may take minutes, and says so
            return find_or_install(EmbeddedOptions())
    except EmbeddedServerError:
        if os.environ.get("CI"):
            raise
        pytest.skip(_NO_SERVER)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A running Weaviate with the local vectorizer; one a process."""
    if not os.environ.get(URL_VARIABLE):
        request.getfixturevalue("binary")
    allows_ttl = {"OBJECTS_TTL_DELETE_SCHEDULE": "@every 1h"}
    options = EmbeddedOptions(additional_env_vars=allows_ttl, startup_timeout=240)  # several may start at once
    with embedded_server(options) as running:
        yield running


@pytest.fixture(scope="session")
def client(server: Server, pytestconfig: pytest.Config) -> Iterator[Client]:
    """A client of that server. A test that changes it makes its own."""
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    grpc = server.grpc_port if pytestconfig.getoption("--wire") == "grpc" else None
    with Client(server.url, auth_client_secret=secret, grpc=grpc) as connected:
        yield connected


@pytest.fixture(scope="session", autouse=True)
def forced_wire(pytestconfig: pytest.Config) -> Iterator[None]:
    """Send all queries by the wire of ``--wire``."""
    wire = pytestconfig.getoption("--wire")
    with pytest.MonkeyPatch.context() as patch:
        if wire is not None:
            patch.setattr(grpc_first, "refused", _skip_refused)
            patch.setattr(executor, "RowReader", partial(_forced_reader, wire))
        yield


def _skip_refused(reason: str) -> QueryError:
    """Skip a test of what gRPC does not carry; all of that is in the table of docs/explanation/query.md."""
    assert reason.startswith(tuple(grpc_refusals.REASONS.values())), reason
    pytest.skip(f"by gRPC: {reason}")


def _forced_reader(wire: Any, transport: Transport, options: RequestOptions) -> RowReader:
    is_forced = options.wire is None and (wire == "graphql" or transport.rpc is not None)
    return RowReader(transport, attrs.evolve(options, wire=wire) if is_forced else options)


@pytest.fixture(autouse=True)
def features(request: pytest.FixtureRequest) -> None:
    """Skip a test that is marked by ``needs(feature)`` where the server is older, by ``wire(name)`` on another one."""
    for marker in request.node.iter_markers("wire"):
        if request.config.getoption("--wire") not in (None, *marker.args):
            pytest.skip(f"it is about {', '.join(marker.args) or 'the choice of wires'}")
    for marker in request.node.iter_markers("needs"):
        (feature,) = marker.args
        version = server_version(request.getfixturevalue("client").transport)
        if not feature.is_in(version):
            pytest.skip(f"{feature.name}: the server is {'.'.join(map(str, version))}")


@pytest.fixture(scope="session")
def cluster(binary: Path, pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """Three nodes, the last of them in maintenance; one such cluster a process."""
    with running_cluster(binary, nodes=3, maintenance=[2]) as running:
        yield attrs.evolve(running, by_grpc=pytestconfig.getoption("--wire") == "grpc")


@pytest.fixture
def hostile() -> Iterator[Callable[[Callable[[Request], Answer | Script]], Host]]:
    """Starts a host on loopback that answers what the test scripts; the adversary of a client, and no mock of a server.

    ``hostile(respond)`` gives its address, and what was asked of it. ``respond`` returns a status, headers and a body;
    or bytes to be sent as they stand, drop by drop if it pleases.
    """
    with ExitStack() as started:
        yield lambda respond: started.enter_context(host(respond, keeps_connections=True))


@pytest.fixture
def unique(client: Client) -> Iterator[str]:
    """A prefix for the names of a test's collections, which are dropped after it: ``Tc0ffee12``."""
    prefix = f"T{uuid.uuid4().hex[:8]}"
    yield prefix
    drop_collections(client, prefix)
