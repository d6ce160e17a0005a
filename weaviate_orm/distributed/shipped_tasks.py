"""The function that an engine carries to its workers: they can always read it, and it says what they lack.

Engines pickle functions by cloudpickle: those of modules by their names, others by their code. One by its code needs
nothing of this package to be read, so that a worker without it fails with a message of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from weaviate_orm.distributed.client_settings import ClientSettings, OpenClient
from weaviate_orm.distributed.model_paths import path_of
from weaviate_orm.distributed.partition_report import PartitionReport
from weaviate_orm.distributed.partitions import StoreOptions, store_partition
from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.model.model import Model


def shipped(
    dumps: Callable[[object], bytes],
    model: type[Model] | str,
    server: ClientSettings | OpenClient,
    options: StoreOptions,
) -> Callable[[Any], PartitionReport]:
    """Return a function that stores a partition in a worker.

    ``dumps``: cloudpickle's, of the engine. Raises ConfigurationError for what cannot be pickled.
    """
    try:
        payload = dumps(partial(store_partition, model=path_of(model), server=server, **options))
    except ConfigurationError:
        raise
    except Exception as error:  # whatever the functions and values of the user hold
        raise ConfigurationError(
            f"the settings for workers cannot be pickled: {error}. Use functions of modules, and let them open files, "
            f"connections and locks when they are called"
        ) from error

    # a nested function, which cloudpickle takes by its code; so it uses nothing of this module
    def store(part: Any) -> Any:
        import os
        import pickle
        import platform
        import sys

        try:
            task = pickle.loads(payload)
        except ImportError as error:
            package = 'pip install "weaviate-mapper"' if error.name == "weaviate_orm" else "install it"
            raise ImportError(
                f"the worker {platform.node()} (process {os.getpid()}) has no {error.name!r} for {sys.executable}: "
                f"{package} on every worker; or let the engine do it: Dask by its PipInstall plugin, Ray by "
                f"runtime_env={{'pip': …}}, Spark by an environment in spark.archives. ({error})",
                name=error.name,
            ) from error
        return task(part)

    return store
