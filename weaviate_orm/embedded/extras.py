"""The packages that only the embedded server needs."""

from __future__ import annotations

import importlib.util

from weaviate_orm.exceptions import EmbeddedServerError


def require(*packages: str) -> None:
    """Check that packages are installed, without importing them.

    Raises:
        EmbeddedServerError: a package is missing; says how to install it.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise EmbeddedServerError(
            f'the embedded server needs {" and ".join(missing)}: pip install "weaviate-mapper[embedded]"'
        )
