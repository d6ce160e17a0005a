"""The collections of models on the server: made where they are missing, dropped where they are the models'."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weaviate_orm.client.client import Client
from weaviate_orm.model.model import Model
from weaviate_orm.model.registry import registered
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.plan import AddProperty, CreateCollection, plan_creation
from weaviate_orm.session.default import default_client


def create_all(client: Client | None = None, models: Iterable[type[Model]] | None = None) -> None:
    """Create the collections, properties and references of models that the server lacks, in any order, cycles included.

    One request reads the schema; each thing missing takes one more. What is there stays as it is.

    Args:
        client: by default the one of :func:`~weaviate_orm.configure`.
        models: by default every model that is defined.

    Raises:
        MappingError: a model that Weaviate cannot hold; nothing was sent.
        SchemaMismatchError: a collection that is there and cannot become what its model says; nothing was changed.
    """
    client = client if client is not None else default_client()
    wanted = [model.__mapper__.collection for model in _chosen(models)]
    found = {each["class"]: each for each in client.schema.get()["classes"] or ()}
    # what others have there may be nothing that a model could say
    ours = {name for spec in wanted for name in (spec.name, *(t for each in spec.references for t in each.targets))}
    existing = {name: CollectionSpec.from_json(each) for name, each in found.items() if name in ours}
    for step in plan_creation(wanted, existing):
        if isinstance(step, CreateCollection):
            client.schema.create_class(step.spec_json)
        elif isinstance(step, AddProperty):
            client.schema.add_property(step.collection, step.property_json)
        else:
            body = found[step.collection]
            body.setdefault("vectorConfig", {})[step.vector_name] = step.vector_json
            client.transport.request("PUT", f"/schema/{step.collection}", json=body)


def drop_all(client: Client | None = None, models: Iterable[type[Model]] | None = None) -> None:
    """Delete the collections of models, with all their objects; others are left alone. Arguments as above."""
    client = client if client is not None else default_client()
    for model in _chosen(models):
        client.schema.delete_class(model.__mapper__.collection_name)


def _chosen(models: Iterable[type[Model]] | None) -> list[Any]:
    return registered() if models is None else list(models)
