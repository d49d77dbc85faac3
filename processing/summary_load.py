"""The load part of the walk summary: forces, shares of the areas, evenness, symmetry. Formulas in `metrics.load`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ingest.wire.geometry import Region, Side
from processing.judged import JudgedFoot, Reasons, absent
from processing.metrics.load import (
    Evenness,
    area_of_cells,
    in_regions,
    masked_areas,
    per_name,
    share_pct,
    shares_pct,
    symmetry_index_pct,
)
from processing.metrics.strides import mean
from processing.metrics.support import measured

_REGIONS = tuple(region.value for region in Region)
_NO_LOAD = "the foot carried no load"
_NO_STRIDES = "no stride counts under this recipe"
_UNCALIBRATED = "the insole is not calibrated: only shares of its load mean something"


def _cannot_weigh(foot: JudgedFoot | None, side: Side) -> str | None:
    """Why nothing can be said about a foot's load; None when it can."""
    if foot is None:
        return absent(side)
    if foot.record.whole_rows:
        return None
    return f"not measured throughout: {masked_areas(foot.layout, foot.record.not_measured)}"


def forces(feet: Mapping[Side, JudgedFoot], why: Reasons) -> dict[str, Any]:
    """Mean total force (N) and its impulse (N s) over every row that was measured whole."""
    means: dict[str, float | None] = {}
    impulses: dict[str, float | None] = {}
    for side in Side:
        foot = feet.get(side)
        reason = _cannot_weigh(foot, side)
        newton = None if foot is None else foot.kept.signal.newton_per_unit
        force = impulse = None
        if foot is not None and reason is None and newton is not None:
            total = _total(foot)
            force = total / foot.record.whole_rows * newton
            impulse = total * newton * foot.kept.signal.ns_per_row / 1e9
        means[side.value] = why.value(f"mean_force.{side}", force, reason or _UNCALIBRATED)
        impulses[side.value] = why.value(f"impulse.{side}", impulse, reason or _UNCALIBRATED)
    return {"mean_force": means, "impulse": impulses}


def _total(foot: JudgedFoot) -> int:
    return int(foot.record.cell_sums @ foot.record.scale.weights)


def forefoot_share(feet: Mapping[Side, JudgedFoot], why: Reasons) -> dict[str, float | None]:
    shares: dict[str, float | None] = {}
    for side in Side:
        foot = feet.get(side)
        reason = _cannot_weigh(foot, side)
        share = None
        if foot is not None and reason is None:
            share = share_pct(int(foot.record.cell_sums @ foot.record.scale.forefoot_weights), _total(foot))
            if not foot.record.scale.forefoot_weights.any():
                share, reason = None, "the insole has no cell under the forefoot"
        shares[side.value] = why.value(f"forefoot_share_pct.{side}", share, reason or _NO_LOAD)
    return shares


def areas(feet: Mapping[Side, JudgedFoot], why: Reasons) -> dict[str, Any]:
    """Shares of the ten regions, or of the areas where an insole does not resolve them, and how even they are."""
    shares: dict[str, Any] = {}
    evenness: dict[str, Any] = {}
    for side in Side:
        foot = feet.get(side)
        reason = _cannot_weigh(foot, side)
        of_areas = None
        if foot is not None and reason is None:
            weighted = (foot.record.cell_sums * foot.record.scale.weights).tolist()
            of_areas = shares_pct(per_name(area_of_cells(foot.layout), weighted))
        shares[side.value] = _named(foot, of_areas, f"region_share_pct.{side}", reason or _NO_LOAD, why)
        even = Evenness.of(list(of_areas.values())) if of_areas else None
        if even is None:
            why.value(f"evenness.{side}", None, reason or _NO_LOAD)
        evenness[side.value] = {
            "n_eff": even.n_eff if even else None,
            "pielou": why.value(f"evenness.{side}.pielou", even.pielou, "a single area") if even else None,
            "gini": even.gini if even else None,
        }
    return {"region_share_pct": shares, "evenness": evenness}


def _named(
    foot: JudgedFoot | None, of_areas: Mapping[str, float] | None, path: str, reason: str, why: Reasons
) -> dict[str, float | None]:
    if foot is None:
        why.value(path, None, reason)
        return {}
    present = area_of_cells(foot.layout)
    names = _REGIONS if in_regions(foot.layout) else tuple(dict.fromkeys(present))
    return {
        name: why.value(
            f"{path}.{name}",
            None if of_areas is None else of_areas.get(name),
            reason if name in present else "the insole has no cell there",
        )
        for name in names
    }


def load_si_pct(feet: Mapping[Side, JudgedFoot], why: Reasons) -> float | None:
    """Symmetry of the mean load over the time in which both feet were measured whole."""
    for side in Side:
        reason = _cannot_weigh(feet.get(side), side)
        if reason is not None:
            return why.value("asymmetry.load_si_pct", None, reason)
    spans = {side: measured(feet[side].kept.signal) for side in Side}
    means: dict[Side, float] = {}
    for side in Side:
        foot = feet[side]
        rows = foot.kept.whole & spans[side.other].holds(foot.kept.signal.walk_ns.astype(np.float64))
        count = int(rows.sum())
        if not count:
            return why.value("asymmetry.load_si_pct", None, "the feet were never measured at the same time")
        newton = foot.kept.signal.newton_per_unit
        means[side] = int(foot.kept.signal.load[rows].sum()) / count * (foot.layout.scale if newton is None else newton)
    index = symmetry_index_pct(means[Side.LEFT], means[Side.RIGHT])
    return why.value("asymmetry.load_si_pct", index, "neither foot carried any load")


def swing_and_stance_si(feet: Mapping[Side, JudgedFoot], why: Reasons) -> dict[str, float | None]:
    """Symmetry of mean swing and stance times; each rests on one foot's own clock."""
    made: dict[str, float | None] = {}
    for name in ("swing", "stance"):
        of_feet = {side: mean(getattr(foot.used, f"{name}_s")) for side, foot in feet.items()}
        left, right = of_feet.get(Side.LEFT), of_feet.get(Side.RIGHT)
        index = None if left is None or right is None else symmetry_index_pct(left, right)
        missing = next((absent(side) for side in Side if side not in feet), _NO_STRIDES)
        made[f"{name}_si_pct"] = why.value(f"asymmetry.{name}_si_pct", index, missing)
    return made
