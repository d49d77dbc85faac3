"""The timing keys of the summary from parts made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.wire.geometry import Side
from processing.judged import Reasons
from processing.metrics.moments import Moments
from processing.metrics.recipe import RATIO, STEADY
from processing.metrics.support import SupportPart
from processing.metrics.timing import TimingPart
from processing.summary.timing import steps, support, timing


def part(*stride_s: float) -> TimingPart:
    strides = Moments.of(np.array(stride_s))
    return TimingPart(steps=len(stride_s) + 1, complete=len(stride_s), stride=strides, swing=strides)


def test_variability_is_the_mean_of_the_feet_that_have_strides() -> None:
    why = Reasons()
    left, right = part(1.0, 1.1, 1.2), part(1.0, 1.2, 1.4)
    both = timing({Side.LEFT: left, Side.RIGHT: right}, 60, why)["stride"]["cv_pct"]
    assert both == pytest.approx((100 * 0.1 / 1.1 + 100 * 0.2 / 1.2) / 2)
    alone = timing({Side.LEFT: left, Side.RIGHT: part()}, 60, why)["stride"]["cv_pct"]
    assert alone == pytest.approx(100 * 0.1 / 1.1)
    assert timing({Side.LEFT: left, Side.RIGHT: part(1.1)}, 60, why)["stride"]["cv_pct"] is None
    assert why.said["stride.cv_pct"] == "each foot needs two strides that count"


def test_the_mean_pools_the_strides_of_both_feet() -> None:
    made = timing({Side.LEFT: part(1.0, 1.0, 1.0), Side.RIGHT: part(2.0)}, 60, Reasons())
    assert made["stride"]["mean_s"] == pytest.approx(1.25)
    assert made["cadence_spm"] == pytest.approx(96)
    assert made["stride"]["complete_per_min"] == {"left": 3, "right": 1}


def test_a_foot_that_was_not_measured_is_named() -> None:
    why = Reasons()
    assert steps({Side.RIGHT: part(1.0)}, why) == {"steps": {"left": None, "right": 2}}
    assert why.said["steps.left"] == "the left foot was not measured"
    made = support({}, STEADY, "the left foot was not measured", why)
    assert made["step"] == {"mean_s": {"left": None, "right": None}, "cv_pct": None, "cadence_spm": None}
    assert why.said["single_support_pct"] == "the left foot was not measured"


def test_support_is_of_the_strides_or_of_the_walk_as_the_recipe_says() -> None:
    one = SupportPart(
        measured_ns=100e9, both_ns=30e9, alone_ns=35e9, double_pct=Moments(2, 25.0), single_pct=Moments(2, 37.0)
    )
    parts = dict.fromkeys(Side, one)
    assert support(parts, STEADY, None, Reasons())["double_support_pct"] == 25
    assert support(parts, STEADY, None, Reasons())["single_support_pct"] == {"left": 37, "right": 37}
    assert support(parts, RATIO, None, Reasons())["double_support_pct"] == 30
    assert support(parts, RATIO, None, Reasons())["single_support_pct"] == {"left": 35, "right": 35}
