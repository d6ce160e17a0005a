"""Type checkers see models as people expect: what is right passes, what is wrong is flagged, line by line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # type checkers

HERE = Path(__file__).parent
MARK = "# mistake"


def mypy(file: Path) -> set[int]:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", str(file)]
    output = subprocess.run(command, capture_output=True, text=True, cwd=HERE, check=False).stdout
    lines = [line for line in output.splitlines() if f"{file.name}:" in line and ": error:" in line]
    return {int(line.split(f"{file.name}:")[1].split(":")[0]) for line in lines}


def pyright(file: Path) -> set[int]:
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(file)]
    output = subprocess.run(command, capture_output=True, text=True, cwd=HERE, check=False).stdout
    found = json.loads(output)["generalDiagnostics"]
    return {each["range"]["start"]["line"] + 1 for each in found if each["severity"] == "error"}


def marked(file: Path) -> set[int]:
    return {number for number, line in enumerate(file.read_text().splitlines(), 1) if line.endswith(MARK)}


@pytest.mark.parametrize("check", [mypy, pyright])
def test_right_code_passes_and_every_mistake_is_flagged(check: object) -> None:
    assert callable(check)
    assert check(HERE / "usage.py") == set()
    wrong = HERE / "mistakes.py"
    assert len(marked(wrong)) > 15
    assert check(wrong) == marked(wrong)
