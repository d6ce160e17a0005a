"""The extra of asynchronous sessions is imported by those who use it."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)


def test_the_package_imports_no_extra() -> None:
    code = (
        "import sys, weaviate_orm; print([name for name in ('anyio', 'click', 'rich', 'grpc') if name in sys.modules])"
    )
    assert run(code).stdout == "[]\n"


def test_without_the_extra_it_says_what_to_install() -> None:
    ended = run("import sys; sys.modules['anyio'] = None; import weaviate_orm.aio")
    assert ended.stderr.splitlines()[-1] == (
        'ModuleNotFoundError: weaviate_orm.aio needs anyio: pip install "weaviate-mapper[aio]"'
    )
