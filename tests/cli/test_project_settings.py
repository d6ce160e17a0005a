"""Where settings come from, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from weaviate_orm import ConfigurationError
from weaviate_orm.cli.project_settings import ProjectSettings, read_settings


def write(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text)
    return file


def read(folder: Path, **environment: str) -> ProjectSettings:
    return read_settings({}, folder=folder, environment=environment)


def test_options_come_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    write(tmp_path, '[tool.weaviate-orm]\nurl = "http://file"\nmodels = ["a.models", "b"]\ngrpc-port = 1\n')
    assert read(tmp_path).url == "http://file"
    assert read(tmp_path).models == ("a.models", "b")
    assert read(tmp_path).grpc_port == 1
    environment = {"WEAVIATE_URL": "http://environment", "WEAVIATE_ORM_MODELS": "c,d", "WEAVIATE_ORM_GRPC_PORT": "2"}
    assert read(tmp_path, **environment).url == "http://environment"
    assert read(tmp_path, **environment).models == ("c", "d")
    assert read(tmp_path, **environment).grpc_port == 2
    options = {"url": "http://option", "models": None, "grpc_port": 3}
    settings = read_settings(options, folder=tmp_path, environment=environment)
    assert (settings.url, settings.models, settings.grpc_port) == ("http://option", ("c", "d"), 3)


def test_the_nearest_file_with_the_table_counts(tmp_path: Path) -> None:
    file = write(tmp_path, '[tool.weaviate-orm]\nurl = "http://above"\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    write(tmp_path / "a", "[tool.other]\n")
    assert read(inner).url == "http://above"
    assert read(inner).file == file
    assert read(inner).folder == tmp_path


def test_without_a_file_the_folder_is_the_current_one(tmp_path: Path) -> None:
    assert read(tmp_path).folder == tmp_path
    assert read(tmp_path).file is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('modles = "a"', "'modles' is no key of [tool.weaviate-orm] in FILE; did you mean 'models'?"),
        ('api_key_env = "A"', "'api_key_env' is no key of [tool.weaviate-orm] in FILE; did you mean 'api-key-env'?"),
        ('zzz = "a"', "; there are: api-key-env, grpc-port, headers, history, migrations, models, url"),
        ("url = 3", "url of [tool.weaviate-orm] in FILE is a text; got 3"),
        ('url = ""', "url of [tool.weaviate-orm] in FILE is a text; got ''"),
        ("models = []", "models of [tool.weaviate-orm] in FILE is the name of a module, or a list of such; got []"),
        ('grpc-port = "x"', "grpc-port of [tool.weaviate-orm] in FILE is a port; got 'x'"),
        ("headers = {X-Key = 1}", "headers of [tool.weaviate-orm] in FILE is a table of headers"),
        ("url = ", "FILE cannot be read: "),
    ],
)
def test_errors_name_the_key_and_the_file(tmp_path: Path, text: str, message: str) -> None:
    file = write(tmp_path, f"[tool.weaviate-orm]\n{text}\n")
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path)
    assert message.replace("FILE", str(file)) in str(refused.value)


def test_what_is_missing_is_named_with_the_places_to_set_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"which url\? give --url, \$WEAVIATE_URL, or url = … in \[tool"):
        read(tmp_path).require("url")


def test_secrets_are_named_by_their_variables(tmp_path: Path) -> None:
    write(tmp_path, '[tool.weaviate-orm]\napi-key-env = "K"\nheaders = {X-OpenAI-Api-Key = "O"}\n')
    settings = read(tmp_path, K="secret-key", O="secret-header")
    assert settings.api_key == "secret-key"
    assert settings.header_values == {"X-OpenAI-Api-Key": "secret-header"}
    assert "secret-" not in repr(settings)
    with pytest.raises(ConfigurationError, match="api-key-env names the environment variable K, which is not set"):
        assert read(tmp_path).api_key
    with pytest.raises(ConfigurationError, match=r"headers\.X-OpenAI-Api-Key names the environment variable O, which"):
        assert read(tmp_path, K="k").header_values


def test_the_key_is_by_default_that_of_the_default_client(tmp_path: Path) -> None:
    assert read(tmp_path, WEAVIATE_API_KEY="k").api_key == "k"
    assert read(tmp_path).api_key is None


def test_a_port_of_the_environment_is_a_number(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\$WEAVIATE_ORM_GRPC_PORT is a port, not 'x'"):
        read(tmp_path, WEAVIATE_ORM_GRPC_PORT="x")
