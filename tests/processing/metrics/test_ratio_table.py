"""The published table of GaCo01_01 under recipe `ratio`, figure by figure (clinical basis 3.1)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from section_kit import sections_of
from walk_kit import summary_of

from ingest.sources.replay import open_recording
from ingest.wire.geometry import Side
from processing.metrics.recipe import RATIO, Recipe
from processing.parts import SectionParts, Tally


@cache
def figures(file: Path) -> dict[str, Any]:
    return summary_of(file, RATIO)


@pytest.mark.parametrize(
    ("path", "value", "tolerance"),
    [
        ("stride.kept.left", 92, 0),
        ("stride.kept.right", 93, 0),
        ("stride.removed", 3, 0),
        ("stride.mean_s", 1.2324324324, 5e-11),
        ("stride.cv_pct", 3.2421329743, 5e-11),
        ("swing.mean_s", 0.4535675676, 5e-11),
        ("swing.cv_pct", 8.8015476311, 5e-11),
        ("swing.pct", 36.8262369092, 5e-11),
        ("stance.mean_s", 0.7788648649, 5e-11),
        ("asymmetry.load_si_pct", 7.870892, 5e-7),
        ("asymmetry.swing_si_pct", 1.4693717676, 2.5e-10),
        ("double_support_pct", 29.17, 0.005),
        ("mean_force.left", 520.66, 0.005),
        ("mean_force.right", 563.31, 0.005),
        ("impulse.left", 63098.2, 0.05),
        ("impulse.right", 68268.1, 0.05),
        ("forefoot_share_pct.left", 42.4702, 5e-5),
        ("forefoot_share_pct.right", 46.6095, 5e-5),
        ("evenness.left.n_eff", 6.43, 0.005),
        ("evenness.right.n_eff", 6.64, 0.005),
        ("evenness.left.pielou", 0.9394, 5e-5),
        ("evenness.right.pielou", 0.9451, 5e-5),
        ("evenness.left.gini", 0.2785, 5e-5),
        ("evenness.right.gini", 0.2554, 5e-5),
        ("cadence_spm", 97.368, 0.001),
        ("stride.complete_per_min.left", 46.5455985937, 5e-11),
        ("asymmetry.swing.si_pct", 1.4693717676, 2.5e-10),
        ("step.mean_s.left", 0.6095, 5e-5),
        ("step.mean_s.right", 0.6233, 5e-5),
        ("step.cadence_spm", 97.35, 0.005),
        ("coverage_pct.left", 100, 0),
    ],
)
def test_the_figure_is_the_printed_one(gaitpdb: Path, path: str, value: float, tolerance: float) -> None:
    found = reduce(getitem, path.split("."), figures(gaitpdb / "GaCo01_01.txt.xz"))
    assert found == pytest.approx(value, abs=tolerance, rel=0)


@pytest.mark.parametrize(
    ("side", "printed"),
    [
        ("left", (22.68, 13.19, 9.30, 8.39, 3.97, 18.13, 18.03, 6.32)),
        ("right", (17.92, 10.92, 9.21, 12.43, 2.90, 18.61, 20.33, 7.67)),
    ],
)
def test_every_areas_share_is_the_printed_one(gaitpdb: Path, side: str, printed: tuple[float, ...]) -> None:
    shares = figures(gaitpdb / "GaCo01_01.txt.xz")["region_share_pct"][side]
    assert list(shares.values()) == pytest.approx(printed, abs=0.0051)
    assert sum(shares.values()) == pytest.approx(100)


def test_what_is_null_in_a_whole_recording_needs_what_was_not_given(gaitpdb: Path) -> None:
    """Kilopascal, a weight, a baseline, a calibration: nothing that the rows could have told."""
    nulls = figures(gaitpdb / "GaCo01_01.txt.xz")["reasons"]
    timing = ("steps", "stride", "stance", "swing", "step", "cadence", "double", "single", "duration")
    assert not [path for path in nulls if path.startswith(timing)]
    assert not [path for path in nulls if path.startswith(("mean_force", "impulse", "forefoot_share", "asymmetry"))]


@cache
def parts(file: Path, recipe: Recipe) -> SectionParts:
    return Tally(recipe).with_section(sections_of(open_recording(file))).parts


BODY_N = 83 * 9.80665
DETECTORS = {
    "no ratio rule": replace(RATIO, of_median=None),
    "5/3 % of body weight": replace(RATIO, on_n=0.05 * BODY_N, off_n=0.03 * BODY_N),
    "40/20 N": replace(RATIO, on_n=40.0, off_n=20.0),
    "50 N": replace(RATIO, on_n=50.0, off_n=50.0),
}


@pytest.mark.parametrize(
    ("detector", "figure", "value", "tolerance"),
    [
        ("no ratio rule", "stride_cv_pct", 7.2737, 5e-5),
        ("40/20 N", "double_support_pct", 27.94, 0.005),
        ("50 N", "double_support_pct", 24.24, 0.005),
        ("5/3 % of body weight", "kept_left", 93, 0),
        ("5/3 % of body weight", "kept_right", 96, 0),
        ("5/3 % of body weight", "stride_s", 1.2341, 5e-5),
        ("5/3 % of body weight", "stride_cv_pct", 3.77, 0.005),
        ("5/3 % of body weight", "swing_pct", 37.36, 0.005),
        ("50 N", "kept_left", 93, 0),
        ("50 N", "kept_right", 96, 0),
        ("50 N", "stride_cv_pct", 3.55, 0.005),
        ("50 N", "swing_pct", 38.61, 0.005),
    ],
)
def test_other_detectors_give_their_printed_figures(
    gaitpdb: Path, detector: str, figure: str, value: float, tolerance: float
) -> None:
    found = parts(gaitpdb / "GaCo01_01.txt.xz", DETECTORS[detector])
    left, right = (found.timing[side] for side in Side)
    both = found.support[Side.LEFT]
    assert left.stride.cv_pct is not None
    assert right.stride.cv_pct is not None
    made = {
        "kept_left": left.used,
        "kept_right": right.used,
        "stride_s": (left.stride + right.stride).mean,
        "stride_cv_pct": (left.stride.cv_pct + right.stride.cv_pct) / 2,
        "swing_pct": (left.swing_pct + right.swing_pct).mean,
        "double_support_pct": 100 * both.both_ns / both.measured_ns,
    }
    assert made[figure] == pytest.approx(value, abs=tolerance, rel=0)


def test_the_printed_swing_times_and_steps_stand_on_so_many(gaitpdb: Path) -> None:
    found = parts(gaitpdb / "GaCo01_01.txt.xz", RATIO)
    assert [found.timing[side].swing.mean for side in Side] == pytest.approx([0.450217, 0.456882], abs=5e-7)
    assert [found.support[side].step.n for side in Side] == [94, 93]
