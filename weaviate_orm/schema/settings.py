"""Settings: Python's names and the server's.

A setting that is None is not stated: it is not sent, so that the server's default holds, and is not compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

_OWN_SPELLING: Final = {"base_url": "baseURL", "endpoint_url": "endpointURL", "use_gpu": "useGPU"}


def camel_case(name: str) -> str:
    """Return the server's key for a setting's name in Python.

    Each underscore goes and the letter after it becomes upper-case; ``base_url``, ``endpoint_url`` and ``use_gpu``
    follow the server, which writes ``baseURL``, ``endpointURL`` and ``useGPU``. A key without underscores stays.

    >>> camel_case("pooling_strategy"), camel_case("base_url"), camel_case("topP")
    ('poolingStrategy', 'baseURL', 'topP')
    """
    return _OWN_SPELLING.get(name) or re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def stated(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are not None, under the server's keys, as plain JSON.

    >>> stated({"max_tokens": 5, "stop": ("a", "b"), "model": None})
    {'maxTokens': 5, 'stop': ['a', 'b']}
    """
    return {camel_case(name): plain(value) for name, value in settings.items() if value is not None}


def plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that have the server's keys already, as plain JSON of their own."""
    return {key: plain(value) for key, value in settings.items()}


def plain(value: Any) -> Any:
    """Return a value as orjson and the server take it: tuples become lists, enums their values."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def merged(settings: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with others over them, at every level of the JSON.

    >>> merged({"bm25": {"b": 0.7, "k1": 1.2}}, {"bm25": {"b": 0.5}})
    {'bm25': {'b': 0.5, 'k1': 1.2}}
    """
    result = dict(settings)
    for key, value in others.items():
        base = result.get(key)
        result[key] = merged(base, value) if isinstance(base, Mapping) and isinstance(value, Mapping) else value
    return result
