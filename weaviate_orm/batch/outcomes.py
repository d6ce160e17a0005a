"""The outcome of every item of a batch, read from its answer: an item is done only if the answer says that. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.exceptions import ItemError
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.response import Response, messages_of
from weaviate_orm.ids import usual_id
from weaviate_orm.types import JSONObject

DELETED_PER_REQUEST = 10_000
"""The most objects that the server deletes by one request (QUERY_MAXIMUM_RESULTS)."""

_DELETED = {
    "results": {
        "matches": int,
        "limit?": int,
        "successful": int,
        "failed": int,
        "objects?": [{"id?": str, "status": str}],
    }
}
"""The shape of the answer to a deletion by a filter."""

_SUCCESS = {"status": "SUCCESS"}
"""The result of an item that is stored."""

_LONG_LIST = 64
"""The bytes from which on cutting a list saves time."""

_ITEM_WITH_VECTORS = 1000
"""The bytes from which on an item may hold vectors."""


def read_outcomes(answer: Response, sent: Sequence[Mapping[str, Any]]) -> list[ItemError | None]:
    """Return for each item of a batch the reason why it is not done, or None, in the order of ``sent``.

    Objects are matched by their ids if the answer has another order; references have none.
    Raises NotWeaviateError unless there is one outcome for each item.
    """
    # nothing that is decoded outlives the call, so the collector would look for garbage in vain
    with collection_paused():
        return _read_outcomes(answer, sent)


def _read_outcomes(answer: Response, sent: Sequence[Mapping[str, Any]]) -> list[ItemError | None]:
    content = answer.content
    has_vectors = len(content) > _ITEM_WITH_VECTORS * len(sent)
    items: Any = answer.decoded(without_numbers(content) if has_vectors else content)
    if not isinstance(items, list) or {*map(type, items)} - {dict}:
        raise answer.refused("it is no list of objects")
    if len(items) != len(sent):
        raise answer.refused(f"it has {len(items)} items for a batch of {len(sent)}")
    results = [item.get("result") for item in _in_order(answer, items, sent)]
    if results.count(_SUCCESS) == len(results):  # a third of the time of reading each
        return [None] * len(results)
    return list(map(_outcome, results))


def _in_order(
    answer: Response, items: Sequence[JSONObject], sent: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    answered_ids: list[Any] = [item.get("id") for item in items]
    if answered_ids == [item.get("id") for item in sent]:
        return items
    if "id" not in sent[0]:
        return items  # references
    sent_ids = [_usual_spelling(item.get("id")) for item in sent]
    answered_ids = list(map(_usual_spelling, answered_ids))
    if answered_ids == sent_ids:
        return items
    if sorted(answered_ids) != sorted(sent_ids) or len(set(sent_ids)) < len(sent_ids):
        raise answer.refused("its items are not those of the batch")
    by_id = dict(zip(answered_ids, items, strict=True))
    return [by_id[id] for id in sent_ids]


def _usual_spelling(id: Any) -> str:
    try:
        return usual_id(id)
    except (ValueError, TypeError, AttributeError):
        return str(id)


def _outcome(result: Any) -> ItemError | None:
    return item_error(result) if isinstance(result, dict) else ItemError("the answer does not say that it is done")


def item_error(result: Mapping[str, Any]) -> ItemError | None:
    """Return the server's reason for refusing an item, from its ``result``; or None."""
    errors = result.get("errors")
    if result.get("status") == "SUCCESS" and not errors:
        return None
    listed = errors.get("error") if isinstance(errors, Mapping) else errors
    return ItemError((messages_of(listed) if listed else "") or "the server gave no reason")


def without_numbers(content: bytes) -> bytes:
    """Empty the long lists of numbers in JSON: an answer repeats the vectors, which are most of its bytes.

    A list is cut only if it holds neither quotes nor brackets, so the rest keeps its meaning.

    >>> without_numbers(b'[{"vector":[' + b"1," * 50 + b'1],"id":"a"}]')
    b'[{"vector":[],"id":"a"}]'
    """
    parts: list[bytes] = []
    begin, at = 0, content.find(b":[")
    while at >= 0:
        inside = at + 2
        end = content.find(b"]", inside)
        if end - inside > _LONG_LIST and all(content.find(sign, inside, end) < 0 for sign in (b'"', b"[", b"{")):
            parts.append(content[begin:inside])
            begin = inside = end
        at = content.find(b":[", inside)
    return b"".join((*parts, content[begin:])) if parts else content


def read_deletion(answer: Response) -> JSONObject:
    """Return the answer to a deletion by a filter, ``{"results": {…}}``; raises NotWeaviateError."""
    body: JSONObject = answer.json(_DELETED)
    return body


def deleted_ids(answer: Response, results: JSONObject) -> dict[str | None, ItemError | None]:
    """Return the outcomes of a verbose deletion by id; None stands for objects without one.

    Raises NotWeaviateError if the answer does not list the objects that it counts.
    """
    listed = results.get("objects") or ()
    deleted = sum(item["status"] == "SUCCESS" for item in listed)
    if (results["successful"], results["failed"]) != (deleted, len(listed) - deleted) or (
        results["matches"] and not listed
    ):
        raise answer.refused(f"it counts {results['successful']} objects as deleted, and lists {deleted}")
    return {item.get("id"): item_error(item) for item in listed}


class DeletionProgress:
    """Whether deletions come to an end: every answer says how many objects still matched."""

    PATIENCE = 5
    """Answers in a row that may have no fewer matches than before; other programs may add objects meanwhile."""

    def __init__(self) -> None:
        self._fewest: int | None = None
        self._without_progress = 0

    def record(self, answer: Response, matches: int, deleted: int) -> None:
        """Record an answer that leaves objects to delete; raises NotWeaviateError without progress."""
        is_less = self._fewest is None or matches < self._fewest
        self._fewest = matches if self._fewest is None else min(matches, self._fewest)
        self._without_progress = 0 if is_less else self._without_progress + 1
        if not deleted or self._without_progress >= self.PATIENCE:
            raise answer.refused(f"{matches:,} objects match, and deleting them makes no progress")
