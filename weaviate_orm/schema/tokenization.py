"""How the server cuts text into words: the rules of ``entities/tokenizer`` of Weaviate 1.39, as far as no dictionary is
needed. So it is known without a request which texts it cannot look for.
"""

from __future__ import annotations

import re
from unicodedata import category

from weaviate_orm.schema.properties import Tokenization

DEFAULT_TOKENIZATION: Tokenization = "word"

_ENGLISH = """
a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was
will with
"""
ENGLISH_STOPWORDS = frozenset(_ENGLISH.split())
"""The preset ``en``. Stopwords are stored, and left out of what is looked for; of the tokenization ``word`` only."""

# Go's White_Space: str.isspace() has four control characters more
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_NO_SPACE = re.compile(f"[^{_SPACE}]+")
_ASCII_LETTERS = re.compile("[0-9A-Za-z]+")


def split_words(text: str, tokenization: Tokenization | None) -> tuple[str, ...] | None:
    """Split a text into words; None for tokenizations of the server's dictionaries (``gse``, ``kagome_ja`` …).

    >>> split_words("The it-girl, again", "word")
    ('the', 'it', 'girl', 'again')
    >>> split_words(" NO ", "field")
    ('NO',)
    >>> split_words("!!!", "word"), split_words("no", "trigram"), split_words(" ", "gse")
    ((), (), ())
    """
    if tokenization == "field":
        return (trim(text),)
    if tokenization == "whitespace":
        return tuple(_NO_SPACE.findall(text))
    if tokenization == "lowercase":
        return tuple(map(lower, _NO_SPACE.findall(text)))
    if tokenization == "trigram":
        joined = lower("".join(_letters(text)))
        return tuple(joined[start : start + 3] for start in range(len(joined) - 2))
    if tokenization in (None, "word"):
        return tuple(map(lower, _letters(text)))
    return None if text.strip(" ") else ()


def split_pattern(pattern: str, tokenization: Tokenization | None) -> tuple[str, ...] | None:
    """Split a pattern of ``Like`` into words; its ``*`` and ``?`` are no separators."""
    if tokenization in (None, "word", "trigram"):
        pattern = pattern.replace("*", "x").replace("?", "x")
    return split_words(pattern, tokenization)


def lower(text: str) -> str:
    """Lower a text letter by letter, as Go does: without Python's final sigma and two-letter ``i̇``."""
    return text.lower() if text.isascii() else "".join(letter.lower()[:1] for letter in text)


def trim(text: str) -> str:
    """Strip Go's white space from a text, as the tokenization ``field`` does."""
    return text.strip(_SPACE)


def _letters(text: str) -> list[str]:
    """Split a text at everything that is neither a letter nor a number."""
    if text.isascii():
        return _ASCII_LETTERS.findall(text)
    return "".join(sign if category(sign)[0] in "LN" else " " for sign in text).split()
