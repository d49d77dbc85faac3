"""How the synthetic walker goes: what can be asked of it, and a story of how that changes. Pure."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_PAUSED_SPM = 40.0  # below this cadence walking turns into standing, by degrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Gait:
    """What can be asked of the walker; `cadence_spm` 0 is standing still.

    `load_si_pct`: symmetry index of the mean force, + = right larger (−200 … 200). `backward`: 0 forward, 1 backward.
    `stride_wobble_pct`: how far stride times stray, `noise_pct`: how far each cell strays (both standard deviations).
    """

    cadence_spm: float = 108.0
    body_weight_n: float = 750.0
    forefoot_share_left_pct: float = 45.0
    forefoot_share_right_pct: float = 45.0
    load_si_pct: float = 0.0
    backward: float = 0.0
    stride_wobble_pct: float = 1.5
    noise_pct: float = 2.0


_COLUMNS = {field.name: index for index, field in enumerate(fields(Gait))}


class Story:
    """Gaits over the time of a walk. Between two of them everything goes over evenly, without a jump."""

    def __init__(self, gait: Gait | None = None) -> None:
        self._times_s: list[float] = [0.0]
        self._gaits: list[Gait] = [gait or Gait()]
        self._tabulate()

    def change(self, at_s: float, gait: Gait, over_s: float = 2.0) -> Story:
        """From `at_s` on turn to `gait`, and have it after `over_s`. Changes are told in the order of their time.

        :raises ValueError: earlier than what has been told already, or no time to change in.
        """
        begins = max(at_s, self._times_s[-1])
        if at_s < self._times_s[-1] or over_s <= 0:
            raise ValueError(f"a change at {at_s} s over {over_s} s, told already is {self._times_s[-1]} s")
        if begins > self._times_s[-1]:
            self._times_s.append(begins)
            self._gaits.append(self._gaits[-1])
        self._times_s.append(begins + over_s)
        self._gaits.append(gait)
        self._tabulate()
        return self

    def _tabulate(self) -> None:
        self._knots_s = np.array(self._times_s)
        self._values = np.array([astuple(gait) for gait in self._gaits], dtype=np.float64)
        strides_per_s = self._values[:, _COLUMNS["cadence_spm"]] / 120.0
        steps = np.diff(self._knots_s) * (strides_per_s[1:] + strides_per_s[:-1]) / 2
        self._phases = np.concatenate([[0.0], np.cumsum(steps)])
        self._strides_per_s = strides_per_s

    def at(self, name: str, t_s: Array) -> Array:
        """One value of the gait at the times `t_s`."""
        return np.interp(t_s, self._knots_s, self._values[:, _COLUMNS[name]])

    def walking(self, t_s: Array) -> Array:
        """1 walking … 0 standing."""
        part: Array = np.clip(self.at("cadence_spm", t_s) / _PAUSED_SPM, 0.0, 1.0)
        return part

    def strides(self, t_s: Array) -> Array:
        """Strides since the walk began: the integral of the cadence (exact, it is piecewise linear), with wobble."""
        knot = np.clip(np.searchsorted(self._knots_s, t_s, side="right") - 1, 0, None)
        after = t_s - self._knots_s[knot]
        mean_rate = (self._strides_per_s[knot] + np.interp(t_s, self._knots_s, self._strides_per_s)) / 2
        even: Array = self._phases[knot] + after * mean_rate
        return even + self.at("stride_wobble_pct", t_s) / 100.0 * _wobble(even)


# Slow sines that never come round together; each adds 2·A·sin(π·f) to a stride's length, A chosen for 1 all told.
_WOBBLE_PER_STRIDE = np.array([0.1131, 0.2718, 0.4143])
_WOBBLE_PARTS = np.sqrt(2.0 / 3.0) / (2.0 * np.sin(np.pi * _WOBBLE_PER_STRIDE))


def _wobble(strides: Array) -> Array:
    wobble: Array = np.sin(2 * np.pi * np.multiply.outer(strides, _WOBBLE_PER_STRIDE)) @ _WOBBLE_PARTS
    return wobble
