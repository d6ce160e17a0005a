"""The package as the reference shows it: docstrings are Markdown, and the parts of a client are its members.

An extension of griffe, which mkdocs.yml names. Of docstrings, literal blocks become Python, and roles become links,
as that of :func:`~weaviate_orm.vector`; a module, and a name that is not a full one, become code.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?P<kind>[a-z]+):`~?(?P<path>[\w.]+)`")
_LITERAL = re.compile(r"^(?P<indent> *)(?P<text>.*?)::\n\n(?P<block>(?:(?P=indent)    .*\n?|\n)+)", re.MULTILINE)


class Reference(griffe.Extension):
    """Rewrites a package when it was read."""

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        _rewrite(pkg)
        _resolve_parts(pkg["Client"].final_target)


def _resolve_parts(client: griffe.Class) -> None:
    """Let ``Client.schema``, which is assigned in ``__init__``, be the class that it is made of."""
    for name, member in list(client.members.items()):
        if member.is_attribute and isinstance(member.value, griffe.ExprCall):
            path = member.value.canonical_path
            if path.startswith("weaviate_orm.client.") and path.rpartition(".")[2][0].isupper():
                client.set_member(name, griffe.Alias(name, path))


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
