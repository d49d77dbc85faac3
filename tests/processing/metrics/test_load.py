"""Formulas against published and hand-made numbers."""

from __future__ import annotations

import numpy as np
import pytest
from walk_kit import layout

from ingest.wire.geometry import Calibration, Side, Unit, Zone
from processing.metrics.load import Evenness, LoadScale, per_name, share_pct, shares_pct, symmetry_index_pct


@pytest.mark.parametrize(
    ("left", "right", "index"),
    [
        (0.25, 0.39, 43.75),
        (0.40, 0.59, 38.38),
        (0.37, 0.47, 23.81),
        (0.39, 0.25, -43.75),
        (5.0, 5.0, 0.0),
        (0.0, 1.0, 200.0),
    ],
)
def test_symmetry_index_of_the_published_subjects(left: float, right: float, index: float) -> None:
    """Lauziere 2014, table 1; + = right larger."""
    assert symmetry_index_pct(left, right) == pytest.approx(index, abs=0.005)


def test_nothing_has_no_symmetry_and_no_shares() -> None:
    assert symmetry_index_pct(0, 0) is None
    assert share_pct(0, 0) is None
    assert shares_pct({"a": 0, "b": 0}) is None
    assert Evenness.of([0, 0]) is None
    assert Evenness.of([]) is None


def test_evenness_at_its_ends() -> None:
    even = Evenness.of([25.0] * 4)
    assert even is not None
    assert (even.n_eff, even.pielou, even.gini) == pytest.approx((4, 1, 0))
    single = Evenness.of([0, 0, 0, 7])
    assert single is not None
    assert (single.n_eff, single.pielou, single.gini) == pytest.approx((1, 0, 0.75))
    alone = Evenness.of([3.0])
    assert alone is not None
    assert alone.pielou is None


def test_effective_areas_follow_from_the_variation() -> None:
    """1 / N_eff = (1 + CV²) / n (clinical basis 1.5)."""
    shares = np.array([10.0, 20.0, 30.0, 40.0])
    even = Evenness.of(shares.tolist())
    assert even is not None
    assert 1 / even.n_eff == pytest.approx((1 + (shares.std() / shares.mean()) ** 2) / 4)


def test_cells_of_one_area_are_added() -> None:
    assert per_name(["M1", "HM", "M1"], [1, 2, 4]) == {"M1": 5, "HM": 2}


def test_pressure_counts_with_its_area() -> None:
    scale = LoadScale.of(layout(Side.LEFT, unit=Unit.KILOPASCAL, scale=2.5, area_mm2=1236.8))
    assert scale.newton_per_unit is not None
    # 100 kPa on 1236.8 mm² are 123.68 N
    assert 40 * scale.weights[0] * scale.newton_per_unit == pytest.approx(123.68)


@pytest.mark.parametrize(
    "uncalibrated",
    [
        layout(Side.LEFT, unit=Unit.RAW),
        layout(Side.LEFT, unit=Unit.NEWTON, calibration=Calibration.NONE),
        layout(Side.LEFT, unit=Unit.KILOPASCAL, area_mm2=None),
    ],
)
def test_without_calibration_there_is_no_newton(uncalibrated) -> None:
    assert LoadScale.of(uncalibrated).newton_per_unit is None


def test_the_toes_count_as_forefoot() -> None:
    scale = LoadScale.of(layout(Side.LEFT, zones=[Zone.REARFOOT, Zone.MIDFOOT, Zone.FOREFOOT]))
    assert scale.forefoot_weights.tolist() == [0, 0, 1]
