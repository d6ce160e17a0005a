"""Models by where they are imported from, since a worker has to import them by itself."""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from typing import Any

from weaviate_orm.distributed.worker_names import worker_name
from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.model.model import Model


def path_of(model: type[Model] | str) -> str:
    """Return the path of a model, ``"shop.models:Article"``.

    Raises ConfigurationError for a model that cannot be imported, as one of a notebook or of a function.
    """
    if isinstance(model, str):
        _parts(model)
        return model
    if not (isinstance(model, type) and issubclass(model, Model)):
        raise ConfigurationError(
            f'a worker stores objects of a model, or of its path "module:Class"; not {model!r:.80}'
        )
    path = f"{model.__module__}:{model.__qualname__}"
    if model.__module__ == "__main__" or "<locals>" in model.__qualname__:
        raise ConfigurationError(
            f"workers cannot import {model.__qualname__} of {model.__module__}: move the class to the head of a module "
            f"that they have too, and import it from there"
        )
    return path


def model_at(path: str) -> type[Model]:
    """Import a model in a worker. Raises ConfigurationError where that does not work, with what to do."""
    module, name = _parts(path)
    try:
        model: Any = reduce(getattr, name.split("."), import_module(module))
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the worker {worker_name()} has no module {error.name!r}, which the model {path} needs: install it on "
            f"every worker, or send it along: Dask by client.upload_file(…), Ray by runtime_env={{'working_dir': …}}, "
            f"Spark by addPyFile(…)"
        ) from error
    except AttributeError:
        raise ConfigurationError(
            f"the module {module} of the worker {worker_name()} has no {name}: it is of another version than where the "
            f"import was started"
        ) from None
    if not (isinstance(model, type) and issubclass(model, Model)):
        raise ConfigurationError(f"{path} is no model, but {model!r:.80}")
    return model


def _parts(path: str) -> tuple[str, str]:
    module, colon, name = path.partition(":")
    if not (module and colon and name):
        raise ConfigurationError(f'the path of a model is "module:Class", not {path!r:.80}')
    return module, name
