"""What an operation of a flush leaves in the state of its object: done, or sent without an answer."""

from __future__ import annotations

from weaviate_orm.model.instance_codec import note_elements
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import Link, state_of
from weaviate_orm.session.flush.plan import (
    AppendReference,
    Create,
    Merge,
    Operation,
    RemoveReference,
    ReplaceReferences,
)


def mark_created(create: Create) -> None:
    """Record that the server has a new object, whose references are still to be added."""
    mapper: Mapper = create.instance.__mapper__
    state = state_of(create.instance)
    state.id = create.id
    state.take_snapshot(mapper.property_names, create.properties.values())
    if mapper.options.version:
        _take_version(create)
    if mapper.object_lists:
        _note_elements(create)
    names = mapper.reference_names
    if names:
        # no reference is stored yet; each that is added joins
        state.links = {name: () for name in names if name in create.instance.__dict__}


def mark_merged(merge: Merge) -> None:
    """Record that the server has the changed properties and vectors."""
    state = state_of(merge.instance)
    state.snapshot = {**state.snapshot, **merge.properties}
    _take_version(merge)
    _note_elements(merge)
    state.links = {**state.links, **dict.fromkeys(merge.cleared, ())}
    state.doubtful = frozenset(key for key in state.doubtful if key[0] not in merge.cleared)
    state.vectors = {}
    state.times = (state.times[0], None)


def mark_reference_added(add: AppendReference) -> None:
    """Record that a reference leads to one object more."""
    state = state_of(add.instance)
    if add.added is not None:
        state.link_changes[add.attribute].settle(add.added)
    else:
        state.links = {**state.links, add.attribute: (*state.links.get(add.attribute, ()), add.target)}
    if state.doubtful:
        state.doubtful -= {link_key(add)}


def mark_references_edited(edit: ReplaceReferences | RemoveReference) -> None:
    """Record that a reference leads to just the objects of a replacement, or to one object less."""
    state = state_of(edit.instance)
    if isinstance(edit, ReplaceReferences):
        state.links = {**state.links, edit.attribute: edit.targets}
        state.doubtful = frozenset(key for key in state.doubtful if key[0] != edit.attribute)
        return
    if edit.removed is not None:
        state.link_changes[edit.attribute].settle(edit.removed)
    else:
        remaining = tuple(link for link in state.links.get(edit.attribute, ()) if link != edit.target)
        state.links = {**state.links, edit.attribute: remaining}
    if state.doubtful:
        state.doubtful -= {link_key(edit)}


def mark_unconfirmed(operation: Operation) -> None:
    """Record that an operation was sent, and its answer lost: the server may hold the old values or the new.

    Neither stays in the snapshot, so the next flush writes whatever the object holds then.
    """
    state = state_of(operation.instance)
    if isinstance(operation, Merge):
        version = operation.instance.__mapper__.options.version
        lost = operation.properties.keys() - {version}
        state.snapshot = {name: value for name, value in state.snapshot.items() if name not in lost}
        state.links = {name: links for name, links in state.links.items() if name not in operation.cleared}
        state.vectors = dict.fromkeys(state.vectors) if operation.vectors else state.vectors
    elif isinstance(operation, ReplaceReferences):
        state.links = {name: links for name, links in state.links.items() if name != operation.attribute}
    elif isinstance(operation, (AppendReference, RemoveReference)):
        target = operation.added if isinstance(operation, AppendReference) else operation.removed
        if target is not None:
            state.link_changes[operation.attribute].doubt(target)
        state.doubtful |= {link_key(operation)}


def link_key(operation: AppendReference | RemoveReference) -> tuple[str, Link]:
    """Return the link that an operation adds or removes, as ``State.doubtful`` holds it."""
    return operation.attribute, operation.target


def _take_version(operation: Create | Merge) -> None:
    version = operation.instance.__mapper__.options.version
    if version:
        vars(operation.instance)[version] = operation.properties[version]


def _note_elements(operation: Create | Merge) -> None:
    mapper = operation.instance.__mapper__
    for attribute in mapper.object_lists:
        if attribute in operation.properties:
            note_elements(operation.instance, attribute)
