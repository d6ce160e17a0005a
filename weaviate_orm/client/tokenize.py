"""Tokenization: splitting text into the words that the server indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.http.features import TOKENIZE, require
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

_WORDS = {"indexed?": [str], "query?": [str]}


class Tokenize:
    """``/v1/tokenize``, Weaviate 1.37 and newer. Reached as ``client.tokenize``.

    Older servers raise ServerTooOldError. Results are ``{"indexed": words as stored, "query": words as searched}``.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def text(
        self,
        text: str,
        tokenization: str,
        *,
        analyzer_config: Mapping[str, Any] | None = None,
        stopwords: Mapping[str, Any] | None = None,
        stopword_presets: Mapping[str, Sequence[str]] | None = None,
    ) -> dict[str, list[str]]:
        """Split a text by a tokenization: ``word``, ``lowercase``, ``whitespace``, ``field``, ``trigram``…

        Args:
            text: the text.
            tokenization: the tokenization.
            analyzer_config: ``asciiFold``, ``asciiFoldIgnore``, ``stopwordPreset``.
            stopwords: ``preset``, ``additions``, ``removals``; not together with ``stopword_presets``.
            stopword_presets: lists of words, by the names that ``stopwordPreset`` can have.
        """
        require(self._transport, TOKENIZE)
        options: JSONObject = {
            "analyzerConfig": analyzer_config,
            "stopwords": stopwords,
            "stopwordPresets": stopword_presets,
        }
        body = {"text": text, "tokenization": tokenization}
        body |= {key: value for key, value in options.items() if value is not None}
        words: dict[str, list[str]] = self._transport.request("POST", "/tokenize", json=body).json(_WORDS)
        return words

    def for_property(self, collection: str, property_name: str, text: str) -> dict[str, list[str]]:
        """Split a text by the tokenization of a property."""
        require(self._transport, TOKENIZE)
        resource = path("schema", stored_name(collection), "properties", property_name, "tokenize")
        words: dict[str, list[str]] = self._transport.request("POST", resource, json={"text": text}).json(_WORDS)
        return words
