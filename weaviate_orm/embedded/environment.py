"""The environment variables of the server and the vectorizer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from weaviate_orm.embedded.ports import Ports

MODULES = ("generative-dummy", "reranker-dummy", "backup-filesystem")
"""Modules that need no network and no key; always enabled."""

VECTORIZER_MODULE = "text2vec-transformers"

_INHERITED = {"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR"}
_PROXIES = {"http_proxy", "https_proxy", "no_proxy", "all_proxy"}


def find_on_path(name: str) -> Path | None:
    """Return a program on PATH. Relative entries are skipped: the working directory may be an untrusted data folder."""
    absolute = [entry for entry in os.get_exec_path() if os.path.isabs(entry)]
    program = shutil.which(name, path=os.pathsep.join(absolute))
    return None if program is None else Path(program)


def inherited_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of this process that a child gets: what any program needs, and no secrets."""
    source = os.environ if environ is None else environ
    return {
        name: value
        for name, value in source.items()
        if name in _INHERITED or name.startswith("LC_") or name.lower() in _PROXIES
    }


def server_environment(
    *,
    data: Path,
    backups: Path,
    ports: Ports,
    api_key: str,
    cluster_password: str,
    vectorizer_url: str | None,
    additional: Mapping[str, str],
) -> dict[str, str]:
    """Return the settings of a server that is alone in its cluster (docs.weaviate.io, "Environment variables").

    Ports are bound to loopback where that is possible. gRPC and the cluster's data port listen on every interface
    whatever is set. The API key guards gRPC. A password guards most of the data port, but ``/backups/commit``,
    ``/backups/abort`` and ``/backups/status`` need no authentication. Nor do gossip, Raft and Raft's RPC, which are on
    loopback: by Raft's RPC any user of this machine can create and drop collections. No setting closes these (measured
    on Weaviate 1.39, and read in its source). docs/explanation/security.md says what to do.
    """
    host = additional.get("CLUSTER_HOSTNAME", "embedded")
    gossip, cluster_data, raft, raft_rpc = range(ports.cluster, ports.cluster + 4)
    settings = {
        "PERSISTENCE_DATA_PATH": str(data),
        "BACKUP_FILESYSTEM_PATH": str(backups),
        "GRPC_PORT": str(ports.grpc),
        "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "false",
        "AUTHENTICATION_APIKEY_ENABLED": "true",
        "AUTHENTICATION_APIKEY_ALLOWED_KEYS": api_key,
        "AUTHENTICATION_APIKEY_USERS": "embedded",
        "CLUSTER_BASIC_AUTH_USERNAME": "embedded",
        "CLUSTER_BASIC_AUTH_PASSWORD": cluster_password,
        "CLUSTER_HOSTNAME": host,
        "CLUSTER_IN_LOCALHOST": "true",
        "CLUSTER_BIND_ADDR": "127.0.0.1",
        "CLUSTER_ADVERTISE_ADDR": "127.0.0.1",
        "CLUSTER_GOSSIP_BIND_PORT": str(gossip),
        "CLUSTER_DATA_BIND_PORT": str(cluster_data),
        "RAFT_PORT": str(raft),
        "RAFT_INTERNAL_RPC_PORT": str(raft_rpc),
        "RAFT_JOIN": f"{host}:{raft}",
        "RAFT_BOOTSTRAP_EXPECT": "1",
        "RAFT_TIMEOUTS_MULTIPLIER": "1",
        "RAFT_DRAIN_SLEEP": "1ms",
        "API_BASED_MODULES_DISABLED": "true",
        "DISABLE_TELEMETRY": "true",
        "GO_PROFILING_DISABLE": "true",
        "GOMEMLIMIT": "1GiB",
        "LOG_LEVEL": "error",
    }
    modules: list[str] = list(MODULES)
    if vectorizer_url is not None:
        modules.insert(0, VECTORIZER_MODULE)
        settings["TRANSFORMERS_INFERENCE_API"] = vectorizer_url
        settings["TRANSFORMERS_WAIT_FOR_STARTUP"] = "false"
    user_modules = (name.strip() for name in additional.get("ENABLE_MODULES", "").split(","))
    modules += [name for name in user_modules if name and name not in modules]
    return {**settings, **additional, "ENABLE_MODULES": ",".join(modules)}
