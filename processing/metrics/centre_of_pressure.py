"""Centre of pressure of one foot over the stances of a section.

CoPx = Σ xᵢ Fᵢ / Σ Fᵢ, CoPy = Σ yᵢ Fᵢ / Σ Fᵢ, in rows in which the foot carries at least max(40 N, 5 % of the body's
weight) (clinical basis 1.3); without newton at least 10 % of the foot's P95. A stance is a contact whose both edges
were seen and that does not last longer than a stance of the slowest stride that counts (2.5 s, 90 %): what lasts longer
is standing. Places count in 0.0001 of the insole, so that every sum is a whole number and does not hang on its order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.wire.messages import Layout
from processing.metrics.masks import Masks, filled
from processing.metrics.section import FootSection, JudgedFoot
from processing.metrics.signal import Bools, Floats, FootSignal, Ints

LONGEST_STRIDE_S = 2.5
LONGEST_STANCE_S = 0.9 * LONGEST_STRIDE_S
LEAST_ROWS = 5  # of a stance: a fifth of it is a row
STANDARD_GRAVITY = 9.80665
_LEAST_N = 40.0
_LEAST_OF_WEIGHT = 0.05
_LEAST_OF_P95 = 0.10
_PLACES = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Stretched:
    """Rows of m windows laid end to end: `rows` in the section, window k begins at `starts[k]` among them."""

    rows: Ints
    starts: Ints
    lengths: Ints

    @classmethod
    def of(cls, first: Ints, stop: Ints) -> Stretched:
        lengths = stop - first
        starts = np.cumsum(lengths) - lengths
        return cls(np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(first - starts, lengths), starts, lengths)


def stances_of(foot: JudgedFoot) -> Ints:
    """Numbers of the contacts that are stances of a walk."""
    numbers, contacts = foot.whole, foot.contacts
    lasted_s = contacts.foot_off_s[numbers] - contacts.initial_contact_s[numbers]
    rows = contacts.stop[numbers] - contacts.first[numbers]
    return numbers[(lasted_s <= LONGEST_STANCE_S) & (rows >= LEAST_ROWS)]


def missing_cells(section: FootSection, first: Ints, stop: Ints) -> Masks:
    """Of each window, bit i: cell i was unfit or not measured in some row of it."""
    missing = filled(first.size, section.unfit)
    if first.size and section.not_measured.any():
        windows = Stretched.of(first, stop)
        return missing | np.bitwise_or.reduceat(section.not_measured[windows.rows], windows.starts)
    return missing


def carrying(section: FootSection, weight_kg: float | None = None) -> Bools:
    """The rows in which the foot carries enough for a centre of pressure."""
    signal = section.signal
    if signal.newton_per_unit is None:
        return signal.load > least_load(signal, weight_kg)
    return signal.load >= least_load(signal, weight_kg)


def least_load(signal: FootSignal, weight_kg: float | None = None) -> float:
    """What the foot has to carry for a centre of pressure, in units of its load; never below 0."""
    if signal.newton_per_unit is None:
        return max(_LEAST_OF_P95 * signal.p95, 0.0)
    least_n = max(_LEAST_N, _LEAST_OF_WEIGHT * (weight_kg or 0.0) * STANDARD_GRAVITY)
    return least_n / signal.newton_per_unit


def moments(section: FootSection, rows: Ints, left_out: int = 0) -> Floats:
    """Rows × (Σ F, Σ x F, Σ y F) in whole units, without the cells of the mask `left_out`."""
    return section.codes[rows].astype(np.float64) @ moment_arms(section.layout, section.scale.weights, left_out)


def ends_of(summed: Floats, laid: Stretched) -> Floats:
    """2 × m × columns: the rows of the first and of the last 20 % of each window added up."""
    fifth = laid.lengths // 5
    cuts = np.stack([laid.starts, laid.starts + fifth, laid.starts + laid.lengths - fifth], axis=1).ravel()
    if not cuts.size:
        return np.zeros((2, 0, summed.shape[1]))
    added: Floats = np.add.reduceat(summed, cuts, axis=0).reshape(-1, 3, summed.shape[1])
    return added[:, [0, 2]].transpose(1, 0, 2)


def span_of(layout: Layout, left_out: int = 0) -> float:
    """From the hindmost to the foremost cell, in parts of the insole's length."""
    places = [round(cell.y * _PLACES) for bit, cell in enumerate(layout.cells) if not left_out >> bit & 1]
    return (max(places) - min(places)) / _PLACES if places else 0.0


def in_parts(forces: Floats, moved: Floats) -> Floats:
    """Σ x F over Σ F as a part of the insole; NaN where nothing is carried."""
    loaded = forces > 0
    place: Floats = np.where(loaded, moved, np.nan) / np.where(loaded, forces, 1.0) / _PLACES
    return place


def moment_arms(layout: Layout, weights: Ints, left_out: int = 0) -> Floats:
    """Cells × (1, x, y) by their weight: codes @ these are (Σ F, Σ x F, Σ y F), whole numbers below 2**53."""
    left_in = np.array([not left_out >> bit & 1 for bit in range(len(layout.cells))])
    x = np.array([round(cell.x * _PLACES) for cell in layout.cells])
    y = np.array([round(cell.y * _PLACES) for cell in layout.cells])
    weighed = weights * left_in
    return np.stack([weighed, weighed * x, weighed * y], axis=1).astype(np.float64)
