"""The load in which the contacts of a foot with unfit cells are found.

An unfit cell may read too much all the time, and the foot then never seems to leave the ground; left out altogether
it moves every edge, because the others reach the threshold later. So its floor is taken off: what the cell never
falls below for half a minute on end (the opening of its readings, as image processing has it).
Timing alone rests on it, no load does.
"""

from __future__ import annotations

import numpy as np

from processing.metrics.masks import lacks
from processing.metrics.rows import load_of
from processing.metrics.section import FootSection
from processing.metrics.signal import Ints

_PART_NS = 500_000_000
_PARTS_EACH_WAY = 30  # longer than people stop for in a walk; a person's own residual load comes and goes
_NEVER = np.iinfo(np.int16).max


def load_for_timing(section: FootSection) -> Ints:
    """n: Σ code × weight of all cells that were measured, the floors of the unfit ones taken off."""
    weights = section.scale.weights
    load = load_of(section.codes, section.not_measured, weights, 0)
    rows_per_part = max(_PART_NS // section.signal.ns_per_row, 1)
    for cell in (cell for cell in range(weights.size) if section.unfit >> cell & 1):
        measured = ~lacks(section.not_measured, cell)
        floor = _floor(np.where(measured, section.codes[:, cell], _NEVER).astype(np.int64), rows_per_part)
        load -= np.where(measured, floor, 0) * weights[cell]
    return load


def _floor(readings: Ints, rows_per_part: int) -> Ints:
    parts = np.minimum.reduceat(readings, np.arange(0, readings.size, rows_per_part))
    opened = _around(_around(parts).min(axis=1)).max(axis=1)
    floor: Ints = np.repeat(opened, rows_per_part)[: readings.size]
    return floor


def _around(parts: Ints) -> Ints:
    padded = np.pad(parts, _PARTS_EACH_WAY, mode="edge")
    around: Ints = np.lib.stride_tricks.sliding_window_view(padded, 2 * _PARTS_EACH_WAY + 1)
    return around
