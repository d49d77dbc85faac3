"""What is usual for the cells of one foot, learned from its first healthy stances; by it the others are judged.

Of each cell: the median of the highest code of a stance over its first 20 stances that were not bad (5 suffice to
begin with), and the variance of its code in swing over them. Of the foot: its mean load over whole strides, (3 Σ stance
+ 5 Σ swing) / (3 rows of stance + 5 rows of swing), because the middle three fifths of the swing are what is measured.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from ingest.wire.messages import Layout
from processing.metrics.learned import LearnedCells
from processing.metrics.load import LoadScale, shares_pct

ENOUGH = 5
WHOLE = 20


class CellYardstick:
    """One cell; `known_peak`: from earlier walks."""

    __slots__ = ("_peaks", "_variances", "known_peak")

    def __init__(self, known_peak: float | None) -> None:
        self.known_peak = known_peak
        self._peaks: list[int] = []
        self._variances = 0.0

    @property
    def is_whole(self) -> bool:
        return len(self._peaks) >= WHOLE

    def add(self, peak: int, swing_variance: float) -> None:
        """A healthy stance; after the first 20 nothing is learned any more."""
        if self.is_whole:
            return
        insort(self._peaks, peak)
        self._variances += swing_variance

    @property
    def peak(self) -> float | None:
        """Usual highest code of a stance."""
        if self.known_peak is not None:
            return self.known_peak
        return self.own_peak if len(self._peaks) >= ENOUGH else None

    @property
    def own_peak(self) -> float:
        half = len(self._peaks) // 2
        return (self._peaks[half] + self._peaks[-half - 1]) / 2

    @property
    def swing_variance(self) -> float | None:
        return self._variances / len(self._peaks) if len(self._peaks) >= ENOUGH else None


class FootYardstick:
    """All cells of one foot and its mean load. Shares are learned from stances in which every cell was healthy."""

    def __init__(self, layout: Layout, known: LearnedCells | None) -> None:
        if known is not None and (known.checksum, len(known.peak_codes)) != (layout.checksum, len(layout.cells)):
            known = None
        self.known = known
        peaks: Sequence[float | None] = [None] * len(layout.cells) if known is None else known.peak_codes
        self.cells = [CellYardstick(peak) for peak in peaks]
        self._checksum = layout.checksum
        self._scale = LoadScale.of(layout)
        self._unit = layout.scale if self._scale.newton_per_unit is None else self._scale.newton_per_unit
        self._weights: list[int] = self._scale.weights.tolist()
        self._stances = 0
        self._loads = 0
        self._rows = 0
        self._impulses: list[int] = []  # of the stances, the largest last
        self.learned: LearnedCells | None = None  # in this walk
        self._clean = 0
        self._sums = [0] * len(layout.cells)

    @property
    def is_whole(self) -> bool:
        """Whether the foot's mean load is learned for good."""
        return self._stances >= WHOLE

    def add_load(self, sums: Sequence[int], rows: int, swing_sums: Sequence[int], swing_rows: int) -> None:
        """A stance and its swing, whatever its cells are worth."""
        if self.is_whole:
            return
        self._stances += 1
        impulse = self.impulse_of(sums)
        self._loads += 3 * impulse + 5 * sum(map(int.__mul__, swing_sums, self._weights))
        self._rows += 3 * rows + 5 * swing_rows
        insort(self._impulses, impulse)

    def impulse_of(self, sums: Sequence[int]) -> int:
        """Σ code × weight of a stance."""
        return sum(map(int.__mul__, sums, self._weights))

    @property
    def mean_load(self) -> float | None:
        """In newton or the layout's unit; None before there are enough stances."""
        return self._loads / self._rows * self._unit if self._stances >= ENOUGH and self._rows else None

    @property
    def impulse(self) -> float | None:
        """The usual one."""
        half = len(self._impulses) // 2
        return (self._impulses[half] + self._impulses[-half - 1]) / 2 if self._stances >= ENOUGH else None

    def part_of(self, counted: Sequence[bool]) -> float:
        """The part of the foot's impulse that some cells usually carry, by their highest codes."""
        peaks = [(cell.peak or 0.0) * weight for cell, weight in zip(self.cells, self._weights, strict=True)]
        some = sum(peak for peak, is_counted in zip(peaks, counted, strict=True) if is_counted)
        return some / sum(peaks) if sum(peaks) > 0 else 1.0

    def codes_of(self, load: float) -> list[float]:
        """So much load on one cell, in codes of each cell."""
        return [load / (self._unit * weight) if weight else float("inf") for weight in self._weights]

    def add_clean(self, sums: Sequence[int]) -> bool:
        """A stance in which every cell was healthy; whether the shares are learned by it."""
        if self.learned is not None:
            return False
        self._clean += 1
        self._sums = list(map(int.__add__, self._sums, sums))
        if self._clean >= WHOLE and all(cell.is_whole for cell in self.cells):
            self.learned = self._learn()
        return self.learned is not None

    def _learn(self) -> LearnedCells | None:
        weighted = list(map(int.__mul__, self._sums, self._weights))
        shares = shares_pct({str(cell): float(part) for cell, part in enumerate(weighted)})
        if shares is None:
            return None
        return LearnedCells(
            checksum=self._checksum,
            peak_codes=tuple(cell.own_peak for cell in self.cells),
            share_pct=tuple(shares.values()),
        )
