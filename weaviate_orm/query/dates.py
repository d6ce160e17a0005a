"""The dates by whose order a query filters: Weaviate mistakes some, which is looked at before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

from weaviate_orm.query.entity import Property
from weaviate_orm.query.filters import And, Comparison, Filter, Not, Or
from weaviate_orm.schema.datatypes import DataType


def ordered_dates(condition: Filter | None) -> tuple[Property, ...]:
    """Return the dates that ``<``, ``<=``, ``>`` or ``>=`` compare, but those of referenced objects."""
    return tuple(dict.fromkeys(_compared(condition)))


def _compared(condition: Filter | None) -> Iterator[Property]:
    if isinstance(condition, Not):
        yield from _compared(condition.operand)
    elif isinstance(condition, (And, Or)):
        for operand in condition.operands:
            yield from _compared(operand)
    elif isinstance(condition, Comparison) and condition.operator.is_order:
        path, member = condition.path, condition.path.member
        is_own = not path.references and not path.length
        if is_own and isinstance(member, Property) and member.spec.data_type is DataType.DATE:
            yield member
