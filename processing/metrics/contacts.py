"""Ground contacts of one foot: when it was loaded.

A contact is a run of rows above a threshold; short gaps in it are closed and short contacts dropped, in the recipe's
order. An edge that a stretch of data cuts off is unknown, not early or late. Source: clinical basis 1.6 (initial
contact = rise, foot off = fall) and the method printed with the reference recordings.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from processing.metrics.recipe import Clock, Recipe
from processing.metrics.signal import Bools, Floats, FootSignal, Ints

_SLACK_S = 1e-9  # far below any clock's resolution: a length that equals the limit is not below it


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """c contacts in order: rows `first … stop - 1`, their edges in s on the recipe's clock.

    `on_lead_s`, `off_lead_s`: from the row to its edge, 0 or less. `begins_known` / `ends_known`: the edge was seen;
    one cut off by the end of a stretch was not.
    """

    first: Ints
    stop: Ints
    initial_contact_s: Floats
    foot_off_s: Floats
    on_lead_s: Floats
    off_lead_s: Floats
    begins_known: Bools
    ends_known: Bools
    stretch: Ints

    @property
    def count(self) -> int:
        return int(self.first.size)

    def cut(self, first: int, stop: int) -> Contacts:
        return Contacts(**{each.name: getattr(self, each.name)[first:stop] for each in fields(self)})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """In units of `signal.load`: an initial contact is a rise over `on`, a foot off a fall below `off`."""

    on: float
    off: float

    @classmethod
    def of(cls, signal: FootSignal, recipe: Recipe) -> Thresholds:
        """Newton above the baseline, or percent of the foot's range when there is no newton."""
        base = signal.swing_baseline if recipe.above_baseline else 0.0
        if signal.newton_per_unit is None:
            span = signal.p95 - base
            return cls(base + recipe.on_pct / 100 * span, base + recipe.off_pct / 100 * span)
        return cls(base + recipe.on_n / signal.newton_per_unit, base + recipe.off_n / signal.newton_per_unit)


def never_left_the_ground(signal: FootSignal, recipe: Recipe) -> bool:
    """Standing: what looks like a swing is sway."""
    if recipe.grounded_pct is None or not signal.rows:
        return False
    return signal.swing_baseline > 0 and signal.swing_baseline >= recipe.grounded_pct / 100 * signal.p95


def find_contacts(signal: FootSignal, recipe: Recipe) -> Contacts:
    """All contacts of a foot, used for strides or not; none of a foot that never left the ground."""
    thresholds = Thresholds.of(signal, recipe)
    stretches = signal.bridged(recipe.bridge_rows)
    found = [
        (first, stop, number)
        for number, (begin, end) in enumerate(() if never_left_the_ground(signal, recipe) else stretches)
        for first, stop in _runs(signal, begin, end, thresholds, recipe)
    ]
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    first, stop, stretch = table[:, 0], table[:, 1], table[:, 2]
    limits = np.array(stretches, dtype=np.int64).reshape(-1, 2)[stretch]
    on_s, off_s = _edge_s(signal, recipe, thresholds.on, first), _edge_s(signal, recipe, thresholds.off, stop)
    return Contacts(
        first=first,
        stop=stop,
        initial_contact_s=on_s,
        foot_off_s=off_s,
        on_lead_s=on_s - _row_s(signal, recipe, first),
        off_lead_s=off_s - _row_s(signal, recipe, stop),
        begins_known=first > limits[:, 0],
        ends_known=stop < limits[:, 1],
        stretch=stretch,
    )


