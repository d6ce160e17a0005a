"""What the answer to a batch says of each item. Nothing is done that it does not say is done. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.exceptions import ItemError
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.answers import Response, messages_of
from weaviate_orm.ids import usual_id
from weaviate_orm.types import JSONObject

DELETED_AT_ONCE = 10_000
"""The most objects that the server deletes for one request (QUERY_MAXIMUM_RESULTS)."""

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

_DONE = {"status": "SUCCESS"}
"""The result of an item that is done."""

_LONG = 64
"""The bytes of a list from which on it is worth cutting."""

_OF_VECTORS = 1000
"""The bytes of an item from which on there may be vectors in it."""


def read_outcomes(answer: Response, sent: Sequence[Mapping[str, Any]]) -> list[ItemError | None]:
    """For each item of a batch why it is not done, or None; in the order in which they were sent.

    Objects are told by their ids where the answer has another order; references come without.
    Raises NotWeaviateError unless there is one outcome for each item.
    """
    # its objects are gone at the end: the collector would walk all that the program holds for nothing
    with collection_paused():
        return _read_outcomes(answer, sent)


def _read_outcomes(answer: Response, sent: Sequence[Mapping[str, Any]]) -> list[ItemError | None]:
    content = answer.content
    has_vectors = len(content) > _OF_VECTORS * len(sent)
    items: Any = answer.decoded(without_numbers(content) if has_vectors else content)
    if not isinstance(items, list) or {*map(type, items)} - {dict}:
        raise answer.refused("it is no list of objects")
    if len(items) != len(sent):
        raise answer.refused(f"it has {len(items)} items for a batch of {len(sent)}")
    results = [item.get("result") for item in _in_order(answer, items, sent)]
    if results.count(_DONE) == len(results):  # a third of the time that it takes to look at each
        return [None] * len(results)
    return list(map(_outcome, results))


def _in_order(
    answer: Response, items: Sequence[JSONObject], sent: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    told = [item.get("id") for item in items]
    if told == [each.get("id") for each in sent]:
        return items
    if "id" not in sent[0]:
        return items  # references
    wanted = [_spelled(each.get("id")) for each in sent]
    spelled = [_spelled(id) for id in told]
    if spelled == wanted:
        return items
    if sorted(spelled) != sorted(wanted) or len(set(wanted)) < len(wanted):
        raise answer.refused("its items are not those of the batch")
    by_id = dict(zip(spelled, items, strict=True))
    return [by_id[id] for id in wanted]


def _spelled(id: Any) -> str:
    try:
        return usual_id(id)
    except (ValueError, TypeError, AttributeError):
        return str(id)


def _outcome(result: Any) -> ItemError | None:
    return item_error(result) if isinstance(result, dict) else ItemError("the answer does not say that it is done")


def item_error(result: Mapping[str, Any]) -> ItemError | None:
    """The server's reason for refusing an item, as its part of an answer tells it, or None."""
    errors = result.get("errors")
    if result.get("status") == "SUCCESS" and not errors:
        return None
    listed = errors.get("error") if isinstance(errors, Mapping) else errors
    return ItemError((messages_of(listed) if listed else "") or "the server gave no reason")


def without_numbers(content: bytes) -> bytes:
    """JSON with empty lists in the place of long ones of numbers: an answer repeats the vectors, most of its bytes.

    What is cut has neither quotes nor brackets, so the rest is as it was.

    >>> without_numbers(b'[{"vector":[' + b"1," * 50 + b'1],"id":"a"}]')
    b'[{"vector":[],"id":"a"}]'
    """
    kept: list[bytes] = []
    begin, at = 0, content.find(b":[")
    while at >= 0:
        inside = at + 2
        end = content.find(b"]", inside)
        if end - inside > _LONG and all(content.find(sign, inside, end) < 0 for sign in (b'"', b"[", b"{")):
            kept.append(content[begin:inside])
            begin = inside = end
        at = content.find(b":[", inside)
    return b"".join((*kept, content[begin:])) if kept else content


def read_deletion(answer: Response) -> JSONObject:
    """The answer to a deletion by a filter, ``{"results": {…}}``; raises NotWeaviateError."""
    whole: JSONObject = answer.json(_DELETED)
    return whole


def deleted_ids(answer: Response, results: JSONObject) -> dict[str | None, ItemError | None]:
    """The outcome of each object that a verbose deletion lists, by its id; None is the id of what has none.

    Raises NotWeaviateError where it does not list what it counts.
    """
    listed = results.get("objects") or ()
    done = sum(item["status"] == "SUCCESS" for item in listed)
    if (results["successful"], results["failed"]) != (done, len(listed) - done) or (results["matches"] and not listed):
        raise answer.refused(f"it counts {results['successful']} objects as deleted, and lists {done}")
    return {item.get("id"): item_error(item) for item in listed}


class Progress:
    """Whether deletions come to an end: each answer says how many objects still matched."""

    PATIENCE = 5
    """So many answers in a row may have no fewer matches than before; others may add objects meanwhile."""

    def __init__(self) -> None:
        self._fewest: int | None = None
        self._in_vain = 0

    def made(self, answer: Response, matches: int, deleted: int) -> None:
        """Note an answer after which there is more to delete; raises NotWeaviateError where that leads nowhere."""
        is_less = self._fewest is None or matches < self._fewest
        self._fewest = matches if self._fewest is None else min(matches, self._fewest)
        self._in_vain = 0 if is_less else self._in_vain + 1
        if not deleted or self._in_vain >= self.PATIENCE:
            raise answer.refused(f"{matches:,} objects match, and deleting them makes no progress")
