"""Texts that Weaviate cannot look for by their words: those without any, and those of stopwords alone.

It stores stopwords and leaves them out of what is looked for, in properties of the tokenization "word". What is left of
``"NO"`` or ``"The It"`` is nothing, which it refuses; ``Like`` leaves none out (measured on Weaviate 1.39).
"""

from __future__ import annotations

from collections.abc import Sequence

from weaviate_orm.exceptions import QueryError
from weaviate_orm.operators import Operand, Operator
from weaviate_orm.query.entity import Entity, Property
from weaviate_orm.query.filters import Path
from weaviate_orm.schema.ascii_folding import folded
from weaviate_orm.schema.collection_options import InvertedIndexSpec
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.tokenization import DEFAULT_TOKENIZATION, split_pattern, split_words

_DEFAULT = InvertedIndexSpec()


def has_words(member: Property, text: str) -> bool:
    """Return whether a text has any word, stopwords included."""
    return _words(member, text) != ()


def is_stopwords(owner: Entity, member: Property, text: str) -> bool:
    """Return whether all words of a text are stopwords, as far as the class says which these are."""
    if (member.spec.tokenization or DEFAULT_TOKENIZATION) != "word":
        return False
    analyzer = member.spec.text_analyzer
    index = owner.collection.inverted_index or _DEFAULT
    words = _words(member, text)
    stopwords = index.stopwords_of(analyzer.stopword_preset if analyzer is not None else None)
    return bool(words) and stopwords.issuperset(words or ())


def _words(member: Property, text: str) -> tuple[str, ...] | None:
    return split_words(folded(text, member.spec.text_analyzer), member.spec.tokenization)


def stopword_pattern(text: str) -> str:
    """Return a pattern of ``Like`` for the words of a text."""
    return text.replace("*", " ").replace("?", " ")


def check_searched(entity: Entity, members: Sequence[Property], text: str, verb: str) -> None:
    """Raise QueryError for a text that a search by words finds in none of some properties; without any, in none."""
    if not members:
        members = [
            member
            for member in entity.properties.values()
            if member.spec.data_type.element is DataType.TEXT and member.spec.index_searchable is not False
        ]
    if text and (
        not members or any(has_words(member, text) and not is_stopwords(entity, member, text) for member in members)
    ):
        return
    raise QueryError(
        f"{verb} looks for words, and {text!r} has none but stopwords, which it leaves out: search by other words, by "
        f"near_text(), or use where(); the stopwords of {entity.label} are those of its InvertedIndexSpec"
    )


def check_compared(path: Path, operator: Operator, texts: Sequence[str]) -> None:
    """Raise QueryError for a text that no form of the comparison can find."""
    member = path.member
    assert isinstance(member, Property)
    way = member.spec.tokenization or DEFAULT_TOKENIZATION
    for text in texts:
        analyzed = folded(text, member.spec.text_analyzer)
        words = split_pattern(analyzed, way) if operator is Operator.LIKE else split_words(analyzed, way)
        if words == ():
            raise QueryError(
                f"{path}: {text!r} has no word, and text of tokenization {way!r} is found by its words: compare "
                f"whole texts by exact({text!r}), or declare tokenization='field'"
            )
        if operator is Operator.LIKE or not is_stopwords(path.owner, member, text):
            continue
        # Like finds the words of other operators, but not in one and the same object beyond a reference
        is_of_one_object = operator is Operator.NOT_EQUAL or operator.operand is Operand.ALL_OF
        if operator.is_order or (path.references and is_of_one_object):
            raise QueryError(
                f"{path} {operator.value}: {text!r} has stopwords only, which Weaviate leaves out of what it "
                f"compares: declare others (InvertedIndexSpec(stopwords=Stopwords(…))), or tokenization='field'"
            )
