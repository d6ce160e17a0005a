"""The command ``weaviate-orm``: schemas of servers, and how they change."""

from __future__ import annotations

import sys

__all__ = ["main"]

_NEEDED = frozenset({"click", "rich", "tomli"})


def main() -> None:
    """Run the command line. Ends the process with its exit code."""
    try:
        from weaviate_orm.cli.application import application
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        sys.stderr.write(f'error: weaviate-orm needs {error.name}: pip install "weaviate-mapper[cli]"\n')
        sys.exit(2)
    application(prog_name="weaviate-orm")