def _runs(signal: FootSignal, begin: int, end: int, thresholds: Thresholds, recipe: Recipe) -> list[tuple[int, int]]:
    """Contacts of one stretch as rows (first, stop).

    One that the stretch cuts off is joined to none: how long it lasted nobody knows, so a gap beside it may be a swing.
    """
    first, stop = _loaded(signal.load[begin:end], thresholds)
    first, stop = first + begin, stop + begin
    on_s, off_s = _edge_s(signal, recipe, thresholds.on, first), _edge_s(signal, recipe, thresholds.off, stop)
    runs = [_Run(*run) for run in zip(first.tolist(), stop.tolist(), on_s.tolist(), off_s.tolist(), strict=True)]
    if recipe.close_gaps_first:
        whole = [run for run in runs if run.first > begin and run.stop < end]
        lead = [run for run in runs if run.first == begin]
        trail = [run for run in runs if run.stop == end and run.first > begin]
        runs = _long_enough([*lead, *_joined(whole, recipe), *trail], recipe, end)
    else:
        runs = _joined(_long_enough(runs, recipe, end), recipe)
    if not runs:
        return []
    least = 0.0 if recipe.least_peak_pct is None else recipe.least_peak_pct / 100 * signal.p95
    edges = np.array([(run.first, run.stop) for run in runs], dtype=np.int64).ravel() - runs[0].first
    peaks = np.maximum.reduceat(signal.load[runs[0].first : runs[-1].stop], edges[:-1])[::2]
    return [(run.first, run.stop) for run, peak in zip(runs, peaks.tolist(), strict=True) if peak >= least]


def _loaded(load: Ints, thresholds: Thresholds) -> tuple[Ints, Ints]:
    """Rows (first, stop) of every run above the lower threshold that also exceeds the higher one."""
    low, high = min(thresholds.on, thresholds.off), max(thresholds.on, thresholds.off)
    above = np.zeros(load.size + 2, dtype=np.int8)
    above[1:-1] = load > low
    change = np.diff(above)
    first, stop = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    if low == high:
        return first, stop
    high_rows = np.flatnonzero(load > high)
    begin, end = np.searchsorted(high_rows, first), np.searchsorted(high_rows, stop)
    first, stop, begin, end = (each[end > begin] for each in (first, stop, begin, end))
    if thresholds.on > thresholds.off:
        return high_rows[begin], stop
    return first, np.where(stop < load.size, high_rows[end - 1] + 1, stop) if stop.size else stop


class _Run(NamedTuple):
    first: int
    stop: int
    on_s: float
    off_s: float


def _joined(runs: list[_Run], recipe: Recipe) -> list[_Run]:
    joined: list[_Run] = []
    for run in runs:
        if joined and run.on_s - joined[-1].off_s < recipe.shortest_gap_s - _SLACK_S:
            joined[-1] = _Run(joined[-1].first, run.stop, joined[-1].on_s, run.off_s)
        else:
            joined.append(run)
    return joined


def _long_enough(runs: list[_Run], recipe: Recipe, end: int) -> list[_Run]:
    # a contact that the end of the data cuts off has begun for sure, how long it lasted nobody knows
    return [run for run in runs if run.off_s - run.on_s >= recipe.shortest_contact_s - _SLACK_S or run.stop == end]


def _row_s(signal: FootSignal, recipe: Recipe, row: Ints) -> Floats:
    """When a row was taken; one past the last is due a row later."""
    if recipe.clock is Clock.ROWS:
        counted: Floats = row.astype(np.float64) * (signal.ns_per_row / 1e9)
        return counted
    last = signal.rows - 1
    ticked: Floats = (signal.own_ns[np.minimum(row, last)] + np.maximum(row - last, 0) * signal.ns_per_row) / 1e9
    return ticked


def _edge_s(signal: FootSignal, recipe: Recipe, threshold: float, row: Ints) -> Floats:
    """When the load crossed the threshold on its way to `row`; at the row itself unless edges are interpolated."""
    sampled = _row_s(signal, recipe, row)
    inside = (row > 0) & (row < signal.rows)
    if not recipe.interpolate or not inside.any():
        return sampled
    after = np.where(inside, row, 1)
    rise = (signal.load[after] - signal.load[after - 1]).astype(np.float64)
    inside &= rise != 0
    way = (threshold - signal.load[after - 1]) / np.where(inside, rise, 1.0)
    before_s = _row_s(signal, recipe, after - 1)
    crossed: Floats = before_s + np.clip(way, 0.0, 1.0) * (sampled - before_s)
    return np.where(inside, crossed, sampled)
