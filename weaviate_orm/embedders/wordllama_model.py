"""WordLlama: a small model whose files are in its wheel, so that it needs neither a download nor a key."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weaviate_orm.embedders.missing_packages import require_packages

if TYPE_CHECKING:
    import numpy

Embed = Callable[[str], "numpy.ndarray[Any, Any]"]

PACKAGES = ("wordllama", "numpy", "safetensors", "tokenizers")
"""Packages that the model needs."""

WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
"""Files of WordLlama's wheel."""

MOST_CHARACTERS = 16_384
"""The characters of a text that are embedded, about 4,000 tokens; the rest is ignored, as by any model's window."""


class WordLlama:
    """The model of `WordLlama <https://pypi.org/project/wordllama/>`_ with 256 dimensions, which averages word vectors.

    For development, tests and small applications: 16 MB, 40 µs for a text, no GPU, no key and no network. Its vectors
    have length 1, and those of an empty text are zero. It is the one that the embedded server's vectorizer has. Needs
    the extra ``wordllama``. It loads with the first text, in 0.2 seconds.

    Raises ConfigurationError where a package is missing.

    >>> vectors = WordLlama().embed_queries(["a kitten", "a cat", "the stock market"])
    >>> len(vectors), bool(vectors[0] @ vectors[1] > vectors[0] @ vectors[2])
    (3, True)
    """

    name = "wordllama-l2-supercat-256"
    dimensions = 256

    def __init__(self) -> None:
        require_packages("WordLlama", "wordllama", *PACKAGES)
        self._embed: Embed | None = None

    def embed_documents(self, texts: Sequence[str], /) -> list[Any]:
        """Return a vector for each text, as an array of 32-bit floats."""
        if self._embed is None:
            self._embed = load_wordllama()
        return [self._embed(text) for text in texts]

    embed_queries = embed_documents


def load_wordllama() -> Embed:
    """Load the model from the files of WordLlama's wheel. Takes about 0.2 seconds.

    Only its files are used, because its code needs a C compiler where Python is newer than its last release.
    """
    import numpy  # in an extra, as the others
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    package = importlib.util.find_spec("wordllama")
    assert package is not None  # whoever loads it has required it
    assert package.origin is not None
    folder = Path(package.origin).parent
    [stored] = load_file(folder / WEIGHTS).values()
    weights: numpy.ndarray[Any, Any] = stored.astype(numpy.float32)
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))

    def embed(text: str) -> numpy.ndarray[Any, Any]:
        tokens = tokenizer.encode(text[:MOST_CHARACTERS], add_special_tokens=False).ids
        vector: numpy.ndarray[Any, Any] = weights[tokens].sum(axis=0)
        length = numpy.linalg.norm(vector)
        if length:  # an empty text has none, and no direction
            vector /= length
        return vector

    return embed
