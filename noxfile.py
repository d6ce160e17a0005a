"""The checks of the project, each in an environment that nox makes: ``nox --list``.

Without names, ``nox`` runs those that need no server and no minutes. A Python that this machine lacks is skipped.
"""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.3.2"
nox.options.sessions = ["lint", "types", "quick"]
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]


@nox.session
def lint(session: nox.Session) -> None:
    """Lint, and check the format."""
    session.install("ruff>=0.6")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package, the tests, the examples and the benchmarks."""
    session.install("-e", ".[dev]")
    session.run("mypy")
    session.run("pyright")


@nox.session(python=PYTHONS)
def quick(session: nox.Session) -> None:
    """Run the tests that need neither a server nor seconds."""
    session.install("-e", ".[test]")
    session.run("pytest", "--quick", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run all tests but those of minutes, against a real server."""
    session.install("-e", ".[test]")
    session.run("pytest", *(session.posargs or ("-n", "3")))


@nox.session(venv_backend="none")
@nox.parametrize("check", ["oldest-server", "newer-python", "documentation", "distribution"])
def ci(session: nox.Session, check: str) -> None:
    """Run a part of ``.ci/run``, which makes an environment of its own."""
    session.run(f".ci/{check}", external=True)
