"""The progress of what takes long, on a terminal and elsewhere."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from weaviate_orm.cli.progress_display import progress_display
from weaviate_orm.migrations.rebuild.rebuild_progress import RebuildProgress


def report(console: Console) -> None:
    with progress_display(console) as progress:
        progress(RebuildProgress("copying", "Article", None, 0, 2000, None))
        progress(RebuildProgress("copying", "Article", None, 500, 2000, 12.0))
        progress(RebuildProgress("verifying", "Article", "acme", 2000, 2000, 0.0))


def test_a_line_for_each_phase() -> None:
    file = StringIO()
    report(Console(file=file))
    assert file.getvalue() == "copying Article (0 of 2,000)\nverifying Article, tenant acme (2,000 of 2,000)\n"


def test_a_bar_on_a_terminal() -> None:
    file = StringIO()
    report(Console(file=file, force_terminal=True, width=100))
    assert "verifying Article, tenant acme, 0 s left" in file.getvalue()
