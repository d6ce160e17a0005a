"""Inverse references: a change of one side changes the other at once.

``Article.publication`` and ``Publication.articles`` name each other by ``inverse=``. A side that is loaded is changed
in place. Of a to-many side that is not loaded, its state remembers the objects that joined and left, so that appending
to it loads nothing. Of a to-one side the old value is loaded first: the object that it led to has to lose this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, SupportsIndex, TypeVar

from weaviate_orm.model.instance_codec import check_value
from weaviate_orm.model.state import Mapped, state_of, value_of
from weaviate_orm.types import JSONObject

R = TypeVar("R")


def assign(instance: Mapped, attribute: str, value: object) -> None:
    """Let a reference lead to ``value``. Raises DetachedError when the old value is needed and cannot be loaded."""
    values = vars(instance)
    if attribute not in values and not state_of(instance).is_stored:
        place(instance, attribute, value)  # in the constructor; follow_all() comes after it
        return
    before = targets_of(value_of(instance, attribute))
    after = targets_of(value)
    _prepare(instance, attribute, after)
    place(instance, attribute, value)
    _follow(instance, attribute, before, after)


def place(instance: Mapped, attribute: str, value: object) -> None:
    """Set a reference; its inverse, if there is one, does not follow."""
    values = vars(instance)
    is_held = value is values.get(attribute)  # += assigns the list that it changed
    if isinstance(value, (list, tuple)) and not is_held and attribute in instance.__mapper__.inverses:
        value = RelatedList(instance, attribute, value)
    values[attribute] = value


def place_loaded(instance: Mapped, attribute: str, targets: list[object], *, many: bool) -> None:
    """Set a reference to its stored targets, with the changes that were made before it was loaded."""
    state = state_of(instance)
    changes = state.link_changes.get(attribute)
    if changes is not None:
        remaining = [target for target in targets if id(target) not in changes.removed]
        stored = {id(target) for target in remaining}
        targets = remaining + [target for target in changes.added.values() if id(target) not in stored]
        others = state.link_changes.items()
        state.link_changes = {name: other for name, other in others if name != attribute}
    place(instance, attribute, targets if many else (targets[0] if targets else None))


def follow_all(instance: Mapped) -> None:
    """Let the inverses follow all references of a new instance."""
    for attribute in instance.__mapper__.inverses:
        targets = targets_of(vars(instance)[attribute])
        _prepare(instance, attribute, targets)
        _follow(instance, attribute, (), targets)


def leave_all(instance: Mapped) -> None:
    """Let no inverse lead to an instance any more, which keeps its own references. Loads missing values."""
    for attribute in instance.__mapper__.inverses:
        for target in targets_of(value_of(instance, attribute)):
            _part(target, _inverse(instance, attribute, target), instance)


def targets_of(value: object) -> Sequence[Any]:
    """Return the objects that the value of a reference leads to."""
    if isinstance(value, (list, tuple)):
        return tuple(value)
    return () if value is None else (value,)


# -- one side follows the other


def _prepare(instance: Mapped, attribute: str, targets: Iterable[Mapped]) -> None:
    """Load the values that following needs, before anything is changed."""
    for target in targets:
        inverse = _inverse(instance, attribute, target)
        if not _is_many(target, inverse) and inverse not in vars(target):
            value_of(target, inverse)


def _follow(instance: Mapped, attribute: str, before: Sequence[Mapped], after: Sequence[Mapped]) -> None:
    old, new = set(map(id, before)), set(map(id, after))
    for target in before:
        if id(target) not in new:
            _part(target, _inverse(instance, attribute, target), instance)
    for target in after:
        if id(target) not in old:
            _join(target, _inverse(instance, attribute, target), instance)
    _touch(instance)


def _inverse(instance: Mapped, attribute: str, target: Mapped) -> str:
    return instance.__mapper__.inverse(attribute, type(target))


def _is_many(instance: Mapped, attribute: str) -> bool:
    return instance.__mapper__.declared_references[attribute].many


def _join(target: Mapped, attribute: str, source: Mapped) -> None:
    """Let a reference of ``target`` lead to ``source`` as well, or to it alone."""
    values = vars(target)
    if not _is_many(target, attribute):
        before = values[attribute]
        if before is source:
            return
        values[attribute] = source
        if before is not None:
            _part(before, _inverse(target, attribute, before), target)
    elif attribute not in values:
        state_of(target).changes_of(attribute).join(source)
    else:
        values[attribute].join(source)
    _touch(target)


def _part(target: Mapped, attribute: str, source: Mapped) -> None:
    """Let a reference of ``target`` not lead to ``source`` any more."""
    values = vars(target)
    if attribute not in values:
        state_of(target).changes_of(attribute).part(source)
    elif not _is_many(target, attribute):
        if values[attribute] is source:
            values[attribute] = None
    else:
        values[attribute].part(source)
    _touch(target)


def _touch(instance: Mapped) -> None:
    owner = state_of(instance).owner
    if owner is not None:
        owner.touch(instance)


class RelatedList(list[Any]):
    """The value of a to-many reference that has an inverse: the other side follows each change of it.

    A list that its object does not hold any more is a list like any other.
    """

    _owner: Mapped | None = None  # defaults for a list that is being unpickled
    _attribute = ""
    _counts: Counter[int] | None = None  # of the objects in it, by id(), so that join() and part() search no list

    def __init__(self, owner: Mapped, attribute: str, items: Iterable[Mapped]) -> None:
        super().__init__(items)
        self._owner = owner
        self._attribute = attribute

    def join(self, item: Mapped) -> None:
        """Hold an object, once; the other side does not follow, because it leads."""
        counts = self._counted()
        if not counts[id(item)]:
            counts[id(item)] = 1
            super().append(item)

    def part(self, item: Mapped) -> None:
        """Hold an object no longer; the other side does not follow, because it leads."""
        for _ in range(self._counted().pop(id(item), 0)):
            super().remove(item)

    def append(self, item: Mapped, /) -> None:
        """See list.append."""
        self._adding([item], lambda: list.append(self, item))

    def extend(self, items: Iterable[Mapped], /) -> None:
        """See list.extend."""
        added = list(items)
        self._adding(added, lambda: list.extend(self, added))

    def insert(self, index: SupportsIndex, item: Mapped, /) -> None:
        """See list.insert."""
        self._adding([item], lambda: list.insert(self, index, item))

    def pop(self, index: SupportsIndex = -1, /) -> Any:
        """See list.pop."""
        return self._changing(lambda after: list.pop(after, index))

    def remove(self, item: Mapped, /) -> None:
        """See list.remove."""
        self._changing(lambda after: after.remove(item))

    def clear(self) -> None:
        """See list.clear."""
        self._changing(lambda after: after.clear())

    def __setitem__(self, index: Any, items: Any, /) -> None:
        self._changing(lambda after: after.__setitem__(index, items))

    def __delitem__(self, index: SupportsIndex | slice, /) -> None:
        self._changing(lambda after: after.__delitem__(index))

    def __iadd__(self, items: Iterable[Mapped], /) -> RelatedList:  # type: ignore[misc, override]
        self.extend(items)
        return self

    def __imul__(self, times: SupportsIndex, /) -> RelatedList:
        self._changing(lambda after: after.__imul__(times))
        return self

    def __getstate__(self) -> JSONObject:
        """Return the owner alone, for pickle and copy: the copies of the objects have other ids."""
        return {"_owner": self._owner, "_attribute": self._attribute}

    def _counted(self) -> Counter[int]:
        if self._counts is None:
            self._counts = Counter(map(id, self))
        return self._counts

    def _holder(self) -> Mapped | None:
        """Return the owner, if it still holds the list."""
        owner = self._owner
        return owner if owner is not None and vars(owner).get(self._attribute) is self else None

    def _adding(self, items: Sequence[Mapped], change: Callable[[], None]) -> None:
        """Make a change that only adds, which compares nothing."""
        holder = self._holder()
        if holder is not None:
            self._check(holder, items)
        change()
        if self._counts is not None:
            self._counts.update(map(id, items))
        if holder is not None:
            _follow(holder, self._attribute, (), items)

    def _changing(self, change: Callable[[list[Any]], R]) -> R:
        """Make any other change, on a copy first."""
        before, after = tuple(self), list(self)
        result = change(after)
        holder = self._holder()
        if holder is not None:
            self._check(holder, after)
        super().__setitem__(slice(None), after)
        self._counts = None
        if holder is not None:
            _follow(holder, self._attribute, before, after)
        return result

    def _check(self, holder: Mapped, items: Sequence[Mapped]) -> None:
        check_value(holder.__mapper__, holder, self._attribute, items)
        _prepare(holder, self._attribute, items)
