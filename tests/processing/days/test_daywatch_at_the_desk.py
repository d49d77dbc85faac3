"""Days and upkeep through the desk: told, kept, silent where they should be, and once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from days_kit import at, status, worn_summary
from days_kit import put_walk as put
from desk_kit import PERSON, desk_over, stores_in, take

from ingest.wire.alerts import Alert, AlertState
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Temperature
from processing.outgoing import Stores


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with stores_in(tmp_path / "data") as opened:
        yield opened


def readings(day: str) -> list[AnyMessage]:
    return [
        Temperature(insole="a", side=side, t_ns=at(day, 9 + minute / 60), areas_c={"M1": 30.0 + warmer_c})
        for minute in range(20)
        for side, warmer_c in ((Side.LEFT, 3.0), (Side.RIGHT, 0.0))
    ]


def heartbeat(day: str, hour: float) -> list[AnyMessage]:
    return [status(at(day, hour), side=side, battery_pct=10) for side in Side]


def kept(stores: Stores, rule: str) -> list[Alert]:
    return [alert for alert in stores.journal.alerts(PERSON) if alert.rule == rule]


def test_two_warm_days_become_an_alert_that_sounds_in_the_morning(stores: Stores) -> None:
    desk = desk_over(stores)
    for day in ("2026-01-05", "2026-01-06"):
        take(desk, stores, heartbeat(day, 8))
        take(desk, stores, readings(day))
        take(desk, stores, heartbeat(day, 20))
    assert not kept(stores, "A9")
    take(desk, stores, heartbeat("2026-01-07", 0.1))
    (alert,) = kept(stores, "A9")
    assert (alert.state, alert.late, alert.raised_t_ns) == (AlertState.ESCALATED, False, at("2026-01-07"))
    assert alert.sounded_t_ns == ()
    take(desk, stores, heartbeat("2026-01-07", 12))
    (alert,) = kept(stores, "A9")
    assert alert.sounded_t_ns == (at("2026-01-07", 12),)


def test_warm_days_that_come_late_are_listed_and_never_sound(stores: Stores) -> None:
    desk = desk_over(stores)
    take(desk, stores, heartbeat("2026-01-08", 9))
    take(desk, stores, [*readings("2026-01-05"), *readings("2026-01-06")])
    for hour in (10, 12, 36):
        take(desk, stores, heartbeat("2026-01-08", hour))
    (alert,) = kept(stores, "A9")
    assert (alert.late, alert.sounded_t_ns) == (True, ())


def test_a_low_battery_of_each_foot_is_told_once_however_often_the_desk_begins(stores: Stores) -> None:
    for hour in (9, 9.1, 9.2):
        take(desk_over(stores), stores, heartbeat("2026-01-05", hour))
    assert [alert.id for alert in kept(stores, "T3")] == [
        "T3-left-battery-20260105T090000Z",
        "T3-right-battery-20260105T090000Z",
    ]
    assert not any(alert.sounded_t_ns for alert in kept(stores, "T3"))


def test_a_day_of_too_much_is_closed_when_it_has_been_over_for_a_while(stores: Stores) -> None:
    for number in range(7):
        put(stores, at(f"2026-01-{5 + number:02}", 9), worn_summary())
    put(stores, at("2026-01-12", 9), worn_summary(6000))
    desk = desk_over(stores)
    take(desk, stores, heartbeat("2026-01-12", 11))
    assert [alert.state for alert in kept(stores, "A7")] == [AlertState.ACTIVE]
    for hour in (24.1, 25):
        take(desk, stores, heartbeat("2026-01-12", hour))
    (alert,) = kept(stores, "A7")
    assert (alert.state, alert.cleared_t_ns) == (AlertState.CLOSED, at("2026-01-13"))
