"""Texts of stopwords alone are found by them; texts of no words at all are refused before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    Model,
    Q,
    QueryError,
    Ref,
    Session,
    field,
    ref,
)
from weaviate_orm.http.features import STOPWORDS_BY_LIKE
from weaviate_orm.query.filters import Filter
from weaviate_orm.schema.collection_options import InvertedIndexSpec, Stopwords
from weaviate_orm.testing import recorded_requests


class Country(Model):
    code: Field[str]
    aliases: Field[list[str]] = field(factory=list)

    class Meta:
        name = "TestStopwordsCountry"


class Office(Model):
    """Its texts are cut in each way."""

    code: Field[str]
    whole: Field[str] = field(tokenization="field", default="")
    lowercase: Field[str] = field(tokenization="lowercase", default="x")
    whitespace: Field[str] = field(tokenization="whitespace", default="x")
    trigram: Field[str] = field(tokenization="trigram", default="xxx")
    country: Ref[Country | None] = ref(default=None)

    class Meta:
        name = "TestStopwordsOffice"


class Own(Model):
    """Stopwords of its own."""

    code: Field[str]

    class Meta:
        name = "TestStopwordsOwn"
        inverted_index = InvertedIndexSpec(stopwords=Stopwords(additions=("nl",), removals=("no",)))


class Plain(Model):
    """No stopwords."""

    code: Field[str]

    class Meta:
        name = "TestStopwordsPlain"
        inverted_index = InvertedIndexSpec(stopwords=Stopwords(preset="none"))


MODELS = (Country, Office, Own, Plain)
TEXTS = ("NO", "NL", "No way", "The it", "!!!", "")


@pytest.fixture(scope="module", autouse=True)
def offices(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        with Session(client) as session:
            countries = [Country(code=text, aliases=[text, "and more"]) for text in TEXTS]
            session.add_all(
                Office(code=each.code, whole=each.code, lowercase=each.code, whitespace=each.code, country=each)
                for each in countries
            )
            session.add(Office(code="nowhere"))
            session.add_all([Own(code=text) for text in TEXTS])
            session.add_all([Plain(code=text) for text in TEXTS])
            session.commit()
        yield


@pytest.fixture(autouse=True)
def session(client: Client) -> Iterator[Session]:
    with Session(client) as session:
        yield session


def codes(model: Any, *conditions: Filter | Q, **lookups: Any) -> set[str]:
    query = model.query.where(*conditions, **lookups)
    found = {each.code for each in query}
    assert query.count() == len(found)
    return found


@pytest.mark.needs(STOPWORDS_BY_LIKE)
def test_stopwords_are_found() -> None:
    everything = {*TEXTS, "nowhere"}
    assert codes(Office, Office.code == "NO") == {"NO", "No way"}
    assert codes(Office, Office.code == "it, the*") == {"The it"}
    assert codes(Office, Office.code != "NO") == everything - {"NO", "No way"}
    assert codes(Office, code__in=["NO", "NL"]) == {"NO", "No way", "NL"}
    assert codes(Office, code__contains_any=["NO"]) == {"NO", "No way"}
    assert codes(Office, code__contains_all=["NO", "way"]) == {"No way"}
    assert codes(Office, code__contains_none=["NO", "NL"]) == everything - {"NO", "No way", "NL"}
    assert codes(Office, ~Q(code="NO"), code__ne="it") == everything - {"NO", "No way", "The it"}
    assert Office.query.where(code="NO").order_by("-code").first().code == "No way"  # type: ignore[union-attr]
    assert Office.query.where(code="it").aggregate(Office.code.count()) == 1


@pytest.mark.needs(STOPWORDS_BY_LIKE)
def test_stopwords_are_found_across_references() -> None:
    assert codes(Office, country__code="NO") == {"NO", "No way"}
    assert codes(Office, country__code__in=["NO", "NL"]) == {"NO", "No way", "NL"}
    assert codes(Office, country__aliases="the") == {"The it"}
    assert codes(Office, country__code__contains_none=["NO", "NL"]) == {"The it", "!!!", "", "nowhere"}
    for refused in (Office.country.code.__ne__, lambda text: Office.country.code.contains_all([text, "way"])):
        with pytest.raises(QueryError, match=r"Office\.country\.code .*'NO' has stopwords only"):
            refused("NO")


def test_other_ways_to_cut_have_no_stopwords() -> None:
    assert codes(Office, whole="NO") == {"NO"}
    assert codes(Office, whole="") == {"", "nowhere"}
    assert codes(Office, whole="!!!") == {"!!!"}
    assert codes(Office, lowercase="no") == {"NO", "No way"}
    assert codes(Office, lowercase="!!!") == {"!!!"}
    assert codes(Office, whitespace__in=["NO", "No"]) == {"NO", "No way"}


@pytest.mark.needs(STOPWORDS_BY_LIKE)
def test_stopwords_are_those_of_the_collection() -> None:
    assert codes(Own, code="NO") == {"NO", "No way"}
    assert codes(Own, code="nl") == {"NL"}
    assert codes(Own, code__in=["NL", "way"]) == {"NL", "No way"}
    assert codes(Plain, code="it") == {"The it"}
    assert [each.code for each in Plain.query.bm25("it")] == ["The it"]


@pytest.mark.needs(STOPWORDS_BY_LIKE)
def test_what_stopwords_find_is_deleted(client: Client) -> None:
    with Session(client) as session:
        session.add_all([Plain(code="IS"), Country(code="IS")])
        session.commit()
        with recorded_requests(client) as requests:
            assert Country.query.where(code__contains_all=["is"]).delete() == 1
            assert len(requests) == 1
        assert Plain.query.where(code__contains_all=["is"]).delete() == 1


WORDLESS: list[Callable[[], Any]] = [
    lambda: Office.code == "!!!",
    lambda: Office.code == "",
    lambda: Office.code != " ",
    lambda: Office.code.in_(["NO", "!!!"]),
    lambda: Office.code.contains_any([""]),
    lambda: Office.code.contains_all(["way", "…"]),
    lambda: Office.code.contains_none(["-"]),
    lambda: Office.code.like("-"),
    lambda: Office.code.like(""),
    lambda: Office.code.contains("!"),
    lambda: Office.code > "?",
    lambda: Office.country.code == "!!!",
    lambda: Office.lowercase == " ",
    lambda: Office.whitespace == "",
    lambda: Office.trigram == "no",
    lambda: Office.trigram.like("*a"),
    lambda: Office.query.where(code="!!!"),
    lambda: Office.query.where(Q(code="x") | ~Q(code="")),
    lambda: Office.query.where(country__aliases="").count(),
    lambda: Office.query.get_or_create(code="!!!"),
    lambda: Office.query.update_or_create(code=""),
    lambda: Office.query.get(code="!"),
    lambda: Office.query.where(code="").delete(),
]


@pytest.mark.parametrize("refused", WORDLESS)
def test_texts_without_words_are_refused(client: Client, refused: Callable[[], Any]) -> None:
    with recorded_requests(client) as requests, pytest.raises(QueryError, match=r"has no word.*='field'"):
        refused()
    assert requests == []


def test_stopwords_are_not_ordered(client: Client) -> None:
    with pytest.raises(QueryError, match=r"Office.code GreaterThan: 'the' has stopwords only"):
        Office.query.where(code__gt="the")


@pytest.mark.parametrize("text", ["the", "NO", "!!!", "", " "])
def test_searches_by_words_need_words(client: Client, text: str) -> None:
    with recorded_requests(client) as requests:
        for refused in (
            lambda: Country.query.bm25(text),
            lambda: Office.query.bm25(text, properties=["code^2"]),
            lambda: Country.query.hybrid(text, alpha=0),
        ):
            with pytest.raises(QueryError, match="has none but stopwords"):
                refused()
        assert requests == []


def test_searches_by_words_look_where_there_are_any() -> None:
    assert {each.code for each in Office.query.bm25("NO")} == {"NO", "No way"}  # in the other properties
    assert [each.code for each in Office.query.bm25("!!!", properties=["whole"])] == ["!!!"]
    assert {each.code for each in Own.query.bm25("no")} == {"NO", "No way"}
    with pytest.raises(QueryError, match="stopwords of Own"):
        Own.query.bm25("nl")
