"""How sizes follow what is measured."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weaviate_orm.batch.sizing import FASTEST_GROWTH, LARGEST, SMALLEST, Recommendation


def test_a_fast_server_gets_larger_batches_step_by_step() -> None:
    size = Recommendation(50, seconds=2)
    size.measured(50, 0.01)
    assert size.size == 50 + FASTEST_GROWTH
    for _ in range(10):
        size.measured(size.size, 0.01)
    assert size.size == LARGEST


def test_a_slow_server_gets_what_it_can_do_in_time() -> None:
    size = Recommendation(400, seconds=2)
    for _ in range(10):
        size.measured(100, 1.0)
    assert size.size == 150  # three quarters of two seconds


def test_one_slow_batch_does_not_stick() -> None:
    size = Recommendation(100, seconds=1)
    size.measured(100, 60)
    for _ in range(10):
        size.measured(100, 0.1)
    assert size.size == 750


def test_a_long_queue_of_the_server_makes_batches_smaller() -> None:
    size = Recommendation(500, seconds=2)
    size.queued(0, 0)
    size.queued(1000, 1000)
    assert size.size == 500
    size.queued(10_000, 1000)
    assert size.size == 250


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.floats(0, 10**6))),
    st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 10**6))),
)
def test_sizes_stay_in_their_bounds(measured: list[tuple[int, float]], queued: list[tuple[int, float]]) -> None:
    size = Recommendation(50, seconds=0.5)
    for items, seconds in measured:
        size.measured(items, seconds)
        assert SMALLEST <= size.size <= LARGEST
    for length, rate in queued:
        size.queued(length, rate)
        assert SMALLEST <= size.size <= LARGEST
