"""What stays of a walk's sections once they are judged: one part of each family and foot; parts add up to the walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ingest.wire.geometry import Side
from processing.judged import judge, taken_by
from processing.metrics.coverage import CoveragePart
from processing.metrics.direction import DirectionPart
from processing.metrics.dose import DosePart
from processing.metrics.load_part import LoadPart
from processing.metrics.progression import ProgressionPart
from processing.metrics.recipe import Recipe
from processing.metrics.regions import RegionsPart
from processing.metrics.section import FootSection, JudgedFoot
from processing.metrics.support import SupportPart
from processing.metrics.timing import TimingPart

Watch = Callable[[Mapping[Side, JudgedFoot]], None]


@dataclass(frozen=True, slots=True)
class SectionParts:
    """Each family by foot; a foot without rows is in none, a foot measured alone not in `support`."""

    coverage: Mapping[Side, CoveragePart] = field(default_factory=dict)
    timing: Mapping[Side, TimingPart] = field(default_factory=dict)
    support: Mapping[Side, SupportPart] = field(default_factory=dict)
    load: Mapping[Side, LoadPart] = field(default_factory=dict)
    regions: Mapping[Side, RegionsPart] = field(default_factory=dict)
    progression: Mapping[Side, ProgressionPart] = field(default_factory=dict)
    dose: Mapping[Side, DosePart] = field(default_factory=dict)
    direction: DirectionPart | None = None

    @classmethod
    def of(cls, feet: Mapping[Side, JudgedFoot], recipe: Recipe, weight_kg: float | None) -> SectionParts:
        both = len(feet) == len(Side)
        coverage = {side: CoveragePart.of(foot.section) for side, foot in feet.items()}
        return cls(
            coverage={side: part for side, part in coverage.items() if part is not None},
            timing={side: TimingPart.of(foot) for side, foot in feet.items()},
            support={side: SupportPart.of_pair(feet[side], feet[side.other], recipe) for side in Side if both},
            load={side: LoadPart.of(foot, feet.get(side.other)) for side, foot in feet.items()},
            regions={side: RegionsPart.of(foot) for side, foot in feet.items()},
            progression={side: ProgressionPart.of(foot, weight_kg) for side, foot in feet.items()},
            dose={side: DosePart.of(foot) for side, foot in feet.items()},
            direction=DirectionPart.of_pair(feet.get(Side.LEFT), feet.get(Side.RIGHT)) if feet else None,
        )

    def __add__(self, later: SectionParts) -> SectionParts:
        return SectionParts(
            **{each.name: _added(getattr(self, each.name), getattr(later, each.name)) for each in fields(self)}
        )


def _added(before: Any, later: Any) -> Any:
    """Of a family: one part of both feet, or a part for each of them."""
    if before is None or later is None:
        return later if before is None else before
    if not isinstance(before, Mapping):
        return before + later
    sides = [side for side in Side if side in before or side in later]
    return {side: _added(before.get(side), later.get(side)) for side in sides}


@dataclass(frozen=True, slots=True)
class Tally:
    """A walk as far as it is judged. Sections in order; what is given to `with_section` cannot be taken back.

    A summary in the middle of a walk is one of `tally.with_section(the open one)`, which is then forgotten.
    """

    recipe: Recipe
    weight_kg: float | None = None
    parts: SectionParts = field(default_factory=SectionParts)
    taken_own_ns: Mapping[Side, int] = field(default_factory=dict)

    def with_section(self, sections: Mapping[Side, FootSection], watch: Watch | None = None) -> Tally:
        """With the next section that holds rows; `watch` is shown its feet before their rows are forgotten."""
        feet = judge(sections, self.recipe, self.taken_own_ns)
        if watch is not None:
            watch(feet)
        return replace(
            self,
            parts=self.parts + SectionParts.of(feet, self.recipe, self.weight_kg),
            taken_own_ns=taken_by(feet, self.taken_own_ns),
        )
