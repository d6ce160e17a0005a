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
"""The exit code, by custom, of a program that ctrl-C ended before it was done."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    given = _parser().parse_args(arguments)
    try:
        options = EmbeddedOptions(version=given.version, quiet=given.quiet)
        if given.command == "install":
            print(install(options.version, ProgressLines(options.quiet)))
            return 0
        return _run(given)
    except WeaviateORMError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--version", default=DEFAULT_VERSION, help="the Weaviate to install (default: %(default)s)")
    common.add_argument("--quiet", action="store_true", help="say nothing while it is installed")
    parser = argparse.ArgumentParser(prog="python -m weaviate_orm.embedded", description="A Weaviate on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install", parents=[common], help="install the server into the user's cache; prints its path")
    run = commands.add_parser(
        "run",
        parents=[common],
        help="run a server until ctrl-C",
        description=f"Prints the address and the API key: ${KEY_VARIABLE} if it is set, else one made at random.",
    )
    run.add_argument("--path", type=Path, help="the folder that keeps the data (default: a temporary one)")
    run.add_argument("--port", type=int, help="where HTTP listens, on 127.0.0.1 (default: a free port)")
    run.add_argument("--grpc-port", type=int, help="where gRPC listens (default: a free port)")
    run.add_argument("--no-vectorizer", action="store_true", help="without the local text2vec-transformers service")
    return parser


def _run(given: argparse.Namespace) -> int:
    key = os.environ.get(KEY_VARIABLE)
    options = EmbeddedOptions(
        version=given.version,
        persistence_data_path=given.path,
        port=given.port,
        grpc_port=given.grpc_port,
        additional_env_vars={"AUTHENTICATION_APIKEY_ALLOWED_KEYS": key} if key else {},
        vectorizer=not given.no_vectorizer,
        quiet=given.quiet,
    )
    signal.signal(signal.SIGTERM, _interrupt)
    with EmbeddedServer(options) as server:
        print(f"WEAVIATE_URL={server.url}\n{KEY_VARIABLE}={server.api_key}", flush=True)
        print(f"the data are in {server.data_path}; ctrl-C stops the server", file=sys.stderr, flush=True)
        try:
            ended = server.wait()
        except KeyboardInterrupt:
            return 0
    print(f"error: {ended}", file=sys.stderr)
    return 1


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
