"""Programs that are not traced for coverage, which doubles their time: they run lines that others run too."""

from __future__ import annotations

import os


def untraced_environment() -> dict[str, str]:
    """Return the environment of a program that is not traced."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
