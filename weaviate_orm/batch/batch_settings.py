"""Settings of a batch: its size, its workers, its retries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.types import ConsistencyLevel

Results = list[dict[str, Any]]
Callback = Callable[[Results], None]

PASSING_REASONS = ("store is read-only",)
"""The server's error for an item while it changes the settings of a vector index (measured on Weaviate 1.39)."""


@attrs.frozen
class WeaviateErrorRetryConf:
    """The refused items that are sent again.

    Args:
        number_retries: how often; from 1.
        errors_to_exclude: texts; items whose reason contains one are not sent again; or
        errors_to_include: texts; only items whose reason contains one are. Without either, all refused items are.
    """

    number_retries: int = 3
    errors_to_exclude: Sequence[str] | None = None
    errors_to_include: Sequence[str] | None = None

    def __attrs_post_init__(self) -> None:
        if isinstance(self.number_retries, bool) or not isinstance(self.number_retries, int) or self.number_retries < 1:
            raise ConfigurationError(f"number_retries is a whole number from 1, not {self.number_retries!r}")
        if self.errors_to_exclude is not None and self.errors_to_include is not None:
            raise ConfigurationError("errors_to_exclude and errors_to_include contradict each other: give one of them")
        for name in ("errors_to_exclude", "errors_to_include"):
            texts = getattr(self, name)
            are_texts = isinstance(texts, (list, tuple)) and all(isinstance(text, str) for text in texts)
            if texts is not None and not are_texts:
                raise ConfigurationError(f"{name} is a list of texts, not {texts!r}")
        if self.errors_to_include is not None and not self.errors_to_include:
            raise ConfigurationError("errors_to_include is empty, so nothing would be sent again; leave it out")

    def is_retried(self, reason: str) -> bool:
        """Return whether an item that was refused for a reason is sent again."""
        if self.errors_to_include is not None:
            return any(text in reason for text in self.errors_to_include)
        return not any(text in reason for text in self.errors_to_exclude or ())


def _level(value: Any) -> ConsistencyLevel | None:
    try:
        return None if value is None else ConsistencyLevel(value)
    except ValueError:
        raise ConfigurationError(f"consistency_level is ALL, ONE or QUORUM, not {value!r}") from None


DEFAULT_ERROR_RETRY = WeaviateErrorRetryConf(number_retries=5, errors_to_include=PASSING_REASONS)


@attrs.frozen(kw_only=True)
class BatchSettings:
    """The settings of ``configure()``.

    Attributes:
        batch_size: the size at which a batch is sent; None: only by a call that sends it.
        dynamic: whether the size follows the server, beginning with ``batch_size``.
        creation_time: the seconds that a batch of a dynamic size should take.
        timeout_retries, connection_error_retries: how often a batch is sent again after such an error.
        weaviate_error_retries: the refused items that are sent again; None: those with one of PASSING_REASONS.
        callback: called with the results of each batch, one for each item.
        num_workers: how many requests are sent in parallel.
        consistency_level: how many replicas must have stored an item.
    """

    batch_size: int | None = 50
    dynamic: bool = True
    creation_time: float
    timeout_retries: int = 3
    connection_error_retries: int = 3
    weaviate_error_retries: WeaviateErrorRetryConf | None = None
    callback: Callback | None
    num_workers: int = 1
    consistency_level: ConsistencyLevel | None = attrs.field(default=None, converter=_level)

    def __attrs_post_init__(self) -> None:
        if self.batch_size is not None:
            _check_count("batch_size", self.batch_size, 1)
        _check_count("timeout_retries", self.timeout_retries, 0)
        _check_count("connection_error_retries", self.connection_error_retries, 0)
        _check_count("num_workers", self.num_workers, 1)
        seconds = self.creation_time
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < float("inf"):
            raise ConfigurationError(f"creation_time is in seconds, above 0; got {self.creation_time!r}")
        if not isinstance(self.dynamic, bool):
            raise ConfigurationError(f"dynamic is True or False, not {self.dynamic!r}")
        if self.weaviate_error_retries is not None and not isinstance(
            self.weaviate_error_retries, WeaviateErrorRetryConf
        ):
            raise ConfigurationError(
                f"weaviate_error_retries is a WeaviateErrorRetryConf, not {self.weaviate_error_retries!r}"
            )
        if self.callback is not None and not callable(self.callback):
            raise ConfigurationError(f"callback is a function of a list of results, not {self.callback!r}")

    @property
    def retry(self) -> RetryPolicy:
        """The retries of a batch as a whole."""
        return RetryPolicy(
            attempts=self.connection_error_retries + 1,
            timeouts=self.timeout_retries + 1,
            first_wait=1.0,
            longest_wait=10.0,
        )


def _check_count(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(f"{name} is a whole number from {least}, not {value!r}")
