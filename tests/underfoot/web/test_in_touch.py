"""How long nothing has come: whole days without data, and nothing that was met but not worn."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from processing.rules.day_facts import DayFacts, DayMeasured
from underfoot.web.home.in_touch import Silence, silence, while_open

TODAY = date(2026, 4, 14)
SEEN, PARTLY, NOT_WORN, NONE = DayMeasured.MEASURED, DayMeasured.PARTLY, DayMeasured.NOT_WORN, DayMeasured.NO_DATA


def days(*measured: DayMeasured) -> list[DayFacts]:
    first = TODAY - timedelta(days=len(measured) - 1)
    return [DayFacts(day=first + timedelta(days=n), measured=each) for n, each in enumerate(measured)]


@pytest.mark.parametrize(
    ("told", "silent"),
    [
        ((), None),
        ((NONE,), None),  # the first day of all: nothing is late yet
        ((SEEN, NONE), None),  # today is not over
        ((SEEN, NONE, NONE), Silence(1, date(2026, 4, 13))),
        ((NOT_WORN, *[NONE] * 9), Silence(8, date(2026, 4, 6))),
        ((NONE, NONE, SEEN), None),
        ((NONE, NONE, PARTLY), None),
        ((NONE, NOT_WORN, NONE), None),
        ((NONE, NONE, NONE), Silence(2, date(2026, 4, 12))),
    ],
)
def test_silence_is_whole_days_without_data(told: tuple[DayMeasured, ...], silent: Silence | None) -> None:
    assert silence(days(*told)) == silent


def test_a_week_is_long() -> None:
    assert not Silence(6, TODAY).is_long
    assert Silence(7, TODAY).is_long


def test_a_day_is_not_called_lost_while_somebody_walks() -> None:
    lost, today = days(NONE, NONE)
    assert (today.reason, while_open(today, TODAY).reason) == (None, "a walk is under way")
    assert while_open(lost, TODAY) is lost
    worn = DayFacts(day=TODAY, measured=SEEN)
    assert while_open(worn, TODAY) is worn, "a walk before this one is over"
