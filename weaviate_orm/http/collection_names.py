"""Collections behind aliases: requests name the physical collection, and everything else the logical one.

An alias stands for its collection in few requests: filters, references, and changes of the schema know none (measured
on Weaviate 1.39). So the names are read by one request of a client, and each request is built with what they lead to.
They are read again when they are MAX_AGE old, when the server refuses a name, and when a connection was lost.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from weaviate_orm.exceptions import GraphQLError, TransportError, UnexpectedStatusError
from weaviate_orm.forks import renewed_in_children

T = TypeVar("T")


class OutdatedNamesError(TransportError):
    """A request was not sent again after a lost connection, because its names of collections are others by now."""


REFUSALS: Final = (UnexpectedStatusError, GraphQLError, OutdatedNamesError)
"""The errors of requests that may have had outdated names."""

MAX_AGE: Final = 10.0
"""The seconds after which names are read again.

Reads of a collection that was rebuilt go on to succeed in its old copy, so that nothing else tells. The old copy must
not be deleted sooner after a switch: the server would make it anew for a batch that names it (auto-schema).
"""

MARKS: Final = "WeaviateOrm"
"""What aliases begin with by which migrations mark collections; they are no names."""

SWITCHING: Final = f"{MARKS}Switching"
"""The alias that exists while several aliases are put over, one request each: names of that time fit no query."""

LONGEST_SWITCH: Final = 5.0
"""The seconds to wait for the end of a switch; one that was killed leaves its alias behind."""

ROUNDS: Final = 10
"""How often a request is built again because its names changed meanwhile."""

_NEVER: Final = float("-inf")

_OUTDATED = re.compile(
    r"class .?\"?\w+\"? (does not exist|not found)|: class not found|collection .?\"?\w+.?\"? not found|"
    r"could not find class|failed to get class|non-existing index|no object with id|Unknown type|can never be of type|"
    r"Cannot query field \"\w+\" on type \"(Get|Aggregate)Objects|no graphql provider"
)
"""How the server refuses names of collections that it does not have (measured on Weaviate 1.39)."""

_FROZEN = re.compile(r"store is read-only(?: due to: manually set by user|(?! due to))|: read only \"")
"""How it refuses writes of a frozen collection; without the reason at the moment of the freeze, and in replicas."""

_declared: WeakValueDictionary[str, Any] = WeakValueDictionary()
"""The models that say that they are behind an alias, by their logical names."""


def declare_alias(logical: str, model: type) -> None:
    """Say that a collection is behind an alias, for as long as its model exists."""
    _declared[logical] = model


class CollectionNames:
    """The physical names of collections, for one client; may be shared by threads.

    Args:
        read: returns the collections of the server by their aliases; it takes whether to try it several times.

    Attributes:
        prefix: what the server's names of collections and aliases begin with, before the logical name; for tests that
            share a server.
        version: counts the changes that were read.
    """

    def __init__(self, read: Callable[[bool], Mapping[str, str]]) -> None:
        self._read = read
        self._aliases: Mapping[str, str] = {}
        self._read_at = _NEVER
        self._built = threading.local()
        self._abandoned: str | None = None
        self.prefix = ""
        self.version = 0
        self.begin_in_child()
        renewed_in_children(self)

    def begin_in_child(self) -> None:
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        """Return whether any collection may have another physical name."""
        return bool(self._aliases or _declared or self.prefix)

    def physical(self, logical: str) -> str:
        """Return the name of a collection in requests.

        Sends a request where a model says that the collection is behind an alias, or it was, and the names are old.
        Other collections are behind one if refresh() has found it.
        """
        name = self.prefix + logical
        if not (name in self._aliases or logical in _declared):
            return name
        self._built.has_alias = True
        if self.age > MAX_AGE:
            self.refresh()
            if getattr(self._built, "version", None) is not None:  # nothing is sent by the names before
                self._built.version = self.version
        return self._aliases.get(name, name)

    def logical(self, physical: str, expected: Collection[str] = ()) -> str:
        """Return the name of a collection outside of requests; of a collection that has none, its own.

        ``expected``: logical names that it may well have; aliases of other programs are recognized by these only.
        """
        name = physical.removeprefix(self.prefix)
        is_foreign = bool(expected) and name not in expected and self._read_at == _NEVER
        if (is_foreign or name.rpartition("_")[0] in _declared) and self.age > MAX_AGE:
            self.refresh()
        aliases = [
            alias.removeprefix(self.prefix) for alias, collection in self._aliases.items() if collection == physical
        ]
        own = (alias for alias in aliases if alias in expected or alias in _declared or is_numbered(name, alias))
        return next(own, name)

    def consistent(self, build: Callable[[], T]) -> T:
        """Return what is built with names of one time, such as a request."""
        while True:
            version = self.version
            built = build()
            if self.version == version:
                return built

    @property
    def age(self) -> float:
        """The seconds since the names were read."""
        return time.monotonic() - self._read_at

    def expire(self) -> None:
        """Have the names read again before they are used again."""
        self._read_at = _NEVER

    def refresh(self, *, persistent: bool = True) -> bool:
        """Read the names; return whether they changed. ``persistent``: try it several times."""
        before, begun = self.version, time.monotonic()
        with self._lock, self.building(None):
            if self._read_at <= begun:  # else another thread did meanwhile
                self._refresh(persistent)
        return self.version != before

    def _refresh(self, persistent: bool) -> None:
        started = time.monotonic()
        while True:
            read_at = time.monotonic()
            answer = self._read(persistent)
            aliases = names_among(answer)
            switch = answer.get(SWITCHING)
            if switch is None or switch == self._abandoned:
                break
            if read_at - started > LONGEST_SWITCH:
                self._abandoned = switch
                break
            time.sleep(0.02)
        if aliases != self._aliases:
            self._aliases = aliases
            self.version += 1
        self._read_at = read_at

    def retry(self, send: Callable[[], T], collection: str | None = None) -> T:
        """Return the answer of a request, which is built and sent again where it was refused for outdated names.

        ``collection``: the logical name of one that may be missing where the answer is 404.
        """
        for _ in range(ROUNDS):
            version = self.version
            try:
                if not self._aliases:
                    return send()
                with self.building(version):
                    return send()
            except REFUSALS as error:
                if not (self.may_explain(error, collection) and self.have_changed(version, error)):
                    raise
        return send()

    @contextmanager
    def building(self, version: int | None) -> Iterator[None]:
        """Say that requests of a block, of this thread, are built with the names of a version."""
        built = self._built
        before = getattr(built, "version", None), getattr(built, "has_alias", False)
        built.version, built.has_alias = version, False
        try:
            yield
        finally:
            built.version, built.has_alias = before

    def check(self, is_connection_lost: Callable[[], bool]) -> None:
        """Raise OutdatedNamesError where what :meth:`building` says is built with other names than those of now.

        A request that names no collection behind an alias is not looked at.

        They are read where they are old by now, or a connection was lost: the server may have been restarted, and
        forgotten that the old copy of a collection is frozen.
        """
        version = getattr(self._built, "version", None)
        if version is None or not self._built.has_alias:
            return
        with self._lock:  # a thread that reads them has taken the connection by which this one would tell
            if self.age > MAX_AGE or is_connection_lost():
                with self.building(None):
                    self._refresh(persistent=False)
        if self.version != version:
            raise OutdatedNamesError("the names of collections changed while the connection was lost")

    def may_explain(self, error: Exception, collection: str | None = None) -> bool:
        """Return whether a request may have been refused for outdated names; ``collection`` as in :meth:`retry`."""
        if isinstance(error, OutdatedNamesError):
            return True
        if _is_missing(error):
            return collection is not None and self.is_alias(collection)
        text = "; ".join(error.messages) if isinstance(error, GraphQLError) else str(error)
        return _OUTDATED.search(text) is not None

    def is_alias(self, collection: str) -> bool:
        """Return whether a logical name is an alias, as far as the names are read."""
        return self.prefix + collection in self._aliases

    def have_changed(self, version: int, error: Exception | None = None) -> bool:
        """Return whether the names are others than those of a version; reads them after a refusal.

        Not within a second where nothing but the status 404 speaks for it, which objects have as well; ``error`` None
        is this status.
        """
        is_clear = error is not None and not _is_missing(error)
        if self.version == version and (is_clear or self.age > 1):
            try:
                self.refresh()
            except TransportError:  # such as a key that may not read aliases: the refusal says more
                return False
        return self.version != version

    def read(self, logical: str, send: Callable[[str], T]) -> T:
        """Return what a request with a physical name answers; None is a refusal: a collection may be missing.

        The answer for a missing object is that for a missing collection.
        """
        self.physical(logical)  # reads the names, where that is due
        version = self.version
        answer = self.retry(lambda: send(self.physical(logical)), logical)
        if answer is None and self.is_alias(logical) and self.have_changed(version):
            return send(self.physical(logical))
        return answer


def names_among(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the aliases that are names of collections."""
    return {alias: collection for alias, collection in aliases.items() if not alias.startswith(MARKS)}


def is_numbered(physical: str, logical: str) -> bool:
    """Return whether a physical name is one that collections behind an alias get.

    >>> is_numbered("Article_2", "Article"), is_numbered("Article_old", "Article")
    (True, False)
    """
    return re.fullmatch(rf"{re.escape(logical)}_[1-9][0-9]*", physical) is not None


def logical_names(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the logical names of collections, by their physical ones.

    >>> logical_names({"Article": "Article_2", "Latest": "Report"})
    {'Article_2': 'Article'}
    """
    return {physical: alias for alias, physical in aliases.items() if is_numbered(physical, alias)}


def _is_missing(error: Exception) -> bool:
    return isinstance(error, UnexpectedStatusError) and error.status_code == 404


def is_frozen(error: Exception) -> bool:
    """Return whether a write was refused because its collection is frozen, as one is at the end of a rebuild."""
    return _FROZEN.search(str(error)) is not None
