"""How evenly the load is spread over the areas of a foot.

With q the shares of the n measured areas: N_eff = 1 / Σq² (1 … n), Pielou J = −Σ q ln q / ln n (1 = even), Gini =
Σ (2j − n − 1) q₍ⱼ₎ / (n Σq), q ascending, CV = SD (over n) / mean; 1 / N_eff = (1 + CV²) / n (clinical basis 1.5).
Cells differ in area and feet are not even: compare only within one layout and one person; 1 is neither within reach nor
the aim.

Figures:
evenness.SIDE.n_eff [areas]: how many evenly loaded areas would carry it like this, 1 … n
evenness.SIDE.pielou [0 … 1]: evenness of the areas' shares, 1 = even
evenness.SIDE.gini [0 … 1]: inequality of the areas' shares, 0 = even
evenness.SIDE.cv_pct [%]: spread of the areas' shares, SD / mean
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from processing.metrics.signal import Floats


@dataclass(frozen=True, slots=True)
class Evenness:
    """`n_eff` of n areas; `pielou` None for a single area."""

    n_eff: float
    pielou: float | None
    gini: float
    cv_pct: float

    @classmethod
    def of(cls, shares: Sequence[float]) -> Evenness | None:
        """None when there is no area or no load."""
        q: Floats = np.sort(np.array(shares, dtype=np.float64))
        if not q.size or q.sum() <= 0:
            return None
        q = q / q.sum()
        n = q.size
        rank = np.arange(1, n + 1)
        loaded = q[q > 0]
        entropy = -float((loaded * np.log(loaded)).sum())
        return cls(
            n_eff=1 / float((q * q).sum()),
            pielou=entropy / log(n) if n > 1 else None,
            gini=float(((2 * rank - n - 1) * q).sum()) / n,
            cv_pct=100 * float(q.std()) * n,
        )
