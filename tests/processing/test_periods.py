"""Days and weeks of walks: weighted with what they rest on, and a day without a walk is not measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from summary_kit import SIDES, walk_summary

from ingest.wire.geometry import Calibration, Side
from processing.periods import Measured, Period, Span, TimedWalk, periods

VIENNA = ZoneInfo("Europe/Vienna")
MONDAY = date(2025, 3, 24)


def at(day: int, hour: float, summary: Mapping[str, Any]) -> TimedWalk:
    """A walk in March 2025, UTC."""
    begun = datetime(2025, 3, day, int(hour), int(hour % 1 * 60), tzinfo=UTC)
    return TimedWalk(begun_t_ns=int(begun.timestamp()) * 10**9, summary=summary)


def monday(*summaries: dict[str, Any]) -> Period:
    (found,) = periods([at(24, 9 + k, each) for k, each in enumerate(summaries)], Span.DAY, MONDAY, MONDAY, UTC)
    return found


def test_a_day_without_a_walk_is_not_measured_and_nothing_of_it_is_zero() -> None:
    found = monday()
    assert (found.measured, found.reason, found.walks) == (Measured.NOT, "no walk was recorded", 0)
    assert found.calibration is None
    for each in [*found.totals.values(), *found.figures.values()]:
        assert (each.value, each.coverage_pct, each.reason) == (None, 0.0, "no walk was recorded")


def test_every_day_asked_for_comes_in_order() -> None:
    walks = [at(26, 9, walk_summary()), at(24, 9, walk_summary()), at(30, 9, walk_summary())]
    found = periods(walks, Span.DAY, MONDAY, date(2025, 3, 27), UTC)
    assert [each.first.day for each in found] == [24, 25, 26, 27]
    assert [each.measured for each in found] == [Measured.YES, Measured.NOT, Measured.YES, Measured.NOT]


def test_a_walk_counts_for_the_day_on_which_it_began_where_the_person_is() -> None:
    walk = at(24, 23.5, walk_summary())
    assert periods([walk], Span.DAY, MONDAY, MONDAY, UTC)[0].walks == 1
    assert periods([walk], Span.DAY, MONDAY, MONDAY, VIENNA)[0].walks == 0
    summer = at(30, 22.5, walk_summary())  # the clocks went forward that night: UTC + 2 h
    assert [each.walks for each in periods([summer], Span.DAY, date(2025, 3, 30), date(2025, 3, 31), VIENNA)] == [0, 1]


def test_times_of_strides_are_weighted_by_the_strides() -> None:
    found = monday(walk_summary(stride_s=1.0, strides=300), walk_summary(stride_s=1.4, strides=100)).figures
    assert found["stride.mean_s"].value == pytest.approx(1.1)
    assert found["cadence_spm"].value == pytest.approx(120 / 1.1)
    assert found["stride.mean_s"].walks == 2


def test_shares_of_load_are_weighted_by_the_load() -> None:
    figure = "forefoot_share_pct.left"
    heavy, light = walk_summary(front_pct=40.0, impulse_n_s=3.0), walk_summary(front_pct=60.0, impulse_n_s=1.0)
    assert monday(heavy, light).figures[figure].value == pytest.approx(45.0)
    unscaled = light | {"impulse": dict.fromkeys(SIDES), "duration_s": 100.0}
    assert monday(heavy, unscaled).figures[figure].value == pytest.approx((40 * 900 + 60 * 100) / 1000)


def test_what_one_walk_does_not_state_comes_from_the_others_with_its_coverage() -> None:
    withheld = walk_summary(front_pct=None, duration_s=300.0)
    found = monday(walk_summary(duration_s=900.0, coverage_pct=90.0), withheld)
    share = found.figures["forefoot_share_pct.left"]
    assert (share.value, share.walks) == (45.0, 1)
    assert share.coverage_pct == pytest.approx(90 * 900 / 1200)
    assert found.coverage_pct[Side.LEFT] == pytest.approx((900 * 90 + 300 * 100) / 1200)


def test_why_no_walk_states_a_figure_is_said() -> None:
    reasons = {"forefoot_share_pct.left": "the heel cell is dead"}
    found = monday(walk_summary(front_pct=None, reasons=reasons)).figures
    assert found["forefoot_share_pct.left"].reason == "the heel cell is dead"
    assert found["forefoot_share_pct.right"].reason == "no walk states it"


def test_insoles_of_different_layouts_are_not_pooled_but_their_timing_is() -> None:
    found = monday(walk_summary(insole=1), walk_summary(insole=2)).figures
    assert found["asymmetry.load_si_pct"].value is None
    assert found["asymmetry.load_si_pct"].reason == "measured with insoles of different layouts"
    assert found["stride.mean_s"].value is not None


def test_totals_add_up_and_the_weakest_calibration_is_named() -> None:
    found = monday(walk_summary(calibration="bench"), walk_summary(calibration="zero"), walk_summary(strides=99))
    assert found.totals["steps.left"].value == 301 + 301 + 100
    assert found.totals["activity.walking_s"].value is None
    assert found.calibration is Calibration.ZERO


def test_time_worn_is_what_is_known_to_be_sitting_standing_or_walking() -> None:
    states = {"seated_s": 100, "standing_s": 20, "walking_s": 300, "unworn_s": 400, "unknown_s": 80}
    found = monday(walk_summary(activity=states), walk_summary()).worn_s
    assert (found.value, found.walks, found.coverage_pct) == (420, 1, 50.0)
    assert monday(walk_summary()).worn_s.reason == "no walk states it"


def test_walks_are_those_found_in_the_recordings() -> None:
    two = walk_summary(activity={"walks": [{"steps": 12}, {"steps": 30}]})
    found = monday(two, walk_summary(activity={"walks": []}), walk_summary(reasons={"activity": "no second"}))
    assert (found.walks, found.walks_found.value, found.walks_found.walks) == (3, 2, 2)
    assert monday(walk_summary(reasons={"activity": "no second"})).walks_found.reason == "no second"


def test_a_day_measured_in_part_says_so() -> None:
    found = monday(walk_summary(coverage_pct=60.0))
    assert found.measured is Measured.PARTLY
    assert found.reason == "coverage of the time recorded: left foot 60 %, right foot 60 %"


def test_a_week_is_monday_to_sunday_and_says_on_how_many_days_it_rests() -> None:
    walks = [
        at(24, 9, walk_summary()),
        at(24, 15, walk_summary()),
        at(30, 9, walk_summary()),
        at(31, 9, walk_summary()),
    ]
    first, second = periods(walks, Span.WEEK, date(2025, 3, 26), date(2025, 3, 31), UTC)
    assert (first.first, first.last, first.walks, first.days_measured) == (MONDAY, date(2025, 3, 30), 3, 2)
    assert (first.measured, first.reason) == (Measured.PARTLY, "2 of 7 days")
    assert (second.first, second.days_measured) == (date(2025, 3, 31), 1)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda walk: walk | {"duration_s": None},
        lambda walk: walk | {"stride": None},
        lambda walk: walk | {"coverage_pct": {"left": "much"}},
        lambda walk: walk | {"calibration": ["bench"], "reasons": 3},
        lambda walk: {},
    ],
)
def test_a_summary_that_makes_no_sense_never_becomes_a_number(spoil: Callable[[dict[str, Any]], Any]) -> None:
    found = monday(spoil(walk_summary()))
    numbers = [each.value for each in [*found.totals.values(), *found.figures.values()] if each.value is not None]
    assert all(isfinite(value) for value in numbers)
    assert monday({}).measured is Measured.NOT


@given(st.permutations(range(6)), st.lists(st.floats(0, 100), min_size=6, max_size=6))
def test_the_order_in_which_walks_are_handed_in_does_not_matter(order: list[int], shares: list[float]) -> None:
    walks = [at(24 + k // 3, 8 + k, walk_summary(front_pct=share, strides=10 + k)) for k, share in enumerate(shares)]
    found = periods(walks, Span.DAY, MONDAY, date(2025, 3, 25), UTC)
    assert periods([walks[k] for k in order], Span.DAY, MONDAY, date(2025, 3, 25), UTC) == found
    mean = found[0].figures["forefoot_share_pct.left"].value
    assert mean is not None
    assert min(shares[:3]) - 1e-9 <= mean <= max(shares[:3]) + 1e-9
