"""Rules over days and walks, each four ways: met, just not, not measured, and what neither figure says."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from days_kit import CLINICAL
from hypothesis import given
from hypothesis import strategies as st
from rules_kit import FORBIDDEN
from summary_kit import walk_summary

from ingest.wire.geometry import Side
from processing.household import Household
from processing.rules.baseline import Baseline, Usual, UsualPerFoot
from processing.rules.daily import (
    CannotJudge,
    Judged,
    Quiet,
    Raised,
    judge_dose,
    judge_gait,
    judge_no_wear,
    judge_wear,
)
from processing.rules.day_facts import DayFacts, DayMeasured, usual_load_bw_s
from processing.rules.day_rule import DayRule, DoseRule, GaitChangeRule, TemperatureRule, UpkeepRule, WearRule
from processing.rules.day_wording import CAME_LATER, patient_text
from processing.rules.run import Run, runs
from processing.rules.temperature import MINUTES_NEEDED, DayDifference, day_difference, judge_warmth
from processing.rules.upkeep import Upkeep, judge_battery, judge_calibration, judge_clock

MONDAY = date(2026, 1, 5)
R = TypeVar("R", bound=DayRule)
DAY_S = 86_400.0
DAY_NS = 86_400 * 10**9


def rule(kind: type[R]) -> R:
    return next(each for each in CLINICAL.days if isinstance(each, kind))


def day(steps: int | None = 4000, load_bw_s: float | None = 2000.0, number: int = 0, **other: Any) -> DayFacts:
    known = {"measured": DayMeasured.MEASURED, "worn_min": 300.0, "walks": 1, "coverage_pct": 100.0}
    return DayFacts(day=MONDAY + timedelta(days=number), steps=steps, load_bw_s=load_bw_s, **{**known, **other})


PARTLY: dict[str, Any] = {"measured": DayMeasured.PARTLY, "reason": "60 % of the time recorded was measured"}


@pytest.mark.parametrize(
    ("facts", "usual", "says"),
    [
        (day(5001), (4000, 2000.0), Raised),
        (day(5000, 3000.0), (4000, 2000.0), Quiet),
        (day(4000, 3000.1), (4000, 2000.0), Raised),
        (day(None, 3000.0), (4000, 2000.0), Quiet),  # the other figure is enough to call it usual
        (day(4000, None), (4000, None), Quiet),
        (day(None, None), (4000, 2000.0), CannotJudge),
        (day(), (None, None), CannotJudge),
        (day(), (None, 0.0), CannotJudge),
        (day(4999, **PARTLY), (4000, None), CannotJudge),
        (day(5001, **PARTLY), (4000, None), Raised),  # what was seen is enough
        (DayFacts(day=MONDAY, measured=DayMeasured.NO_DATA), (4000, 2000.0), CannotJudge),
    ],
)
def test_a_days_dose(facts: DayFacts, usual: tuple[int | None, float | None], says: type[Judged]) -> None:
    assert isinstance(judge_dose(rule(DoseRule), facts, *usual), says)


def test_both_figures_of_a_dose_stand_in_the_evidence() -> None:
    judged = judge_dose(rule(DoseRule), day(6000, 4000.0), 4000, 2000.0)
    assert isinstance(judged, Raised)
    assert "+2000 against the usual 4000" in judged.found
    assert "2.00 ×" in judged.found


def test_the_usual_load_is_the_median_of_the_last_days_measured_whole() -> None:
    days = [day(load_bw_s=float(k), number=k) for k in range(20)]
    assert usual_load_bw_s(days, 14) == 12.5
    assert usual_load_bw_s(days[:6], 14) is None
    assert usual_load_bw_s([*days, day(load_bw_s=None), day(load_bw_s=1e9, **PARTLY)], 14) == 12.5
    assert usual_load_bw_s(days[:3], 3) == 1.0


SHARE = Usual(median=45.0, spread=1.0)
FIGURES = {"stride.cv_pct": Usual(median=3.0, spread=1.5), "cadence_spm": Usual(median=100.0, spread=2.0)}


def usual_walks(figures: dict[str, Usual]) -> Baseline:
    shares = UsualPerFoot(left=SHARE, right=SHARE)
    return Baseline(forefoot_share_pct=shares, load_si_pct=SHARE, walks=7, figures=figures)


@pytest.mark.parametrize(
    ("cv_pct", "cadence", "says"),
    [
        (7.6, 100.0, Raised),  # three spreads are more than the floor
        (7.5, 100.0, Quiet),
        (3.0, 79.9, Raised),
        (3.0, 80.0, Quiet),
        (None, 79.9, CannotJudge),
        (7.6, None, CannotJudge),
    ],
)
def test_a_walk_against_what_is_usual(cv_pct: float | None, cadence: float | None, says: type[Judged]) -> None:
    walk = walk_summary(stride={"kept": {"left": 15, "right": 15}, "cv_pct": cv_pct}, cadence_spm=cadence)
    assert isinstance(judge_gait(rule(GaitChangeRule), walk, usual_walks(FIGURES)), says)
    assert isinstance(judge_gait(rule(GaitChangeRule), walk, None), CannotJudge)
    assert isinstance(judge_gait(rule(GaitChangeRule), walk, usual_walks({})), CannotJudge)


@pytest.mark.parametrize(
    "too_little", [{"coverage_pct": 79.9}, {"stride": {"kept": {"left": 14, "right": 15}, "cv_pct": 9.0}}]
)
def test_a_walk_of_too_little_is_not_judged(too_little: dict[str, Any]) -> None:
    judged = judge_gait(rule(GaitChangeRule), walk_summary(**too_little), usual_walks(FIGURES))
    assert isinstance(judged, CannotJudge)


def worn(*hours: float | None, **other: Any) -> list[DayFacts]:
    return [
        day(number=k, worn_min=None if each is None else each * 60, **({"heard_s": DAY_S} | (other if k == 1 else {})))
        for k, each in enumerate(hours)
    ]


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (worn(4.0, 4.0, 5.0), Raised),
        (worn(4.0, 4.5, 5.0), Quiet),
        (worn(0.0, 4.0, 4.5, 5.0), Quiet),
        (worn(4.0, 4.0), CannotJudge),
        (worn(4.0, None, 4.0), CannotJudge),
        (worn(9.0, None, 9.0), Quiet),  # enough whatever the day between was
        (worn(4.0, None, 4.0, walks=0, heard_s=43_200.0), Raised),
        (worn(4.0, None, 4.0, walks=0, heard_s=43_199.0), CannotJudge),
        (worn(4.0, 4.0, 4.0, **PARTLY), CannotJudge),
        (worn(4.0, 4.0, 4.0, heard_s=43_199.0), CannotJudge),  # who knows what was worn while the hub did not run
    ],
)
def test_wear_on_the_mean_of_three_days(days: list[DayFacts], says: type[Judged]) -> None:
    assert isinstance(judge_wear(rule(WearRule), days), says)


@pytest.mark.parametrize(
    ("since_h", "ran_h", "says"),
    [(48.0, 24.0, Raised), (47.9, 48.0, Quiet), (60.0, 23.9, CannotJudge), (None, 48.0, CannotJudge)],
)
def test_no_wear_at_all(since_h: float | None, ran_h: float, says: type[Judged]) -> None:
    assert isinstance(judge_no_wear(rule(WearRule), since_h, ran_h), says)


@pytest.mark.parametrize(
    ("difference", "says"),
    [
        (DayDifference(2.2, 15), Raised),
        (DayDifference(2.19, 15), Quiet),
        (DayDifference(-2.2, 15), Quiet),
        (DayDifference(None, 14), CannotJudge),
    ],
)
def test_warmth_of_the_left_foot(difference: DayDifference, says: type[Judged]) -> None:
    assert isinstance(judge_warmth(rule(TemperatureRule), difference, Side.LEFT), says)
    mirrored = DayDifference(None if difference.difference_c is None else -difference.difference_c, difference.minutes)
    assert isinstance(judge_warmth(rule(TemperatureRule), mirrored, Side.RIGHT), says)


def test_a_days_difference_rests_on_minutes_of_both_feet_alone() -> None:
    left = dict.fromkeys(range(MINUTES_NEEDED), 33.0) | {100: 99.0}
    right = dict.fromkeys(range(MINUTES_NEEDED), 30.0) | {200: -99.0}
    assert day_difference(left, right) == DayDifference(3.0, MINUTES_NEEDED)
    del right[3]
    assert day_difference(left, right) == DayDifference(None, MINUTES_NEEDED - 1)
    assert day_difference({}, right) == DayDifference(None, 0)


@pytest.mark.parametrize(
    ("pct", "told", "says"),
    [(15, False, Raised), (16, False, Quiet), (19, True, Raised), (20, True, Quiet), (None, True, CannotJudge)],
)
def test_a_battery(pct: int | None, told: bool, says: type[Judged]) -> None:
    assert isinstance(judge_battery(rule(UpkeepRule), pct, told=told), says)


@pytest.mark.parametrize(
    ("error_ms", "told", "says"),
    [(20.1, False, Raised), (20.0, False, Quiet), (15.1, True, Raised), (15.0, True, Quiet), (None, 0, CannotJudge)],
)
def test_a_clock(error_ms: float | None, told: bool, says: type[Judged]) -> None:
    assert isinstance(judge_clock(rule(UpkeepRule), error_ms, told=told), says)


@pytest.mark.parametrize(("made_ns", "says"), [(0, Quiet), (-1, Raised), (None, CannotJudge)])
def test_a_calibration(made_ns: int | None, says: type[Judged]) -> None:
    assert isinstance(judge_calibration(rule(UpkeepRule), made_ns, 14 * DAY_NS), says)


MET, NOT, UNKNOWN = Raised(""), Quiet(), CannotJudge("")


@pytest.mark.parametrize(
    ("judged", "gap_breaks", "found"),
    [
        ([MET, MET], True, [Run(1, None)]),
        ([MET, NOT, MET], True, []),
        ([MET, UNKNOWN, MET], True, []),
        ([MET, UNKNOWN, MET], False, [Run(2, None)]),
        ([MET, MET, NOT, MET, NOT, NOT], True, [Run(1, 5)]),
        ([MET, MET, NOT, UNKNOWN, NOT, MET, MET], True, [Run(1, 4), Run(6, None)]),
    ],
)
def test_runs(judged: list[Judged], gap_breaks: bool, found: list[Run]) -> None:
    assert runs(judged, [2] * len(judged), gap_breaks=gap_breaks) == found


@given(st.lists(st.sampled_from([MET, NOT, UNKNOWN]), max_size=40), st.integers(1, 4), st.booleans())
def test_runs_never_overlap_and_what_comes_later_never_changes_where_one_began(
    judged: list[Judged], enough: int, gap_breaks: bool
) -> None:
    found = runs(judged, [enough] * len(judged), gap_breaks=gap_breaks)
    for earlier, later in pairwise(found):
        assert earlier.ended is not None
        assert earlier.begun < earlier.ended < later.begun
    assert all(each.ended is not None for each in found[:-1])
    for cut in range(len(judged)):
        so_far = runs(judged[:cut], [enough] * cut, gap_breaks=gap_breaks)
        assert [each.begun for each in so_far] == [each.begun for each in found if each.begun < cut]


def test_no_sentence_frightens_or_promises_and_each_says_what_to_do() -> None:
    house = Household(clinic_phone="0123 456")
    texts = [
        patient_text(each, house, side=side, area=area, upkeep=upkeep)
        for each in CLINICAL.days
        for side in Side
        for area in ("M1", "T2-5", "rear_lat")
        for upkeep in Upkeep
    ]
    assert len(set(texts)) > 12
    for text in [*texts, CAME_LATER]:
        assert not any(word in text.lower() for word in FORBIDDEN)
        assert text.endswith((".", "0123 456."))
        assert "_" not in text
