"""What can be asked of the embedded server, and what is refused before anything is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from weaviate_orm.embedded import EmbeddedOptions
from weaviate_orm.embedded.opener import resolve
from weaviate_orm.exceptions import ConfigurationError


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"version": "latest"}, "MAJOR.MINOR.PATCH"),
        ({"version": "../1.39.2"}, "MAJOR.MINOR.PATCH"),
        ({"port": 0}, "port is 0"),
        ({"port": "8080"}, "port is '8080'"),
        ({"grpc_port": 65536}, "grpc_port is 65536"),
        ({"port": 8080, "grpc_port": 8080}, "both 8080"),
        ({"startup_timeout": 0}, "startup_timeout is 0"),
        ({"startup_timeout": float("nan")}, "startup_timeout is nan"),
        ({"additional_env_vars": {"PERSISTENCE_DATA_PATH": "/x"}}, "set persistence_data_path"),
        ({"additional_env_vars": {"RAFT_PORT": 1}}, "chosen at each start"),
        ({"additional_env_vars": {"TRANSFORMERS_INFERENCE_API": "http://x"}}, "vectorizer=False"),
    ],
)
def test_what_cannot_work_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        EmbeddedOptions(**arguments)


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


def test_options_of_another_type_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="EmbeddedOptions, not a dict"):
        resolve("embedded://", {"port": 8080})
