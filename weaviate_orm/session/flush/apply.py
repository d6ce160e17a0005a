"""What is known of an object after an operation on it: that it was done, or that nobody answered."""

from __future__ import annotations

from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import Link, state_of
from weaviate_orm.session.flush.plan import AddReference, Create, Merge, Operation, RemoveReference, ReplaceReferences


def created(create: Create) -> None:
    """The server has a new object, whose references are still to be added."""
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
        # nothing is linked yet; each reference that is added joins
        state.links = {name: () for name in names if name in create.instance.__dict__}


def merged(merge: Merge) -> None:
    """The server has what was changed."""
    state = state_of(merge.instance)
    state.snapshot = {**state.snapshot, **merge.properties}
    _take_version(merge)
    _note_elements(merge)
    state.links = {**state.links, **dict.fromkeys(merge.cleared, ())}
    state.doubtful = frozenset(each for each in state.doubtful if each[0] not in merge.cleared)
    state.vectors = {}
    state.times = (state.times[0], None)


def added(add: AddReference) -> None:
    """A reference leads to one object more."""
    state = state_of(add.instance)
    if add.joined is not None:
        state.link_changes[add.attribute].settle(add.joined)
    else:
        state.links = {**state.links, add.attribute: (*state.links.get(add.attribute, ()), add.target)}
    if state.doubtful:
        state.doubtful -= {end(add)}


def edited(edit: ReplaceReferences | RemoveReference) -> None:
    """A reference leads to just the objects that were given, or to one object less."""
    state = state_of(edit.instance)
    if isinstance(edit, ReplaceReferences):
        state.links = {**state.links, edit.attribute: edit.targets}
        state.doubtful = frozenset(each for each in state.doubtful if each[0] != edit.attribute)
        return
    if edit.left is not None:
        state.link_changes[edit.attribute].settle(edit.left)
    else:
        _forget_link(edit)
    if state.doubtful:
        state.doubtful -= {end(edit)}


def unanswered(operation: Operation) -> None:
    """An operation was sent, and its answer lost: the server may hold what was before, or what was to be.

    So neither is taken for known. The next flush writes whatever the object holds then.
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
    elif isinstance(operation, (AddReference, RemoveReference)):
        target = operation.joined if isinstance(operation, AddReference) else operation.left
        if target is not None:
            state.link_changes[operation.attribute].doubt(target)
        state.doubtful |= {end(operation)}


def end(operation: AddReference | RemoveReference) -> tuple[str, Link]:
    """Where an operation lets a reference lead, or no longer lead."""
    return operation.attribute, operation.target


def _forget_link(edit: RemoveReference) -> None:
    state = state_of(edit.instance)
    left = tuple(link for link in state.links.get(edit.attribute, ()) if link != edit.target)
    state.links = {**state.links, edit.attribute: left}


def _take_version(operation: Create | Merge) -> None:
    version = operation.instance.__mapper__.options.version
    if version:
        vars(operation.instance)[version] = operation.properties[version]


def _note_elements(operation: Create | Merge) -> None:
    mapper = operation.instance.__mapper__
    for attribute in mapper.object_lists:
        if attribute in operation.properties:
            mapper.note_elements(operation.instance, attribute)
