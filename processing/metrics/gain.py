"""One gain for both feet from body weight.

Over whole strides of level walking the mean vertical force of both feet together is body weight, because the body's
upward momentum is the same at the beginning and at the end: g = m × 9.80665 / mean(F_left + F_right) (clinical basis
4.4). One common g: a gain for each foot would erase a real asymmetry. The identity breaks with a stick, a rail, a load
that is carried, a slope or stairs. It puts the total right, not each cell: another insole's impulse was off by 30 %
under its maker's calibration and by 50 % under one by body weight (PMC6453056; clinical basis 4.2). An insole that
already gives N must come within 0.7–1.5 of body weight, or it is taken for the wrong person, insole or weight (hazard
H5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.metrics.signal import Ints, median

GRAVITY = 9.80665
STRIDES_NEEDED = 30
RATIO_ALLOWED = (0.7, 1.5)
WEIGHT_ALLOWED_KG = (20.0, 300.0)
_OF_MEDIAN = (0.7, 1.3)  # of the foot's median stride: beyond it the person turned or stopped
_IN_THE_AIR_SHARE = 0.10  # of the foot's mean load: below it a swing is verified
_ZERO_SPREAD_SHARE = 0.02  # of the foot's mean load, which is half of body weight
_MAD_TO_SD = 1.4826


@dataclass(frozen=True, slots=True, eq=False)
class StrideRows:
    """One foot: n rows in order, and where each of m whole strides and the middle of its swing lie among them.

    Rows `first … stop − 1` are a stride without a missing row or cell, `swing_first … swing_stop − 1` the middle three
    fifths of its swing. `codes` n × cells; `weights` cells: load = Σ code × weight.
    """

    codes: Ints
    weights: Ints
    first: Ints
    stop: Ints
    swing_first: Ints
    swing_stop: Ints

    @property
    def strides(self) -> int:
        return int(self.first.size)

    def steady(self) -> StrideRows:
        """Only strides that last about as long as most do."""
        if not self.strides:
            return self
        rows = self.stop - self.first
        usual = median(rows)
        keep = (rows >= _OF_MEDIAN[0] * usual) & (rows <= _OF_MEDIAN[1] * usual)
        keep &= self.swing_stop > self.swing_first
        return StrideRows(
            self.codes, self.weights,
            self.first[keep], self.stop[keep], self.swing_first[keep], self.swing_stop[keep],
        )  # fmt: skip

    def mean_load(self) -> float:
        """Mean over all rows of all strides, in whole units of load; of one stride at least."""
        load = np.concatenate([[0], np.cumsum(self.codes @ self.weights)])
        return int((load[self.stop] - load[self.first]).sum()) / int((self.stop - self.first).sum())

    def swing_codes(self) -> Ints:
        """m × cells: the (lower) median code of each cell in each swing."""
        swings = [
            np.sort(self.codes[first:stop], axis=0)[(stop - first - 1) // 2]
            for first, stop in zip(self.swing_first.tolist(), self.swing_stop.tolist(), strict=True)
        ]
        return np.array(swings, dtype=np.int64).reshape(-1, len(self.weights))


def check_weight(weight_kg: float) -> None:
    """:raises UnderfootError: CALIBRATION_REFUSED for a weight that nobody has."""
    low_kg, high_kg = WEIGHT_ALLOWED_KG
    if not low_kg <= weight_kg <= high_kg:
        raise refused(f"a body weight of {weight_kg:g} kg, allowed are {low_kg:g} to {high_kg:g}")


def common_gain(
    weight_kg: float, mean_left_n: float, mean_right_n: float, strides: int, *, in_newton: bool = True
) -> float:
    """The factor that makes both feet's mean over whole strides body weight; `strides`: of the foot that has fewer.

    `in_newton` False: the means are in units of the insole's own, so their size says nothing.

    :raises UnderfootError: CALIBRATION_REFUSED with the reason.
    """
    check_weight(weight_kg)
    if strides < STRIDES_NEEDED:
        raise refused(f"{strides} even strides of a foot, {STRIDES_NEEDED} are needed")
    if not (mean_left_n > 0 and mean_right_n > 0):
        raise refused("a foot carried nothing over its strides")
    ratio = (mean_left_n + mean_right_n) / (weight_kg * GRAVITY)
    low, high = RATIO_ALLOWED
    if in_newton and not low <= ratio <= high:
        raise refused(
            f"the insoles read {ratio:.2f} × body weight, allowed are {low} to {high}; check the weight, "
            "that these are this person's insoles in the right size, and that both were worn"
        )
    return 1 / ratio


def swing_zero(strides: StrideRows, side: Side) -> tuple[int, ...]:
    """What each cell reads in the air: median over the verified swings of their medians, in codes.

    :raises UnderfootError: CALIBRATION_REFUSED when there are too few, or the foot reads something else each time.
    """
    if strides.strides < STRIDES_NEEDED:
        raise refused(f"{strides.strides} even strides of the {side} foot, {STRIDES_NEEDED} are needed")
    swings, mean_load = strides.swing_codes(), strides.mean_load()
    swings = swings[swings @ strides.weights < _IN_THE_AIR_SHARE * mean_load]
    if len(swings) < STRIDES_NEEDED:
        raise refused(f"the {side} foot was clearly in the air in {len(swings)} swings, {STRIDES_NEEDED} are needed")
    loads = swings @ strides.weights
    spread = _MAD_TO_SD * median(np.abs(loads - median(loads)))
    if spread > _ZERO_SPREAD_SHARE * mean_load:
        raise refused(
            f"the {side} foot in the air reads {100 * spread / mean_load:.1f} % of its load more or less each time"
        )
    return tuple(np.sort(swings, axis=0)[(len(swings) - 1) // 2].tolist())


def refused(why: str) -> UnderfootError:
    return UnderfootError(FaultCode.CALIBRATION_REFUSED, why)
