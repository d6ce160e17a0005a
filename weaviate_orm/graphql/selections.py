"""Selections that users write as text: ``title``, ``_additional {id}``, ``inPublication {... on Publication {name}}``.

Such text goes into the document unchanged, so it is parsed first, by the grammar of GraphQL (spec.graphql.org,
"Fields"). Only whole fields are allowed, so that the text can neither end the selection around it nor merge with the
next field. Variables, directives, comments, block strings and named fragments are refused: nothing declares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.literals import RawText

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


def check_selection(text: str) -> RawText:
    """Check that a text is one or more whole fields, and return it as a node. Raises QueryError if not.

    >>> check_selection("inPublication {... on Publication {name}}").text
    'inPublication {... on Publication {name}}'
    """
    _Parser(text).parse()
    return RawText(text)


def check_field(text: str) -> RawText:
    """Check that a text is a single whole field, and return it as a node. Raises QueryError if not."""
    if _Parser(text).parse() != 1:
        raise QueryError(f"{text!r} is more than one field; pass each field by itself")
    return RawText(text)


class _Parser:
    """A recursive-descent parser. Its methods parse one rule of the grammar, or raise QueryError."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._kind = self._token = ""
        self._advance()

    def parse(self) -> int:
        """Parse the whole text, and return the number of fields and fragments at the top level."""
        try:
            return self._repeat(self._selection, "")
        except RecursionError:
            raise QueryError(f"the selection {self._text[:80]!r}… is nested too deeply") from None

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._position)
        if match is None:
            self._refuse(self._text[self._position :].lstrip(" \t\r\n,")[:1])
        self._kind = match.lastgroup or ""
        self._token = match[self._kind]
        self._position = match.end()

    def _refuse(self, token: str) -> NoReturn:
        unexpected = repr(token) if token else "the end"
        raise QueryError(
            f"{self._text!r} cannot stand in a selection, which holds whole fields: unexpected {unexpected}"
        )

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

    def _repeat(self, parse_item: Callable[[], None], closing: str) -> int:
        count = 0
        while self._token != closing:
            parse_item()
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
            self._repeat(self._selection, "}")
            return
        self._name()
        if self._skip(":"):
            self._name()
        if self._skip("("):
            self._repeat(self._pair, ")")
        if self._skip("{"):
            self._repeat(self._selection, "}")

    def _pair(self) -> None:
        self._name()
        self._sign(":")
        self._value()

    def _value(self) -> None:
        if self._skip("["):
            if not self._skip("]"):
                self._repeat(self._value, "]")
        elif self._skip("{"):
            if not self._skip("}"):
                self._repeat(self._pair, "}")
        elif self._kind in ("name", "number", "string"):
            self._advance()
        else:
            self._refuse(self._token)
