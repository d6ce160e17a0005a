"""A module of the server with its settings, open to modules that this package does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.settings import plain_settings, stated


@attrs.frozen
class Module:
    """A module and its settings for one collection, under the server's own keys.

    Keys of inference services do not belong here: the server shows a collection's settings to every reader. They go
    into the client's ``additional_headers``.

    Attributes:
        name: as in ENABLE_MODULES of the server, for instance ``text2vec-transformers``.
        settings: what ``moduleConfig`` holds for it, verbatim.
    """

    name: str
    settings: Mapping[str, Any] = attrs.field(factory=dict, converter=plain_settings, hash=False)

    def __attrs_post_init__(self) -> None:
        if not self.name or self.name == "none":
            raise MappingError(f"{self.name!r} is no module; a vector without a vectorizer has vectorizer=None")


def module(name: str, **settings: Any) -> Module:
    """Any module of the server, also one that :mod:`weaviate_orm.vectorizers` has no factory for.

    Settings in snake_case become the server's camelCase keys; a key without underscores is sent as it is; None is not
    sent. For a key that no keyword can spell, give ``Module(name, {"the.key": …})``.

    >>> module("text2vec-custom", base_url="http://inference:8080", topK=3).settings
    {'baseURL': 'http://inference:8080', 'topK': 3}
    """
    return Module(name, stated(settings))
