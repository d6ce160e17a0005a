"""The words of texts: as the server cuts them, which tells by ``/v1/tokenize``."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from weaviate_orm import Client
from weaviate_orm.http.features import TOKENIZE
from weaviate_orm.schema.collection_options import Stopwords
from weaviate_orm.schema.properties import Tokenization
from weaviate_orm.schema.tokenization import split_pattern, split_words, trim

# letters of newer Unicode versions than the server's, or Python's, are none to it
TEXTS = st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=["Cn", "Cs"]), max_size=30)
EXAMPLES = [
    "",
    " ",
    "!!!",
    "NO",
    "The It",
    " a\x1cb\x85c ",
    "İT",
    "ΑΣ ας",
    "½ ² Ⅷ",
    "e\u0301",
    "x_y-z@w",
    "\u200b",
    "日本 語",
]


@pytest.mark.needs(TOKENIZE)
@pytest.mark.parametrize("tokenization", ["word", "lowercase", "whitespace", "field", "trigram"])
def test_words_are_those_of_the_server(client: Client, tokenization: Tokenization) -> None:
    @settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)  # pyright: ignore[reportArgumentType]
    @given(TEXTS)
    def same(text: str) -> None:
        words = split_words(text, tokenization)
        answer = client.tokenize.text(text, tokenization) if text else {"indexed": [""] * (tokenization == "field")}
        assert words == tuple(answer["indexed"])

    for text in EXAMPLES:
        same = example(text)(same)
    same()


@pytest.mark.needs(TOKENIZE)
@pytest.mark.parametrize(
    "stopwords",
    [
        Stopwords(),
        Stopwords(preset="none"),
        Stopwords(additions=("silk",), removals=("the",)),
        Stopwords("none", ("no",)),
    ],
)
def test_stopwords_are_those_of_the_server(client: Client, stopwords: Stopwords) -> None:
    text = "The silk and no wool is a thing to be with"
    settings = {"preset": stopwords.preset, "additions": stopwords.additions, "removals": stopwords.removals}
    answer = client.tokenize.text(text, "word", stopwords=settings)
    assert [word for word in split_words(text, "word") or () if word not in stopwords.words] == answer["query"]


@pytest.mark.needs(TOKENIZE)
def test_the_english_stopwords_are_all_of_the_server(client: Client) -> None:
    text = " ".join(sorted(Stopwords().words))
    assert client.tokenize.text(text, "word", stopwords={"preset": "en"})["query"] == []


def test_what_only_the_server_can_cut_is_unknown() -> None:
    for tokenization in set(get_args(Tokenization)) - {"word", "lowercase", "whitespace", "field", "trigram"}:
        assert split_words("日本語", tokenization) is None
        assert split_words("  ", tokenization) == ()


def test_patterns_keep_their_signs() -> None:
    assert split_pattern("*", "word") == ("x",)
    assert split_pattern("?-a*", None) == ("x", "ax")
    assert split_pattern("-", "word") == ()
    assert split_pattern("* *", "lowercase") == ("*", "*")
    assert split_pattern("n?", "trigram") == ()


def test_the_space_around_a_text() -> None:
    assert trim(" \t\u3000a b\x85\n") == "a b"
    assert trim("\x1ca") == "\x1ca"
