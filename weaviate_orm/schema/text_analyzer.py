"""How the text of a property is changed before and after it is cut into words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.settings import stated


def _words(words: Any) -> tuple[str, ...]:
    return tuple(words)


@attrs.frozen
class TextAnalyzer:
    """How words of a property are compared (since Weaviate 1.37). Cannot be changed afterwards.

    Attributes:
        ascii_fold: whether letters lose their accents, so that ``école`` and ``ecole`` are one word; in filters, in
            keyword search, and of the tokenization ``field`` too.
        ascii_fold_ignore: letters that keep theirs, one character each.
        stopword_preset: the stopwords of this property, in place of the collection's: ``en``, ``none``, or a name of
            ``InvertedIndexSpec.stopword_presets``. For the tokenization ``word`` only.

    Raises MappingError for what the server would refuse.
    """

    ascii_fold: bool = False
    ascii_fold_ignore: tuple[str, ...] = attrs.field(default=(), converter=_words)
    stopword_preset: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.ascii_fold_ignore and not self.ascii_fold:
            raise MappingError("ascii_fold_ignore needs ascii_fold=True")

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``textAnalyzer``."""
        return stated(attrs.asdict(self) | {"ascii_fold_ignore": list(self.ascii_fold_ignore) or None})

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> TextAnalyzer:
        """Read the server's ``textAnalyzer``."""
        return cls(
            ascii_fold=body.get("asciiFold", False),
            ascii_fold_ignore=body.get("asciiFoldIgnore") or (),
            stopword_preset=body.get("stopwordPreset") or None,
        )
