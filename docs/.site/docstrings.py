"""Docstrings as Markdown: their roles become links, and their literal blocks Python.

An extension of griffe, which mkdocs.yml names. ``:func:`~weaviate_orm.vector``` links to the reference; a module, and a
name that is not a full one, as ``:meth:`where```, is code.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?P<kind>[a-z]+):`~?(?P<path>[\w.]+)`")
_LITERAL = re.compile(r"^(?P<indent> *)(?P<text>.*?)::\n\n(?P<block>(?:(?P=indent)    .*\n?|\n)+)", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Rewrites the docstrings of a package when it was read."""

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        _rewrite(pkg)


def _rewrite(thing: griffe.Object) -> None:
    if thing.docstring is not None:
        thing.docstring.value = _ROLE.sub(_link, _LITERAL.sub(_fence, thing.docstring.value))
    for member in thing.members.values():
        if isinstance(member, griffe.Object):  # and no alias, which has the docstring of its target
            _rewrite(member)


def _link(role: re.Match[str]) -> str:
    path = role["path"]
    if role["kind"] == "mod":
        return f"`{path}`"
    name = f"`{path.rpartition('.')[2]}`"
    return f"[{name}][{path}]" if path.startswith("weaviate_orm.") else name


def _fence(literal: re.Match[str]) -> str:
    indent, text, block = literal["indent"], literal["text"], literal["block"].rstrip()
    lines = re.sub(rf"^{indent}    ", indent, block, flags=re.MULTILINE)
    language = "text" if "├" in block else "python"
    before = f"{indent}{text}:\n\n" if text else ""
    return f"{before}{indent}```{language}\n{lines}\n{indent}```\n\n"
