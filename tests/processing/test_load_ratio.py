"""A load ratio is held against its own median of the seven days before, of walks that can be compared."""

from __future__ import annotations

import random
from typing import Any

import pytest
from summary_kit import SIDES, walk_summary

from processing.load_ratio import moved_ratios
from processing.periods import TimedWalk

_DAY_NS = 86_400 * 10**9


def walk(day: float, ratio: float | None, **other: Any) -> TimedWalk:
    summary = walk_summary(**other)
    health = summary["health"] | {"load_ratio": ratio}
    return TimedWalk(begun_t_ns=round(day * _DAY_NS), summary=summary | {"health": health})


def days(*ratios: float | None, **other: Any) -> list[TimedWalk]:
    return [walk(day, ratio, **other) for day, ratio in enumerate(ratios)]


def test_eight_percent_are_usual_and_more_is_told() -> None:
    assert moved_ratios(days(1.0, 1.0, 1.0, 1.079, 0.921)) == []
    (found,) = moved_ratios(days(1.2, 1.3, 1.25, 1.36))
    assert (found.begun_t_ns, found.ratio, found.usual, found.walks) == (3 * _DAY_NS, 1.36, 1.25, 3)
    assert found.moved_pct == pytest.approx(8.8)
    assert moved_ratios(days(1.0, 1.0, 1.0, 0.91))[0].moved_pct == pytest.approx(-9.0)


def test_one_odd_walk_among_them_moves_no_median() -> None:
    assert [each.ratio for each in moved_ratios(days(1.0, 1.0, 1.0, 2.0, 1.01))] == [2.0]


def test_two_walks_are_no_usual() -> None:
    assert moved_ratios(days(1.0, 1.0, 2.0)) == []


def test_only_the_seven_days_before_count() -> None:
    assert moved_ratios([*days(1.0, 1.0, 1.0), walk(7.0, 2.0)]) != []
    assert moved_ratios([*days(1.0, 1.0, 1.0), walk(7.1, 2.0)]) == []


def test_other_insoles_or_another_calibration_are_no_yardstick() -> None:
    for other in ({"insole": 8}, {"calibration": "weight"}, {"calibration_version": "v2"}):
        assert moved_ratios([*days(1.0, 1.0, 1.0), walk(3.0, 1.5, **other)]) == []


@pytest.mark.parametrize("spoilt", [None, 0.0, -1.0, float("nan"), float("inf"), "1.5", True])
def test_a_walk_without_a_ratio_is_passed_over(spoilt: Any) -> None:
    assert [each.ratio for each in moved_ratios(days(1.0, spoilt, 1.0, 1.0, 1.2))] == [1.2]
    assert moved_ratios([TimedWalk(begun_t_ns=0, summary={"health": dict.fromkeys(SIDES)})]) == []


def test_the_order_in_which_walks_are_handed_in_does_not_matter() -> None:
    walks = days(1.0, 1.1, 1.05, 1.3, 0.9, 1.0)
    shuffled = random.Random(1).sample(walks, len(walks))
    assert moved_ratios(shuffled) == moved_ratios(walks)
    assert len(moved_ratios(walks)) == 2
