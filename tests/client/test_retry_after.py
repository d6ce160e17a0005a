"""``Retry-After``: seconds or a date, heeded up to a bound, and never an error of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from tests.scripted_host import Answer, Request, host
from weaviate_orm import Client, UnexpectedStatusError
from weaviate_orm.http.retry import LONGEST_RETRY_AFTER, seconds_to_wait

pytestmark = pytest.mark.slow  # it waits for as long as a server says

NOW = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("9" * 5000, 1e20),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0),
        ("Wednesday, 21-Oct-15 07:28:30 GMT", 30.0),
        ("Wed Oct 21 07:28:30 2015", 30.0),
        ("Wed, 21 Oct 2015 07:28:30", 30.0),
        ("Wed, 21 Oct 2015 09:28:30 +0200", 30.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:30 +9999", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 251956888319.0),
        ("Wed, 21 Oct 99999 07:28:30 GMT", None),
        ("Wed, 32 Oct 2015 07:28:30 GMT", None),
        ("", None),
        (None, None),
        ("-5", None),
        ("1.5", 1.5),
        ("+5", 5.0),
        ("5s", 5.0),
        ("1, 20, 3", 20.0),
        ("1e3", None),
        ("\u00b2", None),
        ("\u0661", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Wed, 21 Oct", None),
    ],
)
def test_what_a_header_says(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, NOW) == seconds


def test_without_a_clock_of_the_server_ours_is_taken() -> None:
    until = datetime.now(timezone.utc) + timedelta(seconds=100)
    for date in (None, "", "nonsense"):
        assert 90 < (seconds_to_wait(format_datetime(until, usegmt=True), date) or 0) <= 100


def busy(times: int, retry_after: str) -> tuple[list[Request], Callable[[Request], Answer]]:
    seen: list[Request] = []

    def respond(request: Request) -> Answer:
        seen.append(request)
        if len(seen) <= times:
            return 503, {"Retry-After": retry_after}, b"{}"
        return 200, {}, b'{"version": "1.39.2"}'

    return seen, respond


def test_a_date_is_heeded() -> None:
    seen, respond = busy(1, format_datetime(datetime.now(timezone.utc) + timedelta(seconds=1), usegmt=True))
    with host(respond) as server, Client(server.url, startup_period=None) as client:
        assert client.get_meta() == {"version": "1.39.2"}
    assert len(seen) == 2


@pytest.mark.parametrize(
    "retry_after", ["86400", "9" * 400, format_datetime(datetime(2999, 1, 1, tzinfo=timezone.utc), usegmt=True)]
)
def test_more_than_the_bound_is_reported_at_once(retry_after: str) -> None:
    seen, respond = busy(9, retry_after)
    with (
        host(respond) as server,
        Client(server.url, startup_period=None) as client,
        pytest.raises(UnexpectedStatusError, match="it asks to come back in") as caught,
    ):
        client.get_meta()
    assert len(seen) == 1
    assert (caught.value.retry_after or 0) > LONGEST_RETRY_AFTER


@pytest.mark.parametrize(
    "retry_after", ["soon", "-1", "Wed, 32 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:30 GMT"]
)
def test_what_says_nothing_is_passed_over(retry_after: str) -> None:
    seen, respond = busy(2, retry_after)
    with host(respond) as server, Client(server.url, startup_period=None) as client:
        assert client.get_meta() == {"version": "1.39.2"}
    assert len(seen) == 3
