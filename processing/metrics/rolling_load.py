"""The loads of one foot that every second tells, over windows ending with it; formulas in `load`, policy in `withhold`.

A cell that is left out in any second of a window is left out of the whole window. Mean forefoot load = Σ of the
forefoot cells over all rows / rows, swing included (clinical basis 1.2); of an insole without newton it is the
forefoot's share of the foot's load. A window needs a quarter of its time measured, the last second any row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.wire.geometry import Side
from ingest.wire.messages import Figure, ForefootLoad, PerFoot
from processing.metrics.live_foot import LiveFoot, Seconds
from processing.metrics.load import share_pct
from processing.metrics.signal import Bools, Ints
from processing.metrics.withhold import FootSums, Statement, forefoot_statement, left_out
from processing.windows import SECOND_NS, RecentBits, WindowSums

LONG_S = 900
MINUTE_S = 60
RECENT_S = 5
ENOUGH = 0.25  # of a window: less data than this gives no figure
_ROWS, _FILLED, _CONTACTS = range(2, 5)  # columns, after forefoot and load


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
        self._cells = WindowSums(window_s, weights.size)
        self._long = WindowSums(LONG_S, 5)
        self.bits = RecentBits()

    def clear(self) -> None:
        for held in (self._cells, self._long, self.bits):
            held.clear()

    def push(self, foot: LiveFoot, seconds: Seconds, contacts: Ints) -> None:
        """`contacts` k: initial contacts that became known in each second."""
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
        self.second = self._seen_in(1, loads)
        self.minute = self._seen_in(MINUTE_S, self._long.over(MINUTE_S))
        self.long = self._seen_in(LONG_S, self._long.over(LONG_S))
        window_s = self._window_s
        self.window = self.minute if window_s == MINUTE_S else self._seen_in(window_s, self._long.over(window_s))
        recent = self._long.over(RECENT_S)
        self.recent_rows: list[int] = recent[:, _ROWS].tolist()
        self.recent_filled_s: list[int] = recent[:, _FILLED].tolist()

    def _seen_in(self, width_s: int, loads: Ints) -> Window:
        forefoot, load, rows, _, contacts = loads.T.tolist()
        ns_per_row, width_ns = self.foot.ns_per_row, width_s * SECOND_NS
        covered = [100.0 * count * ns_per_row / width_ns for count in rows]
        covered = [pct if pct < 100.0 else 100.0 for pct in covered]  # `min` takes three times as long
        return Window(width_s, forefoot, load, rows, contacts, self.bits.over(width_s), covered)

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

    def shares_pct(self, at: int) -> tuple[float, ...] | None:
        """Learned shares of the cells, once they may be known."""
        learned, since = self.foot.learned, self.foot.learned_since
        return None if learned is None or self.foot.slab.first + at < since else learned.share_pct

    def too_little(self, window: Window, at: int) -> Figure | None:
        """Why nothing can be told of a window; None when it can."""
        rows, width_s = window.rows[at], window.width_s
        if rows * self.foot.ns_per_row >= ENOUGH * width_s * SECOND_NS or (rows and width_s == 1):
            return None
        if not rows:
            last = "in this second" if width_s == 1 else f"in the last {width_s} s"
            return no_figure(f"no data from the {self.side} insole {last}")
        measured_s = rows * self.foot.ns_per_row / SECOND_NS
        reason = f"only {measured_s:.0f} s of the last {width_s} s measured on the {self.side}"
        return no_figure(reason, window.coverage_pct[at])

    def forefoot_share(self, at: int) -> Figure:
        window = self.window
        withheld = self.too_little(window, at)
        if withheld is not None:
            return withheld
        coverage = window.coverage_pct[at]
        if self.suspect[at]:
            return no_figure(being_checked(self.side), coverage)
        unfit, foot = window.unfit[at], self.foot
        if unfit or not self._forefoot_mask:
            shares = self.shares_pct(at)
            stated = forefoot_statement(self._window_cells[at], foot.scale, foot.layout, unfit, shares)
            return as_figure(stated, coverage)
        share = share_pct(window.forefoot[at], window.load[at])
        if share is None:
            return no_figure(f"no load on the {self.side} foot in the last {window.width_s} s", coverage)
        return Figure(value=share, coverage_pct=coverage)

    def forefoot_loads(self, at: int, in_newton: bool) -> tuple[Figure, Figure, Figure]:
        """Over the last 1, 60 and 900 s."""
        return (
            self._forefoot_load(at, self.second, in_newton),
            self._forefoot_load(at, self.minute, in_newton),
            self._forefoot_load(at, self.long, in_newton),
        )

    def _forefoot_load(self, at: int, window: Window, in_newton: bool) -> Figure:
        withheld = self.too_little(window, at)
        if withheld is not None:
            return withheld
        rows = window.rows[at]
        coverage = window.coverage_pct[at]
        if not self._forefoot_mask:
            return no_figure("the insole has no cell under the forefoot", coverage)
        unfit = window.unfit[at] & (self._forefoot_mask if in_newton else -1)
        if unfit:
            return no_figure(left_out(self.foot.layout, unfit), coverage)
        if in_newton:
            return Figure(value=window.forefoot[at] / rows * self.comparable, coverage_pct=coverage)
        share = share_pct(window.forefoot[at], window.load[at])
        if share is None:
            return no_figure(f"no load on the {self.side} foot", coverage)
        return Figure(value=share, coverage_pct=coverage)

    def mean_load(self, at: int) -> float | None:
        """Over the second, in newton or in the layout's unit; None without rows or with a cell left out."""
        rows = self.rows[at]
        return None if not rows or self.second.unfit[at] else self.load[at] / rows * self.comparable

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


