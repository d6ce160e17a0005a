"""The progress of what takes long, on stderr: a bar on a terminal, else a line for each phase."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from weaviate_orm.migrations.rebuild.rebuild_progress import RebuildProgress, Report


@contextmanager
def progress_display(console: Console) -> Iterator[Report]:
    """Show the progress that is reported within a block."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        yield _Bar(bars)


def _title(progress: RebuildProgress) -> str:
    tenant = f", tenant {progress.tenant}" if progress.tenant is not None else ""
    return f"{progress.phase} {progress.collection or ''}{tenant}".rstrip()


class _Lines:
    """Prints a line when the phase, the collection or the tenant changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""

    def __call__(self, progress: RebuildProgress) -> None:
        title = _title(progress)
        if title != self._last:
            self._last = title
            self._console.print(f"{title} ({progress.done:,} of {progress.total:,})", markup=False)


class _Bar:
    """Moves a bar."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def __call__(self, progress: RebuildProgress) -> None:
        seconds = f", {progress.seconds_left:,.0f} s left" if progress.seconds_left is not None else ""
        title = f"{_title(progress)}{seconds}"
        if self._task is None:
            self._task = self._bars.add_task(title, total=progress.total)
        self._bars.update(self._task, description=title, completed=progress.done, total=progress.total)
