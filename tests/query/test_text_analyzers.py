"""Texts of properties with an analyzer: words without accents, and stopwords of a property's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import Client, Field, Model, Session, field
from weaviate_orm.exceptions import QueryError
from weaviate_orm.http.features import TEXT_ANALYZERS, server_version
from weaviate_orm.schema import InvertedIndexSpec, TextAnalyzer, differences
from weaviate_orm.schema.collection import CollectionSpec

FOLD = TextAnalyzer(ascii_fold=True)
TEXTS = ("école", "ecole", "the", "thé", "le", "le chat", "zap")

pytestmark = pytest.mark.needs(TEXT_ANALYZERS)


class Word(Model):
    """A text, analyzed in several ways."""

    key: Field[str] = field(tokenization="field")
    plain: Field[str]
    without_accents: Field[str] = field(text_analyzer=FOLD)
    whole: Field[str] = field(tokenization="field", text_analyzer=FOLD)
    french: Field[str] = field(text_analyzer=TextAnalyzer(stopword_preset="fr"))
    every_word: Field[str] = field(text_analyzer=TextAnalyzer(stopword_preset="none"))

    class Meta:
        name = "TestTextAnalyzersWord"
        inverted_index = InvertedIndexSpec(stopword_presets={"fr": ["le", "la"]})


@pytest.fixture(scope="module", autouse=True)
def words(client: Client) -> Iterator[None]:
    if not TEXT_ANALYZERS.is_in(server_version(client.transport)):
        yield
        return
    with empty_collections(client, [Word]):
        with Session(client) as session:
            session.add_all(
                Word(key=text, plain=text, without_accents=text, whole=text, french=text, every_word=text)
                for text in TEXTS
            )
            session.commit()
        yield


@pytest.fixture(autouse=True)
def session(client: Client) -> Iterator[Session]:
    with Session(client) as session:
        yield session


def keys(condition: object) -> set[str]:
    return {word.key for word in Word.query.where(condition)}  # type: ignore[arg-type]


def test_the_collection_is_as_declared(client: Client) -> None:
    stored = CollectionSpec.from_json(client.schema.get("TestTextAnalyzersWord"))
    assert differences(Word.__mapper__.collection, stored) == ()


def test_words_are_compared_without_accents() -> None:
    assert keys(Word.plain == "ecole") == {"ecole"}
    assert keys(Word.without_accents == "ecole") == {"école", "ecole"}
    assert keys(Word.without_accents == "École") == {"école", "ecole"}
    assert {word.key for word in Word.query.bm25("Ecole", properties=["without_accents"])} == {"école", "ecole"}


def test_whole_texts_are_compared_with_accents() -> None:
    assert keys(Word.whole == "ecole") == {"école", "ecole"}
    assert keys(Word.whole.exact("ecole")) == {"ecole"}
    assert keys(Word.without_accents.exact("école")) == {"école"}
    assert keys(~Word.whole.exact("ecole")) == {*TEXTS} - {"ecole"}
    assert Word.query.where(Word.whole.exact("thé")).count() == 1


def test_stopwords_are_those_of_the_property() -> None:
    assert keys(Word.french == "le") == {"le", "le chat"}
    assert keys(Word.french == "the") == {"the"}
    assert keys(Word.every_word == "the") == {"the"}
    assert keys(Word.plain == "the") == {"the"}
    assert keys(Word.without_accents == "thé") == {"the", "thé"}
    assert keys(Word.french == "le chat") == {"le chat"}


def test_a_search_by_stopwords_of_the_property_is_refused() -> None:
    with pytest.raises(QueryError, match="none but stopwords"):
        Word.query.bm25("le la", properties=["french"]).all()
    with pytest.raises(QueryError, match="none but stopwords"):
        Word.query.bm25("thé", properties=["without_accents"]).all()
    assert {word.key for word in Word.query.bm25("le", properties=["every_word"])} == {"le", "le chat"}
    assert {word.key for word in Word.query.bm25("the", properties=["french"])} == {"the"}
