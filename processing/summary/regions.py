"""The areas of the feet over a walk: mean and SD over the stances that count. Formulas in `metrics.regions`.

Figures:
layout.SIDE [checksum]: the insole's layout of cells; loads of two layouts are not compared
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.wire.geometry import Calibration, Side, Unit, Zone
from ingest.wire.messages import Layout
from processing.judged import Reasons, WalkFacts, absent
from processing.metrics.load import LoadScale, masked_areas
from processing.metrics.load_part import LoadPart
from processing.metrics.moments import Moments
from processing.metrics.regions import Pressures, RegionsPart, cells_of_areas, mask_of
from processing.summary.load import NO_CELL, UNCALIBRATED, foot_loads, names_of_areas

_NO_STRIDES = "no stride counts under this recipe"
_ONE = "a single stance has no spread"
_FIGURES = (
    *("peak_kpa", "mean_kpa", "max_force_n", "contact_time_s", "contact_pct"),
    *("pti_peak_curve_kpa_s", "pti_cell_kpa_s", "fti_n_s", "share_pct"),
)


def regions(parts: Mapping[Side, RegionsPart], facts: WalkFacts, why: Reasons) -> dict[str, Any]:
    """The keys `regions`, `peak_force` (of the whole foot) and `layout` (checksums)."""
    made: dict[str, dict[str, Any]] = {"regions": {}, "peak_force": {}, "layout": {}}
    for side in Side:
        layout, part = facts.layouts.get(side), parts.get(side)
        made["layout"][side.value] = None if layout is None else layout.checksum
        if layout is None:
            why.value(f"layout.{side}", None, absent(side))
        if layout is None or part is None:
            why.value(f"regions.{side}", None, absent(side))
            why.value(f"peak_force.{side}", None, absent(side))
            made["regions"][side.value], made["peak_force"][side.value] = {}, None
            continue
        unfit = facts.unfit.get(side, 0)
        made["regions"][side.value] = _foot(side, layout, part, unfit, why)
        made["peak_force"][side.value] = _peak_force(side, layout, part, unfit, why)
    return made


def _foot(side: Side, layout: Layout, part: RegionsPart, unfit: int, why: Reasons) -> dict[str, Any]:
    path = f"regions.{side}"
    cells = cells_of_areas(layout)
    unsaid = _no_pressure(layout)
    if unsaid is not None:
        why.value(path, None, unsaid)
    if not part.stance_sums.count:
        why.value(path, None, _NO_STRIDES)
    made: dict[str, Any] = {}
    for name in names_of_areas(layout):
        bad = mask_of(cells.get(name, [])) & unfit
        area = part.areas.get(name)
        made[name] = None
        if name not in cells:
            why.value(f"{path}.{name}", None, NO_CELL)
        elif bad or area is None or not area.stances:
            named = masked_areas(layout, bad or mask_of(cells[name]) & part.lacking)
            why.value(f"{path}.{name}", None, f"not measured: {named}" if named else _NO_STRIDES)
        else:
            stated = area.moments if not unfit else {**area.moments, "share_pct": Moments()}
            made[name] = {
                **{figure: _spread(stated.get(figure)) for figure in _FIGURES},
                "loaded_pct": 100 * area.loaded_rows / area.rows if area.rows else None,
                "stances": area.stances,
            }
            _explain(made[name], f"{path}.{name}", masked_areas(layout, unfit | part.lacking), why)
    return made


def _explain(area: Mapping[str, Any], path: str, missing: str, why: Reasons) -> None:
    if area["share_pct"] is None:
        why.value(
            f"{path}.share_pct", None, f"the foot's whole load is not known: {missing}" if missing else _NO_STRIDES
        )
    if area["mean_kpa"] is None and area["peak_kpa"] is not None:
        why.value(f"{path}.mean_kpa", None, "never loaded in a stance that counts")
    if any(isinstance(spread, dict) and spread["sd"] is None for spread in area.values()):
        why.value(path, None, _ONE)
    if area["loaded_pct"] is None:
        why.value(f"{path}.loaded_pct", None, "no row was measured")


def _spread(moments: Moments | None) -> dict[str, float | None] | None:
    return None if moments is None or not moments.n else {"mean": moments.value, "sd": moments.sd}


def _no_pressure(layout: Layout) -> str | None:
    """Why no kPa is stated, and where there is none, no newton; None when both are."""
    pressures = Pressures.of(layout)
    if pressures is not None and pressures.absolute:
        return None
    if LoadScale.of(layout).newton_per_unit is None:
        return UNCALIBRATED
    if layout.calibration is Calibration.WEIGHT:
        return "calibrated by body weight: forces, but no pressures"
    return "forces on cells of unknown size, so no pressures" if layout.unit is Unit.NEWTON else "no bench calibration"


def _peak_force(
    side: Side, layout: Layout, part: RegionsPart, unfit: int, why: Reasons
) -> dict[str, float | None] | None:
    path = f"peak_force.{side}"
    peak = None if unfit else _spread(part.peak_force_n)
    if peak is None:
        missing = masked_areas(layout, unfit | part.lacking)
        reason = f"not measured: {missing}" if missing else _NO_STRIDES
        why.value(path, None, UNCALIBRATED if LoadScale.of(layout).newton_per_unit is None else reason)
    elif peak["sd"] is None:
        why.value(path, None, _ONE)
    return peak


def forefoot_rearfoot(
    parts: Mapping[Side, RegionsPart], loads: Mapping[Side, LoadPart], facts: WalkFacts, why: Reasons
) -> dict[str, Any]:
    """The key `forefoot_rearfoot`: ratio of the peaks in a stance (mean over stances) and of the walk's impulses."""
    feet = foot_loads(loads, facts)
    made: dict[str, Any] = {}
    for side in Side:
        path, foot, part = f"forefoot_rearfoot.{side}", feet.get(side), parts.get(side)
        if foot is None or part is None:
            why.value(path, None, absent(side))
            made[side.value] = {"peak_ratio": None, "impulse_ratio": None}
            continue
        zones = [cell.zone for cell in foot.layout.cells]
        ends = {
            zone: sum(1 << n for n, each in enumerate(zones) if each is zone) for zone in (Zone.FOREFOOT, Zone.REARFOOT)
        }
        bad = masked_areas(foot.layout, foot.missing & sum(ends.values()))
        reason = f"not measured: {bad}" if bad else None if all(ends.values()) else "no cell under one end of the foot"
        peak = impulse = None
        if reason is None:
            peak = part.peak_ratio.value
            weighted = foot.sums * foot.scale.weights
            fore, rear = (sum(int(w) for w, each in zip(weighted, zones, strict=True) if each is zone) for zone in ends)
            impulse = fore / rear if rear > 0 else None
        no_peak = _NO_STRIDES if Pressures.of(foot.layout) else "the insole measures no pressures"
        made[side.value] = {
            "peak_ratio": why.value(f"{path}.peak_ratio", peak, reason or no_peak),
            "impulse_ratio": why.value(f"{path}.impulse_ratio", impulse, reason or "the rearfoot carried no load"),
        }
    return {"forefoot_rearfoot": made}
