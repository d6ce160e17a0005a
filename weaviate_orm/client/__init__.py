"""The client of a Weaviate server, with an attribute for every REST resource."""

from weaviate_orm.client.batch import Shard
from weaviate_orm.client.client import Client
from weaviate_orm.client.config import Config, ConnectionConfig
from weaviate_orm.client.permissions import permission
from weaviate_orm.client.query import AdditionalProperties, LinkTo

__all__ = ["AdditionalProperties", "Client", "Config", "ConnectionConfig", "LinkTo", "Shard", "permission"]
