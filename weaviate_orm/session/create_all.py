"""``create_all()`` and ``drop_all()``: the collections of models on the server."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import NotWeaviateError, UnexpectedStatusError
from weaviate_orm.http.features import ASYNC_REPLICATION_SETTINGS, HFRESH, TEXT_ANALYZERS, Feature, require
from weaviate_orm.http.response import reading_values
from weaviate_orm.model.model import Model
from weaviate_orm.model.registry import registered
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.creation import AddClassProperty, CreateClass, Step, plan_creation
from weaviate_orm.schema.diff import UNMAPPED, differences
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.session.default_client import default_client


def create_all(client: Client | None = None, models: Iterable[type[Model]] | None = None) -> None:
    """Create the collections, properties and references of models that the server lacks, in any order, cycles included.

    One request reads the schema; each missing thing takes one more. Existing ones are not changed. Several processes
    may call this at once: after a refusal because another was faster, the rest is planned again.

    A warning names the members of nested objects that the server has and a model does not map.

    Args:
        client: by default the one of :func:`~weaviate_orm.configure`.
        models: by default every model that is defined.

    Raises:
        MappingError: a model that Weaviate cannot hold; nothing was sent.
        ServerTooOldError: a model with what the server is too old for, such as an hfresh index before 1.36; nothing was
            sent.
        SchemaMismatchError: an existing collection cannot become what its model says; nothing was changed.
    """
    client = client if client is not None else default_client()
    specs = [model.__mapper__.collection for model in _chosen(models)]
    for spec in specs:
        for feature in _features(spec):
            require(client.transport, feature)
    refusal: UnexpectedStatusError | None = None
    refused = 0
    while True:
        classes = _stored(client)
        steps = _plan(specs, classes)
        if refusal is not None and len(steps) >= refused:
            raise refusal
        try:
            for step in steps:
                _run(client, step, classes)
            _warn_of_unmapped(specs, classes)
            return
        except UnexpectedStatusError as error:
            if error.status_code != 422:
                raise
            # another process may have been faster; then fewer steps remain
            refusal, refused = error, len(steps)


def _features(spec: CollectionSpec) -> Iterator[Feature]:
    """Yield what only newer servers have; older ones take the settings and forget them."""
    if any(vector.index is not None and vector.index.type == "hfresh" for vector in spec.vectors):
        yield HFRESH
    if spec.replication is not None and spec.replication.async_config is not None:
        yield ASYNC_REPLICATION_SETTINGS
    presets = spec.inverted_index is not None and spec.inverted_index.stopword_presets
    if presets or any(map(_is_analyzed, spec.properties)):
        yield TEXT_ANALYZERS


def _is_analyzed(spec: PropertySpec) -> bool:
    return spec.text_analyzer is not None or any(map(_is_analyzed, spec.nested))


def _stored(client: Client) -> dict[str, Any]:
    """Return the collections of the server by name."""
    schema = client.schema.get()
    if "classes" not in schema:  # a server that answers {} to everything is no Weaviate
        raise NotWeaviateError(f"{client.url} has no list of classes in its schema", method="GET", url=client.url)
    return {body["class"]: body for body in schema["classes"] or ()}


def _spec(body: Mapping[str, Any]) -> CollectionSpec:
    with reading_values(f"the class {body['class']}"):
        return CollectionSpec.from_json(body)


def _plan(specs: Sequence[CollectionSpec], classes: Mapping[str, Any]) -> tuple[Step, ...]:
    # collections of other programs may be such as no model can describe
    names = {spec.name for spec in specs}
    names |= {target for spec in specs for reference in spec.references for target in reference.targets}
    existing = {name: _spec(body) for name, body in classes.items() if name in names}
    return plan_creation(specs, existing)


def _warn_of_unmapped(specs: Sequence[CollectionSpec], classes: Mapping[str, Any]) -> None:
    for spec in specs:
        if spec.name in classes:
            names = [
                difference.path
                for difference in differences(spec, _spec(classes[spec.name]))
                if difference.kind is UNMAPPED
            ]
            if names:
                warnings.warn(
                    f"{', '.join(names)}: on the server and not in the model of {spec.name}. Stored objects keep these "
                    f"members; add them to the nested class to read them",
                    stacklevel=3,
                )


def _run(client: Client, step: Step, classes: Mapping[str, Any]) -> None:
    if isinstance(step, CreateClass):
        client.schema.create_class(step.spec_json)
    elif isinstance(step, AddClassProperty):
        client.schema.add_property(step.collection, step.property_json)
    else:
        body = classes[step.collection]
        body["vectorConfig"] = {**(body.get("vectorConfig") or {}), step.vector_name: step.vector_json}
        client.transport.request("PUT", f"/schema/{step.collection}", json=body)


def drop_all(client: Client | None = None, models: Iterable[type[Model]] | None = None) -> None:
    """Delete the collections of models, with all their objects, and no others.

    Args:
        client: by default the one of :func:`~weaviate_orm.configure`.
        models: by default every model that is defined.
    """
    client = client if client is not None else default_client()
    for model in _chosen(models):
        client.schema.delete_class(model.__mapper__.collection_name)


def _chosen(models: Iterable[type[Model]] | None) -> list[Any]:
    return registered() if models is None else list(models)
