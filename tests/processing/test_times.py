"""Event times by a person's own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from processing.times import day_bounds_ns, each_day, local_day, local_time, stamp

VIENNA = ZoneInfo("Europe/Vienna")
HOUR_NS = 3600 * 10**9


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-01-05", 24)])
def test_a_day_lasts_from_midnight_to_midnight_where_the_person_is(day: str, hours: int) -> None:
    start_ns, stop_ns = day_bounds_ns(date.fromisoformat(day), VIENNA)
    assert stop_ns - start_ns == hours * HOUR_NS
    assert {local_day(start_ns, VIENNA), local_day(stop_ns - 1, VIENNA)} == {date.fromisoformat(day)}
    assert local_day(stop_ns, VIENNA) == date.fromisoformat(day) + timedelta(days=1)


def test_days_are_counted_with_the_last_one() -> None:
    monday = date(2026, 1, 5)
    assert list(each_day(monday, monday + timedelta(days=2))) == [monday + timedelta(days=n) for n in range(3)]
    assert list(each_day(monday, monday)) == [monday]
    assert not list(each_day(monday, monday - timedelta(days=1)))


def test_a_stamp_is_in_utc_wherever_the_person_is() -> None:
    t_ns = int(datetime(2026, 7, 5, 23, 30, 1, tzinfo=UTC).timestamp()) * 10**9 + 999_999_999
    assert stamp(t_ns) == "20260705T233001Z"
    assert local_time(t_ns, VIENNA).isoformat() == "2026-07-06T01:30:01+02:00"
