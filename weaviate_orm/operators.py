"""The operators of a filter: a row for each, which expressions, lookups and the v3 client's ``where`` read."""

from __future__ import annotations

from enum import Enum


class Operand(Enum):
    """What an operator compares with."""

    VALUE = "a value"
    BOUND = "a value, in an order"
    PATTERN = "a text with wildcards"
    FLAG = "True or False"
    AREA = "a circle on the Earth"
    ANY_OF = "values, of which one is enough"
    ALL_OF = "values, of which each is needed"
    NONE_OF = "values, of which none is allowed"


class Operator(Enum):
    """A filter operator (docs.weaviate.io, "Filters").

    Attributes:
        value: its name, Weaviate's where Weaviate has it.
        lookup: the suffix of the lookup, as ``gt`` in ``pages__gt=9``.
        operand: what it compares with.
        sent_as: Weaviate's name. ``IN`` is sent as ContainsAny: of words it is the same, of whole values it is not.
    """

    lookup: str
    operand: Operand
    sent_as: str

    EQUAL = "Equal", "", Operand.VALUE
    NOT_EQUAL = "NotEqual", "ne", Operand.VALUE
    GREATER_THAN = "GreaterThan", "gt", Operand.BOUND
    GREATER_THAN_EQUAL = "GreaterThanEqual", "gte", Operand.BOUND
    LESS_THAN = "LessThan", "lt", Operand.BOUND
    LESS_THAN_EQUAL = "LessThanEqual", "lte", Operand.BOUND
    LIKE = "Like", "like", Operand.PATTERN
    IS_NULL = "IsNull", "isnull", Operand.FLAG
    WITHIN_GEO_RANGE = "WithinGeoRange", "within", Operand.AREA
    IN = "In", "in", Operand.ANY_OF, "ContainsAny"
    CONTAINS_ANY = "ContainsAny", "contains_any", Operand.ANY_OF
    CONTAINS_ALL = "ContainsAll", "contains_all", Operand.ALL_OF
    CONTAINS_NONE = "ContainsNone", "contains_none", Operand.NONE_OF

    def __new__(cls, name: str, lookup: str, operand: Operand, sent_as: str | None = None) -> Operator:
        operator = object.__new__(cls)
        operator._value_ = name
        operator.lookup = lookup
        operator.operand = operand
        operator.sent_as = sent_as or name
        return operator

    @property
    def takes_many(self) -> bool:
        """Whether it compares with several values."""
        return self.operand in (Operand.ANY_OF, Operand.ALL_OF, Operand.NONE_OF)

    @property
    def is_order(self) -> bool:
        """Whether it compares by an order."""
        return self.operand is Operand.BOUND

    @property
    def is_negated(self) -> bool:
        """Whether it holds for what differs."""
        return self is Operator.NOT_EQUAL or self.operand is Operand.NONE_OF
