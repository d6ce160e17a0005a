"""Letters without their accents: the rules of ``asciiFold`` of Weaviate 1.39."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from unicodedata import category, normalize

from weaviate_orm.schema.text_analyzer import TextAnalyzer

# letters that Unicode does not decompose
_SINGLE = dict(
    zip(
        "łŁøØđĐħĦŧŦɨƗƀɃɇɆɉɈɍɌɏɎⱥȺðÐıİĸŉſɓƈɗƒɠɦƙɱɲƞƥʠɽʂƭʋⱳƴʐƁƇƊƑƓƘƝƤƬƲƳȤ",
        "lLoOdDhHtTiIbBeEjJrRyYaAdDiIknsbcdfghkmnnpqrstvwyzBCDFGKNPTVYZ",
        strict=True,
    )
)
_LIGATURES = {
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "ĳ": "ij",
    "Ĳ": "IJ",
    "ß": "ss",
    "ẞ": "SS",
    "þ": "th",
    "Þ": "TH",
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
}
_REPLACEMENTS: Final = _SINGLE | _LIGATURES


def folded(text: str, analyzer: TextAnalyzer | None) -> str:
    """Return a text as the analyzer of a property folds it.

    >>> folded("École, smørgås", TextAnalyzer(ascii_fold=True, ascii_fold_ignore=("å",)))
    'Ecole, smorgås'
    >>> folded("École", None)
    'École'
    """
    if analyzer is None or not analyzer.ascii_fold or text.isascii():
        return text
    ignored = _ignored(analyzer.ascii_fold_ignore)
    replaced = "".join(sign if sign in ignored else _REPLACEMENTS.get(sign, sign) for sign in text)
    return normalize("NFC", "".join(_without_accents(letter, ignored) for letter in _letters(replaced)))


def _letters(text: str) -> Iterable[str]:
    """Yield each letter of a decomposed text together with its accents."""
    letter = ""
    for sign in normalize("NFD", text):
        if category(sign) == "Mn":
            letter += sign
        else:
            yield letter
            letter = sign
    yield letter


def _without_accents(letter: str, ignored: frozenset[str]) -> str:
    if not letter or category(letter[0]) == "Mn":
        return ""
    if len(letter) > 1 and letter in ignored:
        return letter
    return letter[0] if letter[0] in ignored else _REPLACEMENTS.get(letter[0], letter[0])


@lru_cache(maxsize=64)
def _ignored(signs: tuple[str, ...]) -> frozenset[str]:
    """Return letters in both cases, composed and decomposed."""
    composed = [normalize("NFC", sign) for sign in signs]
    # letter by letter, as Go does: a letter whose upper-case form has two has none
    cased = {form for sign in composed for form in (sign, sign.lower()[:1], sign.upper()) if len(form) == 1}
    return frozenset(cased | {normalize("NFD", sign) for sign in cased})
