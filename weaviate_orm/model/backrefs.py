"""Inverse references: what happens to one side, the other follows at once.

``Article.publication`` and ``Publication.articles`` name each other by ``inverse=``. A side that is loaded is changed
in place. Of a to-many side that is not loaded, its state remembers who joined and who left, so that nothing is loaded
to append to it. Of a to-one side the old value is loaded first: the object that it led to has to lose this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, SupportsIndex, TypeVar

from weaviate_orm.model.state import state_of, value_of

R = TypeVar("R")


def assign(instance: Any, attribute: str, value: Any) -> None:
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


def place(instance: Any, attribute: str, value: Any) -> None:
    """Set a reference; its inverse, if there is one, does not follow."""
    values = vars(instance)
    is_held = value is values.get(attribute)  # += assigns the list that it changed
    if isinstance(value, (list, tuple)) and not is_held and attribute in instance.__mapper__.inverses:
        value = LinkedList(instance, attribute, value)
    values[attribute] = value


def place_loaded(instance: Any, attribute: str, targets: list[Any], *, many: bool) -> None:
    """Set a reference that was loaded: what the server has, and what joined and left since."""
    state = state_of(instance)
    changes = state.link_changes.get(attribute)
    if changes is not None:
        kept = [target for target in targets if id(target) not in changes.removed]
        known = {id(target) for target in kept}
        targets = kept + [target for target in changes.added.values() if id(target) not in known]
        state.link_changes = {name: each for name, each in state.link_changes.items() if name != attribute}
    place(instance, attribute, targets if many else (targets[0] if targets else None))


def follow_all(instance: Any) -> None:
    """Let the inverses follow all that an instance was made with."""
    for attribute in instance.__mapper__.inverses:
        targets = targets_of(vars(instance)[attribute])
        _prepare(instance, attribute, targets)
        _follow(instance, attribute, (), targets)


def leave_all(instance: Any) -> None:
    """Let no inverse lead to an instance any more; it keeps what it refers to. Loads what is not loaded."""
    for attribute in instance.__mapper__.inverses:
        for target in targets_of(value_of(instance, attribute)):
            _part(target, _inverse(instance, attribute, target), instance)


def targets_of(value: Any) -> Sequence[Any]:
    """The objects that the value of a reference leads to."""
    if isinstance(value, (list, tuple)):
        return tuple(value)
    return () if value is None else (value,)


# -- one side follows the other


def _prepare(instance: Any, attribute: str, targets: Iterable[Any]) -> None:
    """Load what following needs, before anything is changed."""
    for target in targets:
        inverse = _inverse(instance, attribute, target)
        if not target.__mapper__.declared[inverse].many and inverse not in vars(target):
            value_of(target, inverse)


def _follow(instance: Any, attribute: str, before: Sequence[Any], after: Sequence[Any]) -> None:
    old, new = {id(each) for each in before}, {id(each) for each in after}
    for target in before:
        if id(target) not in new:
            _part(target, _inverse(instance, attribute, target), instance)
    for target in after:
        if id(target) not in old:
            _join(target, _inverse(instance, attribute, target), instance)
    _touch(instance)


def _inverse(instance: Any, attribute: str, target: Any) -> str:
    inverse: str = instance.__mapper__.inverse(attribute, type(target))
    return inverse


def _join(target: Any, attribute: str, source: Any) -> None:
    """Let a reference of ``target`` lead to ``source`` as well, or to it alone."""
    values = vars(target)
    if not target.__mapper__.declared[attribute].many:
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


def _part(target: Any, attribute: str, source: Any) -> None:
    """Let a reference of ``target`` not lead to ``source`` any more."""
    values = vars(target)
    if attribute not in values:
        state_of(target).changes_of(attribute).part(source)
    elif not target.__mapper__.declared[attribute].many:
        if values[attribute] is source:
            values[attribute] = None
    else:
        values[attribute].part(source)
    _touch(target)


def _touch(instance: Any) -> None:
    owner = state_of(instance).owner
    if owner is not None:
        owner.touch(instance)


class LinkedList(list[Any]):
    """The value of a to-many reference that has an inverse: each change of it is followed by the other side.

    One that an object does not hold any more is a list like any other.
    """

    _owner: Any = None  # of one that is being unpickled, too
    _attribute = ""
    _counts: Counter[int] | None = None  # how often it holds each object, by id(): found in no time in any length

    def __init__(self, owner: Any, attribute: str, items: Iterable[Any]) -> None:
        super().__init__(items)
        self._owner = owner
        self._attribute = attribute

    def join(self, item: Any) -> None:
        """Hold an object, once; the other side does not follow, because it leads."""
        counts = self._counted()
        if not counts[id(item)]:
            counts[id(item)] = 1
            super().append(item)

    def part(self, item: Any) -> None:
        """Hold an object no longer; the other side leads."""
        for _ in range(self._counted().pop(id(item), 0)):
            super().remove(item)

    def append(self, item: Any, /) -> None:
        """As of a list."""
        self._adding([item], lambda: list.append(self, item))

    def extend(self, items: Iterable[Any], /) -> None:
        """As of a list."""
        added = list(items)
        self._adding(added, lambda: list.extend(self, added))

    def insert(self, index: SupportsIndex, item: Any, /) -> None:
        """As of a list."""
        self._adding([item], lambda: list.insert(self, index, item))

    def pop(self, index: SupportsIndex = -1, /) -> Any:
        """As of a list."""
        return self._changing(lambda after: list.pop(after, index))

    def remove(self, item: Any, /) -> None:
        """As of a list."""
        self._changing(lambda after: after.remove(item))

    def clear(self) -> None:
        """As of a list."""
        self._changing(lambda after: after.clear())

    def __setitem__(self, index: Any, items: Any, /) -> None:
        self._changing(lambda after: after.__setitem__(index, items))

    def __delitem__(self, index: Any, /) -> None:
        self._changing(lambda after: after.__delitem__(index))

    def __iadd__(self, items: Iterable[Any], /) -> LinkedList:  # type: ignore[misc]
        self.extend(items)
        return self

    def __imul__(self, times: SupportsIndex, /) -> LinkedList:
        self._changing(lambda after: after.__imul__(times))
        return self

    def __getstate__(self) -> dict[str, Any]:
        """For pickle and copy: what is held has other ids there."""
        return {"_owner": self._owner, "_attribute": self._attribute}

    def _counted(self) -> Counter[int]:
        if self._counts is None:
            self._counts = Counter(map(id, self))
        return self._counts

    def _is_held(self) -> bool:
        return self._owner is not None and vars(self._owner).get(self._attribute) is self

    def _adding(self, items: Sequence[Any], change: Callable[[], None]) -> None:
        """A change that only adds: nothing need be compared."""
        held = self._is_held()
        if held:
            self._check(items)
        change()
        if self._counts is not None:
            self._counts.update(map(id, items))
        if held:
            _follow(self._owner, self._attribute, (), items)

    def _changing(self, change: Callable[[list[Any]], R]) -> R:
        """Any other change, tried on a copy first."""
        before, after = tuple(self), list(self)
        result = change(after)
        held = self._is_held()
        if held:
            self._check(after)
        super().__setitem__(slice(None), after)
        self._counts = None
        if held:
            _follow(self._owner, self._attribute, before, after)
        return result

    def _check(self, items: Sequence[Any]) -> None:
        self._owner.__mapper__.check(self._owner, self._attribute, items)
        _prepare(self._owner, self._attribute, items)
