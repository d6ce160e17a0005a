"""Dates, times of day and durations."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import Scalar, decode_date, shown

_DAY: Final = 24 * 60 * 60


def _encode_day(value: object) -> str:
    if isinstance(value, datetime):
        raise ValueError(f"needs a date, got {shown(value)}, whose time would be lost; use its date()")
    if not isinstance(value, date):
        raise ValueError(f"needs a date, got {shown(value)}")
    return f"{value.isoformat()}T00:00:00Z"


def _decode_day(value: str) -> date:
    moment = decode_date(value)
    # without a zone, astimezone() would take it for a time of this machine's
    if moment.tzinfo is None or moment.astimezone(timezone.utc).time() != time():
        raise ValueError("no midnight of UTC, as which a date is stored; annotate it as a datetime")
    return moment.astimezone(timezone.utc).date()


def _encode_time(value: object) -> float:
    """Seconds since midnight, whose order is that of times, and which keep a microsecond."""
    if not isinstance(value, time):
        raise ValueError(f"needs a time, got {shown(value)}{'; use its time()' if isinstance(value, datetime) else ''}")
    if value.tzinfo is not None:
        raise ValueError(
            f"needs a time without a timezone, got {shown(value)}: only the time of day is stored; use "
            f"value.replace(tzinfo=None), and keep the zone in a field of its own"
        )
    return _microseconds(value) / 1_000_000


def _microseconds(value: time) -> int:
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond


def _decode_time(value: float) -> time:
    if not 0 <= value < _DAY:
        raise ValueError("no number of seconds since midnight, as which a time is stored")
    return (datetime.min + timedelta(seconds=value)).time()


def _encode_duration(value: object) -> float:
    """Seconds, whose order is that of durations."""
    if not isinstance(value, timedelta):
        raise ValueError(f"needs a timedelta, got {shown(value)}")
    seconds = value.total_seconds()
    if not _is_kept(value, seconds):
        raise ValueError(
            f"takes a timedelta whose microseconds fit a 64-bit float of its seconds, got {value!r}: round it to "
            f"seconds"
        )
    return seconds


def _is_kept(value: timedelta, seconds: float) -> bool:
    try:
        return _decode_duration(seconds) == value
    except ValueError:
        return False


def _decode_duration(value: float) -> timedelta:
    try:
        return timedelta(seconds=value)
    except OverflowError:
        raise ValueError("more seconds than a timedelta holds") from None


DATE: Final = Scalar(DataType.DATE, _encode_day, _decode_day)
TIME: Final = Scalar(DataType.NUMBER, _encode_time, _decode_time, figure=_decode_time, no_aggregates=frozenset({"sum"}))
DURATION: Final = Scalar(DataType.NUMBER, _encode_duration, _decode_duration, figure=_decode_duration)
