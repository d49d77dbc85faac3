"""A9 over readings in a series: two days running, by day's medians of both feet; what comes late is late for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from days_kit import MIN_NS, Watched, at, status, warm
from desk_kit import PERSON, stores_in

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience
from ingest.wire.faults import FaultBook, FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import Temperature
from processing.days.skin import Skin
from processing.household import Household
from processing.outgoing import Stores

FIRST = date(2026, 1, 5)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with stores_in(tmp_path / "data") as opened:
        yield opened


def readings(day: int, left_c: float, right_c: float, minutes: int = 20, area: str = "M1") -> list[Temperature]:
    start_ns = at(FIRST + timedelta(days=day), 9)
    return [
        warm(start_ns + k * MIN_NS, side, celsius, area)
        for k in range(minutes)
        for side, celsius in ((Side.LEFT, left_c), (Side.RIGHT, right_c))
    ]


def day(watched: Watched, number: int, left_c: float, right_c: float = 30.0, minutes: int = 20) -> list[Alert]:
    """A day of readings, and the midnight after it."""
    watched.time(at(FIRST + timedelta(days=number), 8))
    watched.temperature(*readings(number, left_c, right_c, minutes))
    return watched.time(at(FIRST + timedelta(days=number), 24.01))


def test_two_warm_days_running_are_told_at_midnight_and_two_others_end_it(stores: Stores) -> None:
    watched = Watched(stores, phone="0123 456")
    assert not day(watched, 0, 32.2)
    (alert,) = day(watched, 1, 32.3)
    assert (alert.id, alert.level, alert.audience) == ("A9-left-M1-20260106", AlertLevel.MEDIUM, Audience.PATIENT)
    assert (alert.areas, alert.raised_t_ns, alert.late) == (("M1",), at("2026-01-07"), False)
    assert alert.text == (
        "Your left foot has been warmer than the other one for 2 days, on the ball, behind the big toe. "
        "Walk less and call your foot clinic today: 0123 456."
    )
    assert "left − right, daily medians +2.2 °C over 20 min of both feet, then +2.3 °C" in alert.evidence
    assert not day(watched, 2, 32.5)
    assert not day(watched, 3, 30.0)
    (over,) = day(watched, 4, 30.0)
    assert (over.id, over.state, over.cleared_t_ns) == (alert.id, AlertState.CLEARED, at("2026-01-10"))


@pytest.mark.parametrize(("hours_off", "late"), [(40, False), (90, True)])
def test_a_warm_spot_is_told_after_a_hub_that_was_off_for_a_while(stores: Stores, hours_off: float, late: bool) -> None:
    """Nobody has said that it is over: it is of the present, and may sound."""
    watched = Watched(stores)
    day(watched, 0, 32.5)
    watched.temperature(*readings(1, 32.5, 30.0))
    (alert,) = watched.time(at("2026-01-07") + round(hours_off * 60) * MIN_NS)
    assert (alert.id, alert.late) == ("A9-left-M1-20260106", late)


def test_the_cooler_foot_is_told_as_the_other_being_warm(stores: Stores) -> None:
    watched = Watched(stores)
    day(watched, 0, 27.7)
    (alert,) = day(watched, 1, 27.7)
    assert (alert.side, alert.areas) == (Side.RIGHT, ("M1",))


@pytest.mark.parametrize("days", [(32.1, 32.1, 32.1), (32.5, 30.0, 32.5), (32.5, 27.5, 32.5)])
def test_just_below_or_not_running_raises_nothing(stores: Stores, days: tuple[float, ...]) -> None:
    watched = Watched(stores)
    assert not any(day(watched, number, left_c) for number, left_c in enumerate(days))


def test_a_day_with_too_few_minutes_of_both_feet_cannot_be_judged(stores: Stores) -> None:
    watched = Watched(stores)
    assert not day(watched, 0, 33.0)
    assert not day(watched, 1, 33.0, minutes=14)
    assert not day(watched, 2, 33.0)
    assert day(watched, 3, 33.0, minutes=15)


def test_minutes_of_one_foot_alone_count_for_nothing(stores: Stores) -> None:
    watched = Watched(stores)
    for number in range(3):
        watched.temperature(*[each for each in readings(number, 34.0, 30.0) if each.side is Side.LEFT])
        assert not watched.time(at(FIRST + timedelta(days=number), 24.01))


def test_readings_that_come_after_their_day_buzz_nobody_even_after_a_restart(stores: Stores) -> None:
    watched = Watched(stores)
    day(watched, 0, 33.0)
    watched.time(at(FIRST + timedelta(days=1), 25))
    watched.temperature(*readings(1, 33.0, 30.0))
    watched.restart()
    (alert,) = watched.time(at(FIRST + timedelta(days=1), 26))
    assert (alert.id, alert.late) == ("A9-left-M1-20260106", True)


def test_late_readings_are_judged_as_soon_as_they_are_written(stores: Stores) -> None:
    watched = Watched(stores)
    day(watched, 0, 33.0)
    day(watched, 1, 30.0, minutes=0)
    watched.temperature(*readings(1, 33.0, 30.0))
    (alert,) = watched.heard(status(at(FIRST + timedelta(days=2), 10)))
    assert alert.late


def test_a_restart_tells_nothing_twice(stores: Stores) -> None:
    watched = Watched(stores)
    day(watched, 0, 33.0)
    assert day(watched, 1, 33.0)
    for hour in (25, 26):
        watched.restart()
        assert not watched.time(at(FIRST + timedelta(days=1), hour))
    assert not day(watched, 2, 33.0)
    assert len(watched.kept("A9")) == 1


def test_an_episode_longer_than_what_is_looked_back_upon_stays_one(stores: Stores) -> None:
    watched = Watched(stores)
    told = [alert for number in range(50) for alert in day(watched, number, 33.0)]
    assert [alert.id for alert in told] == ["A9-left-M1-20260106"]
    watched.restart()
    assert not day(watched, 50, 33.0)
    assert not day(watched, 51, 30.0)
    assert len(day(watched, 52, 30.0)) == 1
    watched.restart()
    day(watched, 53, 30.0)
    assert len(watched.kept("A9")) == 1


def test_an_episode_with_weeks_of_no_readings_in_it_stays_one_when_it_is_over(stores: Stores) -> None:
    watched = Watched(stores)
    warm_days = (0, 1, 36, 37)
    for number in range(40):
        day(watched, number, 33.0 if number in warm_days else 30.0, minutes=20 if number in {*warm_days, 38, 39} else 0)
    assert [(alert.id, alert.state) for alert in watched.kept("A9")] == [("A9-left-M1-20260106", AlertState.CLEARED)]
    watched.restart()
    day(watched, 40, 30.0)
    assert len(watched.kept("A9")) == 1


def test_a_reading_that_is_no_foot_is_a_fault_and_no_number(stores: Stores) -> None:
    faults = FaultBook()
    skin = Skin(PERSON, stores.series, Household().zone, faults)
    message = Temperature(
        insole="a", side=Side.LEFT, t_ns=at(FIRST), areas_c={"M1": 4.9, "M2": 5.0, "M3": 50.0, "M4": 50.1}
    )
    skin.take(message, at(FIRST))
    assert [point.fields for point in skin.points] == [{"M2": 5.0, "M3": 50.0}]
    assert faults.counts == {FaultCode.FRAME_MALFORMED: 2}
    skin.take(Temperature(insole="a", side=Side.LEFT, t_ns=at(FIRST), areas_c={"M1": -273.0}), at(FIRST))
    assert len(skin.points) == 1
