"""What the figures of a second say to a person: words with a unit, what they rest on, never a number for nothing."""

from __future__ import annotations

import pytest
from browser_kit import S, block_at, layout_of, metrics_at
from msgspec.structs import replace

from ingest.wire.geometry import Side
from ingest.wire.messages import (
    Activity,
    CellFault,
    CellFaultKind,
    Figure,
    ForefootLoad,
    Metrics,
    PerFoot,
    Sustained,
    SustainedPerFoot,
)
from underfoot.figures import FigureView, figures
from underfoot.foot_view import FootView
from underfoot.screen import ScreenModel

NOW = 1_760_000_000 * S
NOTHING = Figure(value=None, coverage_pct=10.0, reason="15 min are not over")


def named(metrics: Metrics | None) -> dict[str, FigureView]:
    return {each.name: each for each in figures(metrics, "no figures yet")}


def unfit(cell: int | None, kind: CellFaultKind = CellFaultKind.DEAD) -> CellFault:
    return CellFault(side=Side.LEFT, kind=kind, t_ns=NOW, cell=cell, area="fore_foot")


def left_foot(*faults: CellFault, **layout: object) -> FootView:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT, **layout), NOW)
    model.feed(block_at(Side.LEFT, 0, NOW), NOW)
    model.feed(replace(metrics_at(NOW), cell_faults=faults), NOW)
    return model.state(NOW).left


def test_without_metrics_nothing_is_said_but_why() -> None:
    shown = named(None)
    assert {each.words for each in shown.values()} == {None}
    assert {each.rests for each in shown.values()} == {"no figures yet"}


@pytest.mark.parametrize("activity", Activity)
def test_an_activity_is_one_word_or_not_told(activity: Activity) -> None:
    shown = named(replace(metrics_at(NOW), activity=activity))["activity"]
    assert (shown.words is None) == (activity is Activity.UNKNOWN)
    assert shown.value is None


def test_a_range_is_said_as_a_range_and_what_a_value_leaves_out_beside_it() -> None:
    share = PerFoot(
        left=Figure(value=None, low=40.04, high=52.0, coverage_pct=98.0, reason="toe left out"),
        right=Figure(value=45.0, coverage_pct=98.0),
    )
    pairs = Figure(value=-4.0, coverage_pct=98.0, note="7 of 8 pairs")
    shown = named(replace(metrics_at(NOW), forefoot_share_pct=share, load_si_pct=pairs))
    assert shown["forefoot-left"].words == "between 40.0 and 52.0 % of its load"
    assert shown["forefoot-left"].rests == "coverage 98 %, toe left out"
    assert shown["asymmetry"].words == "4.0 %, more on the left"
    assert shown["asymmetry"].rests == "coverage 98 %, 7 of 8 pairs"


def test_forefoot_load_over_fifteen_minutes_in_the_unit_of_the_message() -> None:
    load = PerFoot(left=Figure(value=212.4, coverage_pct=90.0), right=NOTHING)
    metrics = replace(metrics_at(NOW), forefoot_load=ForefootLoad(last_1_s=load, last_60_s=load, last_900_s=load))
    assert named(metrics)["front-load-left"].words == "212 N"
    assert named(metrics)["front-load-right"].rests == "15 min are not over"
    assert named(replace(metrics, unit="%"))["front-load-left"].words == "212.4 % of its load"
    assert "front-load-left" not in named(metrics_at(NOW))


def test_the_area_pressed_longest_and_which_areas_cannot_be_judged() -> None:
    pressed = SustainedPerFoot(
        left=Sustained(areas_pct={"heel": 20.0, "fore_foot": 64.6, "toe": None}, coverage_pct=95.0),
        right=Sustained(areas_pct={"heel": None}, coverage_pct=5.0, reason="5 % measured"),
    )
    shown = named(replace(metrics_at(NOW), sustained=pressed))
    assert shown["sustained-left"].words == "fore foot, 65 % of 15 min"
    assert shown["sustained-left"].rests == "coverage 95 %, 1 of 3 areas not measured"
    assert (shown["sustained-right"].words, shown["sustained-right"].reason) == (None, "5 % measured")


def test_an_unfit_cell_is_not_measured_and_neither_is_the_total() -> None:
    foot = left_foot(unfit(3))
    assert foot.measured
    assert [cell.level is None for cell in foot.cells[2:5]] == [False, True, False]
    assert foot.cells[3].value is None
    assert foot.total is None
    assert foot.total_reason == "1 of 16 cells is not measured: fore foot: does not react"
    assert foot.faults == ("fore foot: does not react",)


def test_the_brightest_colour_is_not_set_by_a_cell_that_is_unfit() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(replace(metrics_at(NOW), cell_faults=(unfit(0, CellFaultKind.STUCK),)), NOW)
    block = block_at(Side.LEFT, 0, NOW)
    stuck = block.codes.copy()
    stuck[:, 0] = 30_000
    model.feed(block_at(Side.LEFT, 0, NOW, codes=stuck), NOW)
    assert max(cell.level or 0.0 for cell in model.state(NOW).left.cells) > 0.5


def test_a_foot_that_repeats_itself_is_not_measured() -> None:
    foot = left_foot(unfit(None, CellFaultKind.FROZEN))
    assert foot.words == "not measured: the insole repeats the same reading"
    assert {cell.level for cell in foot.cells} == {None}


def test_the_next_walk_begins_without_the_faults_of_the_last() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(block_at(Side.LEFT, 0, NOW), NOW)
    model.feed(replace(metrics_at(NOW), cell_faults=(unfit(3),)), NOW)
    model.feed(metrics_at(NOW + S, walk="walk-2"), NOW + S)
    assert model.state(NOW).left.faults == ()
