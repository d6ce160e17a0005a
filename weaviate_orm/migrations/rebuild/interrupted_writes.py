"""Collections that take writes again when what refused them has failed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import WeaviateORMError
from weaviate_orm.migrations.rebuild.freezing import READY, set_status


@contextmanager
def writes_resumed(client: Client, sources: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Let collections take writes again after an error in a block, or a signal.

    ``sources``: returns the physical names of those that are still in use.
    """
    try:
        yield
    except BaseException as error:
        try:
            set_status(client.transport, sources(), READY)
        except WeaviateORMError as failed:
            if sys.version_info >= (3, 11):
                error.add_note(f"collections may refuse writes until the next run: {failed}")
        raise
