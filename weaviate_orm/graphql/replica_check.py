"""Objects of one replica, which the server compares with those of the others."""

from __future__ import annotations

from typing import Any

from weaviate_orm.graphql.document import Document, FieldNode
from weaviate_orm.graphql.literals import Symbol
from weaviate_orm.graphql.run import run_graphql
from weaviate_orm.http.transport import Transport

PAGE = 1_000


def checked_page(transport: Transport, collection: str, tenant: str | None = None, after: str = "") -> dict[str, bool]:
    """Return the next ids that a replica has after an id, and whether all replicas have these objects alike.

    A read at consistency level ALL repairs what differs: False stands for what it could not.
    """
    arguments: dict[str, Any] = {"limit": PAGE, "consistencyLevel": Symbol("ALL"), "after": after}
    if tenant is not None:
        arguments["tenant"] = tenant
    selection = (FieldNode("_additional", (FieldNode("id"), FieldNode("isConsistent"))),)
    field = FieldNode(collection, selection, arguments)
    rows = run_graphql(transport, Document((FieldNode("Get", (field,)),)))["Get"][collection]
    return {row["_additional"]["id"]: bool(row["_additional"]["isConsistent"]) for row in rows}
