"""Counts by REST, which servers without GraphQL have too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weaviate_orm.batch.delete_by_filter import rest_filter
from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.client.query.where import encode_filter
from weaviate_orm.http.features import REST_SEARCH, require
from weaviate_orm.http.shapes import ANY
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

_GROUPS = {"groups?": [{"groupedBy": {"path": [str], "value": ANY}, "count": int}]}


class RestAggregate:
    """``/v1/aggregate``, Weaviate 1.39 and newer with ``EXPERIMENTAL_REST_SEARCH_ENABLED``. As ``client.aggregate``.

    ``where`` is a filter as for ``with_where``, ``tenant`` the tenant of a class that has tenants.

    Raises:
        QueryError, UnknownNameError: a filter that ``with_where`` refuses; nothing was sent.
        ServerTooOldError: the server is older than Weaviate 1.39.
        UnexpectedStatusError: 404 when the class does not exist, 400 or 422 for other arguments, and 422 where the
            server does not have this enabled.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def count(self, class_name: str, *, where: Mapping[str, Any] | None = None, tenant: str | None = None) -> int:
        """Return the number of objects, or of those that match a filter."""
        return int(self._aggregate(class_name, {"count": int}, where, {"tenant": tenant})["count"])

    def count_by(
        self,
        class_name: str,
        group_by: str,
        *,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
        tenant: str | None = None,
    ) -> list[JSONObject]:
        """Return the number of objects for each value of a property, the largest first.

        A group is ``{"groupedBy": {"path": [property], "value": …}, "count": …}``, where the value of a reference is a
        beacon. ``limit`` is the most groups; the server's default is 100.
        """
        options = {"groupBy": group_by, "limit": limit, "tenant": tenant}
        groups: list[JSONObject] | None = self._aggregate(class_name, _GROUPS, where, options).get("groups")
        return groups or []

    def _aggregate(
        self, class_name: str, shape: Any, where: Mapping[str, Any] | None, options: JSONObject
    ) -> JSONObject:
        resource = path("aggregate", stored_name(class_name))
        body = {name: value for name, value in options.items() if value is not None}
        if where is not None:
            body["where"] = rest_filter(encode_filter(where))
        require(self._transport, REST_SEARCH)
        answer = self._transport.request("POST", resource, json=body)
        counts: JSONObject = answer.json(shape)
        return counts
