"""The libraries of models, each in an extra of its own."""

from __future__ import annotations

import importlib.util

from weaviate_orm.exceptions import ConfigurationError


def require_packages(model: str, extra: str, *packages: str) -> None:
    """Check that packages are installed, without importing them.

    Raises ConfigurationError where one is missing, with how to install it.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigurationError(f'{model} needs {" and ".join(missing)}: pip install "weaviate-mapper[{extra}]"')
