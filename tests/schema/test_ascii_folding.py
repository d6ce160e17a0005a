"""Letters without their accents: as the server folds them, which tells by ``/v1/tokenize``."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from weaviate_orm import Client
from weaviate_orm.http.features import TOKENIZE
from weaviate_orm.schema import TextAnalyzer
from weaviate_orm.schema.ascii_folding import _REPLACEMENTS, folded
from weaviate_orm.schema.tokenization import trim

LETTERS = "".join(_REPLACEMENTS) + "éèêÉåÅøǿǾçñÑüẞßİıiIsSżŻợ"
TEXTS = st.text(
    st.sampled_from(LETTERS + "\u0301\u0308\u0327e ")
    | st.characters(max_codepoint=0x2FFF, exclude_categories=["Cn", "Cs"]),
    max_size=12,
)


@pytest.mark.needs(TOKENIZE)
def test_letters_are_folded_as_by_the_server(client: Client) -> None:
    @settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)  # pyright: ignore[reportArgumentType]
    @given(TEXTS, st.lists(st.sampled_from(LETTERS), max_size=3).map(tuple))
    @example(LETTERS, ())
    @example(LETTERS, ("ø", "É", "İ", "ß"))
    @example("\u0301e\u0301e\u0308\u0301", ("é",))
    def compare(text: str, ignored: tuple[str, ...]) -> None:
        analyzer = TextAnalyzer(ascii_fold=True, ascii_fold_ignore=ignored)
        body: dict[str, Any] = {"text": text, "tokenization": "field", "analyzerConfig": analyzer.to_json()}
        answer = client.transport.request("POST", "/tokenize", json=body).json({"indexed": list})
        assert answer["indexed"] == [trim(folded(text, analyzer))]

    compare()


def test_nothing_is_folded_unless_it_is_stated() -> None:
    assert folded("École", None) == folded("École", TextAnalyzer(stopword_preset="en")) == "École"
