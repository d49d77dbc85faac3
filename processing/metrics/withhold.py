"""What may still be said of the load when cells are left out (unfit, or not measured by the insole itself).

Nothing is imputed (clinical basis 4.3). A learned share is a cell's part of its foot's impulse while it was healthy.

- Forefoot share: withheld unless the forefoot and the rearfoot each keep 80 % of their learned impulse; then a range,
  from what the other cells show less the learned share of the cells left out behind the forefoot, to what they show
  plus that of the ones left out under it (a cell left out behind the forefoot makes the share look too large).
- Symmetry index: over the mirrored pairs of which both cells are fit ("7 of 8 pairs"), a limit on it 6 points wider;
  withheld where the pairs left keep less than 80 % of the impulse (mean of the feet's learned shares).

Without a cell left out both are the plain formulas of `load`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.wire.geometry import Zone
from ingest.wire.messages import Layout
from processing.metrics.load import LoadScale, masked_areas, share_pct
from processing.metrics.signal import Bools, Ints
from processing.metrics.symmetry import symmetry_index_pct

ENOUGH_PCT = 80.0
MARGIN_POINTS = 6.0
_MIRRORED_WITHIN = 0.05

Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A figure, a range, or neither and why. `margin_points`: by so much a limit on the figure has to be wider."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str | None = None
    reason: str | None = None
    margin_points: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FootSums:
    """Sums of the codes of each cell over `rows` rows of one foot; `unfit` bit i: cell i is left out.

    `shares_pct`: each cell's learned share of the foot's impulse, None: not learned.
    """

    layout: Layout
    scale: LoadScale
    sums: Ints
    rows: int
    unfit: int = 0
    shares_pct: Sequence[float] | None = None

    def mean_load(self, cells: Sequence[int] | None = None) -> float:
        """Mean of these cells together (None: of all), in newton or in the unit of the layout."""
        weighted = self.sums * self.scale.weights
        whole = int(weighted.sum()) if cells is None else sum(int(weighted[cell]) for cell in cells)
        unit = self.scale.newton_per_unit
        return whole / self.rows * (self.layout.scale if unit is None else unit)


def pairs_of(left: Layout, right: Layout) -> list[tuple[int, int]]:
    """Mirrored cells (left, right): at the same place of the foot within 0.05; each cell is in one pair at most."""
    free = dict(enumerate(right.cells))
    pairs: list[tuple[int, int]] = []
    for number, cell in enumerate(left.cells):
        near = [
            (abs(other.x - cell.x) + abs(other.y - cell.y), which)
            for which, other in free.items()
            if abs(other.x - cell.x) <= _MIRRORED_WITHIN and abs(other.y - cell.y) <= _MIRRORED_WITHIN
        ]
        if near:
            pairs.append((number, min(near)[1]))
            del free[pairs[-1][1]]
    return pairs


def fit_cells(cells: int, unfit: int) -> Bools:
    """Which of so many cells a mask leaves in."""
    return np.array([not unfit >> cell & 1 for cell in range(cells)], dtype=np.bool_)


def left_out(layout: Layout, unfit: int) -> str:
    """The reason of everything that rests on cells left out."""
    return f"not measured on the {layout.side}: {masked_areas(layout, unfit)}"


@dataclass(frozen=True, slots=True, eq=False)
class KeptShare:
    """What a mask leaves of the forefoot share: made once for a mask, asked for many seconds.

    `weights`: cells × (forefoot, whole foot), 0 for the cells left out. `reason` None: none is left out.
    """

    weights: Ints
    reason: str | None
    under_pct: float
    behind_pct: float
    is_enough: bool

    @classmethod
    def of(cls, scale: LoadScale, layout: Layout, unfit: int, shares_pct: Sequence[float] | None) -> KeptShare:
        weights = np.stack([scale.forefoot_weights, scale.weights], axis=1)
        if not unfit:
            return cls(weights, None, 0.0, 0.0, is_enough=True)
        weights = weights * fit_cells(len(layout.cells), unfit)[:, None]
        under, behind = 0.0, 0.0
        for cell, share in zip(layout.cells, _missing(unfit, shares_pct or [0.0] * len(layout.cells)), strict=True):
            if cell.zone is Zone.FOREFOOT:
                under += share
            else:
                behind += share
        is_enough = shares_pct is not None and _keeps_enough(layout, unfit, shares_pct)
        return cls(weights, left_out(layout, unfit), under, behind, is_enough)

    def range_pct(self, observed_pct: float | None) -> tuple[float, float] | None:
        """Where the share lies, from what the other cells show; None: it cannot be said."""
        if observed_pct is None or not self.is_enough:
            return None
        return max(observed_pct - self.behind_pct, 0.0), min(observed_pct + self.under_pct, 100.0)


def forefoot_statement(
    sums: Ints, scale: LoadScale, layout: Layout, unfit: int, shares_pct: Sequence[float] | None
) -> Statement:
    """Forefoot share (%) of the impulse in `sums`."""
    if not scale.forefoot_weights.any():
        return Statement(reason="the insole has no cell under the forefoot")
    kept = KeptShare.of(scale, layout, unfit, shares_pct)
    observed = share_pct(*(sums @ kept.weights).tolist())
    if not unfit:
        return Statement(value=observed, reason=None if observed is not None else "the foot carried no load")
    low, high = kept.range_pct(observed) or (None, None)
    return Statement(low=low, high=high, reason=kept.reason)


@dataclass(frozen=True, slots=True, eq=False)
class KeptPairs:
    """What the masks of both feet leave of the symmetry index: made once for them, asked for many seconds.

    `left`, `right`: the weights of the cells in pairs that are fit, 0 for the others. `reason`: why nothing is stated.
    """

    pairs: Pairs
    left: Ints
    right: Ints
    note: str
    reason: str | None

    @classmethod
    def of(cls, left: FootSums, right: FootSums, pairs: Pairs) -> KeptPairs:
        """`sums` and `rows` of the feet do not matter."""
        kept = fit_pairs(pairs, left.unfit, right.unfit)
        missing = "; ".join(left_out(foot.layout, foot.unfit) for foot in (left, right) if foot.unfit)
        is_enough = kept and kept_impulse_pct(kept, left.shares_pct, right.shares_pct) >= ENOUGH_PCT
        return cls(
            pairs=kept,
            left=_weights_of(left.scale, [one for one, _ in kept]),
            right=_weights_of(right.scale, [other for _, other in kept]),
            note=f"{len(kept)} of {len(pairs)} pairs",
            reason=None if is_enough else missing,
        )


def symmetry_statement(left: FootSums, right: FootSums, pairs: Pairs) -> Statement:
    """Symmetry index (%, + = right larger) of the mean load; both feet with rows."""
    if not left.unfit and not right.unfit:
        index = symmetry_index_pct(left.mean_load(), right.mean_load())
        return Statement(value=index, reason=None if index is not None else "neither foot carried any load")
    kept = KeptPairs.of(left, right, pairs)
    if kept.reason is not None:
        return Statement(reason=kept.reason)
    index = paired_symmetry_pct(left, right, kept.pairs)
    if index is None:
        return Statement(reason="neither foot carried any load")
    return Statement(value=index, note=kept.note, margin_points=MARGIN_POINTS)


def fit_pairs(pairs: Pairs, unfit_left: int, unfit_right: int) -> list[tuple[int, int]]:
    return [(one, other) for one, other in pairs if not (unfit_left >> one | unfit_right >> other) & 1]


def paired_symmetry_pct(left: FootSums, right: FootSums, pairs: Pairs) -> float | None:
    """Symmetry index of the cells in these pairs alone."""
    return symmetry_index_pct(left.mean_load([one for one, _ in pairs]), right.mean_load([other for _, other in pairs]))


def kept_impulse_pct(pairs: Pairs, left_pct: Sequence[float] | None, right_pct: Sequence[float] | None) -> float:
    """Learned share of the impulse that these pairs carry: mean of the feet, or the one that is learned; 0 for none."""
    of_feet: list[float] = []
    if left_pct is not None:
        of_feet.append(sum(left_pct[one] for one, _ in pairs))
    if right_pct is not None:
        of_feet.append(sum(right_pct[other] for _, other in pairs))
    return sum(of_feet) / len(of_feet) if of_feet else 0.0


def _weights_of(scale: LoadScale, cells: list[int]) -> Ints:
    weights: Ints = np.zeros_like(scale.weights)
    weights[cells] = scale.weights[cells]
    return weights


def _missing(unfit: int, shares_pct: Sequence[float]) -> list[float]:
    return [share if unfit >> cell & 1 else 0.0 for cell, share in enumerate(shares_pct)]


def _keeps_enough(layout: Layout, unfit: int, shares_pct: Sequence[float]) -> bool:
    for zone in (Zone.FOREFOOT, Zone.REARFOOT):
        learned = [share if cell.zone is zone else 0.0 for cell, share in zip(layout.cells, shares_pct, strict=True)]
        missing = sum(_missing(unfit, learned))
        if sum(learned) - missing < ENOUGH_PCT / 100 * sum(learned):
            return False
    return True
