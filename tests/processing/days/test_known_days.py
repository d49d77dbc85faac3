"""Days that are remembered are the days that would be worked out."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from processing.days import known as known_days
from processing.days.facts import day_facts
from processing.days.known import KnownDays
from processing.periods import TimedWalk
from processing.store.journal import DayInTouch

FIRST, LAST = date(2026, 1, 12), date(2026, 1, 16)


def walk(day: int, steps: float) -> TimedWalk:
    begun = datetime(2026, 1, day, 9, tzinfo=UTC)
    summary = {
        "duration_s": 1200.0,
        "coverage_pct": {"left": 100.0, "right": 100.0},
        "steps": {"left": steps, "right": steps},
    }
    return TimedWalk(begun_t_ns=round(begun.timestamp()) * 10**9, summary=summary)


def test_what_changes_of_a_day_is_seen() -> None:
    known = KnownDays(UTC)
    walks, touched = (walk(12, 500), walk(14, 600)), (DayInTouch(day="2026-01-13", heard_s=100.0, in_touch_s=0.0),)
    longer = (DayInTouch(day="2026-01-13", heard_s=200.0, in_touch_s=90.0),)
    told_anew = (walks[0], walk(14, 700))
    for given, hub in ((walks, touched), (walks, longer), (told_anew, longer), (told_anew[:1], ())):
        found = known.facts(given, hub, FIRST, LAST)
        assert found == day_facts(given, hub, FIRST, LAST, UTC)


def test_what_has_not_changed_is_not_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[date] = []

    def counting(*given: object) -> object:
        asked.append(given[2])
        return day_facts(*given)

    monkeypatch.setattr(known_days, "day_facts", counting)
    known, walks = KnownDays(UTC), (walk(12, 500), walk(14, 600))
    known.facts(walks, (), FIRST, LAST)
    known.facts(walks, (), FIRST, LAST)
    assert len(asked) == 5
    known.facts((*walks, walk(16, 100)), (), FIRST, LAST)
    assert asked[5:] == [date(2026, 1, 16)]
