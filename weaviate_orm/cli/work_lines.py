"""What operations will do, as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from weaviate_orm.cli.output import Output
from weaviate_orm.migrations.work import Work
from weaviate_orm.types import JSONObject

_STYLES = (("  warning:", "yellow"), ("  not possible here:", "bold red"), ("  because", "dim"))


def print_work(output: Output, works: Iterable[Work], indent: str = "") -> None:
    """Print what each operation will do."""
    for work in works:
        first, *notes = str(work).splitlines()
        output.text(f"{indent}{first}", "red" if work.destructive else "")
        for note in notes:
            style = next((style for begin, style in _STYLES if note.startswith(begin)), "")
            output.text(f"{indent}{note}", style)


def work_json(work: Work) -> JSONObject:
    """Return what an operation will do, for programs."""
    return attrs.asdict(work)
