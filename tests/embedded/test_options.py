"""What can be asked of the embedded server, and what is refused before anything is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from weaviate_orm.embedded import EmbeddedOptions
from weaviate_orm.embedded.opener import resolve
from weaviate_orm.exceptions import ConfigurationError, WeaviateEmbeddedInvalidVersion


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"version": "newest"}, "MAJOR.MINOR.PATCH"),
        ({"version": None}, "MAJOR.MINOR.PATCH"),
        ({"version": "https://example.com/weaviate.tar.gz"}, "pass its path as binary"),
        ({"hostname": ""}, "hostname is ''"),
        ({"hostname": "http://localhost"}, "hostname is 'http://localhost'"),
        ({"binary_path": __file__}, "a file; give a folder, or pass an executable as binary"),
        ({"version": "../1.39.2"}, "MAJOR.MINOR.PATCH"),
        ({"port": 0}, "port is 0"),
        ({"port": "8080"}, "port is '8080'"),
        ({"grpc_port": 65536}, "grpc_port is 65536"),
        ({"port": 8080, "grpc_port": 8080}, "both 8080"),
        ({"linger": -1}, "linger is -1"),
        ({"linger": float("inf")}, "linger is inf"),
        ({"startup_timeout": 0}, "startup_timeout is 0"),
        ({"startup_timeout": float("nan")}, "startup_timeout is nan"),
        ({"additional_env_vars": {"PERSISTENCE_DATA_PATH": "/x"}}, "set persistence_data_path"),
        ({"additional_env_vars": {"RAFT_PORT": 1}}, "chosen at each start"),
        ({"additional_env_vars": {"TRANSFORMERS_INFERENCE_API": "http://x"}}, "vectorizer=False"),
        *[
            ({"additional_env_vars": {name: "1"}}, "which is not allowed for a variable")
            for name in ("", "A=B", "A\0", "\ud800", 1)
        ],
        *[({"additional_env_vars": {"A": value}}, "a value for A with") for value in ("s3cret\0", "\ud800")],
        *[({"persistence_data_path": path}, "is no path") for path in ("/srv/\0", "/srv/\ud800")],
        ({"binary": "/srv/\0"}, "is no path"),
        ({"binary_path": "/srv/\0"}, "is no path"),
    ],
)
def test_what_cannot_work_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        EmbeddedOptions(**arguments)


def test_the_order_of_positions_is_that_of_weaviate_client_3() -> None:
    options = EmbeddedOptions("/srv/data", "/srv/servers", "v1.30.0", 8079, "localhost", {"LOG_LEVEL": "info"}, 50060)
    assert options.persistence_data_path == Path("/srv/data")
    assert options.binary_path == Path("/srv/servers")
    assert options.version == "1.30.0"
    assert (options.port, options.hostname, options.grpc_port) == (8079, "localhost", 50060)
    assert options.additional_env_vars == {"LOG_LEVEL": "info"}


@pytest.mark.parametrize(
    ("version", "stored"),
    [("v1.30.0", "1.30.0"), ("1.30.0", "1.30.0"), ("latest", "latest"), ("v1.30.0-rc.1", "1.30.0-rc.1")],
)
def test_versions_as_weaviate_writes_them(version: str, stored: str) -> None:
    assert EmbeddedOptions(version=version).version == stored


def test_a_wrong_version_has_an_error_of_its_own() -> None:
    with pytest.raises(WeaviateEmbeddedInvalidVersion):
        EmbeddedOptions(version="1.30")


def test_without_a_url_data_are_where_weaviate_client_3_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve(None, EmbeddedOptions()).persistence_data_path == tmp_path / ".local/share/weaviate"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert resolve(None, EmbeddedOptions()).persistence_data_path == tmp_path / "xdg"
    assert resolve(None, EmbeddedOptions("/srv/data")).persistence_data_path == Path("/srv/data")
    assert resolve("embedded://", EmbeddedOptions()).persistence_data_path is None


def test_another_inference_service_is_allowed_in_place_of_ours() -> None:
    variables = {"TRANSFORMERS_INFERENCE_API": "http://x"}
    assert EmbeddedOptions(vectorizer=False, additional_env_vars=variables).additional_env_vars == variables


def test_the_values_of_variables_are_not_printed() -> None:
    shown = repr(EmbeddedOptions(additional_env_vars={"OPENAI_APIKEY": "s3cret"}))
    assert "OPENAI_APIKEY" in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("embedded://", None),
        ("embedded:///srv/data", Path("/srv/data")),
        ("embedded://data", Path.cwd() / "data"),
        ("embedded://./data/../other", Path.cwd() / "other"),
        ("embedded://~/data", Path.home() / "data"),
    ],
)
def test_the_rest_of_the_url_is_the_path(url: str, path: Path | None) -> None:
    assert resolve(url, None).persistence_data_path == path


def test_the_path_may_come_from_the_options_or_from_both_when_they_agree() -> None:
    options = EmbeddedOptions(persistence_data_path="/srv/data")
    assert resolve("embedded://", options).persistence_data_path == Path("/srv/data")
    assert resolve("embedded:///srv/./data", options).persistence_data_path == Path("/srv/data")
    with pytest.raises(ConfigurationError, match="two folders"):
        resolve("embedded:///srv/other", options)


def test_a_url_that_is_no_path_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="is no path"):
        resolve("embedded:///srv/\0", None)


def test_options_of_another_type_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="EmbeddedOptions, not a dict"):
        resolve("embedded://", {"port": 8080})
