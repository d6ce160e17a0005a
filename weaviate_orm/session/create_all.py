"""The collections of models on the server: made where they are missing, dropped where they are the models'."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import NotWeaviateError, UnexpectedStatusError
from weaviate_orm.http.answers import reading_values
from weaviate_orm.http.features import HFRESH, require
from weaviate_orm.model.model import Model
from weaviate_orm.model.registry import registered
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.creation import AddProperty, CreateCollection, Step, plan_creation
from weaviate_orm.schema.diff import UNMAPPED, differences
from weaviate_orm.session.default_client import default_client


def create_all(client: Client | None = None, models: Iterable[type[Model]] | None = None) -> None:
    """Create the collections, properties and references of models that the server lacks, in any order, cycles included.

    One request reads the schema; each thing missing takes one more. What is there stays as it is. Several processes may
    call this at once: what one of them is refused because another was faster is planned again.

    A warning names the members of nested objects that the server has and a model does not map.

    Args:
        client: by default the one of :func:`~weaviate_orm.configure`.
        models: by default every model that is defined.

    Raises:
        MappingError: a model that Weaviate cannot hold; nothing was sent.
        ServerTooOldError: a model with an hfresh index, on a server before 1.36; nothing was sent.
        SchemaMismatchError: a collection that is there and cannot become what its model says; nothing was changed.
    """
    client = client if client is not None else default_client()
    wanted = [model.__mapper__.collection for model in _chosen(models)]
    if any(vector.index is not None and vector.index.type == "hfresh" for spec in wanted for vector in spec.vectors):
        require(client.transport, HFRESH)
    refusal: UnexpectedStatusError | None = None
    refused = 0
    while True:
        classes = _stored(client)
        steps = _plan(wanted, classes)
        if refusal is not None and len(steps) >= refused:
            raise refusal
        try:
            for step in steps:
                _run(client, step, classes)
            _warn_of_unmapped(wanted, classes)
            return
        except UnexpectedStatusError as error:
            if error.status_code != 422:
                raise
            # another process may have been faster; then less is left to do
            refusal, refused = error, len(steps)


def _stored(client: Client) -> dict[str, Any]:
    """The collections of the server by their names."""
    schema = client.schema.get()
    if "classes" not in schema:  # one that answers all with {} would be told to make everything
        raise NotWeaviateError(f"{client.url} has no list of classes in its schema", method="GET", url=client.url)
    return {body["class"]: body for body in schema["classes"] or ()}


def _spec(body: Mapping[str, Any]) -> CollectionSpec:
    with reading_values(f"the class {body['class']}"):
        return CollectionSpec.from_json(body)


def _plan(wanted: Sequence[CollectionSpec], classes: Mapping[str, Any]) -> tuple[Step, ...]:
    # what others have there may be nothing that a model could say
    ours = {name for spec in wanted for name in (spec.name, *(t for each in spec.references for t in each.targets))}
    existing = {name: _spec(body) for name, body in classes.items() if name in ours}
    return plan_creation(wanted, existing)


def _warn_of_unmapped(wanted: Sequence[CollectionSpec], classes: Mapping[str, Any]) -> None:
    for spec in wanted:
        if spec.name in classes:
            found = differences(spec, _spec(classes[spec.name]))
            names = [difference.path for difference in found if difference.kind is UNMAPPED]
            if names:
                warnings.warn(
                    f"{', '.join(names)}: on the server and not in the model of {spec.name}. Stored objects keep these "
                    f"members; add them to the nested class to read them",
                    stacklevel=3,
                )


def _run(client: Client, step: Step, classes: Mapping[str, Any]) -> None:
    if isinstance(step, CreateCollection):
        client.schema.create_class(step.spec_json)
    elif isinstance(step, AddProperty):
        client.schema.add_property(step.collection, step.property_json)
    else:
        body = classes[step.collection]
        body["vectorConfig"] = {**(body.get("vectorConfig") or {}), step.vector_name: step.vector_json}
        client.transport.request("PUT", f"/schema/{step.collection}", json=body)


def drop_all(client: Client | None = None, models: Iterable[type[Model]] | None = None) -> None:
    """Delete the collections of models, with all their objects; others are left alone. Arguments as above."""
    client = client if client is not None else default_client()
    for model in _chosen(models):
        client.schema.delete_class(model.__mapper__.collection_name)


def _chosen(models: Iterable[type[Model]] | None) -> list[Any]:
    return registered() if models is None else list(models)
