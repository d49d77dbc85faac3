"""How long a foot was measured, and how much of that time its rows cover.

duration = last row − first row on the foot's own clock; coverage % = 100 × rows / rows due in the walk's duration.

Figures:
duration_s [s]: from the first to the last row of the walk
coverage_pct.SIDE [%]: share of the rows due in that time that came
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ingest.wire.geometry import Side
from processing.metrics.section import FootSection

_CLOCK_NOISE_S = 0.1


@dataclass(frozen=True, slots=True)
class CoveragePart:
    """Rows of one foot. Times in ns since the foot's (`own`) or the walk's (`walk`) first row."""

    rows: int
    ns_per_row: int
    own_last_ns: int
    walk_first_ns: int
    walk_last_ns: int

    @classmethod
    def of(cls, section: FootSection) -> CoveragePart | None:
        """None when no row lies inside the section."""
        signal, inside = section.signal, section.inside
        walk_ns, own_ns = signal.walk_ns[inside], signal.own_ns[inside]
        if not walk_ns.size:
            return None
        return cls(int(walk_ns.size), signal.ns_per_row, int(own_ns[-1]), int(walk_ns[0]), int(walk_ns[-1]))

    def __add__(self, later: CoveragePart) -> CoveragePart:
        return replace(
            self,
            rows=self.rows + later.rows,
            own_last_ns=later.own_last_ns,
            walk_last_ns=later.walk_last_ns,
        )

    def pct(self, duration_s: float) -> float:
        due = duration_s * 1e9 / self.ns_per_row + 1
        return min(100.0, 100.0 * self.rows / due)


def duration_s(feet: Mapping[Side, CoveragePart]) -> float | None:
    """From the first row to the last: of the foot measured longest, unless one began or ended well apart from it."""
    if not feet:
        return None
    own_s = max(foot.own_last_ns for foot in feet.values()) / 1e9
    walk_ns = max(f.walk_last_ns for f in feet.values()) - min(f.walk_first_ns for f in feet.values())
    return own_s if walk_ns / 1e9 - own_s < _CLOCK_NOISE_S else walk_ns / 1e9
