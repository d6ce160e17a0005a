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
        number: that of Weaviate's name in messages of gRPC (``Filters.Operator`` of its proto files).
        sent_as: Weaviate's name. ``IN`` is sent as ContainsAny: of words it is the same, of whole values it is not.
    """

    lookup: str
    operand: Operand
    number: int
    sent_as: str

    EQUAL = "Equal", "", Operand.VALUE, 1
    NOT_EQUAL = "NotEqual", "ne", Operand.VALUE, 2
    GREATER_THAN = "GreaterThan", "gt", Operand.BOUND, 3
    GREATER_THAN_EQUAL = "GreaterThanEqual", "gte", Operand.BOUND, 4
    LESS_THAN = "LessThan", "lt", Operand.BOUND, 5
    LESS_THAN_EQUAL = "LessThanEqual", "lte", Operand.BOUND, 6
    LIKE = "Like", "like", Operand.PATTERN, 10
    IS_NULL = "IsNull", "isnull", Operand.FLAG, 11
    WITHIN_GEO_RANGE = "WithinGeoRange", "within", Operand.AREA, 9
    IN = "In", "in", Operand.ANY_OF, 12, "ContainsAny"
    CONTAINS_ANY = "ContainsAny", "contains_any", Operand.ANY_OF, 12
    CONTAINS_ALL = "ContainsAll", "contains_all", Operand.ALL_OF, 13
    CONTAINS_NONE = "ContainsNone", "contains_none", Operand.NONE_OF, 14

    def __new__(cls, name: str, lookup: str, operand: Operand, number: int, sent_as: str | None = None) -> Operator:
        operator = object.__new__(cls)
        operator._value_ = name
        operator.lookup = lookup
        operator.operand = operand
        operator.number = number
        operator.sent_as = sent_as or name
        return operator

    @property
    def takes_many(self) -> bool:
        """Whether it compares with several values."""
        return self.operand in (Operand.ANY_OF, Operand.ALL_OF, Operand.NONE_OF)

    @property
    def of_many(self) -> Operator:
        """The operator that compares with several values as this one does with each."""
        return Operator.CONTAINS_NONE if self.is_negated else Operator.IN

    @property
    def is_order(self) -> bool:
        """Whether it compares by an order."""
        return self.operand is Operand.BOUND

    @property
    def is_negated(self) -> bool:
        """Whether it holds for what differs."""
        return self is Operator.NOT_EQUAL or self.operand is Operand.NONE_OF
