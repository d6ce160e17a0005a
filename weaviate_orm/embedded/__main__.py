"""``python -m weaviate_orm.embedded install`` and ``… run``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from weaviate_orm.embedded.binary import install
from weaviate_orm.embedded.options import DEFAULT_VERSION, EmbeddedOptions
from weaviate_orm.embedded.progress import ProgressLines
from weaviate_orm.embedded.server import EmbeddedServer
from weaviate_orm.exceptions import WeaviateORMError

KEY_VARIABLE = "WEAVIATE_API_KEY"
INTERRUPTED = 130
"""The conventional exit code of a program that ctrl-C interrupted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return the exit code."""
    command_line = _parser().parse_args(arguments)
    try:
        options = EmbeddedOptions(version=command_line.version, quiet=command_line.quiet)
        if command_line.command == "install":
            print(install(options.version, ProgressLines(options.quiet)))
            return 0
        return _run(command_line)
    except WeaviateORMError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--version", default=DEFAULT_VERSION, help="the Weaviate to install (default: %(default)s)")
    common.add_argument("--quiet", action="store_true", help="print no progress while it is installed")
    parser = argparse.ArgumentParser(prog="python -m weaviate_orm.embedded", description="A Weaviate on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install", parents=[common], help="install the server into the user's cache; prints its path")
    run = commands.add_parser(
        "run",
        parents=[common],
        help="run a server until ctrl-C",
        description=f"Prints the address and the API key: ${KEY_VARIABLE} if it is set, else a random one.",
    )
    run.add_argument("--path", type=Path, help="the folder that keeps the data (default: a temporary one)")
    run.add_argument("--port", type=int, help="where HTTP listens, on 127.0.0.1 (default: a free port)")
    run.add_argument("--grpc-port", type=int, help="where gRPC listens (default: a free port)")
    run.add_argument("--no-vectorizer", action="store_true", help="do not run the local text2vec-transformers service")
    return parser


def _run(command_line: argparse.Namespace) -> int:
    key = os.environ.get(KEY_VARIABLE)
    options = EmbeddedOptions(
        version=command_line.version,
        persistence_data_path=command_line.path,
        port=command_line.port,
        grpc_port=command_line.grpc_port,
        additional_env_vars={"AUTHENTICATION_APIKEY_ALLOWED_KEYS": key} if key else {},
        vectorizer=not command_line.no_vectorizer,
        quiet=command_line.quiet,
    )
    signal.signal(signal.SIGTERM, _interrupt)
    with EmbeddedServer(options) as server:
        print(f"WEAVIATE_URL={server.url}\n{KEY_VARIABLE}={server.api_key}", flush=True)
        print(f"the data are in {server.data_path}; ctrl-C stops the server", file=sys.stderr, flush=True)
        try:
            reason = server.wait()
        except KeyboardInterrupt:
            return 0
    print(f"error: {reason}", file=sys.stderr)
    return 1


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
