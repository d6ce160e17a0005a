"""Which changes of a collection a server makes in place. Pure; ``client/capability_probes.py`` asks a server."""

from __future__ import annotations

import attrs


@attrs.frozen
class Capabilities:
    """What a running server can do beyond its version.

    Attributes:
        reindex: it changes tokenizations, and makes indexes of properties, from stored objects
            (``RUNTIME_REINDEX_ENABLED``, since Weaviate 1.39).
        index_removal: it drops indexes of properties (since Weaviate 1.36).
        vector_removal: it drops named vectors (``ENABLE_EXPERIMENTAL_ALTER_SCHEMA_DROP_VECTOR_INDEX_ENDPOINT``, since
            Weaviate 1.39).
    """

    reindex: bool = False
    index_removal: bool = True
    vector_removal: bool = False
