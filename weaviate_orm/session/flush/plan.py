"""The plan of a flush: instances in, operations out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, Union

import attrs

from weaviate_orm.exceptions import SessionError, ValidationError, describe
from weaviate_orm.model.backrefs import targets_of
from weaviate_orm.model.declared import DeclaredReference
from weaviate_orm.model.identity import link_to, links_of
from weaviate_orm.model.instance_codec import changed_properties, changed_vectors, encode_properties, wire_vectors
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import Link, Status, state_of
from weaviate_orm.session.request_options import Address, address

OnDuplicate = Literal["last", "first", "error"]
"""Which of several objects of one id is stored, or that they are an error."""


@attrs.define(eq=False)  # there is one for each new object, and a frozen one takes twice as long to make
class Create:
    """Store a new object. ``properties`` are JSON by attribute, ``vectors`` as the server's keys of an object.

    ``replaces`` is the deleted instance of the same id, which storing the new one overwrites.
    """

    instance: Any
    id: str
    properties: Mapping[str, Any]
    vectors: Mapping[str, Any]
    replaces: Any = None


@attrs.frozen
class Merge:
    """Write the changed properties and vectors of a stored object, and empty the ``cleared`` references."""

    instance: Any
    properties: Mapping[str, Any]
    vectors: Mapping[str, Any]
    cleared: tuple[str, ...] = ()


@attrs.frozen
class AppendReference:
    """Add a target to a reference; ``added`` is its instance if the reference is not loaded."""

    instance: Any
    attribute: str
    target: Link
    added: Any = None


@attrs.frozen
class RemoveReference:
    """Remove a target from a reference; ``removed`` is its instance if the reference is not loaded."""

    instance: Any
    attribute: str
    target: Link
    removed: Any = None


@attrs.frozen
class ReplaceReferences:
    """Set all targets of a reference: the stored ones are not loaded, or their order changes."""

    instance: Any
    attribute: str
    targets: tuple[Link, ...]


@attrs.frozen
class Delete:
    """Delete a stored object."""

    instance: Any


Operation = Union[Create, Merge, AppendReference, RemoveReference, ReplaceReferences, Delete]


@attrs.frozen
class FlushPlan:
    """The operations of a flush, in the order of its phases."""

    creates: tuple[Create, ...] = ()
    merges: tuple[Merge, ...] = ()
    adds: tuple[AppendReference, ...] = ()
    removes: tuple[RemoveReference, ...] = ()
    replacements: tuple[ReplaceReferences, ...] = ()
    deletes: tuple[Delete, ...] = ()

    def operations(self) -> Iterator[Operation]:
        """Iterate over all operations."""
        yield from self.creates
        yield from self.merges
        yield from self.adds
        yield from self.removes
        yield from self.replacements
        yield from self.deletes


def plan_flush(new: Iterable[Any], changed: Iterable[Any], deleted: Iterable[Any]) -> FlushPlan:
    """FlushPlan the flush of instances that are new, that may have changed, and that are deleted.

    Raises:
        ValidationError: a value that cannot be stored, or two objects of one id; nothing was sent.
        SessionError: a reference to an object that is deleted, or that another session has yet to store.
    """
    creates: list[Create] = []
    merges: list[Merge] = []
    references: list[AppendReference | RemoveReference | ReplaceReferences] = []
    planned: dict[Address, Any] = {}
    leaving = {address(instance): instance for instance in deleted}
    for instance in new:
        mapper: Mapper = instance.__mapper__
        properties = encode_properties(instance)
        if mapper.options.version:
            properties[mapper.options.version] = 1
        place = address(instance)
        replaced = leaving.pop(place, None) if leaving else None
        create = Create(instance, place[1], properties, wire_vectors(instance), replaced)
        if planned.setdefault(place, instance) is not instance:
            raise twins_error(planned[place], instance, place[1])
        creates.append(create)
        if mapper.reference_names:
            references.extend(_first_references(instance))
    for instance in changed:
        mapper = instance.__mapper__
        properties = changed_properties(instance)
        vectors = wire_vectors(instance, changed_vectors(instance))
        changed_links = list(changed_references(instance))
        _refuse_impossible(instance, changed_links)
        cleared = tuple(operation.attribute for operation in changed_links if _clears(operation))
        is_edited = any(
            not isinstance(operation, AppendReference) or not _is_many(operation) for operation in changed_links
        )
        if properties or vectors or (is_edited and mapper.options.version) or cleared:
            _refuse_key_changes(instance, properties)
            if mapper.options.version:
                properties[mapper.options.version] = _next_version(instance, properties)
            merges.append(Merge(instance, properties, vectors, cleared))
        references.extend(operation for operation in changed_links if not _clears(operation))
    return FlushPlan(
        creates=tuple(creates),
        merges=tuple(merges),
        adds=tuple(operation for operation in references if isinstance(operation, AppendReference)),
        removes=tuple(operation for operation in references if isinstance(operation, RemoveReference)),
        replacements=tuple(operation for operation in references if isinstance(operation, ReplaceReferences)),
        deletes=tuple(map(Delete, leaving.values())),
    )


def is_changed(instance: Any) -> bool:
    """Return whether a stored instance differs from its snapshot; one with a value that cannot be stored does."""
    try:
        return bool(
            changed_properties(instance) or changed_vectors(instance) or any(True for _ in changed_references(instance))
        )
    except ValidationError:
        return True


def changed_references(instance: Any) -> Iterator[AppendReference | RemoveReference | ReplaceReferences]:
    """Iterate over the operations that turn the stored references of an instance into its current ones.

    Additions are batched, and one removal is precise. Any other change is one request that sets all targets. A deleted
    target may stay in the list, dangling, unless it would be written again: the server refuses that.
    """
    mapper: Mapper = instance.__mapper__
    state = state_of(instance)
    for attribute, changes in state.link_changes.items():
        for target in changes.removed.values():
            yield RemoveReference(instance, attribute, link_to(target), target)
        for target in changes.added.values():
            yield AppendReference(instance, attribute, link_to(target), target)
    for attribute in mapper.reference_names:
        if attribute not in instance.__dict__:
            continue
        before = state.links.get(attribute)
        # another program may have stored it without the object that the class needs
        is_unset = instance.__dict__[attribute] is None and before == ()
        now = () if is_unset else links_of(instance, attribute)
        if before is None:
            yield ReplaceReferences(instance, attribute, now)
            continue
        doubtful = tuple(link for name, link in state.doubtful if name == attribute)
        if now == before and not doubtful:
            continue
        current = set(now)
        remaining = tuple(link for link in before if link in current)
        added, removed_count = now[len(remaining) :], len(before) - len(remaining)
        # the server may lack a link that was to be removed, and of several added links lack any
        is_unsure = any(link in doubtful for link in remaining) or (
            len(added) > 1 and any(link in doubtful for link in added)
        )
        is_rewritten = (
            now[: len(remaining)] != remaining or len(current) < len(now) or not now or removed_count + bool(added) > 1
        )
        if is_unsure or (now != before and is_rewritten):
            yield ReplaceReferences(instance, attribute, now)
            continue
        for link in dict.fromkeys((*before, *doubtful)):
            if link not in current:
                yield RemoveReference(instance, attribute, link)
        for link in added:
            yield AppendReference(instance, attribute, link)


def _clears(operation: Operation) -> bool:
    """Return whether an operation empties a reference, which a merge does in the same request as its other changes."""
    return isinstance(operation, ReplaceReferences) and not operation.targets


def _is_many(operation: AppendReference) -> bool:
    declared: DeclaredReference = operation.instance.__mapper__.declared[operation.attribute]
    return declared.many


def _first_references(instance: Any) -> Iterator[AppendReference | ReplaceReferences]:
    for attribute in instance.__mapper__.reference_names:
        if instance.__dict__.get(attribute):
            links = links_of(instance, attribute)
            for target in targets_of(instance.__dict__[attribute]):
                _refuse_target(instance, attribute, target)
            if len(links) > 1 and len({*links}) < len(links):
                # after a lost answer, a second addition of the same target could not be told from the first
                yield ReplaceReferences(instance, attribute, links)
                continue
            for link in links:
                yield AppendReference(instance, attribute, link)


def _refuse_impossible(instance: Any, operations: Iterable[Operation]) -> None:
    """Raise an error for targets that no reference can lead to."""
    written: dict[str, set[Link]] = {}
    for operation in operations:
        if isinstance(operation, ReplaceReferences):
            written.setdefault(operation.attribute, set()).update(operation.targets)
        elif isinstance(operation, AppendReference) and operation.added is not None:
            _refuse_target(instance, operation.attribute, operation.added)
        elif isinstance(operation, AppendReference):
            written.setdefault(operation.attribute, set()).add(operation.target)
    for attribute, links in written.items():
        for target in targets_of(instance.__dict__[attribute]) if links else ():
            if link_to(target) in links:
                _refuse_target(instance, attribute, target)


def _refuse_target(instance: Any, attribute: str, target: Any) -> None:
    own, other = state_of(instance).tenant, state_of(target).tenant
    if other is not None and own != other:
        whose = f"that of tenant {own!r}" if own is not None else "one without tenants"
        raise ValidationError(
            f"{describe(instance)}: {attribute} refers to {describe(target)} of tenant {other!r}, and the object is "
            f"{whose}: Weaviate has no references between tenants, nor from outside into one",
            instance=instance,
            field=attribute,
        )
    if state_of(target).status is Status.PENDING and state_of(target).owner is not state_of(instance).owner:
        raise SessionError(
            f"{describe(instance)}: {attribute} refers to {describe(target)}, which another session has yet to store; "
            f"commit that one first"
        )
    if state_of(target).status is Status.DELETED:
        raise SessionError(
            f"{describe(instance)}: {attribute} refers to {describe(target)}, which is deleted; take it out"
        )


def twins_error(first: Any, second: Any, id: str) -> ValidationError:
    """Return the error of two objects of one id."""
    mapper: Mapper = second.__mapper__
    cause = f"the same {', '.join(mapper.options.key)}" if mapper.options.key else "the same id"
    return ValidationError(
        f"two {mapper.label} objects have {cause} and so the id {id}: {first!r} and {second!r}; add one of them, or "
        f"choose by on_duplicate",
        instance=second,
        field="id",
    )


def _next_version(instance: Any, changed: Mapping[str, Any]) -> int:
    mapper: Mapper = instance.__mapper__
    version = mapper.options.version
    assert version is not None
    if version in changed:
        raise ValidationError(
            f"{describe(instance)}: {version} is the version, which the session counts; it is not assigned",
            instance=instance,
            field=version,
            reason="is the version, which the session counts",
        )
    return int(state_of(instance).snapshot.get(version) or 0) + 1


def _refuse_key_changes(instance: Any, changed: Mapping[str, Any]) -> None:
    mapper: Mapper = instance.__mapper__
    for attribute in mapper.options.key:
        if attribute in changed and attribute in state_of(instance).snapshot:
            raise ValidationError(
                f"{describe(instance)}: {attribute} is part of the key that makes the id, and the object is stored; "
                f"delete it and add a new one",
                instance=instance,
                field=attribute,
                reason="is part of the key that makes the id, and the object is stored",
            )
