"""What a command prints: text for people, or one JSON document for programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH = 160
"""The columns of tables in files and logs, which have no width of their own."""


class Output:
    """The output of a command.

    Args:
        json: print one JSON document, and no text.
    """

    def __init__(self, *, json: bool) -> None:
        self.json = json
        width = None if sys.stdout.isatty() else _WIDTH
        self._console = Console(highlight=False, soft_wrap=True, width=width)
        self.errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def text(self, line: str = "", style: str = "") -> None:
        """Print a line for people."""
        if not self.json:
            self._console.print(Text(line, style=style))

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table for people."""
        if self.json or not rows:
            return
        table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(headers))
        for header in headers:
            table.add_column(header, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(table, soft_wrap=False)

    def document(self, body: Any) -> None:
        """Print the result for programs."""
        if self.json:
            sys.stdout.write(orjson.dumps(body, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")

    def error(self, message: str, kind: str) -> None:
        """Print an error: to stderr, and for programs as the result too."""
        self.document({"error": message, "type": kind})
        self.errors.print(Text.assemble(("error: ", "bold red"), message))
