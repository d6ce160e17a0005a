"""A hook of mkdocs: ``::: resource NAME`` on a page becomes the class of that attribute of a client."""

from __future__ import annotations

import re
from typing import Any

from weaviate_orm import Client

_CLIENT = Client("http://127.0.0.1:9", startup_period=None)  # asks for nothing
_DIRECTIVE = re.compile(r"^::: resource (\w+)$", re.MULTILINE)


def on_page_markdown(markdown: str, **kwargs: Any) -> str:
    return _DIRECTIVE.sub(_class_of, markdown)


def _class_of(directive: re.Match[str]) -> str:
    resource = type(getattr(_CLIENT, directive[1]))
    return f"::: {resource.__module__}.{resource.__qualname__}"
