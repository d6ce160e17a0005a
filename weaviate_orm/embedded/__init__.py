"""A real Weaviate without Docker: found or installed, started on loopback, stopped with this process.

``Client("embedded://")`` is all that most need; ``python -m weaviate_orm.embedded install`` fetches the server
beforehand, ``python -m weaviate_orm.embedded run`` runs one for other programs.
"""

from __future__ import annotations

from weaviate_orm.client.schemes import EMBEDDED, register_scheme
from weaviate_orm.embedded.db import EmbeddedDB
from weaviate_orm.embedded.opener import open_embedded
from weaviate_orm.embedded.options import EmbeddedOptions
from weaviate_orm.embedded.server import EmbeddedServer

__all__ = ["EmbeddedDB", "EmbeddedOptions", "EmbeddedServer"]

register_scheme(EMBEDDED, open_embedded)
