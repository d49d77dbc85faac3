"""Sensor health of a pair of insoles: which cells are suspect or unfit in which second, and what was found.

The detectors are in `foot_health` (cells) and `stillness` (a foot whose steps are not seen any more), how long
something has to last in `health_state`. Whatever is found holds for the rest of the walk. Not a medical device: it says
what a sensor does.
load ratio = mean(L + R) / body weight; over whole strides of level walking the two are equal (clinical basis 4.4), so a
ratio that moves tells of a sensor, or of a load carried.

Figures:
health.SIDE.faults.N.cell [number]: the cell, counted from 0; none where it is the whole foot
health.SIDE.faults.N.area [name]: where it lies
health.SIDE.faults.N.kind [name]: dead, stuck, saturated, noisy, drifting; frozen for a whole foot
health.SIDE.faults.N.found_s [s]: when it was found, after the first row
health.SIDE.cells.peak_codes.N [code]: median over healthy stances of this walk of each highest code
health.SIDE.cells.share_pct.N [% of the foot]: each cell's share of the impulse over those stances
health.load_ratio [ratio]: mean load of both feet / body weight
live.cell_faults.N.side|kind|area [name]: the foot, the kind and the place of a cell that is left out
live.cell_faults.N.cell [number]: the cell, counted from 0
live.cell_faults.N.t_ns [ns UTC]: when it was found
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

import numpy as np

from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, CellFaultKind, Layout
from processing.metrics.foot_health import FootHealth
from processing.metrics.health_state import CellState
from processing.metrics.learned import LearnedCells
from processing.metrics.masks import Masks, filled, masks_from
from processing.metrics.regions import loaded_above
from processing.metrics.signal import Ints
from processing.metrics.stances import Stances
from processing.metrics.stillness import StillCells, Stillness
from processing.metrics.withhold import pairs_of
from processing.windows import SECOND_NS, Slab

GRAVITY_M_S2 = 9.80665
_SIDES = tuple(Side)
_NO_STEPS: Ints = np.zeros(0, dtype=np.int64)


class PairHealth:
    """Stances and seconds in, as they become known; however they are cut, the same is found in the same second.

    `known`: what earlier walks have learned; without it the first 20 healthy stances of this walk are the yardstick.
    """

    def __init__(
        self,
        layouts: Mapping[Side, Layout],
        known: Mapping[Side, LearnedCells] | None = None,
        weight_kg: float | None = None,
    ) -> None:
        self.findings: list[CellFault] = []
        self._known = dict(known or {})
        self._body_weight_n = None if weight_kg is None else weight_kg * GRAVITY_M_S2
        self._feet: dict[Side, FootHealth] = {}
        self._masks: dict[Side, _Masks] = {}
        self._stillness: dict[Side, Stillness] = {}
        self._frozen: dict[Side, int] = {}  # when it was found, until it is told
        self._mirrored: dict[Side, list[int | None]] = {}
        self._is_settled = False
        for layout in layouts.values():
            self.add_foot(layout)

    def add_foot(self, layout: Layout) -> None:
        side = layout.side
        self._feet[side] = FootHealth(layout, self._known.get(side))
        self._masks[side] = _Masks()
        self._stillness[side] = Stillness(np.array(loaded_above(layout), dtype=np.int64))
        self._is_settled = False
        pairs = pairs_of(*(self._feet[each].layout for each in _SIDES)) if len(self._feet) == 2 else []
        for each, pair in zip(_SIDES, (pairs, [(right, left) for left, right in pairs]), strict=True):
            if each in self._feet:
                partner = dict(pair)
                self._mirrored[each] = [partner.get(cell) for cell in range(len(self._feet[each].layout.cells))]
        self._set_limits()

    def feed(self, stances: Mapping[Side, Stances], slabs: Mapping[Side, Slab], up_to_second: int) -> None:
        """Everything that became known since the last feed, up to the end of the second before `up_to_second`."""
        if any(some.t_ns.size and some.t_ns[-1] >= up_to_second * SECOND_NS for some in stances.values()):
            raise ValueError("a stance is known only when its second is over")
        steps = {side: some.t_ns for side, some in stances.items()}
        still = [
            (each.t_ns, side, each)
            for side, slab in slabs.items()
            for each in self._stillness[side].feed(slab, steps.get(side, _NO_STEPS), steps.get(side.other, _NO_STEPS))
        ]
        rest = stances
        for t_ns, side, each in sorted(still, key=itemgetter(0, 1)):
            self._take({which: _part(some, until=t_ns) for which, some in rest.items()})
            rest = {which: _part(some, after=t_ns) for which, some in rest.items()}
            self._stop_still(side, each)
        self._take(rest)
        self._gather()

    def _take(self, stances: Mapping[Side, Stances]) -> None:
        rest = stances if self._is_settled else self._learn(stances)
        for side, some in rest.items():
            if some.t_ns.size:
                self._feet[side].take_all(some)

    def _stop_still(self, side: Side, still: StillCells) -> None:
        foot = self._feet[side]
        if still.kind is CellFaultKind.FROZEN:
            self._frozen[side] = still.t_ns
            return
        for cell in still.cells:
            foot.condemn(cell, still.kind, still.t_ns)
        self._set_limits()

    def unfit(self, side: Side, first: int, stop: int) -> Masks:
        """For each second `first … stop − 1`: bit i: cell i had been found unfit by its end."""
        return self._masks[side].between(first, stop)[0]

    def suspect(self, side: Side, first: int, stop: int) -> Masks:
        """For each second: bit i: cell i was under suspicion at its end."""
        return self._masks[side].between(first, stop)[1]

    def learned(self, side: Side) -> LearnedCells | None:
        """What earlier walks have learned of a foot's cells, else what this one has."""
        foot = self._feet.get(side)
        return None if foot is None else foot.yardstick.known or foot.yardstick.learned

    def learned_here(self, side: Side) -> LearnedCells | None:
        """What this walk alone has learned."""
        foot = self._feet.get(side)
        return None if foot is None else foot.yardstick.learned

    def learned_since(self, side: Side) -> int:
        """The second from which on `learned` may be used."""
        foot = self._feet.get(side)
        if foot is None or foot.yardstick.known is not None or foot.learned_since_t_ns is None:
            return 0
        return foot.learned_since_t_ns // SECOND_NS

    def _learn(self, stances: Mapping[Side, Stances]) -> dict[Side, Stances]:
        """One stance after the other, both feet in order of time, until nothing is left to be learned."""
        taken = dict.fromkeys(stances, 0)
        for side, row in _in_order(stances, self._feet):
            self._feet[side].take_one(stances[side], row)
            taken[side] = row + 1
            self._set_limits()
            if self._is_settled:
                break
        return {side: _from(some, taken[side]) for side, some in stances.items()}

    def _set_limits(self) -> None:
        feet = self._feet
        load = self._body_weight_n
        if load is None:
            means = [mean for foot in feet.values() if (mean := foot.yardstick.mean_load) is not None]
            load = 2 * sum(means) / len(means) if means else None
        peaks = {side: [cell.peak for cell in foot.yardstick.cells] for side, foot in feet.items()}
        for side, foot in feet.items():
            others = peaks.get(side.other, [])
            foot.set_limits(
                [None if partner is None else others[partner] for partner in self._mirrored.get(side, [])], load
            )
        self._is_settled = all(foot.is_settled for foot in feet.values())

    def _gather(self) -> None:
        found: list[CellFault] = []
        for side, foot in self._feet.items():
            if foot.changes:
                found += self._take_changes(side, foot)
            frozen_t_ns = self._frozen.pop(side, None)
            if frozen_t_ns is not None:
                self._masks[side].freeze(frozen_t_ns // SECOND_NS, len(foot.layout.cells))
                found.append(CellFault(side=side, kind=CellFaultKind.FROZEN, t_ns=frozen_t_ns, cell=None, area=""))
        if found:
            self.findings += sorted(found, key=lambda fault: (fault.t_ns, fault.side, fault.cell or 0))

    def _take_changes(self, side: Side, foot: FootHealth) -> Iterator[CellFault]:
        for change in foot.changes:
            self._masks[side].set(change.t_ns // SECOND_NS, change.cell, change.state)
            if change.kind is not None:
                area = foot.layout.cells[change.cell].area
                yield CellFault(side=side, kind=change.kind, t_ns=change.t_ns, cell=change.cell, area=area)
        foot.changes.clear()


def load_ratio(mean_left_n: float, mean_right_n: float, weight_kg: float) -> float:
    """mean(L + R) / body weight."""
    return (mean_left_n + mean_right_n) / (weight_kg * GRAVITY_M_S2)


class _Masks:
    """Which cells are unfit or suspect, second by second: the state after each second that changed something."""

    def __init__(self) -> None:
        self._steps: list[tuple[int, int, int]] = [(-1, 0, 0)]  # (second, unfit, suspect), in order

    def set(self, second: int, cell: int, state: CellState) -> None:
        _, unfit, suspect = self._steps[-1]
        bit = 1 << cell
        if state is CellState.UNFIT:
            unfit |= bit
        self._append(second, unfit, suspect | bit if state is CellState.SUSPECT else suspect & ~bit)

    def freeze(self, second: int, cells: int) -> None:
        whole = (1 << cells) - 1
        kept = [step for step in self._steps if step[0] < second]
        after = [(at, whole, suspect) for at, _, suspect in self._steps if at >= second]
        self._steps = kept if after and after[0][0] == second else [*kept, (second, whole, kept[-1][2])]
        self._steps += after

    def between(self, first: int, stop: int) -> tuple[Masks, Masks]:
        steps = self._steps
        if steps[-1][0] <= first:
            _, unfit_now, suspect_now = steps[-1]
            return filled(stop - first, unfit_now), filled(stop - first, suspect_now)
        at = bisect_right(steps, first, key=itemgetter(0)) - 1
        unfit, suspect = ([steps[at][which]] * (stop - first) for which in (1, 2))
        for second, unfit_then, suspect_then in steps[at + 1 :]:
            rest = max(stop - second, 0)
            unfit[second - first :] = [unfit_then] * rest
            suspect[second - first :] = [suspect_then] * rest
        return masks_from(unfit), masks_from(suspect)

    def _append(self, second: int, unfit: int, suspect: int) -> None:
        if self._steps[-1][0] == second:
            self._steps.pop()
        self._steps.append((second, unfit, suspect))


def _in_order(stances: Mapping[Side, Stances], feet: Mapping[Side, FootHealth]) -> Iterator[tuple[Side, int]]:
    known = [
        (t_ns, side, row)
        for side in _SIDES
        if side in stances and side in feet
        for row, t_ns in enumerate(stances[side].t_ns.tolist())
    ]
    return ((side, row) for _, side, row in sorted(known))


def _from(stances: Stances, first: int) -> Stances:
    """Without the first stances."""
    return _cut(stances, first, stances.t_ns.size) if first else stances


def _part(stances: Stances, *, after: int = -1, until: int | None = None) -> Stances:
    """What became known later than `after` and not later than `until`."""
    first = int(np.searchsorted(stances.t_ns, after, side="right"))
    return _cut(
        stances, first, stances.t_ns.size if until is None else int(np.searchsorted(stances.t_ns, until, side="right"))
    )


def _cut(stances: Stances, first: int, stop: int) -> Stances:
    return Stances(*(getattr(stances, name)[first:stop] for name in _NAMES))


_NAMES: Sequence[str] = tuple(Stances.__dataclass_fields__)
