"""T3 and T2_long by statuses: one alert for each thing, none that flutters, none that a restart tells twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from days_kit import H_NS, MIN_NS, Watched, at, status
from desk_kit import PERSON, stores_in
from store_kit import block

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState
from processing.metrics.calibration import CalibrationVersion

DAY = date(2026, 1, 5)
START = at(DAY, 9)
S_NS = 10**9


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with stores_in(tmp_path / "data") as stores:
        yield Watched(stores)


def said(watched: Watched, after_s: float, **other: Any) -> list[tuple[str, AlertState]]:
    alerts = watched.heard(status(START + round(after_s * S_NS), **{"link": LinkState.STREAMING, **other}))
    return [(alert.id, alert.state) for alert in alerts]


BATTERY = "T3-left-battery-20260105T090100Z"


def test_a_low_battery_is_told_once_and_ends_five_points_above(watched: Watched) -> None:
    assert not said(watched, 0, battery_pct=16)
    (alert,) = watched.heard(status(START + 60 * S_NS, LinkState.STREAMING, battery_pct=15))
    assert (alert.id, alert.level, alert.audience) == (BATTERY, AlertLevel.INFO, Audience.TECHNICAL)
    assert alert.text == "The battery of your left insole is low. Charge it tonight."
    assert alert.evidence.startswith("Battery at 15 % (limit 15 %).")
    for after_s, pct in ((120, 16), (180, 15), (240, 14), (300, 19), (360, None)):
        assert not said(watched, after_s, battery_pct=pct)
    assert said(watched, 420, battery_pct=20) == [(BATTERY, AlertState.CLEARED)]
    assert said(watched, 480, battery_pct=15) == [("T3-left-battery-20260105T090800Z", AlertState.ACTIVE)]


def test_each_foot_has_its_own_battery(watched: Watched) -> None:
    assert said(watched, 60, battery_pct=9)
    assert not said(watched, 61, battery_pct=90, side=Side.RIGHT)
    assert said(watched, 62, battery_pct=9, side=Side.RIGHT) == [
        ("T3-right-battery-20260105T090102Z", AlertState.ACTIVE)
    ]


def test_an_insole_that_says_nothing_of_its_battery_is_neither_low_nor_full(watched: Watched) -> None:
    assert not said(watched, 0, battery_pct=None)
    assert not said(watched, 60, battery_pct=None)


def test_a_restart_knows_what_is_low(watched: Watched) -> None:
    assert said(watched, 60, battery_pct=9)
    watched.restart()
    assert not said(watched, 60, battery_pct=9)
    watched.restart()
    assert said(watched, 120, battery_pct=50) == [(BATTERY, AlertState.CLEARED)]


def test_a_clock_is_told_when_it_stays_off_for_a_minute(watched: Watched) -> None:
    for after_s in range(0, 60, 5):
        assert not said(watched, after_s, clock_error_ms=400.0)
    assert said(watched, 60, clock_error_ms=20.1) == [("T3-left-clock-20260105T090100Z", AlertState.ACTIVE)]
    for after_s in range(65, 200, 5):
        assert not said(watched, after_s, clock_error_ms=15.1)
    assert said(watched, 200, clock_error_ms=15.0)


@pytest.mark.parametrize("error_ms", [20.0, None])
def test_a_clock_at_the_limit_or_unknown_is_not_told(watched: Watched, error_ms: float | None) -> None:
    for after_s in range(0, 300, 5):
        assert not said(watched, after_s, clock_error_ms=error_ms)


def test_rows_that_wait_without_progress_are_told_after_ten_minutes(watched: Watched) -> None:
    for after_s in range(0, 601, 30):
        assert not said(watched, after_s, received=5000, waiting=100)
    (found,) = said(watched, 630, received=5000, waiting=100)
    assert found == ("T3-left-backlog-20260105T091030Z", AlertState.ACTIVE)
    assert not said(watched, 660, received=5100, waiting=200)
    assert said(watched, 690, received=5200, waiting=200) == [(found[0], AlertState.CLEARED)]


@pytest.mark.parametrize("waits", [{"received": 5000, "waiting": 100}, {"to_fetch": 100}], ids=["hub", "insole"])
def test_a_restart_takes_back_no_backlog_that_is_as_it_was(watched: Watched, waits: dict[str, int]) -> None:
    link = LinkState.SILENT
    for after_s in range(0, 631, 30):
        said(watched, after_s, link=link, **waits)
    for after_s in (630, 660):
        watched.restart()
        assert not said(watched, after_s, link=link, **waits)
        assert not said(watched, after_s + 30, link=link, **waits)
    assert watched.kept("T3")[0].cleared_t_ns is None
    watched.restart()
    assert said(watched, 720, link=link, **waits) == []
    assert len(said(watched, 750, link=link)) == 1


def test_rows_that_stream_and_wait_a_moment_are_no_backlog(watched: Watched) -> None:
    for after_s in range(0, 1300, 5):
        assert not said(watched, after_s, received=100 + after_s * 100, waiting=100)


def test_an_insole_out_of_reach_holds_up_nothing(watched: Watched) -> None:
    for after_s in range(0, 3600, 60):
        assert not said(watched, after_s, to_fetch=9000, link=LinkState.LOST)
    for after_s in range(3600, 4141, 60):
        assert not said(watched, after_s, to_fetch=9000, received=after_s)
    assert said(watched, 4200, to_fetch=9000, received=4200)
    assert said(watched, 4210, to_fetch=8999, received=4210)


def calibrated(watched: Watched, version: int, t_ns: int) -> None:
    made = CalibrationVersion(version=version, t_ns=t_ns, by="test", what="zero")
    watched.stores.journal.add_calibration(PERSON, made)


def test_a_calibration_older_than_two_weeks_is_told_until_there_is_a_newer_one(watched: Watched) -> None:
    calibrated(watched, 1, START)
    assert not said(watched, 13.99 * 86_400)
    assert not watched.time(at("2026-01-19"))
    (alert,) = watched.time(at("2026-01-20"))
    assert (alert.id, alert.raised_t_ns) == ("T3-both-calibration-20260119T090000Z", at("2026-01-19", 9))
    assert not watched.time(at("2026-01-21"))
    calibrated(watched, 2, at("2026-01-21", 9))
    (over,) = watched.time(at("2026-01-22"))
    assert (over.id, over.state) == (alert.id, AlertState.CLEARED)


def test_insoles_that_were_never_calibrated_have_no_old_calibration(watched: Watched) -> None:
    assert not said(watched, 0)
    assert not watched.time(at("2026-02-20"))


def rows(watched: Watched, t_ns: int, walk: str, seq: int = 0) -> None:
    watched.stores.recordings.append(PERSON, walk, [block(seq=seq, t_ns=t_ns)])
    watched.stores.recordings.end_walk(walk)


def silence(watched: Watched, from_h: float, to_h: float, link: LinkState = LinkState.SEARCHING) -> list[Alert]:
    """Heartbeats every ten minutes; hours after the start."""
    minutes = range(round(from_h * 60), round(to_h * 60), 10)
    return [alert for minute in minutes for alert in watched.heard(status(START + minute * MIN_NS, link))]


def test_a_day_without_rows_is_told_to_the_clinician_and_ends_with_the_next_ones(watched: Watched) -> None:
    rows(watched, START, "one")
    assert not silence(watched, 0, 24.01)
    (alert,) = silence(watched, 24.1, 25)
    assert (alert.id, alert.audience, alert.level) == (
        "T2_long-both-20260106T090000Z",
        Audience.CLINICIAN,
        AlertLevel.LOW,
    )
    assert alert.raised_t_ns - (START + 24 * H_NS) == block().rows * block().ns_per_row
    assert not silence(watched, 25, 30)
    rows(watched, START + 30 * H_NS, "two", 1000)
    (over,) = silence(watched, 30.1, 30.2, LinkState.STREAMING)
    assert (over.id, over.state) == (alert.id, AlertState.CLEARED)
    assert "later" not in over.evidence


def test_rows_of_the_time_told_of_end_it_and_say_that_they_came_later(watched: Watched) -> None:
    rows(watched, START, "one")
    assert silence(watched, 0, 26)
    rows(watched, START + 12 * H_NS, "two", 1000)
    (over,) = watched.walk(START + 12 * H_NS, late=True)
    assert over.state is AlertState.CLEARED
    assert "came later" in over.evidence


def test_a_hub_that_never_heard_of_insoles_or_has_just_begun_says_nothing(watched: Watched) -> None:
    assert not silence(watched, 0, 50)
    rows(watched, START, "one")
    assert not silence(watched, 60, 60.1)
    watched.restart()
    watched.heard(status(START))  # retained since the hub went off
    assert not silence(watched, 70, 70.1)
    assert silence(watched, 70.1, 70.5)


def test_a_restart_does_not_tell_of_the_silence_twice(watched: Watched) -> None:
    rows(watched, START, "one")
    assert silence(watched, 0, 25)
    watched.restart()
    assert not silence(watched, 25, 30)
