"""Text of a user's own in a selection: ``title``, ``_additional {id}``, ``inPublication {... on Publication {name}}``.

It goes into the document as it is, so it is read first, by the grammar of GraphQL (spec.graphql.org, "Fields"): only
whole fields pass. None of them can end the selection that it stands in, or run into its neighbour. Variables,
directives, comments, block strings and named fragments are refused: nothing here declares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.literals import Literal

_TOKEN = re.compile(
    r"""[ \t\r\n,]* (?:
    (?P<name>   [_A-Za-z][_0-9A-Za-z]* )
  | (?P<number> -? (?:0|[1-9][0-9]*) (?:\.[0-9]+)? (?:[eE][+-]?[0-9]+)? (?![_0-9A-Za-z.]) )
  | (?P<string> ""(?!") | "(?!") (?: [^"\\\x00-\x08\x0a-\x1f\ud800-\udfff] | \\["\\/bfnrt] | \\u[0-9A-Fa-f]{4} )+ " )
  | (?P<sign>   \.\.\. | [(){}\[\]:] )
  | (?P<end>    \Z )
    )""",
    re.VERBOSE,
)


def checked_selection(text: str) -> Literal:
    """The text, if it is one or more whole fields; raises QueryError if it is not.

    >>> checked_selection("inPublication {... on Publication {name}}").text
    'inPublication {... on Publication {name}}'
    """
    _Reader(text).read()
    return Literal(text)


def checked_field(text: str) -> Literal:
    """The text, if it is one whole field; raises QueryError if it is not."""
    if _Reader(text).read() != 1:
        raise QueryError(f"{text!r} is more than one field; give each of them by itself")
    return Literal(text)


class _Reader:
    """Reads a text from left to right; each method reads one thing of the grammar, or raises QueryError."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._kind = self._token = ""
        self._advance()

    def read(self) -> int:
        """Read all of it; returns how many fields and fragments there are, those within them not counted."""
        try:
            return self._many(self._selection, "")
        except RecursionError:
            raise QueryError(f"the selection {self._text[:80]!r}… is nested too deeply") from None

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._position)
        if found is None:
            self._refuse(self._text[self._position :].lstrip(" \t\r\n,")[:1])
        self._kind = found.lastgroup or ""
        self._token = found[self._kind]
        self._position = found.end()

    def _refuse(self, unexpected: str) -> NoReturn:
        what = repr(unexpected) if unexpected else "the end"
        raise QueryError(f"{self._text!r} cannot stand in a selection, which holds whole fields: unexpected {what}")

    def _skip(self, sign: str) -> bool:
        if self._kind == "sign" and self._token == sign:
            self._advance()
            return True
        return False

    def _sign(self, sign: str) -> None:
        if not self._skip(sign):
            self._refuse(self._token)

    def _name(self) -> None:
        if self._kind != "name":
            self._refuse(self._token)
        self._advance()

    def _many(self, one: Callable[[], None], closing: str) -> int:
        count = 0
        while self._token != closing:
            one()
            count += 1
        if not count:
            self._refuse(self._token)
        self._advance()
        return count

    def _selection(self) -> None:
        if self._skip("..."):
            if self._token != "on":
                self._refuse(self._token)
            self._name()
            self._name()
            self._sign("{")
            self._many(self._selection, "}")
            return
        self._name()
        if self._skip(":"):
            self._name()
        if self._skip("("):
            self._many(self._pair, ")")
        if self._skip("{"):
            self._many(self._selection, "}")

    def _pair(self) -> None:
        self._name()
        self._sign(":")
        self._value()

    def _value(self) -> None:
        if self._skip("["):
            if not self._skip("]"):
                self._many(self._value, "]")
        elif self._skip("{"):
            if not self._skip("}"):
                self._many(self._pair, "}")
        elif self._kind in ("name", "number", "string"):
            self._advance()
        else:
            self._refuse(self._token)
