"""The two feet against each other, in every form that is in use, so that figures of elsewhere can be compared.

SI = 100 (R − L) / (0.5 (R + L)), + = right larger (Robinson, Herzog); the half form, SI / 2, carries the same
name elsewhere. Ratio = larger / smaller. Symmetry angle SA = 100 (45° − atan(L / R)) / 90° (Zifchock 2008), with the
sign of SI; for two loads of one sign it needs no case for angles over 90°. Share = 100 L / (L + R) ("52 % left").
SI 5, 10, 15, 20 % = ratio 1.051, 1.105, 1.162, 1.222 = SA 1.59, 3.18, 4.77, 6.35 % = share 51.25, 52.5, 53.75, 55 %
of the larger foot. Published table: Lauziere 2014 (clinical basis 1.4).

Figures:
asymmetry.load_si_pct [% of the feet's mean]: SI of the mean loads while both feet were measured
asymmetry.swing_si_pct|stance_si_pct|stride_si_pct|step_si_pct [% of the feet's mean]: SI of the mean times
asymmetry.impulse|stance|swing|forefoot.si_pct [% of the feet's mean]: SI of the means of a stance
asymmetry.impulse|stance|swing|forefoot.ratio [ratio]: larger / smaller
asymmetry.impulse|stance|swing|forefoot.angle_pct [%]: symmetry angle, 0 = alike, ± 100
asymmetry.impulse|stance|swing|forefoot.left_share_pct [% of both feet]: the left foot's part, 50 = alike
asymmetry.rests_on [words]: the cells that the loads are compared on: all, or so many mirrored pairs
live.load_si_pct [% of the feet's mean]: SI of the mean loads over the last 60 s
live.load_si_margin_points [points]: by so much a limit on it is wider while pairs are left out
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, pi

LEAST_S = 60  # both feet measured; over shorter times one healthy man's index swung between −9 and +17 % (clinical 0.4)
LEAST_STANCES = 30  # of each foot (Melvin 2014)


def symmetry_index_pct(left: float, right: float) -> float | None:
    """SI; None when neither foot carries anything."""
    both = left + right
    return 100 * (right - left) / (0.5 * both) if both > 0 else None


@dataclass(frozen=True, slots=True)
class Symmetry:
    """One quantity of both feet, neither below zero; + = right larger. `ratio` None: one foot has nothing."""

    si_pct: float
    ratio: float | None
    angle_pct: float
    left_share_pct: float

    @property
    def half_si_pct(self) -> float:
        return self.si_pct / 2

    @classmethod
    def of(cls, left: float, right: float) -> Symmetry | None:
        """None when both are nothing or one is below zero."""
        index = symmetry_index_pct(left, right)
        if index is None or min(left, right) < 0:
            return None
        smaller = min(left, right)
        return cls(
            si_pct=index,
            ratio=max(left, right) / smaller if smaller > 0 else None,
            angle_pct=100 * (pi / 4 - atan2(left, right)) / (pi / 2),
            left_share_pct=100 * left / (left + right),
        )


def too_little_for_symmetry(both_measured_s: float, stances: tuple[int, int]) -> str | None:
    """Why two feet must not be compared yet; None when they may be. `both_measured_s` counts in whole seconds."""
    if round(both_measured_s) < LEAST_S:
        return f"both feet were measured for {round(both_measured_s)} s; symmetry needs {LEAST_S} s"
    if min(stances) < LEAST_STANCES:
        return f"{min(stances)} stances of a foot count; symmetry needs {LEAST_STANCES} of each"
    return None
