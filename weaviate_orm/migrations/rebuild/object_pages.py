"""Stored objects, read in the order of their ids, in pages of a bounded number of bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from weaviate_orm.http.response import reading
from weaviate_orm.http.shapes import OBJECTS
from weaviate_orm.http.transport import Transport
from weaviate_orm.migrations.rebuild.server_clock import ServerClock
from weaviate_orm.types import JSONObject

FIRST_PAGE, LARGEST_PAGE = 100, 1000
"""Objects of a page. The first one shows how large they are; larger pages are not read faster (measured on 1.39)."""

PAGE_BYTES = 4 * 2**20

_MISSING = frozenset({404})


@attrs.frozen
class ObjectPage:
    """Objects as the server has them.

    Attributes:
        objects: their JSON.
        settled: the time before which none of them could be written again with the same time when they were read.
    """

    objects: Sequence[JSONObject]
    settled: float


class ObjectReader:
    """Reads the objects of collections; may be shared by threads."""

    def __init__(self, transport: Transport, clock: ServerClock) -> None:
        self._transport = transport
        self._clock = clock

    def pages(self, collection: str, tenant: str | None, *, vectors: bool = False) -> Iterator[ObjectPage]:
        """Yield all objects of a collection, or of its tenant, in the order of their ids."""
        limit, after = FIRST_PAGE, ""
        params = {"class": collection, "tenant": tenant, "include": "vector" if vectors else None}
        while True:
            settled = self._clock.settled
            answer = self._transport.request(
                "GET",
                "/objects",
                params={**params, "limit": limit, "after": after},
                retry=self._transport.batch_retry,
            )
            objects = answer.json({"objects": OBJECTS})["objects"]
            if not objects:
                return
            with reading(answer):
                self._clock.observe(max(stored["lastUpdateTimeUnix"] for stored in objects))
                after = objects[-1]["id"]
            yield ObjectPage(objects, settled)
            limit = max(min(PAGE_BYTES * len(objects) // len(answer.content), LARGEST_PAGE), 1)

    def times(self, collection: str, tenant: str | None) -> dict[str, int]:
        """Return the times of the last writes of all objects, by their ids in their order."""
        return {
            stored["id"]: stored["lastUpdateTimeUnix"]
            for page in self.pages(collection, tenant)
            for stored in page.objects
        }

    def fetch(self, collection: str, tenant: str | None, ids: Sequence[str], *, level: str | None = None) -> ObjectPage:
        """Return those of some objects that are stored, with their vectors."""
        settled = self._clock.settled
        params = {"include": "vector", "tenant": tenant, "consistency_level": level}
        answers = [
            self._transport.request(
                "GET",
                f"/objects/{collection}/{id}",
                params=params,
                accept=_MISSING,
                retry=self._transport.batch_retry,
            )
            for id in ids
        ]
        objects = [answer.json({"id": str, "lastUpdateTimeUnix": int}) for answer in answers if answer.status != 404]
        if objects:
            self._clock.observe(max(stored["lastUpdateTimeUnix"] for stored in objects))
        return ObjectPage(objects, settled)
