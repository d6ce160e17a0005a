"""The model that an argument of a command names."""

from __future__ import annotations

import difflib

from weaviate_orm.cli.invocation import Invocation
from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.model.model import Model


def model_of(invocation: Invocation, name: str) -> type[Model]:
    """Return the model of a name, or of the name of its collection. Raises ConfigurationError where there is none."""
    models = [model for model in invocation.models() if not model.__options__.abstract]
    matches = [model for model in models if name in (model.__name__, model.__mapper__.collection_name)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise ConfigurationError(f"{name} is the name of several models; name the collection of one")
    names = sorted(model.__name__ for model in models)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
    raise ConfigurationError(f"no model is called {name!r}; {hint}")
