"""Retries: which requests are sent again, and after how long."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TypeVar

import attrs
import tenacity
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from weaviate_orm.exceptions import (
    CertificateError,
    ConnectionFailedError,
    RequestTimeoutError,
    TransportError,
    UnexpectedStatusError,
)
from weaviate_orm.http.deadlines import seconds_left

T = TypeVar("T")

CROWDED = 429
"""The server is asked too much at once."""

BUSY = frozenset({CROWDED, 503})
"""The server did not begin, so any request may be sent again."""

GATEWAY = frozenset({502, 504})
"""A proxy lost the server, which may have done the request."""

LONGEST_RETRY_AFTER = 30.0
"""The most seconds to wait at a server's request."""


@attrs.frozen
class RetryPolicy:
    """How often a request is repeated, and how long to wait before.

    Waits grow as ``first_wait · 2ⁿ`` up to ``longest_wait`` seconds, with as much as ``first_wait`` seconds of jitter
    on top, so that clients that failed together do not come back together. A ``Retry-After`` header is the least wait;
    beyond LONGEST_RETRY_AFTER, or the deadline of the operation, the error is raised at once.

    Attributes:
        attempts: how often a request is sent at most.
        timeouts: the same if the last attempt timed out; None: ``attempts``.
    """

    attempts: int = 5
    first_wait: float = 0.25
    longest_wait: float = 10.0
    timeouts: int | None = None

    def run(self, send: Callable[[], T], passes: Callable[[BaseException], bool]) -> T:
        """Send a request as often as the policy allows; raises the error of the last attempt.

        ``passes``: whether a request is sent again after an error: :func:`is_passing` for idempotent requests, as
        reads, merges, deletes, and creates with ids of the client are; :func:`never_began` for others.
        """
        # avoid tenacity's overhead on the common path
        try:
            return send()
        except TransportError as error:
            failed = [error]

        def send_again() -> T:
            if failed:
                raise failed.pop()  # the first attempt, which the loop counts and waits after
            return send()

        return tenacity.Retrying(
            stop=_Stop(self),
            wait=_Wait(self.first_wait, self.longest_wait),
            retry=tenacity.retry_if_exception(passes),
            reraise=True,
        )(send_again)


NO_RETRY = RetryPolicy(attempts=1)

BATCH_RETRY = RetryPolicy(attempts=7)
"""Waits some 16 seconds in all: a server that restarts takes 3 to 6."""


def never_began(error: BaseException) -> bool:
    """Return whether a later attempt may succeed, and the server certainly did nothing."""
    if isinstance(error, ConnectionFailedError):
        return not error.sent and is_passing(error)
    return isinstance(error, UnexpectedStatusError) and error.status_code in BUSY


def is_passing(error: BaseException) -> bool:
    """Return whether a later attempt may succeed."""
    if isinstance(error, UnexpectedStatusError):
        return error.status_code in BUSY | GATEWAY
    is_unanswered = isinstance(error, (ConnectionFailedError, RequestTimeoutError))
    return is_unanswered and not isinstance(error, CertificateError)


def is_crowded(error: BaseException) -> bool:
    """Return whether the server is asked too much at once."""
    return isinstance(error, UnexpectedStatusError) and error.status_code == CROWDED


def seconds_to_wait(retry_after: str | None, date: str | None = None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, which is a number or a date (RFC 9110, 10.2.3), or None.

    A date is compared with ``date``, the server's own clock, if the answer has one; a past one is 0. Of several values,
    which proxies add and requests joins by commas, the longest counts.

    >>> seconds_to_wait("120"), seconds_to_wait("1.5"), seconds_to_wait("1, 2")
    (120.0, 1.5, 2.0)
    >>> seconds_to_wait("Wed, 21 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:00 GMT")
    30.0
    """
    text = (retry_after or "")[:500].strip()
    numbers = [_NUMBER.fullmatch(part.strip()) for part in text.split(",")]
    # with more digits int and float take ever longer, and the value is bounded anyway
    seconds = [float(number[1][:20] + (number[2] or "")[:5]) for number in numbers if number is not None]
    if seconds:
        return max(seconds)
    until = _time(text)
    if until is None:
        return None
    now = _time(date or "") or datetime.now(timezone.utc)
    return max((until - now).total_seconds(), 0.0)


_NUMBER = re.compile(r"\+?([0-9]+)(\.[0-9]*)?s?", re.ASCII)
"""Seconds as the standard has them, and as some proxies write them: with a fraction, a sign, or their unit."""


def _time(text: str) -> datetime | None:
    try:
        time = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return time if time.tzinfo is not None else time.replace(tzinfo=timezone.utc)


class _Stop(stop_base):
    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        requested = _retry_after(retry_state) or 0.0
        backoff = min(self._policy.first_wait * 2 ** (retry_state.attempt_number - 1), self._policy.longest_wait)
        if requested > LONGEST_RETRY_AFTER or max(requested, backoff) >= seconds_left():
            return True
        timeouts = self._policy.timeouts
        if timeouts is not None and isinstance(error, RequestTimeoutError):
            return retry_state.attempt_number >= timeouts
        return retry_state.attempt_number >= self._policy.attempts


class _Wait(wait_base):
    def __init__(self, first: float, longest: float) -> None:
        self._backoff = tenacity.wait_exponential(multiplier=first, max=longest) + tenacity.wait_random(0, first)

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        wait = max(self._backoff(retry_state), _retry_after(retry_state) or 0.0)
        return min(wait, max(seconds_left(), 0.0))


def _retry_after(retry_state: tenacity.RetryCallState) -> float | None:
    error = retry_state.outcome.exception() if retry_state.outcome else None
    return error.retry_after if isinstance(error, UnexpectedStatusError) else None
