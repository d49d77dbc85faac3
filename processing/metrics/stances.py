"""Stances of one foot while it walks, each measured cell by cell together with the swing that follows it.

What sensor health, the running zero, activity and the live direction rest on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.metrics.signal import Floats, Ints

Codes = NDArray[np.int16]

_Y_PARTS = 10_000  # a cell's place along the foot counts in ten-thousandths, so that sums stay whole numbers
_NO_CODE = np.iinfo(np.int16).max


@dataclass(frozen=True, slots=True, eq=False)
class Stances:
    """m stances in order, each followed by a swing up to the next initial contact; codes as the insole sent them.

    `t_ns`: UTC from which on it may be known (the next initial contact, confirmed); nothing may be said of it earlier.
    `rise`: centre of pressure along the foot, last 20 % of the stance minus first 20 %, in parts of the span of the
    insole's cells; NaN where the foot carried nothing or the stance is a single row.
    """

    t_ns: Ints  # m
    initial_contact_t_ns: Ints  # m
    rows: Ints  # m: rows of the stance
    peak: Ints  # m × cells: highest code of the stance
    low: Ints  # m × cells: lowest code of the stance
    sums: Ints  # m × cells: sum of the codes of the stance
    rows_at_peak: Ints  # m × cells: rows of the stance with exactly the highest code
    swing_rows: Ints  # m: rows in the middle three fifths of the swing
    swing_median: Ints  # m × cells: (lower) median code there
    swing_sums: Ints  # m × cells
    swing_squares: Ints  # m × cells: sum of the squared codes there
    rise: Floats  # m


def no_stances(cells: int) -> Stances:
    one, each = np.zeros(0, dtype=np.int64), np.zeros((0, cells), dtype=np.int64)
    return Stances(one, one, one, each, each, each, each, one, each, each, each, np.zeros(0))


def measure(
    codes: Codes,
    first: Ints,
    stop: Ints,
    next_first: Ints,
    *,
    weights: Ints,
    y: Floats,
    t_ns: Ints,
    initial_contact_t_ns: Ints,
) -> Stances:
    """Rows `first … stop - 1` are a stance and `stop … next_first - 1` the swing after it, one row each at least.

    `weights` of the cells that count towards the centre of pressure (0: left out), `y` their places along the foot.
    """
    if not first.size:
        return no_stances(codes.shape[1])
    rows = stop - first
    edges = np.empty(2 * first.size, dtype=np.int64)
    edges[::2], edges[1::2] = first, stop
    within = edges[:-1] if stop[-1] == len(codes) else edges
    peak = np.maximum.reduceat(codes, within, axis=0)[::2]
    fifth = np.maximum(rows // 5, 1)
    early, middle, late = _thirds(codes, first, first + fifth, np.maximum(stop - fifth, first + fifth), stop)
    swing = stop + (next_first - stop) // 5
    swing_rows = np.maximum(next_first - (next_first - stop) // 5 - swing, 1)
    median, sums, squares = _of_swings(codes, swing, swing_rows)
    return Stances(
        t_ns=t_ns,
        initial_contact_t_ns=initial_contact_t_ns,
        rows=rows,
        peak=peak.astype(np.int64),
        low=np.minimum.reduceat(codes, within, axis=0)[::2].astype(np.int64),
        sums=early + middle + late,
        rows_at_peak=_rows_at(codes, peak, edges),
        swing_rows=swing_rows,
        swing_median=median,
        swing_sums=sums,
        swing_squares=squares,
        rise=_rise(early, late, weights, y),
    )


def _thirds(codes: Codes, first: Ints, second: Ints, third: Ints, stop: Ints) -> tuple[Ints, Ints, Ints]:
    """Sums of the rows from each edge to the next, m × cells; 0 where there are none."""
    edges = np.empty((first.size, 4), dtype=np.int64)
    for part, edge in enumerate((first, second, third, stop)):
        edges[:, part] = edge
    within = edges.ravel()[:-1] if stop[-1] == len(codes) else edges.ravel()
    sums = np.add.reduceat(codes, np.minimum(within, len(codes) - 1), axis=0, dtype=np.int64)
    early, middle, late = sums[::4], sums[1::4], sums[2::4]
    empty = edges[:, :-1] >= edges[:, 1:]
    if empty.any():
        for part, made in enumerate((early, middle, late)):
            made[empty[:, part]] = 0
    return early, middle, late


def _rows_at(codes: Codes, peak: Codes, edges: Ints) -> Ints:
    """`edges`: first row and end of each stance, one after the other."""
    some = codes[edges[0] : edges[-1]]
    at_peak = some == np.repeat(np.repeat(peak, 2, axis=0)[:-1], edges[1:] - edges[:-1], axis=0)
    made: Ints = np.add.reduceat(at_peak, edges[:-1] - edges[0], axis=0, dtype=np.int64)[::2]
    return made


def _of_swings(codes: Codes, first: Ints, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """(Lower) median, sum and sum of squares of `rows` rows from each `first` on, m × cells."""
    place = np.arange(int(rows.max()))
    beyond = place >= rows[:, None]
    picked = codes.take(np.minimum(first[:, None] + place, len(codes) - 1), axis=0)  # m × rows × cells
    picked[beyond] = 0
    whole = picked.astype(np.float64)
    sums, squares = np.einsum("ijk->ik", whole), np.einsum("ijk,ijk->ik", whole, whole)  # whole numbers below 2**53
    picked[beyond] = _NO_CODE
    ranked = np.sort(picked, axis=1)
    median: Ints = ranked[np.arange(rows.size), (rows - 1) // 2].astype(np.int64)
    return median, sums.astype(np.int64), squares.astype(np.int64)


def _rise(early: Ints, late: Ints, weights: Ints, y: Floats) -> Floats:
    counted = y[weights > 0]
    span = float(counted.max() - counted.min()) if counted.size else 0.0
    arms = np.empty((weights.size, 2), dtype=np.int64)
    arms[:, 0], arms[:, 1] = weights, weights * np.rint(y * _Y_PARTS).astype(np.int64)
    rise: Floats = (_centre(late @ arms) - _centre(early @ arms)) / (span or np.nan)
    return rise


def _centre(moments: Ints) -> Floats:
    """Of load and moment, m × 2."""
    load, moment = moments[:, 0], moments[:, 1]
    centre: Floats = np.where(load > 0, moment / np.maximum(load, 1), np.nan) / _Y_PARTS
    return centre
