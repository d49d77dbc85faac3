"""The published table of GaCo01_01 under recipe `ratio`, figure by figure (clinical basis 3.1)."""

from __future__ import annotations

from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from walk_kit import summary_of

from processing.metrics.recipe import RATIO


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


def test_nothing_is_null_in_a_whole_recording(gaitpdb: Path) -> None:
    assert figures(gaitpdb / "GaCo01_01.txt.xz")["reasons"] == {}
