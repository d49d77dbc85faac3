"""Somebody who stands and stamps one foot, as a hub asks when it has to learn which insole is worn where. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.sources.virtual.gait import Array, Gait, Story
from ingest.sources.virtual.walk import Walk
from ingest.sources.virtual.walker import WalkerFoot
from ingest.wire.geometry import Side

_LIFTED_S = 0.4  # before it comes down
_IMPACT_S = 0.12
_PEAK = 3.0  # times the force of standing on two feet: one and a half body weights
_STANDING = Gait(cadence_spm=0.0)


class StampFoot(WalkerFoot):
    """Stands; at each of `stamps_s` (s of walk time) this foot comes down, or the other one does (`other_foot`)."""

    def __init__(
        self,
        side: Side,
        stamps_s: Sequence[float],
        *,
        other_foot: bool = False,
        seed: int = 0,
        seconds: float | None = None,
    ) -> None:
        super().__init__(side, Story(_STANDING), seed=seed, seconds=seconds)
        self._stamps_s = tuple(stamps_s)
        self._other_foot = other_foot

    def forces_n(self, t_s: Array) -> Array:
        factor = np.ones_like(t_s)
        for stamp_s in self._stamps_s:
            after_s = t_s - stamp_s
            lifted = (after_s >= -_LIFTED_S) & (after_s < 0)
            coming_down = (after_s >= 0) & (after_s < _IMPACT_S)
            factor[lifted] = 2.0 if self._other_foot else 0.0
            if not self._other_foot:
                pulse = np.sin(np.pi * after_s[coming_down] / _IMPACT_S)
                factor[coming_down] = 1.0 + (_PEAK - 1.0) * pulse
        return super().forces_n(t_s) * factor[:, np.newaxis]


def stamping(foot: Side, stamps_s: Sequence[float], *, seed: int = 0, seconds: float | None = None) -> dict[Side, Walk]:
    """Both feet of somebody who stamps one of them."""
    return {side: StampFoot(side, stamps_s, other_foot=side is not foot, seed=seed, seconds=seconds) for side in Side}
