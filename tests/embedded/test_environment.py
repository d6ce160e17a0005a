"""The settings that the server gets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from weaviate_orm.embedded.environment import inherited_environment, server_environment
from weaviate_orm.embedded.ports import Ports


def settings(additional: Mapping[str, str] = MappingProxyType({}), vectorizer_url: str | None = None) -> dict[str, str]:
    return server_environment(
        data=Path("/d"),
        backups=Path("/d/b"),
        ports=Ports(http=1, grpc=2, cluster=10),
        api_key="k",
        cluster_password="p",
        vectorizer_url=vectorizer_url,
        additional=additional,
    )


def test_the_cluster_uses_four_ports_in_a_row() -> None:
    names = ("CLUSTER_GOSSIP_BIND_PORT", "CLUSTER_DATA_BIND_PORT", "RAFT_PORT", "RAFT_INTERNAL_RPC_PORT")
    assert [settings()[name] for name in names] == ["10", "11", "12", "13"]
    assert settings({"CLUSTER_HOSTNAME": "node1"})["RAFT_JOIN"] == "node1:12"


def test_anonymous_access_is_off_unless_asked_for() -> None:
    assert settings()["AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED"] == "false"
    assert settings()["AUTHENTICATION_APIKEY_ALLOWED_KEYS"] == "k"
    asked = {"AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "true"}
    assert settings(asked)["AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED"] == "true"


def test_modules_are_added_to_ours() -> None:
    modules = settings({"ENABLE_MODULES": "text2vec-openai, backup-filesystem,"}, "http://v")["ENABLE_MODULES"]
    assert modules.split(",") == [
        "text2vec-transformers",
        "generative-dummy",
        "reranker-dummy",
        "backup-filesystem",
        "text2vec-openai",
    ]


def test_without_the_vectorizer_its_module_is_off() -> None:
    assert "text2vec-transformers" not in settings()["ENABLE_MODULES"]
    assert "TRANSFORMERS_INFERENCE_API" not in settings()


def test_only_what_any_program_needs_is_inherited() -> None:
    given = {"PATH": "/bin", "LC_ALL": "C", "HTTPS_PROXY": "http://p", "OPENAI_APIKEY": "s", "ENABLE_MODULES": "x"}
    assert inherited_environment(given) == {"PATH": "/bin", "LC_ALL": "C", "HTTPS_PROXY": "http://p"}
