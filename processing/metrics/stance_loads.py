"""The load of every area of the foot in every stance, told in the second in which the stance became known.

An area is one of the ten regions, or the insole's own area where it does not resolve them; p_i(t) pressure and F_i(t)
force of cell i, dt one row (clinical basis 1.2, as the regions of a walk are). What rules A5 and A6 rest on.

- impulse, force-time integral = Σ F_i dt over the area's cells and the rows of the stance. Nothing is taken off for
  what the shoe presses in swing, so that it is the FTI of the walk summary. Of an insole without newton it is Σ of the
  readings × dt (times the cell's area where all are known), which compares with other stances of the same foot only
- peak = max over the area's cells and the stance of p_i, only where the bench vouches for kPa

A stance is known once the next initial contact of its foot is: all of a walk's but those beside a break or a stop of
more than 2.5 s (`running`). An area is left out where one of its cells is unfit or being checked at that time, or was
not measured in a second that the stance or its swing touched; so is a stance whose clock made a leap meanwhile.

Figures:
live.stances.N.side [name]: the foot
live.stances.N.t_ns [ns UTC]: initial contact of the stance
live.stances.N.impulse.AREA [N s or of the insole's own unit × s]: force-time integral of the area over the stance
live.stances.N.peak_kpa.AREA [kPa]: highest pressure of any cell of the area in the stance
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ingest.wire.geometry import Calibration
from ingest.wire.messages import Layout, StanceLoad
from processing.metrics.live_foot import LiveFoot
from processing.metrics.load import LoadScale
from processing.metrics.regions import Pressures, cells_of_areas, mask_of
from processing.metrics.rolling_load import FootLoads
from processing.metrics.signal import Floats, Ints
from processing.windows import SECOND_NS

_LONGEST_S = 3  # a stride lasts 2.5 s at most and is known 0.1 s after it: more is a leap of the clock
_TOUCHED_S = _LONGEST_S + 1  # whole seconds that so long a stretch can touch

ToldIn = tuple[int, StanceLoad]  # the second, counted from the first of those pushed


class StanceLoads:
    """One foot; ask for the stances that became known in the seconds that its loads were pushed last."""

    def __init__(self, foot: LiveFoot) -> None:
        areas = cells_of_areas(foot.layout)
        self._names = tuple(areas)
        self._masks = [mask_of(cells) for cells in areas.values()]
        self._columns = _columns(areas.values(), foot.scale)
        self._peaks = _Peaks(foot.layout) if foot.layout.calibration is Calibration.BENCH else None

    def told(self, loads: FootLoads) -> list[ToldIn]:
        """In the order in which they became known."""
        foot, stances = loads.foot, loads.foot.stances
        if not stances.t_ns.size:
            return []
        scale = loads.comparable * (foot.ns_per_row / 1e9)
        impulses = ((stances.sums @ self._columns) * scale).tolist()
        peaks = [()] * len(impulses) if self._peaks is None else self._peaks.of(stances.peak).tolist()
        lacking = loads.bits.over(_TOUCHED_S)
        made: list[ToldIn] = []
        times = zip(stances.t_ns.tolist(), stances.initial_contact_t_ns.tolist(), strict=True)
        for (known_t_ns, t_ns), impulse, peak in zip(times, impulses, peaks, strict=True):
            if known_t_ns - t_ns > _LONGEST_S * SECOND_NS:
                continue
            at = known_t_ns // SECOND_NS - foot.slab.first
            lost = lacking[at] | loads.suspect[at]
            told = StanceLoad(
                side=loads.side,
                t_ns=t_ns,
                impulse=self._kept(impulse, lost),
                peak_kpa=self._kept(peak, lost) if peak else {},
            )
            made.append((at, told))
        return made

    def _kept(self, values: Iterable[float], lost: int) -> dict[str, float]:
        """Per area, without those that have one of the lost cells."""
        if not lost:
            return dict(zip(self._names, values, strict=True))
        each = zip(self._names, self._masks, values, strict=True)
        return {name: value for name, mask, value in each if not mask & lost}


class _Peaks:
    """Highest pressure of each area; an insole that knows no pressures has none."""

    def __init__(self, layout: Layout) -> None:
        pressures = Pressures.of(layout)
        self._areas = [] if pressures is None else list(cells_of_areas(layout).values())
        self._per_code = np.zeros(0) if pressures is None else pressures.per_code

    def of(self, peak_codes: Ints) -> Floats:
        """m × cells → m × areas, kPa."""
        made = np.empty((len(peak_codes), len(self._areas)))
        for area, cells in enumerate(self._areas):
            made[:, area] = (peak_codes[:, cells] * self._per_code[cells]).max(axis=1)
        return made


def in_seconds(told: Iterable[ToldIn]) -> Mapping[int, tuple[StanceLoad, ...]]:
    """Of both feet: the stances of each second, in order of time."""
    seconds: dict[int, list[StanceLoad]] = {}
    for at, stance in told:
        seconds.setdefault(at, []).append(stance)
    return {at: tuple(sorted(some, key=_order)) for at, some in seconds.items()}


def _order(stance: StanceLoad) -> tuple[int, str]:
    return stance.t_ns, stance.side


def _columns(areas: Iterable[list[int]], scale: LoadScale) -> Ints:
    """Cells × areas: the weight of a cell in its area, 0 in the others."""
    places = list(areas)
    columns: Ints = np.zeros((scale.weights.size, len(places)), dtype=np.int64)
    for area, cells in enumerate(places):
        columns[cells, area] = scale.weights[cells]
    return columns
