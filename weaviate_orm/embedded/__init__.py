"""A real Weaviate without Docker: located or installed, started on loopback, stopped with this process.

Most programs need only ``Client("embedded://")``. ``python -m weaviate_orm.embedded install`` installs the server
beforehand, and ``python -m weaviate_orm.embedded run`` runs a server for other programs.
"""

from __future__ import annotations

from weaviate_orm.client.schemes import EMBEDDED, register_scheme
from weaviate_orm.embedded.db import EmbeddedDB
from weaviate_orm.embedded.opener import open_embedded
from weaviate_orm.embedded.options import EmbeddedOptions
from weaviate_orm.embedded.server import EmbeddedServer

__all__ = ["EmbeddedDB", "EmbeddedOptions", "EmbeddedServer"]

register_scheme(EMBEDDED, open_embedded)
