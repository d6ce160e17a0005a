"""A batch of new objects, built by the names that their collections have when it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from weaviate_orm.batch.send import send_objects
from weaviate_orm.http.transport import Transport
from weaviate_orm.session.frozen_collections import FreezeWait
from weaviate_orm.session.request_options import RequestOptions

T = TypeVar("T")


def send_new(
    transport: Transport,
    options: RequestOptions,
    freeze: FreezeWait,
    objects: Sequence[T],
    body: Callable[[T, Callable[[str], str]], dict[str, Any]],
) -> Sequence[Exception | None]:
    """Create objects; return the outcomes of all, or of the first ones. Raises TransportError.

    ``body`` returns the server's JSON of an object, and is given what returns the physical name of a collection.
    """

    def send(part: Sequence[T], _: bool) -> Sequence[Exception | None]:
        physical = cache(transport.collection_names.physical)  # many objects are of few collections
        return send_objects(transport, [body(one, physical) for one in part], options.params())

    return freeze.send_all(objects, send)
