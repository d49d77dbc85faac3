"""A person's baseline: median and robust spread of the first seven valid walks, and of nothing else."""

from __future__ import annotations

import msgspec
import pytest
from summary_kit import SIDES, walk_summary

from ingest.wire.geometry import Side
from processing.metrics.learned import LearnedCells
from processing.rules.baseline import Baseline, learn_baseline, usual, why_not


def summary(left: object = 43.0, right: object = 45.0, si: object = 8.0, **other: object) -> dict[str, object]:
    return {
        "duration_s": 600.0,
        "coverage_pct": {"left": 80.0, "right": 100},
        "forefoot_share_pct": {"left": left, "right": right},
        "asymmetry": {"load_si_pct": si},
    } | other


def test_median_and_spread() -> None:
    found = usual([40.0, 41.0, 42.0, 43.0, 44.0, 45.0, 90.0])
    assert (found.median, found.spread) == (43.0, pytest.approx(1.4826 * 2.0))


def test_seven_valid_walks_make_a_baseline() -> None:
    walks = [summary(left=40.0 + k, right=50.0, si=-k) for k in range(7)]
    assert learn_baseline(walks[:6]) is None
    found = learn_baseline(walks)
    assert found is not None
    assert found.forefoot_share_pct.left.median == 43.0
    assert found.forefoot_share_pct.left.spread == pytest.approx(1.4826 * 2.0)
    assert found.forefoot_share_pct.right.spread == 0.0
    assert found.load_si_pct.median == -3.0
    assert found.walks == 7


def test_only_the_first_seven_count() -> None:
    walks = [summary() for _ in range(7)]
    assert learn_baseline([*walks, summary(left=99.0)]) == learn_baseline(walks)


@pytest.mark.parametrize(
    "bad",
    [
        summary(duration_s=599.9),
        summary(coverage_pct={"left": 79.9, "right": 100.0}),
        summary(coverage_pct={"left": 100.0}),
        summary(coverage_pct=None),
        summary(left=None),
        summary(right=float("nan")),
        summary(si="8"),
        summary(si=True),
        summary(asymmetry=None),
        summary(duration_s=None),
        {},
    ],
)
def test_a_walk_that_cannot_be_judged_does_not_count(bad: dict[str, object]) -> None:
    assert learn_baseline([bad, *[summary() for _ in range(6)]]) is None
    assert learn_baseline([bad, *[summary() for _ in range(7)]]) is not None


def test_every_figure_that_seven_walks_state_has_its_usual() -> None:
    found = learn_baseline(walk_summary(stride_s=1.0 + k / 10, front_pct=40.0 + k) for k in range(7))
    assert found is not None
    assert found.figures["stride.mean_s"].median == pytest.approx(1.3)
    assert found.figures["stride.mean_s"].spread == pytest.approx(1.4826 * 0.2)
    assert found.figures["forefoot_share_pct.left"] == found.forefoot_share_pct.left
    assert "double_support_pct" not in found.figures  # no walk states it
    assert found.cells[Side.LEFT] == LearnedCells(checksum=7, peak_codes=(100.0, 200.0), share_pct=(40.0, 60.0))


def test_a_bad_cell_spoils_what_rests_on_cells_and_no_timing() -> None:
    bad = [walk_summary(unfit=("left",), front_pct=90.0, stride_s=2.0) for _ in range(4)]
    found = learn_baseline([*bad, *[walk_summary() for _ in range(7)]])
    assert found is not None
    assert found.forefoot_share_pct.left.median == 45.0
    assert found.figures["stride.mean_s"].median == 2.0
    assert learn_baseline([*bad, *[walk_summary() for _ in range(6)]]) is None
    assert why_not(bad[0]) == "a cell of the left insole was found unfit"


def test_walks_in_other_insoles_are_not_mixed() -> None:
    old = [walk_summary(insole=1, front_pct=60.0) for _ in range(6)]
    new = [walk_summary(insole=2, front_pct=40.0) for _ in range(7)]
    assert learn_baseline([*old, *new[:6]]) is None
    found = learn_baseline([*old, *new])
    assert found is not None
    assert found.forefoot_share_pct.left.median == 40.0
    assert found.cells[Side.RIGHT].checksum == 2


def test_a_baseline_of_before_there_were_more_figures_still_loads() -> None:
    usual_then = '{"median": 43.0, "spread": 1.0}'
    stored = (
        f'{{"forefoot_share_pct": {{"left": {usual_then}, "right": {usual_then}}},'
        f' "load_si_pct": {usual_then}, "walks": 7}}'
    )
    found = msgspec.json.decode(stored, type=Baseline)
    assert (found.walks, found.figures, found.cells) == (7, {}, {})


def test_a_baseline_comes_back_from_json_as_it_was() -> None:
    found = learn_baseline([walk_summary() for _ in range(7)])
    assert msgspec.json.decode(msgspec.json.encode(found), type=Baseline) == found


@pytest.mark.parametrize(
    "cells",
    [None, 3, {}, {"peak_codes": [None], "share_pct": [1.0]}, {"peak_codes": 1, "share_pct": [1.0]}],
)
def test_cells_that_make_no_sense_are_not_learned(cells: object) -> None:
    walk = walk_summary(health={side: {"faults": [], "cells": cells} for side in SIDES})
    found = learn_baseline([walk] * 7)
    assert found is not None
    assert found.cells == {}
