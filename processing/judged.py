"""A walk judged by a recipe, section after section; what stays of a section is its parts, so that they add up.

Figures:
reasons.FIGURE [words]: why the figure at this path is null
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, Layout
from processing.metrics.contacts import Contacts, find_contacts
from processing.metrics.floor import load_for_timing
from processing.metrics.learned import LearnedCells
from processing.metrics.recipe import Recipe
from processing.metrics.rows import load_of
from processing.metrics.section import FootSection, JudgedFoot
from processing.metrics.signal import FootSignal, median
from processing.metrics.strides import Strides, find_strides, kept
from processing.rules.baseline import Baseline

if TYPE_CHECKING:
    from processing.metrics.activity import ActivityTotals

# an even offset moves no edge, because the baseline follows it, and what is not corrected cannot be corrected wrongly
_HIDDEN = 1.05  # strides found with the floor taken off, to those found without
_STEADIER = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkFacts:
    """What the parts of a walk are read with.

    `layouts`: the feet that have an insole. `newton_per_unit`: of one unit of Σ code × weight; None where the insole
    is not calibrated to newton. `unfit`: bit i: cell i was found unfit (at the end of the walk). `learned`: the usual
    of the cells, by the baseline or else by this walk; `learned_here`: by this walk.
    """

    layouts: Mapping[Side, Layout]
    newton_per_unit: Mapping[Side, float | None]
    weight_kg: float | None = None
    unfit: Mapping[Side, int] = field(default_factory=dict)
    learned: Mapping[Side, LearnedCells | None] = field(default_factory=dict)
    learned_here: Mapping[Side, LearnedCells | None] = field(default_factory=dict)
    faults: tuple[CellFault, ...] = ()
    duration_s: float | None = None
    baseline: Baseline | None = None
    activity: ActivityTotals | None = None


class Reasons:
    """Collects why figures are null."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def value(self, path: str, value: float | None, reason: str) -> float | None:
        if value is None:
            self.said[path] = reason
        return value


def absent(side: Side) -> str:
    return f"the {side} foot was not measured"


def judge(
    sections: Mapping[Side, FootSection], recipe: Recipe, taken_own_ns: Mapping[Side, int] | None = None
) -> dict[Side, JudgedFoot]:
    """The feet of one section that have rows. `taken_own_ns`: how far earlier sections have taken contacts."""
    taken = taken_own_ns or {}
    views = {
        side: _View.of(section, recipe, taken.get(side, -1))
        for side, section in sections.items()
        if section.signal.rows
    }
    found = {side: view.found for side, view in views.items()}
    keep = kept(found, {side: view.section.signal.own_s for side, view in views.items()}, recipe)
    return {
        side: JudgedFoot(view.section, view.contacts, view.found, view.found.only(keep[side]), view.seen)
        for side, view in ((side, views[side]) for side in Side if side in views)
    }


def taken_by(feet: Mapping[Side, JudgedFoot], before: Mapping[Side, int]) -> dict[Side, int]:
    """How far contacts are taken now, in ns of each foot's own clock."""
    taken = dict(before)
    for side, foot in feet.items():
        if foot.contacts.count:
            own_ns = foot.section.signal.own_ns
            taken[side] = int(own_ns[foot.contacts.stop[-1] - 1])
    return taken


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """A section with all contacts `seen` in it, and those of them that belong to it."""

    section: FootSection
    seen: Contacts
    contacts: Contacts
    found: Strides

    @classmethod
    def of(cls, section: FootSection, recipe: Recipe, taken_own_ns: int) -> _View:
        """With all cells as they read, unless an unfit one hides strides or shifts the edges from stride to stride."""
        if not section.unfit:
            return cls._on(section, section.signal, recipe, taken_own_ns)
        load = load_of(section.codes, section.not_measured, section.scale.weights, 0)
        as_read = cls._on(section, replace(section.signal, load=load), recipe, taken_own_ns)
        floored = cls._on(section, replace(section.signal, load=load_for_timing(section)), recipe, taken_own_ns)
        hides = floored.found.count > _HIDDEN * as_read.found.count
        shifts = _spread_s(floored.found) < _STEADIER * _spread_s(as_read.found)
        return floored if hides or shifts else as_read

    @classmethod
    def _on(cls, section: FootSection, signal: FootSignal, recipe: Recipe, taken_own_ns: int) -> _View:
        """A contact belongs where it begins, unless an earlier section has taken it or left it out."""
        seen = find_contacts(signal, recipe)
        begin, end, _ = section.inside.indices(signal.rows)
        belongs = (seen.first < end) & (seen.stop > begin) & (signal.own_ns[seen.first] > taken_own_ns)
        numbers = np.flatnonzero(belongs)
        first, stop = (int(numbers[0]), int(numbers[-1]) + 1) if numbers.size else (0, 0)
        strides = find_strides(seen, signal, recipe)
        strides = strides.only((strides.contact >= first) & (strides.contact < stop))
        return cls(section, seen, seen.cut(first, stop), strides.renumbered(-first))


def _spread_s(strides: Strides) -> float:
    """Robust spread of the swings: it is they that a wandering zero makes shorter and longer."""
    swing_s = strides.swing_s
    return median(np.abs(swing_s - median(swing_s))) if swing_s.size else inf
