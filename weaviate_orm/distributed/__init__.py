"""Imports of several machines: a worker of Dask, Ray or Spark stores a partition.

Needs the ``dask``, the ``ray`` or the ``spark`` extra, and this package on every worker.

>>> ClientSettings("https://weaviate.example.com", key_variable="WEAVIATE_API_KEY")
ClientSettings(url='https://weaviate.example.com', key_variable='WEAVIATE_API_KEY', grpc=None, timeout=(10.0, 60.0))
"""

from weaviate_orm.distributed.client_settings import ClientSettings
from weaviate_orm.distributed.engines import store_dask, store_ray, store_spark
from weaviate_orm.distributed.partition_report import FailedRow, PartitionReport
from weaviate_orm.distributed.partitions import StoreOptions, store_partition

__all__ = [
    "ClientSettings",
    "FailedRow",
    "PartitionReport",
    "StoreOptions",
    "store_dask",
    "store_partition",
    "store_ray",
    "store_spark",
]
