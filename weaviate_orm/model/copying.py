"""Instances pickled and deep-copied with all that they refer to, in chains and circles of any length.

Pickle and deepcopy go from an object to its state, and from there to the next object, as deep as the references lead:
a chain of some hundred objects ends in a RecursionError. So the first object brings all others with it, in two steps
that are both flat: first each of them without its state, so that it is known, then the states, which lead to what is
known already.

Pickle asks each object by ``__reduce_ex__``, and says neither which run this belongs to nor what it knows. What an
object answers depends on the run that is open in this thread (:class:`_Run`); which objects were part of a run is
remembered while the run lives, as an estimate: a wrong one makes a run longer, or deeper, but not another result.
"""

from __future__ import annotations

import copyreg
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, SupportsIndex

from weaviate_orm.model.state import Mapped, state_of
from weaviate_orm.types import JSONObject


class _Thread(threading.local):
    """What a thread is about to copy: the run whose objects go without their states now, and what runs have brought."""

    def __init__(self) -> None:
        self.open: weakref.ref[_Run] | None = None
        self.brought: weakref.WeakValueDictionary[int, _Run] = weakref.WeakValueDictionary()


_thread = _Thread()


def reduce_ex(self: Mapped, protocol: SupportsIndex) -> Any:
    """``Model.__reduce_ex__``; what a class has in place of the usual methods stays in force."""
    if not _is_usual(type(self)):
        return object.__reduce_ex__(self, protocol)
    run = _thread.open() if _thread.open is not None else None
    if run is not None and run.takes(self):
        return copyreg.__newobj__, (type(self),)  # type: ignore[attr-defined]
    _thread.open = None  # of a run that was broken off
    stale = _thread.brought.get(id(self))
    if stale is not None:
        stale.forget()  # who asks does not know this object, so that was another run
    if next(_unknown(self), None) is None:
        return copyreg.__newobj__, (type(self),), self.__getstate__()  # type: ignore[attr-defined]
    return _first, (_Run(self),)


class _Run:
    """An object and all that it leads to, as far as that was not part of a run before."""

    def __init__(self, first: Mapped) -> None:
        self.first = first
        self._targets_first: list[Mapped] = []
        self._places: dict[int, int] = {}
        self._next = 0
        self._taken: set[int] = set()

    def __reduce__(self) -> tuple[object, ...]:
        members = self._collect()
        self._places = {id(instance): place for place, instance in enumerate(members)}
        _thread.open = weakref.ref(self)
        return _linked, (members, _States(self))

    def _collect(self) -> list[Mapped]:
        members = [self.first]
        ids = {id(self.first)}
        path: list[tuple[Mapped, Iterator[Mapped]]] = [(self.first, _unknown(self.first))]
        while path:
            instance, targets = path[-1]
            for target in targets:
                if id(target) not in ids:
                    ids.add(id(target))
                    members.append(target)
                    path.append((target, _unknown(target)))
                    break
            else:
                path.pop()
                self._targets_first.append(instance)
        return members

    def takes(self, instance: Mapped) -> bool:
        """Return whether an object is the next to be written without its state; the caller has those before it."""
        place = self._places.get(id(instance), -1)
        if place < self._next:
            return False
        self._next = place + 1
        self._taken.add(id(instance))
        return True

    def states(self) -> list[tuple[Mapped, JSONObject]]:
        """Return the objects written without their states, with the states; targets come before what refers to them."""
        _thread.open = None
        _thread.brought.update(dict.fromkeys(self._places, self))
        return [(instance, instance.__getstate__()) for instance in self._targets_first if id(instance) in self._taken]

    def forget(self) -> None:
        """Forget the objects of this run."""
        for place in self._places:
            if _thread.brought.get(place) is self:
                del _thread.brought[place]


class _States:
    """The states of the objects of a run."""

    def __init__(self, run: _Run) -> None:
        self._run = run

    def __reduce__(self) -> tuple[object, ...]:
        return _set_states, (self._run.states(),)


def _set_states(states: Iterable[tuple[Mapped, JSONObject]]) -> None:
    for instance, state in states:
        instance.__setstate__(state)


def _linked(members: list[Mapped], states: None) -> object:
    return members[0]


def _first(copied: object) -> object:
    """Return what a run was copied to; for the object itself a shallow copy."""
    if not isinstance(copied, _Run):
        return copied
    original = copied.first
    copied_object = object.__new__(type(original))
    copied_object.__setstate__(original.__getstate__())
    return copied_object


_usual: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


def _is_usual(cls: Any) -> bool:
    """Return whether objects of a class are copied by the methods of ``Model`` alone, their state aside."""
    is_usual = _usual.get(cls)
    if is_usual is None:
        is_usual = _usual[cls] = (
            cls.__reduce_ex__ is reduce_ex
            and cls.__reduce__ is object.__reduce__
            and not any(hasattr(cls, name) for name in ("__deepcopy__", "__getnewargs_ex__", "__getnewargs__"))
        )
    return is_usual


def _unknown(instance: Mapped) -> Iterator[Mapped]:
    """Yield the objects of loaded references and of changes in others that are in no run yet."""
    values, brought = instance.__dict__, _thread.brought
    for attribute in instance.__mapper__.reference_names:
        value = values.get(attribute)
        if value is None:
            continue
        for target in value if isinstance(value, (list, tuple)) else (value,):
            if id(target) not in brought and _is_usual(type(target)):
                yield target
    for changes in state_of(instance).link_changes.values():
        for noted in changes.__getstate__():
            for target in noted:
                if id(target) not in brought and _is_usual(type(target)):
                    yield target
