"""The core imports no framework; a framework is imported with its module of ``contrib``."""

from __future__ import annotations

import subprocess
import sys

FRAMEWORKS = ("django", "fastapi", "flask", "opentelemetry", "pydantic", "starlette")


def test_importing_the_package_imports_no_framework() -> None:
    program = f"""
import sys, weaviate_orm, weaviate_orm.contrib
print([name for name in {FRAMEWORKS!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
