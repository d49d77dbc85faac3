"""One gain for both feet from body weight, and the zero of a walk: both refused where the walk does not bear them."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.metrics.gain import GRAVITY, StrideRows, common_gain, swing_zero

ROWS = 110
STANCE = 70


def strides(count: int = 40, residual: tuple[int, int] = (0, 0), peak: int = 800) -> StrideRows:
    """Even strides of two cells; what is left in swing lies under the stance as well."""
    stance = np.sin(np.pi * (np.arange(STANCE) + 0.5) / STANCE) * peak
    one = np.concatenate([stance, np.zeros(ROWS - STANCE)]).astype(np.int64)
    codes = np.tile(np.stack([one, one // 2], axis=1), (count, 1)) + np.array(residual)
    first = np.arange(count, dtype=np.int64) * ROWS
    return StrideRows(codes, np.ones(2, dtype=np.int64), first, first + ROWS, first + STANCE + 8, first + ROWS - 8)


def refusal(call, *args: object, **named: object) -> str:
    with pytest.raises(UnderfootError) as caught:
        call(*args, **named)
    assert caught.value.code is FaultCode.CALIBRATION_REFUSED
    return caught.value.fault.detail


def test_the_gain_makes_both_feet_together_body_weight() -> None:
    gain = common_gain(83, 518.0, 559.0, 92)
    assert gain * (518 + 559) == pytest.approx(83 * GRAVITY)


def test_the_published_recording_reads_a_third_too_much() -> None:
    assert 1 / common_gain(83, 1084.0 / 2, 1084.0 / 2, 92) == pytest.approx(1.332, abs=5e-4)


@pytest.mark.parametrize(
    ("weight_kg", "left_n", "right_n", "count", "told"),
    [
        (83, 518.0, 559.0, 29, "29 even strides"),
        (83, 830.0, 830.0, 92, "check the weight"),
        (83, 280.0, 280.0, 92, "check the weight"),
        (5, 518.0, 559.0, 92, "body weight of 5 kg"),
        (float("nan"), 518.0, 559.0, 92, "body weight"),
        (83, 0.0, 1084.0, 92, "carried nothing"),
        (83, float("nan"), 1084.0, 92, "carried nothing"),
    ],
)
def test_a_gain_is_refused(weight_kg: float, left_n: float, right_n: float, count: int, told: str) -> None:
    assert told in refusal(common_gain, weight_kg, left_n, right_n, count)


def test_units_of_its_own_say_nothing_by_their_size() -> None:
    assert common_gain(80, 5000.0, 5000.0, 30, in_newton=False) == pytest.approx(80 * GRAVITY / 10_000)


def test_the_zero_is_what_the_swings_read() -> None:
    assert swing_zero(strides(residual=(35, -2)), Side.LEFT) == (35, -2)


def test_the_mean_is_over_whole_strides() -> None:
    even = strides()
    assert even.mean_load() == pytest.approx(even.codes.sum() / len(even.codes))


def test_strides_unlike_the_others_are_left_out() -> None:
    even = strides(40)
    stops = even.stop.copy()
    stops[7] += 60
    odd = StrideRows(even.codes, even.weights, even.first, stops, even.swing_first, even.swing_stop)
    assert odd.steady().strides == 39


def test_a_zero_is_refused_when_the_foot_still_carries_load_in_the_air() -> None:
    assert "clearly in the air in 0 swings" in refusal(swing_zero, strides(residual=(100, 0)), Side.LEFT)


def test_a_zero_is_refused_when_it_is_another_each_time() -> None:
    restless = strides()
    for k in range(restless.strides):
        restless.codes[restless.swing_first[k] : restless.swing_stop[k], 0] += k
    assert "more or less each time" in refusal(swing_zero, restless, Side.RIGHT)


def test_a_zero_is_refused_on_few_strides() -> None:
    assert "12 even strides of the right foot" in refusal(swing_zero, strides(12), Side.RIGHT)
