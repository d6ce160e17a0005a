from __future__ import annotations

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusCodeException
from weaviate_orm.http.features import TOKENIZE


@pytest.mark.needs(TOKENIZE)
def test_ways_to_split_a_text(client: Client) -> None:
    text = "Hello, the World-wide"
    assert client.tokenize.text(text, "word")["indexed"] == ["hello", "the", "world", "wide"]
    assert client.tokenize.text(text, "whitespace")["indexed"] == ["Hello,", "the", "World-wide"]
    assert client.tokenize.text(text, "field")["indexed"] == [text]
    with pytest.raises(UnexpectedStatusCodeException, match="should be one of"):
        client.tokenize.text(text, "nonsense")


@pytest.mark.needs(TOKENIZE)
def test_stop_words_and_accents(client: Client) -> None:
    stopwords = {"preset": "en", "additions": ["hello"]}
    assert client.tokenize.text("hello the world", "word", stopwords=stopwords)["query"] == ["world"]
    own = client.tokenize.text(
        "hello café",
        "word",
        analyzer_config={"asciiFold": True, "stopwordPreset": "own"},
        stopword_presets={"own": ["hello"]},
    )
    assert own == {"indexed": ["hello", "cafe"], "query": ["cafe"]}


@pytest.mark.needs(TOKENIZE)
def test_a_property_splits_as_it_is_configured(client: Client, unique: str) -> None:
    properties = [{"name": "url", "dataType": ["text"], "tokenization": "field"}]
    client.schema.create_class({"class": unique, "properties": properties})
    assert client.tokenize.for_property(unique, "url", "a b")["indexed"] == ["a b"]
    with pytest.raises(UnexpectedStatusCodeException) as caught:
        client.tokenize.for_property(unique, "title", "a b")
    assert caught.value.status_code == 404
