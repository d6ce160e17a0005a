"""Stored objects, read in the order of their ids, in pages of a bounded number of bytes."""

from __future__ import annotations

import time
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
    """Reads the objects of collections; may be shared by threads.

    Attributes:
        seconds_listed: how long an object of a listing with vectors takes.
        seconds_fetched: how long one that is fetched by its id takes.
    """

    def __init__(self, transport: Transport, clock: ServerClock) -> None:
        self._transport = transport
        self._clock = clock
        self.seconds_listed = 0.00005
        self.seconds_fetched = 0.002

    def pages(
        self,
        collection: str,
        tenant: str | None,
        *,
        vectors: bool = False,
        after: str = "",
        limit: int = FIRST_PAGE,
    ) -> Iterator[ObjectPage]:
        """Yield the objects of a collection, or of its tenant, in the order of their ids, after an id."""
        params = {"class": collection, "tenant": tenant, "include": "vector" if vectors else None}
        while True:
            settled, begun = self._clock.settled, time.monotonic()
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
            if vectors:
                self.seconds_listed = (time.monotonic() - begun) / len(objects)
            yield ObjectPage(objects, settled)
            limit = max(min(PAGE_BYTES * len(objects) // len(answer.content), LARGEST_PAGE), 1)

    def times(self, collection: str, tenant: str | None, after: str = "", last: str | None = None) -> dict[str, int]:
        """Return the times of the last writes of objects by their ids: of all, or of those up to ``last``."""
        times: dict[str, int] = {}
        for page in self.pages(collection, tenant, after=after):
            objects = page.objects
            if last is not None and objects[-1]["id"] > last:
                objects = [stored for stored in objects if stored["id"] <= last]
            times.update([(stored["id"], stored["lastUpdateTimeUnix"]) for stored in objects])
            if len(objects) < len(page.objects):
                break
        return times

    def fetch(self, collection: str, tenant: str | None, ids: Sequence[str]) -> ObjectPage:
        """Return those of some objects that are stored, with their vectors."""
        settled, begun = self._clock.settled, time.monotonic()
        # at a higher level a frozen collection refuses what its replicas have otherwise: it cannot repair them
        params = {"include": "vector", "tenant": tenant, "consistency_level": "ONE"}
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
            self.seconds_fetched = (time.monotonic() - begun) / len(ids)
        return ObjectPage(objects, settled)
