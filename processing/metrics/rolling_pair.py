"""The two feet's loads against each other over a window, in the seconds that have both; formula in `load`.

Stated once both feet were measured for 60 s and 30 stances of each were seen within the last 15 minutes (clinical basis
0.4; Melvin 2014), for a window shorter than 60 s for so much shorter. Mirrored pairs are left out as `withhold` says.
"""

from __future__ import annotations

import numpy as np

from ingest.wire.messages import Figure
from processing.metrics.rolling_load import (
    ENOUGH,
    LONG_S,
    MINUTE_S,
    FootLoads,
    UnfitAndLearned,
    being_checked,
    no_figure,
)
from processing.metrics.symmetry import symmetry_index_pct
from processing.metrics.withhold import MARGIN_POINTS, KeptPairs, pairs_of
from processing.windows import WindowSums

_STANCES_PER_MINUTE = 30


class PairLoads:
    """Made when both feet have shown themselves; before that no second had both."""

    def __init__(self, left: FootLoads, right: FootLoads, window_s: int) -> None:
        self._left, self._right = left, right
        self._pairs = pairs_of(left.foot.layout, right.foot.layout)
        self._window_s = window_s
        shortened_s = min(window_s, MINUTE_S)
        self._least_s = shortened_s
        self._least_stances = -(-_STANCES_PER_MINUTE * shortened_s // MINUTE_S)
        self._split = left.foot.scale.weights.size
        # left cells and right cells; load and rows of left, of right; seconds that have both
        self._columns = self._split + right.foot.scale.weights.size + 5
        self._sums = WindowSums(window_s, self._columns)
        self._both = WindowSums(LONG_S, 1)  # seconds that have both
        self._least_both_s = ENOUGH * window_s
        self._learned = left.foot.learned, right.foot.learned
        self._kept: dict[tuple[UnfitAndLearned, UnfitAndLearned], KeptPairs] = {}
        self._kept_sums: dict[tuple[UnfitAndLearned, UnfitAndLearned], tuple[list[int], list[int]]] = {}  # left, right

    def clear(self) -> None:
        self._sums.clear()
        self._both.clear()

    def push(self) -> None:
        """After both feet."""
        left, right = self._left, self._right
        self._kept_sums = {}
        learned = left.foot.learned, right.foot.learned
        if learned[0] is not self._learned[0] or learned[1] is not self._learned[1]:
            self._learned, self._kept = learned, {}
        both = (left.measured & right.measured).astype(np.int64)
        values = np.empty((both.size, self._columns), dtype=np.int64)
        values[:, : self._split] = left.seconds.sums
        values[:, self._split : -5] = right.seconds.sums
        for column, foot in ((-5, left), (-3, right)):
            values[:, column] = foot.whole_load
            values[:, column + 1] = foot.seconds.rows
        values[:, -1] = 1
        values *= both[:, None]
        self._sums.push(values)
        self._both.push(values[:, -1:])
        self._window = self._sums.over(self._window_s)
        self._totals: list[list[int]] = self._window[:, -5:].tolist()
        self._both_s: list[int] = self._both.over(LONG_S)[:, 0].tolist()

    def symmetry(self, at: int) -> tuple[Figure, float]:
        """The index, and by how many points a limit on it has to be wider."""
        left, right = self._left, self._right
        left_load, left_rows, right_load, right_rows, both_s = self._totals[at]
        coverage = min(left.coverage_pct(left_rows, self._window_s), right.coverage_pct(right_rows, self._window_s))
        if both_s < self._least_both_s:
            return self._too_little(at, both_s, coverage), 0.0
        reason = self._too_early(at)
        if reason is not None:
            return no_figure(reason, coverage), 0.0
        if left.window.unfit[at] or right.window.unfit[at]:
            return self._paired(at, left_rows, right_rows, coverage)
        index = symmetry_index_pct(left_load / left_rows * left.comparable, right_load / right_rows * right.comparable)
        if index is None:
            return no_figure(f"no load on either foot in the last {self._window_s} s", coverage), 0.0
        return Figure(value=index, coverage_pct=coverage), 0.0

    def _paired(self, at: int, left_rows: int, right_rows: int, coverage: float) -> tuple[Figure, float]:
        """Over the mirrored pairs of which both cells are fit."""
        left, right = self._left, self._right
        key = left.unfit_and_learned(at), right.unfit_and_learned(at)
        kept = self._kept.get(key)
        if kept is None:
            sums = self._window[at]
            kept = self._kept[key] = KeptPairs.of(
                left.sums_of(at, sums[: self._split], left_rows),
                right.sums_of(at, sums[self._split : -5], right_rows),
                self._pairs,
            )
        if kept.reason is not None:
            return no_figure(kept.reason, coverage), 0.0
        of_feet = self._kept_sums.get(key)
        if of_feet is None:
            lefts, rights = self._window[:, : self._split] @ kept.left, self._window[:, self._split : -5] @ kept.right
            of_feet = self._kept_sums[key] = lefts.tolist(), rights.tolist()
        left_load, right_load = of_feet[0][at], of_feet[1][at]
        index = symmetry_index_pct(left_load / left_rows * left.comparable, right_load / right_rows * right.comparable)
        if index is None:
            return no_figure("neither foot carried any load", coverage), 0.0
        return Figure(value=index, coverage_pct=coverage, note=kept.note), MARGIN_POINTS

    def _too_little(self, at: int, both_s: int, coverage: float) -> Figure:
        for foot in (self._left, self._right):
            withheld = foot.too_little(foot.window, at)
            if withheld is not None:
                return withheld
        return no_figure(f"both feet measured in only {both_s} s of the last {self._window_s} s", coverage)

    def _too_early(self, at: int) -> str | None:
        feet = (self._left, self._right)
        for foot in feet:
            if foot.suspect[at]:
                return being_checked(foot.side)
        both_s = self._both_s[at]
        if both_s < self._least_s:
            return f"both feet measured for {both_s} s of the last 15 min, symmetry needs {self._least_s} s"
        for foot in feet:
            count = foot.long.contacts[at]
            if count < self._least_stances:
                return (
                    f"{count} stances of the {foot.side} foot in the last 15 min, symmetry needs {self._least_stances}"
                )
        return None
