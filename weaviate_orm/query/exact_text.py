"""Text compared as a whole, on our side: the server compares words, and finds what has to be compared again.

``narrow`` gives the filter that is sent, which finds at least what is meant; a :class:`Check` says of each row that
came back whether the condition holds. What is no comparison of text is the server's to judge: where it stands beside
texts in an ``or`` or a ``not``, the server is asked about the rows once more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from weaviate_orm.operators import Operand, Operator
from weaviate_orm.query.entity import Entity, Property, leads_out
from weaviate_orm.query.filters import (
    EVERYTHING,
    NOTHING,
    And,
    Comparison,
    Exact,
    Filter,
    Not,
    Or,
    Path,
    simplify,
)
from weaviate_orm.query.query import PROBE, Query
from weaviate_orm.query.word_search import has_words
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.tokenization import lower, trim

_Predicate = Callable[[str, Mapping[str, Any], Sequence[Collection[str]]], bool]

_FOLDING = frozenset({None, "word", "lowercase", "trigram"})
"""The tokenizations that ignore case."""

# -- what is meant


def literal(condition: Filter, *, writes: bool = False) -> Filter:
    """Return the condition with texts compared as Python compares them, where it compares their words for equality.

    These are ``==``, ``!=`` and ``in``, and for lists of text "contains"; patterns and orders are left as they are.
    Where what is found is written to (``writes``), so is "contains none": by words it holds for fewer lists.
    """
    if isinstance(condition, Not):
        return ~literal(condition.operand, writes=writes)
    if isinstance(condition, (And, Or)):
        return type(condition)(tuple(literal(operand, writes=writes) for operand in condition.operands))
    if not isinstance(condition, Comparison):
        return condition
    path, operator, value = condition.path, condition.operator, condition.value
    if path.length or not isinstance(path.member, Property) or path.member.spec.data_type.element is not DataType.TEXT:
        return condition
    is_list = path.member.spec.data_type.is_array
    if operator is Operator.EQUAL:
        return Exact(path, Operator.IN, (value,))
    if operator is Operator.NOT_EQUAL:
        return Exact(path, operator, (value,))
    if operator is Operator.IN or (operator is Operator.CONTAINS_ANY and is_list):
        return Exact(path, Operator.IN, tuple(value))
    if operator.operand is Operand.ALL_OF and is_list:
        return Exact(path, operator, tuple(value))
    if operator.operand is Operand.NONE_OF and is_list and not writes:
        return ~Exact(path, Operator.IN, tuple(value))
    return condition


def find_unequal(condition: Filter, *, negated: bool = False) -> Path | None:
    """Return what a condition says is not equal to a text, by its words: more is unequal than the server finds."""
    if isinstance(condition, Not):
        return find_unequal(condition.operand, negated=not negated)
    if isinstance(condition, (And, Or)):
        paths = (find_unequal(operand, negated=negated) for operand in condition.operands)
        return next((path for path in paths if path is not None), None)
    if isinstance(condition, Comparison) and needs_check(literal(condition, writes=True)):
        return condition.path if negated is not (condition.operator is Operator.NOT_EQUAL) else None
    return None


def is_exact(condition: Filter | None) -> bool:
    """Return whether whole texts are compared anywhere in a condition."""
    return condition is not None and any(True for _ in _exact_parts(condition))


def is_compared_here(query: Query) -> bool:
    """Return whether rows of a query are compared; not where the server looks at all results together."""
    return is_exact(query.where) and not query.needs_single_response


def needs_check(condition: Filter | None) -> bool:
    """Return whether the server cannot answer a condition alone."""
    return condition is not None and not all(map(is_answered, _exact_parts(condition)))


def is_answered(exact: Exact) -> bool:
    """Return whether the server answers a comparison: by the tokenization "field" the whole text is one word."""
    member = exact.path.member
    assert isinstance(member, Property)
    if member.spec.text_analyzer is not None and member.spec.text_analyzer.ascii_fold:
        return False
    texts = all(isinstance(value, str) and trim(value) == value for value in exact.values)
    return member.spec.tokenization == "field" and texts and not exact.ignore_case


def by_words(exact: Exact) -> Comparison:
    """Return the comparison of words that finds the texts."""
    if exact.operator is Operator.IN and len(exact.values) == 1:
        return Comparison(exact.path, Operator.EQUAL, exact.values[0])
    value = exact.values[0] if exact.operator is Operator.NOT_EQUAL else list(exact.values)
    return Comparison(exact.path, exact.operator, value)


def _exact_parts(condition: Filter) -> Iterator[Exact]:
    if isinstance(condition, Exact):
        yield condition
    elif isinstance(condition, Not):
        yield from _exact_parts(condition.operand)
    elif isinstance(condition, (And, Or)):
        for operand in condition.operands:
            yield from _exact_parts(operand)


def resolve_outside(condition: Filter, find_ids: Callable[[Entity, Exact], Sequence[str]]) -> Filter:
    """Replace texts beyond a reference that queries cannot follow by the ids of their objects.

    A filter can follow references out of a tenant, but nothing beyond them can be loaded. ``find_ids`` gives the
    objects of a class for which a comparison holds. What the server answers alone it goes on answering.
    """
    if isinstance(condition, Not):
        return ~resolve_outside(condition.operand, find_ids)
    if isinstance(condition, (And, Or)):
        return type(condition)(tuple(resolve_outside(operand, find_ids) for operand in condition.operands))
    if not isinstance(condition, Exact):
        return condition
    path, owner = condition.path, condition.path.root
    for place, (reference, target) in enumerate(path.references, 1):
        if leads_out(owner, reference):
            if is_answered(condition):
                return by_words(condition)
            beyond = Path(target, path.references[place:], path.member)
            ids = list(find_ids(target, attrs.evolve(condition, path=beyond)))
            here = Path(path.root, path.references[:place], "id")
            return Comparison(here, Operator.CONTAINS_ANY, ids) if ids else NOTHING
        owner = target
    return condition


# -- what is sent


def narrow(condition: Filter) -> Filter:
    """Return the condition for the server: it holds for all that this one does, and maybe for more."""
    if isinstance(condition, Exact):
        return _narrow_exact(condition)
    if isinstance(condition, (And, Or)):
        return type(condition)(tuple(map(narrow, condition.operands)))
    return _narrow_not(condition.operand) if isinstance(condition, Not) else condition


def _narrow_not(condition: Filter) -> Filter:
    if isinstance(condition, Exact):
        return Not(by_words(condition)) if is_answered(condition) else EVERYTHING
    if isinstance(condition, (And, Or)):
        turned = Or if isinstance(condition, And) else And
        return turned(tuple(map(_narrow_not, condition.operands)))
    return narrow(condition.operand) if isinstance(condition, Not) else Not(condition)


def _narrow_exact(exact: Exact) -> Filter:
    member = exact.path.member
    assert isinstance(member, Property)
    if is_answered(exact):
        return by_words(exact)
    if exact.operator is Operator.NOT_EQUAL:
        return EVERYTHING
    if exact.operator is Operator.CONTAINS_ALL:
        return _with_words(exact, Operator.CONTAINS_ALL, exact.values)
    if len(exact.values) == 1 or not all(isinstance(value, str) and has_words(member, value) for value in exact.values):
        return Or(tuple(_narrow_value(exact, value) for value in exact.values))
    return _with_words(exact, Operator.IN, exact.values)


def _narrow_value(exact: Exact, value: Any) -> Filter:
    path, is_list = exact.path, isinstance(value, list)
    member, index = path.member, path.owner.collection.inverted_index
    assert isinstance(member, Property)
    parts = [_with_words(exact, Operator.CONTAINS_ALL if is_list else Operator.EQUAL, value if is_list else [value])]
    if index is not None and index.index_property_length and is_list is member.spec.data_type.is_array:
        parts.append(Comparison(attrs.evolve(path, length=True), Operator.EQUAL, len(value)))
    return And(tuple(parts))


def _with_words(exact: Exact, operator: Operator, texts: Iterable[str]) -> Filter:
    member = exact.path.member
    assert isinstance(member, Property)
    if exact.ignore_case and member.spec.tokenization not in _FOLDING:
        return EVERYTHING
    findable = [text for text in dict.fromkeys(texts) if has_words(member, text)]
    if not findable:
        return EVERYTHING
    return Comparison(exact.path, operator, findable[0] if operator is Operator.EQUAL else findable)


# -- what is compared


@attrs.frozen
class Check:
    """How a query is answered whose condition the server cannot judge alone.

    Attributes:
        query: what the server is asked, of any length; limit and offset count what is left of its answer.
        server_conditions: what the server is asked of the rows once more.
        holds: whether the condition holds for a row; takes its id, its values, and for each of the
            ``server_conditions`` the ids of the rows for which that holds.
    """

    query: Query
    server_conditions: tuple[Filter, ...]
    holds: _Predicate

    def strip(self, values: Iterable[dict[str, Any]]) -> None:
        """Remove what was loaded to be compared only."""
        for number in range(len(self.query.probes)):
            for of_row in values:
                del of_row[f"{PROBE}{number}"]


def check_of(query: Query) -> Check:
    """Return the check of a query that :func:`is_compared_here`."""
    assert query.where is not None
    conditions = query.where.operands if isinstance(query.where, And) else (query.where,)
    loaded = {member.attribute for member in query.selection.members(query.entity)}
    probes: list[Path] = []
    server_conditions: list[Filter] = []

    def key_of(path: Path) -> str:
        assert isinstance(path.member, Property)
        if not path.references and path.member.attribute in loaded:
            return path.member.attribute
        if path not in probes:
            probes.append(path)
        return f"{PROBE}{probes.index(path)}"

    # what the server judges alone is part of what it is asked, and holds for every row
    holds = _predicate(And(tuple(filter(is_exact, conditions))), key_of, server_conditions)
    where = simplify(narrow(query.where))
    server_query = attrs.evolve(
        query, where=None if where == EVERYTHING else where, limit=None, offset=0, probes=tuple(probes)
    )
    return Check(server_query, tuple(server_conditions), holds)


def server_part(query: Query) -> Query:
    """Return the query that is sent; another one only where whole texts are compared."""
    return check_of(query).query if is_compared_here(query) else query


def _predicate(condition: Filter, key_of: Callable[[Path], str], server_conditions: list[Filter]) -> _Predicate:
    if isinstance(condition, Exact):
        key, test = key_of(condition.path), _test(condition)
        if not condition.path.references:
            return lambda _, values, __: test(values[key])
        return lambda _, values, __: any(map(test, values[key]))
    if not is_exact(condition):
        place = len(server_conditions)
        server_conditions.append(condition)
        return lambda id, _, matched: id in matched[place]
    if isinstance(condition, Not):
        holds = _predicate(condition.operand, key_of, server_conditions)
        return lambda id, values, matched: not holds(id, values, matched)
    assert isinstance(condition, (And, Or))
    joined = all if isinstance(condition, And) else any
    parts = [_predicate(operand, key_of, server_conditions) for operand in condition.operands]
    return lambda id, values, matched: joined(part(id, values, matched) for part in parts)


def _test(exact: Exact) -> Callable[[Any], bool]:
    member = exact.path.member
    assert isinstance(member, Property)
    fold: Callable[[Any], Any] = _folded if exact.ignore_case else lambda value: value
    lists = [fold(value) for value in exact.values if isinstance(value, list)]
    texts = {fold(value) for value in exact.values if not isinstance(value, list)}
    negated = exact.operator is Operator.NOT_EQUAL

    def of_text(value: str | None) -> bool:
        return (value is not None and fold(value) in texts) is not negated

    def of_list(value: list[str] | None) -> bool:
        if value is None and member.nullable:
            return negated
        items: list[str] = fold(value or [])  # the server answers null for an empty list
        if exact.operator is Operator.CONTAINS_ALL:
            return texts.issubset(items)
        return (items in lists or not texts.isdisjoint(items)) is not negated

    return of_list if member.spec.data_type.is_array else of_text


def _folded(value: Any) -> Any:
    return list(map(lower, value)) if isinstance(value, list) else lower(value)
