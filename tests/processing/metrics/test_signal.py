"""Order statistics of a foot's load, to the last bit those of numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.metrics.signal import FootSignal, median

far_apart = st.lists(st.integers(-(2**20), 2**40), min_size=1, max_size=80)
close_together = st.lists(st.integers(-5, 30), min_size=1, max_size=80)  # as whole codes are
loads = far_apart | close_together


def signal_of(load: list[int]) -> FootSignal:
    times = np.arange(len(load), dtype=np.int64) * 10**7
    return FootSignal(np.array(load, dtype=np.int64), 1.0, times, times, 10**7, ((0, len(load)),))


@given(loads)
def test_p95_and_median_are_numpys(load: list[int]) -> None:
    assert signal_of(load).p95 == float(np.percentile(load, 95))
    assert median(np.array(load)) == float(np.median(load))


@given(loads)
def test_the_swing_baseline_is_the_median_of_the_lightest_rows(load: list[int]) -> None:
    p2, p95 = (float(np.percentile(load, percent)) for percent in (2, 95))
    light = [each for each in load if each < p2 + 0.1 * (p95 - p2)]
    assert signal_of(load).swing_baseline == (float(np.median(light)) if light else p2)


def test_the_order_of_the_rows_stays() -> None:
    signal = signal_of([5, 1, 3])
    assert signal.p95 == pytest.approx(4.8)
    assert signal.load.tolist() == [5, 1, 3]
