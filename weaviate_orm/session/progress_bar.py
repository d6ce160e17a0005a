"""Progress bars of what takes long, on a terminal or in a notebook, by rich."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from weaviate_orm.exceptions import ConfigurationError


@contextmanager
def progress_bar(total: int | None, start: int) -> Iterator[Callable[[Any], None]]:
    """Show the bar of a bulk insert within a block; yield what moves it, by a ``Progress``.

    Args:
        total: how many objects there are; None where that is not known.
        start: how many of them are done already.

    Raises ConfigurationError without rich.
    """
    with _bars() as bars:
        task = bars.add_task("storing", total=total, completed=start)

        def move(progress: Any) -> None:
            refused = f", {progress.failed:,} refused" if progress.failed else ""
            bars.update(task, completed=progress.done, description=f"storing{refused}")

        yield move


@contextmanager
def count_bar(title: str, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Show how many objects are done within a block; yield what sets that."""
    if not shown:
        yield lambda count: None
        return
    with _bars() as bars:
        task = bars.add_task(title, total=None)
        yield lambda count: bars.update(task, completed=count)


def _bars() -> Any:
    """Return the bars of rich, on stderr or in a notebook."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        raise ConfigurationError(
            'progress=True needs rich: pip install "weaviate-mapper[progress]"; or pass a function of your own'
        ) from None
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console if console.is_jupyter else Console(stderr=True))
