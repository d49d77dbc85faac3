"""Load of the foot's parts and of the two feet against each other.

share_k = 100 × impulse of k / impulse of the foot; forefoot = cells of the forefoot zone, toes included (clinical
basis 1.2). SI = 100 × (R − L) / (0.5 × (R + L)), + = right larger (Robinson / Herzog 1989). With q the shares of the n
measured areas: N_eff = 1 / Σq², Pielou J = −Σ q ln q / ln n, Gini = Σ (2j − n − 1) q₍ⱼ₎ / (n Σq), q ascending
(clinical basis 1.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from ingest.wire.geometry import Calibration, Unit, Zone
from ingest.wire.messages import Layout
from processing.metrics.signal import Floats, Ints

_UNCALIBRATED = (Calibration.NONE, Calibration.ZERO)


@dataclass(frozen=True, slots=True, eq=False)
class LoadScale:
    """How codes of an insole add up to a load: Σ code × weight, a whole number, times `newton_per_unit`.

    Pressures are weighted with the cell's area in 0.01 mm², forces count as they are. `newton_per_unit` None: the
    insole's scale is not known in newton, only shares of its load mean something.
    """

    weights: Ints
    forefoot_weights: Ints
    newton_per_unit: float | None
    noise: float  # in the same units: less than this is not a load, where newton cannot tell

    @classmethod
    def of(cls, layout: Layout) -> LoadScale:
        areas = [cell.area_mm2 for cell in layout.cells]
        known_areas = layout.unit is Unit.KILOPASCAL and all(areas)
        weights = np.array([round(100 * (area or 0)) if known_areas else 1 for area in areas], dtype=np.int64)
        newton = None
        if layout.unit is Unit.NEWTON:
            newton = layout.scale
        elif known_areas:
            newton = layout.scale * 1e-5  # kPa × 0.01 mm² = 1e-5 N
        if layout.calibration in _UNCALIBRATED:
            newton = None
        forefoot = np.array([cell.zone is Zone.FOREFOOT for cell in layout.cells])
        full = sum(int(weight) * cell.full_scale for weight, cell in zip(weights, layout.cells, strict=True))
        return cls(weights, weights * forefoot, newton, 0.005 * full)


def in_regions(layout: Layout) -> bool:
    """Whether the insole resolves the ten regions."""
    return all(cell.region is not None for cell in layout.cells)


def area_of_cells(layout: Layout) -> list[str]:
    """What each cell's load counts for: its region, or its own area where the insole does not resolve the regions."""
    resolved = in_regions(layout)
    return [cell.region.value if resolved and cell.region is not None else cell.area for cell in layout.cells]


def masked_areas(layout: Layout, not_measured: int) -> str:
    """The cells of a mask in words."""
    return ", ".join(dict.fromkeys(cell.area for bit, cell in enumerate(layout.cells) if not_measured >> bit & 1))


def symmetry_index_pct(left: float, right: float) -> float | None:
    """SI; None when neither foot carries anything."""
    both = left + right
    return 100 * (right - left) / (0.5 * both) if both > 0 else None


def share_pct(part: float, whole: float) -> float | None:
    """None when the whole is nothing."""
    return 100 * part / whole if whole > 0 else None


def shares_pct(impulses: Mapping[str, float]) -> dict[str, float] | None:
    """Every area's share of all of them; None when they carry nothing."""
    whole = sum(impulses.values())
    return {area: 100 * impulse / whole for area, impulse in impulses.items()} if whole > 0 else None


def per_name(names: Sequence[str], sums: Iterable[int]) -> dict[str, float]:
    """Sums of cells that share a name, in the order in which the names come."""
    added: dict[str, float] = {}
    for name, value in zip(names, sums, strict=True):
        added[name] = added.get(name, 0) + value
    return added


@dataclass(frozen=True, slots=True)
class Evenness:
    """How evenly the load is spread: `n_eff` of n areas; `pielou` None for a single area."""

    n_eff: float
    pielou: float | None
    gini: float

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
        )