def forefoot_load(left: FootLoads | None, right: FootLoads | None, at: int, in_newton: bool) -> ForefootLoad:
    lefts = (no_insole(Side.LEFT),) * 3 if left is None else left.forefoot_loads(at, in_newton)
    rights = (no_insole(Side.RIGHT),) * 3 if right is None else right.forefoot_loads(at, in_newton)
    one, sixty, nine_hundred = (
        PerFoot(left=of_left, right=of_right) for of_left, of_right in zip(lefts, rights, strict=True)
    )
    return ForefootLoad(last_1_s=one, last_60_s=sixty, last_900_s=nine_hundred)


def load_figure(one: FootLoads | None, other: FootLoads | None, side: Side, at: int, in_newton: bool) -> Figure:
    """Mean load of the second: newton, or the foot's share of both feet's."""
    if one is None:
        return no_insole(side)
    rows = one.rows[at]
    if not rows:
        return no_figure(f"no data from the {side} insole in this second")
    coverage = one.second.coverage_pct[at]
    mean = one.mean_load(at)
    if mean is None:
        return no_figure(left_out(one.foot.layout, one.second.unfit[at]), coverage)
    if in_newton:
        return Figure(value=mean, coverage_pct=coverage)
    mean_other = None if other is None else other.mean_load(at)
    if mean_other is None:
        return no_figure("the share of one foot needs both feet", coverage)
    share = share_pct(mean, mean + mean_other)
    return (
        no_figure("no load on either foot", coverage) if share is None else Figure(value=share, coverage_pct=coverage)
    )


def no_figure(reason: str, coverage_pct: float = 0.0) -> Figure:
    return Figure(value=None, coverage_pct=coverage_pct, reason=reason)


def no_insole(side: Side) -> Figure:
    return no_figure(f"no {side} insole")


def being_checked(side: Side) -> str:
    return f"a cell of the {side} insole is being checked"


def as_figure(stated: Statement, coverage_pct: float) -> Figure:
    return Figure(
        value=stated.value,
        coverage_pct=coverage_pct,
        reason=stated.reason,
        low=stated.low,
        high=stated.high,
        note=stated.note,
    )
