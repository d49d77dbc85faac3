"""The loads of one foot that every second tells, over windows ending with it; formulas in `load`, policy in `withhold`.

A cell that is left out in any second of a window is left out of the whole window. Mean forefoot load = Σ of the
forefoot cells over all rows / rows, swing included (clinical basis 1.2); of an insole without newton it is the
forefoot's share of the foot's load. A window needs a quarter of its time measured, the last second any row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.wire.geometry import Side
from ingest.wire.messages import Figure
from processing.metrics.live_foot import LiveFoot, Seconds
from processing.metrics.load import share_pct
from processing.metrics.signal import Bools, Ints
from processing.metrics.withhold import FootSums, KeptShare, left_out
from processing.windows import SECOND_NS, RecentBits, WindowSums

LONG_S = 900
MINUTE_S = 60
RECENT_S = 5
_ENOUGH_ONE_IN = 4
ENOUGH = 1 / _ENOUGH_ONE_IN  # of a window: less data than this gives no figure
BOTH_MEASURED = 0.8  # of the rows due in the last seconds that held any
_MOST_LEFT_OUT_PCT = 20  # of a foot's usual impulse, as for every other load
_NO_FOREFOOT = "the insole has no cell under the forefoot"
_ROWS, _FILLED, _CONTACTS = range(2, 5)  # columns, after forefoot and load

UnfitAndLearned = tuple[int, bool]  # what the policy of a second hangs on: the cells left out, are shares learned


@dataclass(frozen=True, slots=True)
class Window:
    """Of each of the k seconds: what the window that ends with it holds; `load`, `forefoot` in Σ code × weight."""

    width_s: int
    forefoot: list[int]
    load: list[int]
    rows: list[int]
    contacts: list[int]
    unfit: list[int]
    coverage_pct: list[float]
    least_rows: int  # with fewer nothing can be told


class FootLoads:
    """Feed the seconds of a foot, then ask for the figures of each of them by its number."""

    def __init__(self, foot: LiveFoot, window_s: int) -> None:
        self.foot = foot
        self.side: Side = foot.layout.side
        weights, forefoot = foot.scale.weights, foot.scale.forefoot_weights
        self._columns = np.stack([forefoot, weights], axis=1)
        self._forefoot_mask = sum(1 << cell for cell, weight in enumerate(forefoot.tolist()) if weight)
        unit = foot.scale.newton_per_unit
        self.comparable = foot.layout.scale if unit is None else unit
        self._window_s = window_s
        self._words: dict[int, str] = {}
        self._kept: dict[UnfitAndLearned, KeptShare] = {}
        self._kept_sums: dict[int, list[list[int]]] = {}  # by mask: k × forefoot, foot over the window
        self._cells = WindowSums(window_s, weights.size)
        self._long = WindowSums(LONG_S, 5)
        self.bits = RecentBits()

    def clear(self) -> None:
        for held in (self._cells, self._long, self.bits):
            held.clear()

    def push(self, foot: LiveFoot, seconds: Seconds, contacts: Ints) -> None:
        """`contacts` k: initial contacts that became known in each second."""
        if foot.learned is not self.foot.learned:
            self._kept = {}
        self.foot, self.seconds = foot, seconds
        first = foot.slab.first
        self._cells.push(seconds.sums)
        self._loads = loads = np.empty((seconds.rows.size, 5), dtype=np.int64)
        loads[:, :_ROWS] = seconds.sums @ self._columns
        loads[:, _ROWS] = seconds.rows
        loads[:, _FILLED] = seconds.rows > 0
        loads[:, _CONTACTS] = contacts
        self._long.push(loads)
        self.bits.push(first, seconds.unfit)
        self.suspect: list[int] = foot.suspect.tolist()
        self.rows: list[int] = seconds.rows.tolist()
        self.load: list[int] = seconds.load(self._columns[:, 1]).tolist()
        self._window_cells = self._cells.over(self._window_s)
        self.second = self._seen_in(1, loads, seconds.unfit.tolist())
        self.minute = self._seen_in(MINUTE_S, self._long.over(MINUTE_S), self.bits.over(MINUTE_S))
        self.long = self._seen_in(LONG_S, self._long.over(LONG_S), self.bits.over(LONG_S))
        window_s = self._window_s
        self.window = self.minute
        if window_s != MINUTE_S:
            self.window = self._seen_in(window_s, self._long.over(window_s), self.bits.over(window_s))
        recent = self._long.over(RECENT_S)
        self._recent_rows: list[int] = recent[:, _ROWS].tolist()
        self._recent_filled_s: list[int] = recent[:, _FILLED].tolist()
        self._learned_at = seconds.rows.size if foot.learned is None else foot.learned_since - first
        self._kept_sums = {}

    def _seen_in(self, width_s: int, loads: Ints, unfit: list[int]) -> Window:
        forefoot, load, rows, _, contacts = loads.T.tolist()
        ns_per_row, width_ns = self.foot.ns_per_row, width_s * SECOND_NS
        covered = [100.0 * count * ns_per_row / width_ns for count in rows]
        covered = [pct if pct < 100.0 else 100.0 for pct in covered]  # `min` takes three times as long
        least_rows = 1 if width_s == 1 else -(-width_ns // (_ENOUGH_ONE_IN * ns_per_row))
        return Window(width_s, forefoot, load, rows, contacts, unfit, covered, least_rows)

    def coverage_pct(self, rows: int, width_s: int) -> float:
        return min(100.0, 100.0 * rows * self.foot.ns_per_row / (width_s * SECOND_NS))

    @property
    def measured(self) -> Bools:
        """k: whether four fifths of the second were measured."""
        enough: Bools = self.seconds.rows * (5 * self.foot.ns_per_row) >= 4 * SECOND_NS
        return enough

    @property
    def whole_load(self) -> Ints:
        """k: Σ code × weight of all cells in each second."""
        return self._loads[:, 1]

    def unfit_and_learned(self, at: int) -> UnfitAndLearned:
        """Of the window."""
        return self.window.unfit[at], at >= self._learned_at

    def shares_pct(self, at: int) -> tuple[float, ...] | None:
        """Learned shares of the cells, once they may be known."""
        learned = self.foot.learned
        return None if learned is None or at < self._learned_at else learned.share_pct

    def words(self, cells: int) -> str:
        """What is said of everything that lacks the cells of a mask."""
        told = self._words.get(cells)
        if told is None:
            told = self._words[cells] = left_out(self.foot.layout, cells)
        return told

    def too_little(self, window: Window, at: int) -> Figure | None:
        """Why nothing can be told of a window; None when it can."""
        rows, width_s = window.rows[at], window.width_s
        if rows >= window.least_rows:
            return None
        if not rows:
            last = "in this second" if width_s == 1 else f"in the last {width_s} s"
            return no_figure(f"no data from the {self.side} insole {last}")
        measured_s = rows * self.foot.ns_per_row / SECOND_NS
        reason = f"only {measured_s:.0f} s of the last {width_s} s measured on the {self.side}"
        return no_figure(reason, window.coverage_pct[at])

    def forefoot_shares(self) -> list[Figure]:
        """k"""
        window, made = self.window, []
        columns = zip(window.forefoot, window.load, window.unfit, self.suspect, window.coverage_pct, strict=True)
        for at, (forefoot, load, unfit, suspect, coverage) in enumerate(columns):
            figure = self.too_little(window, at)
            if figure is not None:
                made.append(figure)
            elif suspect:
                made.append(no_figure(being_checked(self.side), coverage))
            elif not self._forefoot_mask:
                made.append(no_figure(_NO_FOREFOOT, coverage))
            elif unfit:
                made.append(self._share_without(at, unfit, coverage))
            else:
                share = share_pct(forefoot, load)
                lacking = (
                    None if share is not None else f"no load on the {self.side} foot in the last {window.width_s} s"
                )
                made.append(Figure(value=share, coverage_pct=coverage, reason=lacking))
        return made

    def _share_without(self, at: int, unfit: int, coverage: float) -> Figure:
        key = self.unfit_and_learned(at)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = KeptShare.of(self.foot.scale, self.foot.layout, unfit, self.shares_pct(at))
        sums = self._kept_sums.get(unfit)
        if sums is None:
            sums = self._kept_sums[unfit] = (self._window_cells @ kept.weights).tolist()
        low, high = kept.range_pct(share_pct(*sums[at])) or (None, None)
        return Figure(value=None, coverage_pct=coverage, reason=kept.reason, low=low, high=high)

    def forefoot_loads(self, in_newton: bool) -> Iterator[tuple[Figure, ...]]:
        """k × over the last 1, 60 and 900 s."""
        return zip(
            *(self._forefoot_load(each, in_newton) for each in (self.second, self.minute, self.long)), strict=True
        )

    def _forefoot_load(self, window: Window, in_newton: bool) -> list[Figure]:
        counted = self._forefoot_mask if in_newton else -1
        comparable, made = self.comparable, []
        columns = zip(window.rows, window.forefoot, window.load, window.unfit, window.coverage_pct, strict=True)
        for at, (rows, forefoot, load, unfit, coverage) in enumerate(columns):
            figure = self.too_little(window, at)
            if figure is not None:
                made.append(figure)
            elif not self._forefoot_mask:
                made.append(no_figure(_NO_FOREFOOT, coverage))
            elif unfit & counted:
                made.append(Figure(value=None, coverage_pct=coverage, reason=self.words(unfit & counted)))
            elif in_newton:
                made.append(Figure(value=forefoot / rows * comparable, coverage_pct=coverage))
            else:
                share = share_pct(forefoot, load)
                lacking = None if share is not None else f"no load on the {self.side} foot"
                made.append(Figure(value=share, coverage_pct=coverage, reason=lacking))
        return made

    def mean_loads(self) -> list[float | None]:
        """k: over the second, in newton or in the layout's unit; None without rows or with a cell left out."""
        columns = zip(self.load, self.rows, self.second.unfit, strict=True)
        return [None if not rows or unfit else load / rows * self.comparable for load, rows, unfit in columns]

    def above_zero(self, zeros: Sequence[float]) -> list[float | None]:
        """k: mean load of the second above what the foot reads in the air (Σ code × weight); None: mostly missing."""
        least_ns, ns_per_row, comparable = BOTH_MEASURED * SECOND_NS, self.foot.ns_per_row, self.comparable
        columns = zip(self.load, self.rows, zeros, self.second.unfit, strict=True)
        return [
            (load / rows - zero) * comparable
            if rows * ns_per_row >= least_ns and (not unfit or self._tells_weight(at, unfit))
            else None
            for at, (load, rows, zero, unfit) in enumerate(columns)
        ]

    def _tells_weight(self, at: int, unfit: int) -> bool:
        """Whether the cells that are left carry enough of the foot to tell a foot in the air from a missing cell."""
        shares_pct = self.shares_pct(at)
        gone_pct = sum(share for cell, share in enumerate(shares_pct or ()) if unfit >> cell & 1)
        return shares_pct is not None and gone_pct <= _MOST_LEFT_OUT_PCT

    def well_measured(self) -> list[bool]:
        """k: whether the seconds of the last few that held any rows held most of those due."""
        columns = zip(self._recent_rows, self._recent_filled_s, strict=True)
        ns_per_row = self.foot.ns_per_row
        return [filled > 0 and rows * ns_per_row >= BOTH_MEASURED * filled * SECOND_NS for rows, filled in columns]

    def sums_of(self, at: int, sums: Ints, rows: int) -> FootSums:
        """Sums over the window with what the policy needs."""
        unfit = self.window.unfit[at]
        return FootSums(
            layout=self.foot.layout,
            scale=self.foot.scale,
            sums=sums,
            rows=rows,
            unfit=unfit,
            shares_pct=self.shares_pct(at),
        )


def load_figures(one: FootLoads, other: FootLoads | None, in_newton: bool) -> list[Figure]:
    """k: mean load of the second: newton, or the foot's share of both feet's."""
    second = one.second
    means = one.mean_loads()
    others = [None] * len(means) if other is None else other.mean_loads()
    made: list[Figure] = []
    for at, (rows, mean, mean_other, coverage) in enumerate(
        zip(one.rows, means, others, second.coverage_pct, strict=True)
    ):
        if not rows:
            made.append(no_figure(f"no data from the {one.side} insole in this second"))
        elif mean is None:
            made.append(no_figure(one.words(second.unfit[at]), coverage))
        elif in_newton:
            made.append(Figure(value=mean, coverage_pct=coverage))
        elif mean_other is None:
            made.append(no_figure("the share of one foot needs both feet", coverage))
        else:
            share = share_pct(mean, mean + mean_other)
            lacking = None if share is not None else "no load on either foot"
            made.append(Figure(value=share, coverage_pct=coverage, reason=lacking))
    return made


def no_figure(reason: str, coverage_pct: float = 0.0) -> Figure:
    return Figure(value=None, coverage_pct=coverage_pct, reason=reason)


def being_checked(side: Side) -> str:
    return f"a cell of the {side} insole is being checked"
