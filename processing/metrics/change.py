"""Before and after: what changed in the areas of the feet between two sets of walks.

Per area and figure: number of walks, mean ± SD (n − 1) over the walks before and after, change = after − before, in
points of its unit and in percent of before. A table as studies of plantar pressure in ten regions print it (Xu 2017,
Li 2016; clinical basis 3.3); they give means of peaks per group, we give one person's walks. That of the study of
backward walking (Zhang 2014; clinical basis 3.4) was not found in public. Beside it evenness, asymmetry and cadence,
because load follows speed (clinical basis 0.10). A lower load is not by itself better, and n walks of one person are
no study.

Two layouts, calibrations or recipes are not compared: a change of the yardstick looks like a change of the foot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.wire.geometry import Side
from processing.metrics.moments import Moments

Summary = Mapping[str, Any]

OF_AREAS = ("peak_kpa", "max_force_n", "pti_peak_curve_kpa_s", "fti_n_s", "contact_pct", "share_pct")
OF_WALKS = (
    *(f"evenness.{side}.{index}" for side in Side for index in ("n_eff", "pielou", "gini")),
    *(f"forefoot_share_pct.{side}" for side in Side),
    *("asymmetry.load_si_pct", "asymmetry.swing_si_pct", "asymmetry.stance_si_pct", "cadence_spm"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and after; `change` None: not comparable, `reason` says why."""

    before: Moments
    after: Moments
    reason: str | None = None

    @property
    def change(self) -> float | None:
        before, after = self.before.value, self.after.value
        return None if self.reason is not None or before is None or after is None else after - before

    @property
    def change_pct(self) -> float | None:
        """Of the value before; None where that is nothing."""
        change, before = self.change, self.before.value
        return None if change is None or not before else 100 * change / abs(before)


@dataclass(frozen=True, slots=True)
class RegionChange:
    """One figure of one area of one foot."""

    side: Side
    area: str
    figure: str
    of: Change


@dataclass(frozen=True, slots=True)
class Comparison:
    """`regions`: foot by foot, figure by figure, area by area; `walks` by dotted path of the summary."""

    regions: tuple[RegionChange, ...]
    walks: Mapping[str, Change]


def compare(before: Sequence[Summary], after: Sequence[Summary], figures: Sequence[str] = OF_AREAS) -> Comparison:
    """Two sets of walk summaries; a figure that no walk states has no row, unless the sets cannot be compared."""
    walks = (*before, *after)
    rows = [
        RegionChange(side, area, figure, change)
        for side in Side
        for figure in figures
        for area in _areas(walks, side)
        if (change := _change(before, after, ("regions", side.value, area, figure, "mean"), (side,))) is not None
    ]
    of_walks = {path: _change(before, after, path.split("."), _feet_of(path)) for path in OF_WALKS}
    return Comparison(tuple(rows), {path: change for path, change in of_walks.items() if change is not None})


def unlike(walks: Iterable[Summary], sides: Iterable[Side]) -> str | None:
    """Why figures of these feet must not be compared over these walks; None when they may be."""
    walks = tuple(walks)
    if len({walk.get("recipe") for walk in walks}) > 1:
        return "the walks were judged by different recipes"
    for side in sides:
        for key, named in (
            ("layout", "layouts"),
            ("calibration", "calibrations"),
            ("calibration_version", "calibrations"),
        ):
            if len({str(_of_foot(walk, key, side)) for walk in walks if _measured(walk, side)}) > 1:
                return f"the walks have different {named} of the {side} insole"
    return None


def _change(
    before: Sequence[Summary], after: Sequence[Summary], path: Sequence[str], sides: Sequence[Side]
) -> Change | None:
    """None when no walk states the figure."""
    stating = [[walk for walk in walks if _number(walk, path) is not None] for walks in (before, after)]
    sets = [Moments.of(np.array([_number(walk, path) for walk in walks], dtype=np.float64)) for walks in stating]
    if not any(each.n for each in sets):
        return None
    lacking = next(
        (f"no walk {name} states it" for name, each in zip(("before", "after"), sets, strict=True) if not each.n), None
    )
    return Change(sets[0], sets[1], unlike((*before, *after), sides) or lacking)


def _feet_of(path: str) -> tuple[Side, ...]:
    """Cadence rests on the times of either foot, whatever its layout."""
    if path == "cadence_spm" or path.startswith(("asymmetry.swing", "asymmetry.stance")):
        return ()
    return tuple(side for side in Side if side.value in path.split(".")) or tuple(Side)


def _areas(walks: Sequence[Summary], side: Side) -> list[str]:
    named = [_at(walk, ("regions", side.value)) for walk in walks]
    return list(dict.fromkeys(area for areas in named if isinstance(areas, Mapping) for area in areas))


def _measured(walk: Summary, side: Side) -> bool:
    return bool(_at(walk, ("regions", side.value)))


def _of_foot(walk: Summary, key: str, side: Side) -> Any:
    value = walk.get(key)
    return value.get(side.value) if isinstance(value, Mapping) else value


def _at(walk: Summary, path: Sequence[str]) -> Any:
    value: Any = walk
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _number(walk: Summary, path: Sequence[str]) -> float | None:
    value = _at(walk, path)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
