"""Values as people look at them: short texts, and tables of HTML for notebooks. Nothing here loads or sends."""

from __future__ import annotations

import html
import re
import reprlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

WIDTH: Final = 60
"""The most signs of a value in a line."""

CELL_WIDTH: Final = 200
"""The most signs of a value in a table."""

_LONGEST: Final = 6
"""The most elements of a list that are all shown."""

_SHOWN: Final = 3
"""The elements that are shown of a longer one."""

_DOCUMENT: Final = 500
"""The most signs of a query."""

_VECTOR: Final = re.compile(r"\[(?:-?[\d.e+-]+, ?){4,}-?[\d.e+-]+\]")
"""A list of numbers as text."""

_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.){40})(?:[^"\\]|\\.){40,}"')
"""A long text in quotes, and how it begins."""


class _Shortening(reprlib.Repr):
    """``repr`` that costs no more than it shows: of long lists the first elements, of bytes the first ones."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxdict = _LONGEST
        self.maxstring = CELL_WIDTH
        self.maxother = CELL_WIDTH

    def repr1(self, x: Any, level: int) -> str:
        """Return the text of a value that is so many levels from the deepest that is shown."""
        if isinstance(x, (bytes, bytearray)) and len(x) > _LONGEST:
            return f"{bytes(x[:_LONGEST])!r}… {len(x):,} bytes"
        if hasattr(x, "tolist") and hasattr(x, "__len__") and getattr(x, "shape", True):
            return self._elements(x, level)  # of numpy, or an array of the standard library
        if isinstance(x, (list, tuple)) and len(x) > _LONGEST:
            return self._elements(x, level)
        return super().repr1(x, level)

    def _elements(self, x: Any, level: int) -> str:
        size = len(x)
        first = x[: _SHOWN if size > _LONGEST else size]
        first = first.tolist() if hasattr(first, "tolist") else first
        elements = ", ".join(
            f"{element:.4g}" if isinstance(element, float) else self.repr1(element, level - 1) for element in first
        )
        return f"[{elements}, … {size:,} in all]" if size > _LONGEST else f"[{elements}]"


_SHORTENING: Final = _Shortening()


def shortened(value: object, width: int = WIDTH) -> str:
    """Return the ``repr`` of a value, of ``width`` signs at most: of lists the first elements and the length.

    >>> shortened([0.25] * 768)
    '[0.25, 0.25, 0.25, … 768 in all]'
    """
    return _cut(_SHORTENING.repr(value), width)


class Brief:
    """A text that stands for a value where reprs are shown, as by rich."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def brief(value: object) -> object:
    """Return a value, or what stands for it where its ``repr`` would fill a screen."""
    if isinstance(value, str):
        is_long = len(value) > CELL_WIDTH
    else:
        is_long = isinstance(value, (bytes, list, tuple)) and len(value) > _LONGEST
    return Brief(shortened(value, CELL_WIDTH)) if is_long else value


def shortened_document(document: str) -> str:
    """Return a query in GraphQL with its vectors and long texts shortened."""
    document = _VECTOR.sub(_shortened_vector, document)
    return _cut(_TEXT.sub(r'"\1…"', document), _DOCUMENT)


def html_table(headers: Sequence[str], rows: Iterable[Sequence[object]], caption: str) -> str:
    """Return a table of HTML, in which every text is escaped.

    Args:
        headers: of the columns.
        rows: of values; texts are shown as they are, anything else by its ``repr``, both shortened.
        caption: a line above.
    """
    head = "".join(f"<th>{html.escape(header)}</th>" for header in headers)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell(value))}</td>' for value in row)}</tr>" for row in rows)
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def html_note(text: str, note: str) -> str:
    """Return a text as it is, and a line below that says why there is no more, as HTML."""
    return f"<pre>{html.escape(text)}</pre><p>{html.escape(note)}</p>"


def cell(value: object) -> str:
    """Return a value as a table has it."""
    if value is None:
        return ""
    return _cut(value, CELL_WIDTH) if isinstance(value, str) else shortened(value, CELL_WIDTH)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _shortened_vector(match: re.Match[str]) -> str:
    numbers = match[0][1:-1].split(",")
    return f"[{', '.join(number.strip() for number in numbers[:_SHOWN])}, … {len(numbers):,} in all]"
