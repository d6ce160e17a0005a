"""Keycloak, a real issuer: fetched, started with a realm of its own, stopped."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import platformdirs
import requests
from filelock import FileLock

from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded.ports import choose_ports

KEYCLOAK = "26.0.7"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{KEYCLOAK}:zip"
PUBLIC, CONFIDENTIAL = "weaviate-public", "weaviate-confidential"
LASTING, LIFETIME = 600, 5
"""Seconds that an access token lives: longer than a test, unless that asks for short ones."""

PATIENCE = 240.0
"""Seconds after which a request, or the end of the process, is not waited for any more."""


@attrs.frozen
class Issuer:
    """The issuer, and what a client has to know to get a token."""

    url: str
    process_group: int
    admin_password: str
    password: str = "pä+&=%5c word"
    client_secret: str = attrs.field(factory=secrets.token_urlsafe)
    username: str = "ada"

    @property
    def realm(self) -> str:
        return f"{self.url}/realms/weaviate"

    @property
    def token_endpoint(self) -> str:
        return f"{self.realm}/protocol/openid-connect/token"

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """The issuer takes connections and answers none."""
        os.killpg(self.process_group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process_group, signal.SIGCONT)

    def tokens(self, **extra: str) -> dict[str, Any]:
        """What an application gets that logs its user in by itself."""
        form = {"grant_type": "password", "client_id": PUBLIC, "username": self.username, "password": self.password}
        answer = requests.post(self.token_endpoint, data={**form, **extra}, timeout=PATIENCE)
        answer.raise_for_status()
        tokens: dict[str, Any] = answer.json()
        return tokens

    @contextmanager
    def short_tokens(self) -> Iterator[None]:
        """Tokens that are made within the block end after LIFETIME."""
        self._administer("PUT", "/weaviate", {"accessTokenLifespan": LIFETIME})
        try:
            yield
        finally:
            self._administer("PUT", "/weaviate", {"accessTokenLifespan": LASTING})

    def create_realm(self) -> None:
        """Make the realm, its two clients and its user."""
        self._administer("POST", "", _realm(self))

    def _administer(self, method: str, path: str, body: dict[str, Any]) -> None:
        form = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": "admin",
            "password": self.admin_password,
        }
        endpoint = f"{self.url}/realms/master/protocol/openid-connect/token"
        login = requests.post(endpoint, data=form, timeout=PATIENCE)
        login.raise_for_status()
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        address = f"{self.url}/admin/realms{path}"
        requests.request(method, address, json=body, headers=headers, timeout=PATIENCE).raise_for_status()


@contextmanager
def running_keycloak() -> Iterator[Issuer]:
    """An issuer for the block; ready after about a minute."""
    home, port = installed_keycloak(), choose_ports().http
    admin = secrets.token_urlsafe()
    process = subprocess.Popen(
        [home / "bin" / "kc.sh", "start-dev", "--db=dev-mem", "--http-host=127.0.0.1", f"--http-port={port}"],
        env={
            **os.environ,
            "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
            "KC_BOOTSTRAP_ADMIN_PASSWORD": admin,
            "JAVA_OPTS_APPEND": "-Xmx512m",
        },
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        issuer = Issuer(f"http://127.0.0.1:{port}", process.pid, admin)
        wait_until_answering(f"{issuer.url}/realms/master", process)
        issuer.create_realm()
        yield issuer
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def trusting(issuer: Issuer, client_id: str) -> EmbeddedServer:
    settings = {
        "AUTHENTICATION_OIDC_ENABLED": "true",
        "AUTHENTICATION_OIDC_ISSUER": issuer.realm,
        "AUTHENTICATION_OIDC_CLIENT_ID": client_id,
        "AUTHENTICATION_OIDC_USERNAME_CLAIM": "preferred_username",
        "AUTHENTICATION_OIDC_SCOPES": "openid",
        "AUTHENTICATION_DB_USERS_ENABLED": "true",
        "AUTHORIZATION_RBAC_ENABLED": "true",
        "AUTHORIZATION_RBAC_ROOT_USERS": f"{issuer.username},service-account-{CONFIDENTIAL}",
    }
    return EmbeddedServer(EmbeddedOptions(vectorizer=False, additional_env_vars=settings, startup_timeout=PATIENCE))


def _realm(issuer: Issuer) -> dict[str, Any]:
    audience = "oidc-audience-mapper"
    clients = [
        {
            "clientId": client_id,
            "publicClient": client_id == PUBLIC,
            "directAccessGrantsEnabled": client_id == PUBLIC,
            "serviceAccountsEnabled": client_id == CONFIDENTIAL,
            "secret": issuer.client_secret if client_id == CONFIDENTIAL else None,
            "protocolMappers": [
                {
                    "name": "audience",
                    "protocol": "openid-connect",
                    "protocolMapper": audience,
                    "config": {"included.client.audience": client_id, "access.token.claim": "true"},
                }
            ],
        }
        for client_id in (PUBLIC, CONFIDENTIAL)
    ]
    user = {
        "username": issuer.username,
        "enabled": True,
        "email": "ada@example.org",
        "emailVerified": True,
        "firstName": "Ada",
        "lastName": "Lovelace",
        "credentials": [{"type": "password", "value": issuer.password, "temporary": False}],
        "realmRoles": ["offline_access"],
    }
    return {
        "realm": "weaviate",
        "enabled": True,
        "accessTokenLifespan": LASTING,
        "clients": clients,
        "users": [user],
    }


def installed_keycloak() -> Path:
    """Where Keycloak is; fetched from Maven Central and unpacked into the user's cache, once."""
    cache = Path(os.environ.get("WEAVIATE_ORM_CACHE") or platformdirs.user_cache_dir("weaviate-orm"))
    home = cache / f"keycloak-{KEYCLOAK}"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "keycloak.lock"):
        if not home.is_dir():
            half = cache / "keycloak.half"
            shutil.rmtree(half, ignore_errors=True)
            fetch = ["mvn", "-q", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={half}"]
            subprocess.run(fetch, check=True)
            (archive,) = half.glob("*.zip")
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(half)
            (half / home.name / "bin" / "kc.sh").chmod(0o755)
            (half / home.name).replace(home)
            shutil.rmtree(half)
    return home


def wait_until_answering(url: str, process: subprocess.Popen[bytes], patience: float = 900.0) -> None:
    deadline = time.monotonic() + patience
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"Keycloak ended with status {process.returncode} while starting")
        try:
            if requests.get(url, timeout=60).ok:
                return
        except requests.RequestException:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError(f"Keycloak did not answer at {url} within {patience:g} s")
        time.sleep(1)
