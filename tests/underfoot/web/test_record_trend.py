"""Curves of a record: what is not known stays unknown, little coverage shows, limits are those of the day."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC

import pytest
from record_kit import H_NS, day, days_of, fact, strip_of, walk
from rules_kit import baseline

from ingest.wire.geometry import Side
from processing.rules.change import with_changes
from processing.rules.day_facts import DayMeasured
from processing.rules.preset import load_preset
from processing.rules.ruleset import RuleSet
from processing.store.journal import BaselineSet
from processing.times import day_bounds_ns
from underfoot.web.record.limits import Limits, limits_of_days
from underfoot.web.record.svg import draw
from underfoot.web.record.trend import Chart, ChartId, charts

CLINICAL = load_preset("clinical")
DAYS = 10


def limits(baselines: tuple[BaselineSet, ...] = (), changed_on: int | None = None) -> Limits:
    def rules_at(t_ns: int) -> RuleSet:
        changed = changed_on is not None and t_ns >= day_bounds_ns(day(changed_on), UTC)[0]
        return with_changes(CLINICAL, {"A4.enter_points": 20.0}) if changed else CLINICAL

    facts = [fact(n, steps=2000 + n) for n in range(DAYS)]
    return limits_of_days([day(n) for n in range(DAYS)], UTC, baselines, rules_at, facts)


def learned_on(n: int) -> BaselineSet:
    return BaselineSet(person="p1", baseline=baseline(), by="somebody", t_ns=day_bounds_ns(day(n), UTC)[0] + H_NS)


def drawn(**of_day_3: object) -> dict[ChartId, Chart]:
    """A day of three walks' worth: day 3; the others have none."""
    facts = [fact(3, steps=4000, walked_min=30.0, worn_min=40.0, coverage_pct=50.0), fact(4, DayMeasured.NO_DATA)]
    found = charts(strip_of(facts, DAYS), days_of([walk(3, **of_day_3)], DAYS), limits(), {})
    return {each.id: each for each in found}


def test_a_day_without_a_walk_has_no_value_in_any_curve() -> None:
    for chart in drawn().values():
        for line in chart.lines:
            assert [value for n, value in enumerate(line.values) if n != 3] == [None] * (DAYS - 1), chart.id
            assert not any(few for n, few in enumerate(line.few) if n != 3)


def test_a_value_of_little_coverage_is_marked() -> None:
    found = drawn(coverage_pct={"left": 100.0, "right": 60.0})
    assert found[ChartId.STEPS].lines[0].values[3] == 4000.0
    assert found[ChartId.STEPS].lines[0].few[3]
    left, right = found[ChartId.FOREFOOT].lines
    assert (left.few[3], right.few[3]) == (False, True)


def test_a_load_that_nobody_calibrated_is_no_curve() -> None:
    assert ChartId.LOAD not in drawn(dose={side: {"impulse_bw_s": None, "impulse_n_s": None} for side in Side})


def test_a_load_is_in_body_weights_where_they_are_known_else_in_newtons() -> None:
    both = {side: {"impulse_bw_s": 800.0, "impulse_n_s": 560_000.0} for side in Side}
    newtons = {side: {"impulse_bw_s": None, "impulse_n_s": 560_000.0} for side in Side}
    for dose, unit, value in ((both, "bw_s", 800.0), (newtons, "kn_s", 560.0)):
        load = drawn(dose=dose)[ChartId.LOAD]
        assert (load.unit, load.lines[0].values[3]) == (unit, value)


def test_limits_begin_with_the_baseline_and_change_with_the_rule() -> None:
    found = limits((learned_on(2),), changed_on=6)
    usual = baseline().load_si_pct.median
    assert found.high_si == (None, None, *[usual + 15.0] * 4, *[usual + 20.0] * 4)
    assert found.low_si[-1] == usual - 20.0
    assert found.limit_forefoot[Side.LEFT][:3] == (None, None, baseline().forefoot_share_pct.left.median + 10.0)


def test_a_baseline_taken_back_leaves_no_limit() -> None:
    taken_back = replace(learned_on(5), baseline=None)
    assert [value is None for value in limits((learned_on(2), taken_back)).usual_si] == [True] * 2 + [False] * 3 + [
        True
    ] * 5


def test_most_steps_are_not_known_before_seven_days_are() -> None:
    assert limits().most_steps == (None,) * 7 + (2003.0 + 1000.0,) * 3


def test_a_curve_breaks_where_nothing_was_measured() -> None:
    found = charts(strip_of([], DAYS), days_of([walk(0), walk(1), walk(4)], DAYS), limits(), {})
    picture = draw(found[0], [day(n) for n in range(DAYS)], marked=[day(1), day(1), day(40)])
    assert len(re.findall("M", picture.lines[0].path)) == 2
    assert picture.lines[0].dots.count("M") == 3
    assert len(picture.gaps) == 2  # days 2, 3 and 5 … 9
    assert len(picture.marks) == 1


def test_a_chart_without_any_value_is_drawn_as_one_gap() -> None:
    found = charts(strip_of([], DAYS), days_of([], DAYS), limits(), {})
    assert not any(each.is_known for each in found)
    assert [len(draw(each, [day(n) for n in range(DAYS)]).gaps) for each in found] == [1] * len(found)


@pytest.mark.parametrize("high", [0.3, 1.0, 7.0, 99.0, 1234.5])
def test_every_value_lies_within_the_ticks(high: float) -> None:
    facts = [fact(n, walked_min=high if n == 2 else 0.0, coverage_pct=100.0) for n in range(DAYS)]
    found = {each.id: each for each in charts(strip_of(facts, DAYS), days_of([], DAYS), limits(), {})}
    picture = draw(found[ChartId.MINUTES], [day(n) for n in range(DAYS)])
    assert 3 <= len(picture.y_ticks) <= 7
    tops = [float(each) for each in re.findall(r"V([0-9.]+)h", picture.bars)]
    assert min(tops) >= picture.top - 0.1
    assert len(tops) == DAYS
