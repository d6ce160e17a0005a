"""``create_all()`` and ``drop_all()``: the collections of models on the server."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import read_classes
from weaviate_orm.exceptions import UnexpectedStatusError
from weaviate_orm.http.collection_names import is_numbered, names_among
from weaviate_orm.http.features import ASYNC_REPLICATION_SETTINGS, HFRESH, TEXT_ANALYZERS, Feature, require
from weaviate_orm.http.response import reading_values
from weaviate_orm.model.model import Model
from weaviate_orm.model.registry import registered
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.creation import AddClassProperty, CreateClass, Step, plan_creation
from weaviate_orm.schema.diff import UNMAPPED, differences
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.renaming import renamed_class, renamed_property
from weaviate_orm.session.collection_places import CreateAlias, Places, place_collections
from weaviate_orm.session.default_client import default_client
from weaviate_orm.session.embedder_notes import check_note


def create_all(client: Client | None = None, models: Iterable[type[Model]] | None = None) -> None:
    """Create the collections, properties and references of models that the server lacks, in any order, cycles included.

    One request reads the schema; each missing thing takes one more. Existing ones are not changed. Several processes
    may call this at once: after a refusal because another was faster, the rest is planned again.

    A collection whose model says ``Meta.alias = True`` is created as ``{name}_1``, and its name as an alias of that.

    A warning names the members of nested objects that the server has and a model does not map.

    Args:
        client: by default the one of :func:`~weaviate_orm.configure`.
        models: by default every model that is defined.

    Raises:
        MappingError: a model that Weaviate cannot hold; nothing was sent.
        ServerTooOldError: a model with what the server is too old for, such as an hfresh index before 1.36; nothing was
            sent.
        SchemaMismatchError: an existing collection cannot become what its model says, has the name of an alias, or has
            vectors of another embedder; nothing was changed.
    """
    client = client if client is not None else default_client()
    mappers = [model.__mapper__ for model in _chosen(models)]
    specs = [mapper.collection for mapper in mappers]
    for spec in specs:
        for feature in _features(spec):
            require(client.transport, feature)
    has_aliases = any(spec.alias for spec in specs)
    refusal: UnexpectedStatusError | None = None
    refused = 0
    while True:
        classes = read_classes(client)
        aliases = names_among(client.alias.list_all()) if has_aliases else {}
        places = place_collections(specs, classes, aliases, client.transport.collection_names.prefix)
        for mapper in mappers:
            check_note(mapper, classes.get(places.physical(mapper.collection_name), {}))
        steps = _plan(specs, classes, places)
        if refusal is not None and len(steps) >= refused:
            raise refusal
        try:
            for step in steps:
                _run(client, step, classes, places)
            _warn_of_unmapped(specs, classes, places)
            return
        except UnexpectedStatusError as error:
            if error.status_code != 422:
                raise
            # another process may have been faster; then fewer steps remain
            refusal, refused = error, len(steps)
            if not has_aliases and "alias name" in str(error):
                # an alias has the name of a collection whose model says nothing of it
                has_aliases, refusal = True, None


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


def _existing(classes: Mapping[str, Any], places: Places, names: Iterable[str]) -> dict[str, CollectionSpec]:
    """Return those of some collections that the server has, by their logical names, as are their references."""
    existing = {}
    for name in names:
        body = classes.get(places.physical(name))
        if body is not None:
            with reading_values(f"the class {body['class']}"):
                existing[name] = CollectionSpec.from_json(renamed_class(body, places.logical))
    return existing


def _plan(specs: Sequence[CollectionSpec], classes: Mapping[str, Any], places: Places) -> list[Step | CreateAlias]:
    # collections of other programs may be such as no model can describe
    names = {spec.name for spec in specs}
    names |= {target for spec in specs for reference in spec.references for target in reference.targets}
    steps: list[Step | CreateAlias] = []
    aliases = {alias.collection: alias for alias in places.missing_aliases}
    steps += (alias for alias in aliases.values() if alias.collection in classes)
    for step in plan_creation(specs, _existing(classes, places, names)):
        steps.append(step)
        if isinstance(step, CreateClass) and places.physical(step.spec_json["class"]) in aliases:
            steps.append(aliases[places.physical(step.spec_json["class"])])
    return steps


def _warn_of_unmapped(specs: Sequence[CollectionSpec], classes: Mapping[str, Any], places: Places) -> None:
    existing = _existing(classes, places, [spec.name for spec in specs])
    for spec in specs:
        if spec.name in existing:
            names = [
                difference.path for difference in differences(spec, existing[spec.name]) if difference.kind is UNMAPPED
            ]
            if names:
                warnings.warn(
                    f"{', '.join(names)}: on the server and not in the model of {spec.name}. Stored objects keep these "
                    f"members; add them to the nested class to read them",
                    stacklevel=3,
                )


def _run(client: Client, step: Step | CreateAlias, classes: Mapping[str, Any], places: Places) -> None:
    if isinstance(step, CreateAlias):
        client.alias.create(alias_name=step.name, target_collection=step.collection)
        client.transport.collection_names.expire()
    elif isinstance(step, CreateClass):
        client.schema.create_class(renamed_class(step.spec_json, places.physical))
    elif isinstance(step, AddClassProperty):
        collection = places.physical(step.collection)
        client.schema.add_property(collection, renamed_property(step.property_json, places.physical))
    else:
        collection = places.physical(step.collection)
        body = classes[collection]
        body["vectorConfig"] = {**(body.get("vectorConfig") or {}), step.vector_name: step.vector_json}
        client.transport.request("PUT", f"/schema/{collection}", json=body)


def drop_all(client: Client | None = None, models: Iterable[type[Model]] | None = None) -> None:
    """Delete the collections of models, with all their objects, and no others.

    Of a collection behind an alias, all its copies are deleted, then the alias.

    Args:
        client: by default the one of :func:`~weaviate_orm.configure`.
        models: by default every model that is defined.
    """
    client = client if client is not None else default_client()
    mappers = [model.__mapper__ for model in _chosen(models)]
    prefix = client.transport.collection_names.prefix
    names = [prefix + mapper.collection_name for mapper in mappers]
    all_aliases = client.alias.list_all()  # deleting a class by its alias does nothing, and is answered by 200
    aliases = names_among(all_aliases)
    behind = {prefix + mapper.collection_name for mapper in mappers if mapper.options.alias}
    behind |= aliases.keys() & set(names)
    classes = read_classes(client) if behind else {}
    for name in names:
        if name not in behind:
            client.schema.delete_class(name)
            continue
        others = {collection for alias, collection in aliases.items() if alias != name}
        copies = {collection for collection in classes if is_numbered(collection, name)} - others - set(names)
        dropped = {*copies, aliases.get(name, name)} & classes.keys()
        for collection in dropped:
            client.schema.delete_class(collection)
        for alias, collection in all_aliases.items():
            if alias == name or (alias not in aliases and collection in dropped):
                client.alias.delete(alias_name=alias)
        client.transport.collection_names.expire()


def _chosen(models: Iterable[type[Model]] | None) -> list[Any]:
    return registered() if models is None else list(models)
