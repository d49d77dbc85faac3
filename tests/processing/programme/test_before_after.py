"""Before and after, with the number of walks or days and the spread behind each figure."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

import pytest
from programme_kit import BACKWARD, DAILY, Life, at, begin, fact, no_cap, on, said, symptoms
from summary_kit import walk_summary

from ingest.wire.entries import ProgrammeChange, Role
from processing.periods import TimedWalk
from processing.programme.report import OF_BACKWARD, Days, before_after, days_of_programmes
from processing.programme.standing import standing
from processing.rules.day_facts import DayFacts, DayMeasured

BEFORE, AFTER = Days.between(on(0), on(6)), Days.between(on(7), on(13))


def walk(day: date, share: float, **more: Any) -> TimedWalk:
    areas = {side: {"m3": {"share_pct": {"mean": share, "sd": 1.0}}} for side in ("left", "right")}
    return TimedWalk(begun_t_ns=at(day), summary=walk_summary(regions=areas, **more))


def test_each_figure_has_its_number_of_walks_or_days_and_its_spread() -> None:
    walks = [walk(on(n), 20.0 + n % 2) for n in range(4)] + [walk(on(n), 30.0) for n in range(7, 10)]
    facts = [fact(on(n), 15.0, backward=float(n)) for n in range(14)]
    said = [symptoms(on(n), pain=n % 3, numbness=None) for n in range(14)]
    found = before_after(BEFORE, AFTER, walks, facts, said, UTC)
    (row,) = [each for each in found.figures.regions if each.side == "left" and each.area == "m3"]
    assert (row.of.before.n, row.of.after.n, row.of.change) == (4, 3, 9.5)
    assert row.of.before.sd == pytest.approx(0.577, abs=1e-3)
    assert found.figures.walks["cadence_spm"].before.n == 4
    minutes = found.of_days["backward_min"]
    assert (minutes.before.value, minutes.after.value, minutes.before.n) == (3.0, 10.0, 7)
    pain = found.symptoms["pain"]
    assert (pain.before.median, pain.before.days, pain.before.spread) == (1.0, 7, 1.4826)
    assert found.symptoms["numbness"].change is None
    assert (found.before.walks, found.before.days_measured, found.after.symptom_days) == (4, 7, 7)
    assert found.notes[:2] == (f"Only 4 walks in {BEFORE.label}.", f"Only 3 walks in {AFTER.label}.")


def test_a_day_that_was_not_measured_whole_counts_for_no_mean() -> None:
    facts = [fact(on(0), 15.0), fact(on(1), 2.0, coverage=50.0), fact(on(2), None)]
    facts.append(DayFacts(day=on(3), measured=DayMeasured.NOT_WORN, in_touch=True))
    found = before_after(BEFORE, AFTER, [], facts, [], UTC)
    assert (found.of_days["walked_min"].before.n, found.of_days["walked_min"].before.value) == (1, 15.0)
    assert found.of_days["walked_min"].change is None
    assert found.of_days["walked_min"].reason == "no day after states it"
    assert found.before.days_measured == 1


def test_other_insoles_are_not_compared() -> None:
    found = before_after(BEFORE, AFTER, [walk(on(0), 20.0), walk(on(8), 20.0, insole=9)], [], [], UTC)
    assert {row.of.reason for row in found.figures.regions} == {
        "the walks have different layouts of the left insole",
        "the walks have different layouts of the right insole",
    }
    assert found.figures.walks["cadence_spm"].reason is None


def test_two_programmes_are_compared_by_the_days_of_one_alone() -> None:
    end = ProgrammeChange(programme=DAILY, do="end", day=on(12).isoformat())
    entries = [begin(), no_cap(), begin(BACKWARD, on(10)), said(end, on(12), role=Role.CLINICIAN)]
    life = Life(entries=entries).live(range(20))
    daily, backward = standing(life.entries, life.facts, (), on(20), UTC, 2000)
    before, after = days_of_programmes(daily, backward)
    assert (min(before.days), max(before.days), len(before.days)) == (on(0), on(9), 10)
    assert (min(after.days), max(after.days)) == (on(12), on(20))
    found = before_after(before, after, [], life.facts, [], UTC, programmes=(DAILY, BACKWARD))
    assert (found.before.label, found.after.label) == ("Daily walking", "Backward walking")
    assert found.notes[-1] == OF_BACKWARD
