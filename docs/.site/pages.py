"""A hook of mkdocs: what stands on pages beside Markdown.

``::: resource NAME`` becomes the class of that attribute of a client; ``no-run``, a mark for the tests, is left out.
"""

from __future__ import annotations

import re
from typing import Any

from weaviate_orm import Client

_CLIENT = Client("http://127.0.0.1:9", startup_period=None)  # asks for nothing
_DIRECTIVE = re.compile(r"^::: resource (\w+)$", re.MULTILINE)


def on_page_markdown(markdown: str, **kwargs: Any) -> str:
    return _DIRECTIVE.sub(_class_of, markdown).replace("```python no-run\n", "```python\n")


def _class_of(directive: re.Match[str]) -> str:
    resource = type(getattr(_CLIENT, directive[1]))
    return f"::: {resource.__module__}.{resource.__qualname__}"
