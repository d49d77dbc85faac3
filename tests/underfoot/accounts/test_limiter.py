"""Growing waits after wrong tries."""

from __future__ import annotations

from underfoot.accounts.limiter import Limiter, Pace

S = 10**9


def test_the_wait_doubles_up_to_an_hour() -> None:
    limiter = Limiter(Pace(free=5, first_s=30, longest_s=3600))
    waits, now = [], 0
    for _ in range(14):
        now += limiter.wait_s("a", now) * S
        limiter.tried("a", now)
        waits.append(limiter.wait_s("a", now))
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_wait_is_rounded_up_and_over_in_time() -> None:
    limiter = Limiter(Pace(free=1, first_s=30, longest_s=60))
    limiter.tried("a", 0)
    assert [limiter.wait_s("a", t) for t in (0, 1, 29 * S, 29 * S + 1, 30 * S, 99 * S)] == [30, 30, 1, 1, 0, 0]
    assert limiter.wait_s("b", 0) == 0


def test_a_right_try_forgets_and_one_taken_back_does_not() -> None:
    limiter = Limiter(Pace(free=3, first_s=30, longest_s=60))
    for _ in range(3):
        limiter.tried("a", 0)
        limiter.tried("b", 0)
    limiter.right("a")
    limiter.taken_back("b", 0)
    assert limiter.wait_s("a", 0) == limiter.wait_s("b", 0) == 0
    limiter.tried("a", 0)
    limiter.tried("b", 0)
    assert (limiter.wait_s("a", 0), limiter.wait_s("b", 0)) == (0, 30)


def test_after_a_quiet_day_it_begins_anew() -> None:
    limiter = Limiter(Pace(free=2, first_s=30, longest_s=60), forgotten_after_s=86_400)
    limiter.tried("a", 0)
    limiter.tried("a", 86_399 * S)
    assert limiter.wait_s("a", 86_399 * S) == 30
    later = (86_399 + 30 + 86_400) * S
    limiter.tried("a", later)
    assert limiter.wait_s("a", later) == 0


def test_the_memory_is_bounded_and_the_latest_stay() -> None:
    limiter = Limiter(Pace(free=1, first_s=30, longest_s=60), most=100)
    for number in range(10_000):
        limiter.tried(number, 0)
    assert len(limiter) == 100
    assert limiter.wait_s(9_999, 0) == 30
    assert limiter.wait_s(0, 0) == 0
