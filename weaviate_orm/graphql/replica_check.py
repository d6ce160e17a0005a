"""Objects of one replica, which the server compares with those of the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weaviate_orm.graphql.document import Document, FieldNode
from weaviate_orm.graphql.literals import Symbol
from weaviate_orm.graphql.run import run_graphql
from weaviate_orm.http.transport import Transport

PAGE = 1_000


def checked_ids(transport: Transport, collection: str, tenant: str | None = None) -> Iterator[dict[str, bool]]:
    """Yield pages of the ids that a replica has, and whether all replicas have these objects alike.

    A read at consistency level ALL repairs what differs: False stands for what it could not.
    """
    arguments: dict[str, Any] = {"limit": PAGE, "consistencyLevel": Symbol("ALL")}
    if tenant is not None:
        arguments["tenant"] = tenant
    selection = (FieldNode("_additional", (FieldNode("id"), FieldNode("isConsistent"))),)
    after = ""
    while True:
        field = FieldNode(collection, selection, {**arguments, "after": after})
        rows = run_graphql(transport, Document((FieldNode("Get", (field,)),)))["Get"][collection]
        if not rows:
            return
        page = {row["_additional"]["id"]: bool(row["_additional"]["isConsistent"]) for row in rows}
        yield page
        after = rows[-1]["_additional"]["id"]
