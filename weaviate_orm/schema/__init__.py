"""What a collection is: its options and indexes, specs to and from the server's JSON, and how two of them differ.

``Meta`` and :func:`~weaviate_orm.vector` take what the factories here make. Nothing here talks to a server.

>>> hnsw(distance="dot", quantizer=bq())
IndexSpec(type='hnsw', settings={'distance': 'dot', 'bq': {'enabled': True}})
"""

from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.collection_options import (
    BM25,
    AsyncReplicationSpec,
    InvertedIndexSpec,
    MultiTenancySpec,
    ObjectTTLSpec,
    ReplicationSpec,
    ShardingSpec,
    Stopwords,
    TokenizerUserDict,
)
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.diff import Difference, DifferenceKind, differences
from weaviate_orm.schema.indexes import (
    IndexSpec,
    MultiVector,
    Quantizer,
    bq,
    dynamic,
    flat,
    hfresh,
    hnsw,
    multi_vector,
    muvera,
    pq,
    rq,
    sq,
    uncompressed,
)
from weaviate_orm.schema.modules import Module, module
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.text_analyzer import TextAnalyzer
from weaviate_orm.schema.vectors import VectorSpec

__all__ = [
    "BM25",
    "AsyncReplicationSpec",
    "CollectionSpec",
    "DataType",
    "Difference",
    "DifferenceKind",
    "IndexSpec",
    "InvertedIndexSpec",
    "Module",
    "MultiTenancySpec",
    "MultiVector",
    "ObjectTTLSpec",
    "PropertySpec",
    "Quantizer",
    "ReferenceSpec",
    "ReplicationSpec",
    "ShardingSpec",
    "Stopwords",
    "TextAnalyzer",
    "TokenizerUserDict",
    "VectorSpec",
    "bq",
    "differences",
    "dynamic",
    "flat",
    "hfresh",
    "hnsw",
    "module",
    "multi_vector",
    "muvera",
    "pq",
    "rq",
    "sq",
    "uncompressed",
]
