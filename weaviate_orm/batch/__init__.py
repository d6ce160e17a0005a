"""The batch engine: many objects and references to the server, each with its own outcome. It knows no models.

:class:`WeaviateErrorRetryConf` is what ``client.batch`` takes to repeat items that the server refused.
"""

from weaviate_orm.batch.batch_settings import WeaviateErrorRetryConf

__all__ = ["WeaviateErrorRetryConf"]
