"""Days out of walks and the hub's own hours: sums of what is stated, and four ways of not having walked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from summary_kit import SIDES, walk_summary

from processing.days.facts import day_facts
from processing.periods import TimedWalk
from processing.rules.day_facts import DayFacts, DayMeasured, usual_steps
from processing.store.journal import DayInTouch

VIENNA = ZoneInfo("Europe/Vienna")
MONDAY = date(2026, 1, 5)
H_NS = 3600 * 10**9


def walk(day: date = MONDAY, hour: float = 9, **given: Any) -> TimedWalk:
    begun_ns = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 10**9 + round(hour * H_NS)
    return TimedWalk(begun_t_ns=begun_ns, summary=walk_summary(**given))


def stated(walking_s: float = 600.0, unworn_s: float = 0.0, load_bw_s: float | None = 400.0) -> dict[str, Any]:
    worn_s = {"seated_s": 60.0, "standing_s": 120.0, "walking_s": walking_s}
    return {
        "activity": {**(worn_s if walking_s else dict.fromkeys(worn_s, 0.0)), "unworn_s": unworn_s, "unknown_s": 0.0},
        "direction_min": {"forward": 9.0, "backward": 1.0, "unclear": 0.5},
        "dose": {side: {"impulse_bw_s": load_bw_s} for side in SIDES},
    }


def monday(walks: Sequence[TimedWalk], *touched: DayInTouch) -> DayFacts:
    (facts,) = day_facts(walks, touched, MONDAY, MONDAY, UTC)
    return facts


def test_a_day_is_the_sum_of_its_walks() -> None:
    facts = monday([walk(hour=9, **stated()), walk(hour=15, **stated())])
    assert (facts.measured, facts.reason, facts.walks) == (DayMeasured.MEASURED, None, 2)
    assert facts.steps == 2 * 2 * 301
    assert (facts.walked_min, facts.worn_min, facts.load_bw_s) == (20.0, 26.0, 1600.0)
    assert (facts.forward_min, facts.backward_min, facts.unclear_min) == (18.0, 2.0, 1.0)
    assert facts.coverage_pct == 100.0


def test_what_no_walk_states_is_not_zero() -> None:
    facts = monday([walk(steps={"left": 300, "right": None})])
    assert facts.measured is DayMeasured.MEASURED
    found = (facts.steps, facts.walked_min, facts.forward_min, facts.worn_min, facts.load_bw_s)
    assert found == (None,) * 5


@pytest.mark.parametrize(("pct", "measured"), [(80.0, DayMeasured.MEASURED), (79.9, DayMeasured.PARTLY)])
def test_the_worse_foot_decides_whether_a_day_is_measured(pct: float, measured: DayMeasured) -> None:
    facts = monday([walk(**stated(), coverage_pct=100.0), walk(hour=12, **stated())])
    assert facts.measured is DayMeasured.MEASURED
    one_foot = TimedWalk(
        begun_t_ns=walk().begun_t_ns, summary=walk_summary() | {"coverage_pct": {"left": 100.0, "right": pct}}
    )
    facts = monday([one_foot])
    assert facts.measured is measured
    assert facts.coverage_pct == pytest.approx(pct)
    assert (facts.reason is None) == (measured is DayMeasured.MEASURED)


@pytest.mark.parametrize(
    ("touched", "measured", "reason", "in_touch"),
    [
        ([], DayMeasured.NO_DATA, "the hub did not run", None),
        ([DayInTouch(day="2026-01-05", heard_s=80_000.0, in_touch_s=0.0)], DayMeasured.NO_DATA, "met no insole", False),
        ([DayInTouch(day="2026-01-05", heard_s=80_000.0, in_touch_s=59.0)], DayMeasured.NO_DATA, "no insole", False),
        ([DayInTouch(day="2026-01-05", heard_s=80_000.0, in_touch_s=60.0)], DayMeasured.NOT_WORN, "was worn", True),
        ([DayInTouch(day="2026-01-06", heard_s=80_000.0, in_touch_s=60.0)], DayMeasured.NO_DATA, "did not run", None),
    ],
)
def test_a_day_without_a_walk_says_why(
    touched: list[DayInTouch], measured: DayMeasured, reason: str, in_touch: bool | None
) -> None:
    facts = monday([], *touched)
    assert (facts.measured, facts.in_touch, facts.steps, facts.coverage_pct) == (measured, in_touch, None, None)
    assert reason in (facts.reason or "")


def test_insoles_that_send_from_the_shelf_are_not_worn() -> None:
    assert monday([walk(**stated(0.0, unworn_s=900.0))]).measured is DayMeasured.NOT_WORN
    assert (
        monday([walk(**stated(0.0, unworn_s=600.0))]).measured is DayMeasured.MEASURED
    )  # of the rest nothing is known
    assert monday([walk(**stated(1.0, unworn_s=800.0))]).measured is DayMeasured.MEASURED


def test_a_walk_of_which_no_row_was_measured_leaves_the_day_unknown() -> None:
    facts = monday([walk(duration_s=0.0)], DayInTouch(day="2026-01-05", heard_s=1e4, in_touch_s=1e4))
    assert (facts.measured, facts.reason) == (DayMeasured.NO_DATA, "no row was measured")


def test_usual_steps_are_the_median_of_the_first_seven_days_measured() -> None:
    def day(n: int, steps: int | None, measured: DayMeasured = DayMeasured.MEASURED) -> DayFacts:
        return DayFacts(day=MONDAY + timedelta(days=n), measured=measured, steps=steps)

    first = [day(n, steps) for n, steps in enumerate([3000, 9000, 4000, 5000, 6000, 2000])]
    others = [day(6, None), day(7, 100, DayMeasured.PARTLY), day(8, None, DayMeasured.NOT_WORN)]
    assert usual_steps([*first, *others]) is None
    assert usual_steps([*first, *others, day(9, 7000)]) == 5000
    assert usual_steps([*first, *others, day(9, 7000), day(10, 99_000)]) == 5000


def test_a_walk_late_in_the_evening_of_a_day_of_23_hours_counts_for_that_day() -> None:
    sunday = date(2026, 3, 29)
    late = walk(sunday, 21.9, **stated())  # 23:54 in summer time
    facts = day_facts([late, walk(sunday, 22.1, **stated())], [], sunday, sunday + timedelta(days=1), VIENNA)
    assert [each.walks for each in facts] == [1, 1]


@given(st.lists(st.integers(0, 24 * 20), max_size=12), st.randoms(use_true_random=False))
def test_no_walk_is_lost_or_counted_twice_in_whatever_order_they_come(hours: list[int], order: Any) -> None:
    walks = [walk(hour=float(hour), **stated()) for hour in hours]
    first, last = MONDAY - timedelta(days=1), MONDAY + timedelta(days=21)
    facts = day_facts(walks, [], first, last, VIENNA)
    order.shuffle(walks)
    assert day_facts(walks, [], first, last, VIENNA) == facts
    assert sum(each.walks for each in facts) == len(walks)
    assert [each.day for each in facts] == [first + timedelta(days=k) for k in range(23)]
