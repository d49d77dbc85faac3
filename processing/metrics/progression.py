"""How the centre of pressure goes along the foot during a stance: gait line, excursion, deviation, path.

Per stance (`centre_of_pressure`), y in % of the insole's length, x in % of its width at that place:
start, end = force-weighted mean CoPy over the first, last 20 % of the stance; excursion = end − start; medial-lateral
deviation = mean CoPx − 50 %, + = lateral (clinical basis 1.3). Gait line = the path from the first to the last row that
carries enough, resampled to 0, 5 … 100 % of that time; path = Σ |Δy| along those 21 points, so it does not grow with
the rate. An insole does not say how wide it is: ways across the foot and along it do not add up.
A stance in which a cell is unfit or not measured has none of these, because a missing cell moves the centre.

Figures:
progression.SIDE.start_pct [% of length]: where the load begins, heel 0, toe 100; mean over the stances
progression.SIDE.end_pct [% of length]: where it ends
progression.SIDE.excursion_pct [% of length]: end − start
progression.SIDE.ml_deviation_pct [% of width]: from the middle of the foot, + = lateral
progression.SIDE.path_pct [% of length]: length of the way along the foot
progression.SIDE.sd.start_pct|end_pct|excursion_pct|path_pct [% of length]: SD (n − 1) over the stances
progression.SIDE.sd.ml_deviation_pct [% of width]: SD (n − 1) over the stances
progression.SIDE.gait_line.N.N [% of width, % of length]: place at 0, 5 … 100 % of the way; mean over the stances
progression.SIDE.gait_line_sd.N.N [% of width, % of length]: its SD (n − 1)
progression.SIDE.stances [count]: stances that these rest on
progression.gait_line_asymmetry_pct [% of the feet's mean]: SI of the excursions, of a difference that insoles resolve
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processing.metrics.centre_of_pressure import (
    Stretched,
    carrying,
    ends_of,
    in_parts,
    missing_cells,
    moments,
    stances_of,
)
from processing.metrics.masks import any_of
from processing.metrics.moments import Moments
from processing.metrics.section import FootSection, JudgedFoot
from processing.metrics.signal import Bools, Floats, Ints

LINE_POINTS = 21
_NONE = Moments()


@dataclass(frozen=True, slots=True, eq=False)
class Progressions:
    """m stances in %; the lines m × 21, `across` from medial to lateral, `along` from heel to toe."""

    start: Floats
    end: Floats
    deviation: Floats
    across: Floats
    along: Floats


@dataclass(frozen=True, slots=True)
class ProgressionPart:
    """Moments over the stances of a part of a walk, in %; `line`: 21 points, each (across, along).

    `withheld`: stances that lack a cell, `missing`: bit i: cell i was among those.
    """

    start: Moments = _NONE
    end: Moments = _NONE
    excursion: Moments = _NONE
    deviation: Moments = _NONE
    path: Moments = _NONE
    line: tuple[tuple[Moments, Moments], ...] = ((_NONE, _NONE),) * LINE_POINTS
    withheld: int = 0
    missing: int = 0

    @property
    def stances(self) -> int:
        return self.path.n

    @classmethod
    def of(cls, foot: JudgedFoot, weight_kg: float | None = None) -> ProgressionPart:
        """Of a section; `weight_kg`, where it is known, raises what a row has to carry."""
        numbers = stances_of(foot)
        first, stop = foot.contacts.first[numbers], foot.contacts.stop[numbers]
        missing = missing_cells(foot.section, first, stop)
        whole = missing == 0
        made = progressions(foot.section, first[whole], stop[whole], carrying(foot.section, weight_kg))
        across, along = _by_column(made.across), _by_column(made.along)
        return cls(
            start=Moments.of(made.start),
            end=Moments.of(made.end),
            excursion=Moments.of(made.end - made.start),
            deviation=Moments.of(made.deviation),
            path=Moments.of(np.abs(np.diff(made.along, axis=1)).sum(axis=1)),
            line=tuple(zip(across, along, strict=True)),
            withheld=int((~whole).sum()),
            missing=any_of(missing),
        )

    def __add__(self, later: ProgressionPart) -> ProgressionPart:
        return ProgressionPart(
            start=self.start + later.start,
            end=self.end + later.end,
            excursion=self.excursion + later.excursion,
            deviation=self.deviation + later.deviation,
            path=self.path + later.path,
            line=tuple((x + x2, y + y2) for (x, y), (x2, y2) in zip(self.line, later.line, strict=True)),
            withheld=self.withheld + later.withheld,
            missing=self.missing | later.missing,
        )


def progressions(section: FootSection, first: Ints, stop: Ints, carried: Bools) -> Progressions:
    """Of the stances that carry enough in their first and in their last fifth; the others are left out."""
    laid = Stretched.of(first, stop)
    carries = carried[laid.rows]
    summed = moments(section, laid.rows) * carries[:, None]
    ends = ends_of(summed, laid)
    starts_at, ends_at = in_parts(ends[0, :, 0], ends[0, :, 2]), in_parts(ends[1, :, 0], ends[1, :, 2])
    good = np.isfinite(starts_at) & np.isfinite(ends_at)
    if not good.any():
        none, no_line = np.empty(0), np.empty((0, LINE_POINTS))
        return Progressions(none, none, none, no_line, no_line)
    rows = np.flatnonzero(carries & np.repeat(good, laid.lengths))
    x, y = (in_parts(summed[rows, 0], summed[rows, column]) for column in (1, 2))
    begins = np.searchsorted(rows, laid.starts[good])
    counts = np.diff(begins, append=rows.size)
    points = _points(rows[begins], rows[begins + counts - 1])
    return Progressions(
        start=100 * starts_at[good],
        end=100 * ends_at[good],
        deviation=100 * (np.add.reduceat(x, begins) / counts - 0.5),
        across=100 * np.interp(points, rows, x),
        along=100 * np.interp(points, rows, y),
    )


def _points(first: Ints, last: Ints) -> Floats:
    """m × 21 places between the first and the last carrying row, which are both of the same stance."""
    steps = np.arange(LINE_POINTS)
    placed: Floats = (first[:, None] * (LINE_POINTS - 1 - steps) + last[:, None] * steps) / (LINE_POINTS - 1)
    return placed


def _by_column(line: Floats) -> list[Moments]:
    if not len(line):
        return [_NONE] * LINE_POINTS
    mean = line.mean(axis=0)
    squares = ((line - mean) ** 2).sum(axis=0)
    return [Moments(len(line), m, s) for m, s in zip(mean.tolist(), squares.tolist(), strict=True)]
