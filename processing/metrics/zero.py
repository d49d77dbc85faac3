"""What a cell reads when nothing presses on it: learned in verified swing only, so that no standing load is taken away.

Running zero of a cell = 10th percentile (nearest rank) of the median code in swing over the last 20 verified swings
(clinical basis 4.4). It moves by at most 0.2 % of the foot's mean stance load a minute and is frozen while nobody
walks: a tracker that follows slow minima would cancel the load of a person who stands still for 15 minutes (finding 9,
hazard H1). A swing is verified when the whole foot then carries less than 10 % of the stance before it.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from processing.metrics.signal import Bools, Floats, Ints
from processing.metrics.stances import Stances

SWINGS = 20
_FIRST_AFTER = 10  # swings, before which the insole's own zero counts
_STEP_SHARE_PER_MIN = 0.002
_LONGEST_STRIDE_NS = 2_500_000_000  # a pause earns no steps
_VERIFIED_SHARE = 0.10
_NO_SWING = np.iinfo(np.int64).max


def verified(stances: Stances, weights: Ints) -> Bools:
    """Of m stances: whether the foot was seen in the air after it. `weights`: `LoadScale.weights`."""
    carried = stances.sums @ weights
    in_the_air = (stances.swing_median @ weights) * stances.rows
    return (stances.swing_rows > 0) & (carried > 0) & (in_the_air < _VERIFIED_SHARE * carried)


class RunningZero:
    """One foot; feed its stances in order, cut as they come. `zero_codes`: as of the latest stance fed."""

    def __init__(self, weights: Ints) -> None:
        self.zero_codes: Floats = np.zeros(len(weights))
        self._weights = weights
        self._swings: Ints = np.full((SWINGS - 1, len(weights)), _NO_SWING, dtype=np.int64)
        self._seen = 0
        self._last_t_ns: int | None = None

    def feed(self, stances: Stances) -> None:
        """Take stances in."""
        self.track(stances)

    def track(self, stances: Stances) -> Floats:
        """The zero after each of the m stances, m × cells; codes as the insole sent them."""
        good = verified(stances, self._weights)
        targets = self._percentiles(stances.swing_median[good]).astype(np.float64)
        steps = self._steps(stances)
        back = -steps
        after = np.empty(stances.swing_median.shape)
        taken = 0
        for n, is_verified in enumerate(good.tolist()):
            if is_verified:
                self._seen += 1
                if self._seen == _FIRST_AFTER:
                    self.zero_codes = targets[taken]
                elif self._seen > _FIRST_AFTER:
                    way = np.minimum(np.maximum(targets[taken] - self.zero_codes, back[n]), steps[n])
                    self.zero_codes = self.zero_codes + way
                taken += 1
            after[n] = self.zero_codes
        return after

    def _percentiles(self, swings: Ints) -> Ints:
        """After each further swing: the 10th percentile of the latest twenty."""
        if not len(swings):
            return swings
        together = np.concatenate([self._swings, swings])
        self._swings = together[len(swings) :]
        ranked = np.partition(sliding_window_view(together, SWINGS, axis=0), (0, 1), axis=-1)
        known = np.minimum(np.arange(self._seen + 1, self._seen + 1 + len(swings)), SWINGS)
        return np.where((known > SWINGS // 2)[:, None], ranked[..., 1], ranked[..., 0])

    def _steps(self, stances: Stances) -> Floats:
        """How far each stance lets the zero of a cell move, in codes, m × cells."""
        t_ns = stances.t_ns
        if not t_ns.size:
            return np.empty((0, len(self._weights)))
        before = np.concatenate([[t_ns[0] if self._last_t_ns is None else self._last_t_ns], t_ns[:-1]])
        self._last_t_ns = int(t_ns[-1])
        minutes = np.minimum(np.maximum(t_ns - before, 0), _LONGEST_STRIDE_NS) / 60e9
        mean_load = (stances.sums @ self._weights) / np.maximum(stances.rows, 1)
        steps: Floats = (_STEP_SHARE_PER_MIN * minutes * mean_load)[:, None] / np.maximum(self._weights, 1)
        return steps
