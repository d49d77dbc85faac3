"""A10 over a journal: days of too little wear, none at all, and days of which nobody can say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from days_kit import MIN_NS, Watched, at, status, worn_summary
from desk_kit import PERSON, stores_in

from ingest.wire.alerts import Alert, AlertState, Audience
from ingest.wire.messages import LinkState
from processing.store.journal import DayInTouch

FIRST = date(2026, 1, 5)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with stores_in(tmp_path / "data") as stores:
        yield Watched(stores)


def worn(watched: Watched, day: int, hours: float, *, coverage_pct: float = 100.0, late: bool = False) -> list[Alert]:
    hub_ran(watched, day)
    walk = worn_summary(worn_h=hours, coverage_pct=coverage_pct)
    return of_a10(watched.walk(at(FIRST + timedelta(days=day), 9), walk, late=late))


def of_a10(alerts: list[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.rule == "A10"]


def midnight(watched: Watched, day: int) -> list[Alert]:
    return of_a10(watched.time(at(FIRST + timedelta(days=day), 24.01)))


def hub_ran(watched: Watched, day: int, hours: float = 24.0) -> None:
    name = (FIRST + timedelta(days=day)).isoformat()
    watched.stores.journal.put_day_in_touch(PERSON, DayInTouch(day=name, heard_s=hours * 3600, in_touch_s=0.0))


def test_three_days_of_too_little_are_told_at_midnight_and_a_day_of_enough_ends_it(watched: Watched) -> None:
    for day, hours in enumerate((4.4, 4.5, 4.5)):
        assert not worn(watched, day, hours)
        said = midnight(watched, day)
    (alert,) = said
    assert (alert.id, alert.audience, alert.raised_t_ns) == ("A10-both-20260107", Audience.CLINICIAN, at("2026-01-08"))
    assert "Worn 4.5 h a day over 3 days (limit 4.5 h): 4.4, 4.5, 4.5 h." in alert.evidence
    assert not worn(watched, 3, 4.4)
    assert not midnight(watched, 3)
    (over,) = worn(watched, 4, 4.6)
    assert (over.id, over.state, over.cleared_t_ns) == (alert.id, AlertState.CLEARED, at("2026-01-09", 13.6))


def test_the_days_before_enough_count_no_more(watched: Watched) -> None:
    for day in range(3):
        worn(watched, day, 1.0)
        said = midnight(watched, day)
    assert said
    assert worn(watched, 3, 5.0)
    counted = [len(worn(watched, day, 1.0)) + len(midnight(watched, day)) for day in (4, 5, 6)]
    assert counted == [0, 0, 1]


def test_just_enough_on_the_mean_raises_nothing(watched: Watched) -> None:
    for day, hours in enumerate((4.4, 4.5, 4.6, 4.4)):
        assert not worn(watched, day, hours) + midnight(watched, day)


@pytest.mark.parametrize("ran_h", [0.0, 11.9])
def test_a_day_on_which_the_hub_did_not_run_is_no_day_without_wear(watched: Watched, ran_h: float) -> None:
    worn(watched, 0, 1.0)
    if ran_h:
        hub_ran(watched, 1, ran_h)
    assert not midnight(watched, 1)
    worn(watched, 2, 1.0)
    assert not midnight(watched, 2)


def test_a_day_on_which_it_ran_and_met_nobody_is(watched: Watched) -> None:
    worn(watched, 0, 1.0)
    hub_ran(watched, 1, 12.0)
    assert not midnight(watched, 1)
    worn(watched, 2, 1.0)
    assert midnight(watched, 2)


def test_a_day_that_is_measured_partly_is_only_enough_never_too_little(watched: Watched) -> None:
    for day in range(3):
        assert not worn(watched, day, 1.0, coverage_pct=70.0) + midnight(watched, day)


def test_nothing_worn_for_48_hours_is_told_then_if_the_hub_ran(watched: Watched) -> None:
    worn(watched, 0, 5.0)  # until 14:00
    hub_ran(watched, 1)
    hub_ran(watched, 2, 13.0)
    assert not midnight(watched, 1)
    assert not of_a10(watched.time(at("2026-01-07", 13.9)))
    (alert,) = of_a10(watched.time(at("2026-01-07", 14.1)))
    assert (alert.id, alert.raised_t_ns) == ("A10-both-20260107", at("2026-01-07", 14))
    assert "Not worn for 48 h, of which the hub ran for 37 h." in alert.evidence


def test_nothing_heard_by_a_hub_that_was_off_is_not_told(watched: Watched) -> None:
    hub_ran(watched, 0)  # which says nothing of what followed
    worn(watched, 0, 5.0)
    hub_ran(watched, 2, 10.0)
    assert not of_a10(watched.time(at("2026-01-07", 14.1)))
    assert not midnight(watched, 3)


def test_insoles_that_nobody_ever_wore_are_not_missed(watched: Watched) -> None:
    for day in range(5):
        hub_ran(watched, day)
        assert not midnight(watched, day)


def test_wear_that_comes_late_ends_what_was_told_and_says_so(watched: Watched) -> None:
    for day in range(3):
        worn(watched, day, 4.0)
        midnight(watched, day)
    (alert,) = watched.kept("A10")
    walk = worn_summary(worn_h=3.0)
    (over,) = of_a10(watched.walk(at(FIRST + timedelta(days=1), 15), walk, late=True))
    assert (over.id, over.state) == (alert.id, AlertState.CLEARED)
    assert "rows came later" in over.evidence


def test_what_the_hub_heard_of_itself_makes_the_days_it_ran(watched: Watched) -> None:
    worn(watched, 0, 5.0)
    said: list[Alert] = []
    for minute in range(14 * 60, 62 * 60 + 1, 10):
        link = LinkState.SEARCHING
        said += of_a10(watched.heard(status(at(FIRST) + minute * MIN_NS, link)))
    (alert,) = said
    assert alert.raised_t_ns == at("2026-01-07", 14)
