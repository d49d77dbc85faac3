"""Days and walks of a record made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import Any

from summary_kit import walk_summary

from processing.periods import Period, Span, TimedWalk, periods
from processing.rules.day_facts import DayFacts, DayMeasured
from processing.times import day_bounds_ns
from underfoot.web.record.days import Strip, strip

FIRST = date(2026, 3, 2)
H_NS = 3600 * 10**9


def day(n: int) -> date:
    """The n-th day, from 0."""
    return FIRST + timedelta(days=n)


def fact(n: int, measured: DayMeasured = DayMeasured.MEASURED, **more: Any) -> DayFacts:
    return DayFacts(day=day(n), measured=measured, **more)


def walk(n: int, hour: int = 9, **summary: Any) -> TimedWalk:
    begun_t_ns = day_bounds_ns(day(n), UTC)[0] + hour * H_NS
    return TimedWalk(begun_t_ns=begun_t_ns, summary={**walk_summary(), "walk": f"w{n}-{hour}", **summary})


def days_of(walks: Sequence[TimedWalk], count: int) -> list[Period]:
    return periods(walks, Span.DAY, day(0), day(count - 1), UTC)


def strip_of(facts: Sequence[DayFacts], count: int, walks: Mapping[date, Sequence[str]] | None = None) -> Strip:
    return strip(facts, {}, walks or {}, day(0), day(count - 1))
