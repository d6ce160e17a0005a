"""The arguments that order and group results: ``sort``, ``groupBy``, ``group``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.layouts import COMMAS_TIGHT_COLONS, PADDED, SPACED_LIST, TIGHT_LIST
from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import Argument
from weaviate_orm.graphql.literals import ListValue, ObjectValue, Symbol


def sort_keys(content: Any) -> list[ObjectValue]:
    """Check a dict of ``path`` and ``order``, or a list of these, and return the sort keys."""
    keys = [content] if isinstance(content, Mapping) else content
    if not isinstance(keys, Sequence) or isinstance(keys, str) or not keys:
        raise QueryError(f"sort takes a dict of path and order, or a list of one or more; got {content!r}")
    return [_sort_key(key) for key in keys]


def sort(keys: Sequence[ObjectValue]) -> Argument:
    """Return the argument ``sort``."""
    return Argument("sort", ListValue(keys, SPACED_LIST), end="")


def group_by(properties: Sequence[str], groups: int, objects_per_group: int) -> Argument:
    """Return the argument ``groupBy``."""
    value = {
        "path": ListValue(checks.texts("the properties of group_by", properties), TIGHT_LIST),
        "groups": checks.integer("the groups of group_by", groups, least=1),
        "objectsPerGroup": checks.integer("the objects_per_group of group_by", objects_per_group, least=1),
    }
    return Argument("groupBy", ObjectValue(value, COMMAS_TIGHT_COLONS), colon=":", end="")


def group(type_: str, force: float) -> Argument:
    """Return the argument ``group``."""
    group_type = checks.choice("the type of group", type_, ("closest", "merge"))
    return Argument("group", {"type": Symbol(group_type), "force": checks.number("the force of group", force, 0, 1)})


def _sort_key(key: Any) -> ObjectValue:
    checks.mapping("a key of sort", key, ("path", "order"), required=("path", "order"))
    order = checks.choice("the order of a key of sort", key["order"], ("asc", "desc"))
    path = checks.texts("the path of a key of sort", key["path"])
    return ObjectValue({"path": path, "order": Symbol(order)}, PADDED)
