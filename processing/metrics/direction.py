"""Walking direction: which way the centre of pressure goes along the foot, and what may be said of it.

d = (CoPy over the last 20 % of the stance − CoPy over the first 20 %) / span of the cells; forward d > 0.10, backward
d < −0.10, else unclear (clinical basis 1.7). A direction is stated of a stance only within a run of at least three
stances of this foot that are alike and follow one another: at most 2.5 s (the longest stride that counts) apart, and
between them the other foot has none of the opposite direction. Everything else is unclear. Runs go on across sections.
Shown on forward walks and on the same played backwards, not yet on people who walk backwards; who lands on the
forefoot, shuffles or climbs stairs is to come out unclear.
A cell that is unfit or not measured is left out and d refers to the cells that remain, as long as these span half of
what the insole spans; a stance with less is unclear.

Figures:
direction.SIDE.forward|backward|unclear [count]: stances of the foot in this direction
direction_min.forward|backward|unclear [min]: time of such stances, mean of the feet
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ingest.wire.geometry import Side
from processing.metrics.centre_of_pressure import (
    LONGEST_STRIDE_S,
    Stretched,
    carrying,
    in_parts,
    missing_cells,
    moments,
    span_of,
    stances_of,
)
from processing.metrics.direction_runs import FootRuns, Labelled
from processing.metrics.masks import Masks
from processing.metrics.section import FootSection, JudgedFoot
from processing.metrics.signal import Bools, Floats, Ints

LEAST_RISE = 0.10
_LEAST_SPAN = 0.5


@dataclass(frozen=True, slots=True)
class DirectionPart:
    """Both feet in a part of a walk; a foot that was not measured is not in `runs`.

    `unjudged`: stances whose remaining cells span too little; they are among the unclear ones.
    """

    runs: Mapping[Side, FootRuns]
    unjudged: Mapping[Side, int]

    @classmethod
    def of_pair(cls, left: JudgedFoot | None, right: JudgedFoot | None) -> DirectionPart:
        """Of one section."""
        feet = {side: _labelled(foot) for side, foot in ((Side.LEFT, left), (Side.RIGHT, right)) if foot is not None}
        labelled = {side: found for side, (found, _) in feet.items()}
        return cls(
            {side: found.runs_beside(labelled.get(side.other)) for side, found in labelled.items()},
            {side: unjudged for side, (_, unjudged) in feet.items()},
        )

    def __add__(self, later: DirectionPart) -> DirectionPart:
        sides = [side for side in Side if side in self.runs or side in later.runs]
        return DirectionPart(
            {side: self.runs.get(side, FootRuns()) + later.runs.get(side, FootRuns()) for side in sides},
            {side: self.unjudged.get(side, 0) + later.unjudged.get(side, 0) for side in sides},
        )


def _labelled(foot: JudgedFoot) -> tuple[Labelled, int]:
    """The foot's stances, and how many of them could not be judged for want of cells."""
    numbers, contacts, walk_ns = stances_of(foot), foot.contacts, foot.section.signal.walk_ns
    first, stop = contacts.first[numbers], contacts.stop[numbers]
    lasts_s = contacts.foot_off_s - contacts.initial_contact_s
    followed = foot.found.stride_s <= LONGEST_STRIDE_S
    lasts_s[foot.found.contact[followed]] = foot.found.stride_s[followed]
    missing = missing_cells(foot.section, first, stop)
    rise = rises(foot.section, first, stop, missing)
    found = Labelled(
        labels=(rise > LEAST_RISE).astype(np.int64) - (rise < -LEAST_RISE),
        lasts_ns=np.rint(lasts_s[numbers] * 1e9).astype(np.int64),
        middle_ns=(walk_ns[first] + walk_ns[stop - 1]) // 2,
    )
    return found, int((np.isnan(rise) & (missing != 0)).sum())


def rises(section: FootSection, first: Ints, stop: Ints, missing: Masks) -> Floats:
    """d of each stance, `missing`: the cells it lacks; NaN where its ends carry nothing or too few cells remain."""
    carried = carrying(section)
    made = np.full(first.size, np.nan)
    for left_out in sorted(set(missing.tolist())):
        span = span_of(section.layout, left_out)
        if span > 0 and span >= _LEAST_SPAN * span_of(section.layout):
            alike = np.flatnonzero(missing == left_out)
            early, late = _ends(section, first[alike], stop[alike], left_out, carried)
            made[alike] = (late - early) / span
    return made


def _ends(section: FootSection, first: Ints, stop: Ints, left_out: int, carried: Bools) -> tuple[Floats, Floats]:
    """CoPy over the first and over the last 20 % of each stance."""
    fifth = (stop - first) // 5
    places: list[Floats] = []
    for begin, end in ((first, first + fifth), (stop - fifth, stop)):
        laid = Stretched.of(begin, end)
        carries = carried[laid.rows]
        summed = np.add.reduceat(moments(section, laid.rows, left_out) * carries[:, None], laid.starts, axis=0)
        places.append(in_parts(summed[:, 0], summed[:, 2]))
    return places[0], places[1]
