"""The sliding window's arithmetic."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.limits import network, wait

MINUTE = timedelta(minutes=1)


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_the_limit_is_what_may_be_done_in_one_window():
    assert wait(0, 4, at(0), MINUTE, 5) == 0
    assert wait(0, 5, at(0), MINUTE, 5) > 0


def test_a_new_window_does_not_forget_the_last_one():
    assert wait(5, 0, at(1), MINUTE, 5) > 0
    assert wait(5, 0, at(13), MINUTE, 5) == 0  # 5 × 47/60 + 1 < 5


def test_what_is_full_from_both_windows_says_when_it_is_not():
    assert wait(4, 2, at(15), MINUTE, 5) == 15  # at 30 s: 4 × 30/60 + 3 = 5


@given(
    previous=st.integers(0, 50),
    current=st.integers(0, 50),
    elapsed=st.floats(0, 59.9),
    limit=st.integers(1, 50),
)
def test_after_the_wait_one_more_is_allowed(previous, current, elapsed, limit):
    previous, current = min(previous, limit), min(current, limit)
    seconds = wait(previous, current, at(elapsed), MINUTE, limit)
    then = elapsed + seconds
    if then < 60:
        assert wait(previous, current, at(then), MINUTE, limit) == 0
    else:
        assert wait(current, 0, at(then - 60), MINUTE, limit) == 0
    assert seconds <= 121


def test_an_ipv6_customer_is_their_network():
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert network("192.0.2.7") == "192.0.2.7"
