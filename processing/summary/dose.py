"""The dose of load of a walk, foot by foot; doses of walks add up to those of a day. Formulas in `metrics.dose`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.judged import Reasons, WalkFacts, absent
from processing.metrics.centre_of_pressure import STANDARD_GRAVITY
from processing.metrics.dose import DosePart, Exposure
from processing.metrics.load import area_of_cells, masked_areas, share_pct
from processing.metrics.regions import Pressures
from processing.summary.load import NO_CELL, UNCALIBRATED, names_of_areas

_NO_WEIGHT = "the wearer's weight is not known"
_NO_KPA = "only an insole calibrated in kPa says how much an area was stressed"
_MPA_S = 1e-12  # of a kPa ns


def dose(parts: Mapping[Side, DosePart], facts: WalkFacts, why: Reasons) -> dict[str, Any]:
    """The key `dose`."""
    return {"dose": {side.value: _foot(side, parts.get(side), facts, why) for side in Side}}


def _foot(side: Side, part: DosePart | None, facts: WalkFacts, why: Reasons) -> dict[str, Any]:
    path, layout = f"dose.{side}", facts.layouts.get(side)
    reason = None
    if part is None or layout is None or not part.present_ns:
        reason = absent(side)
    elif not part.load.measured_ns:
        reason = f"not measured throughout: {masked_areas(layout, part.missing)}"
    part = DosePart() if part is None else part
    newton = None if reason else facts.newton_per_unit.get(side)
    impulse, stepping, standing = (
        None if newton is None else value * newton / 1e9
        for value in (part.load.whole, part.load.stepping, part.load.standing)
    )
    body_n = None if facts.weight_kg is None else facts.weight_kg * STANDARD_GRAVITY
    for name in ("impulse_n_s", "stepping_n_s", "standing_n_s"):
        why.value(f"{path}.{name}", newton, reason or UNCALIBRATED)
    in_weights = None if impulse is None or body_n is None else impulse / body_n
    no_weights = reason or (UNCALIBRATED if newton is None else _NO_WEIGHT)
    stepping_pct = None if reason else share_pct(part.load.stepping, part.load.whole)
    return {
        "impulse_n_s": impulse,
        "impulse_bw_s": why.value(f"{path}.impulse_bw_s", in_weights, no_weights),
        "stepping_n_s": stepping,
        "standing_n_s": standing,
        "stepping_pct": why.value(f"{path}.stepping_pct", stepping_pct, reason or "the foot carried no load"),
        "stances": part.stances,
        "measured_s": part.load.measured_ns / 1e9,
        "coverage_pct": why.value(f"{path}.coverage_pct", _coverage_pct(part, facts), absent(side)),
        "cpts_mpa_s": _stress(part, layout, path, why),
    }


def _coverage_pct(part: DosePart, facts: WalkFacts) -> float | None:
    due_ns = part.present_ns if facts.duration_s is None else facts.duration_s * 1e9
    share = share_pct(part.load.measured_ns, due_ns)
    return None if share is None else min(share, 100.0)


def _stress(part: DosePart, layout: Layout | None, path: str, why: Reasons) -> dict[str, Any] | None:
    """Cumulative plantar tissue stress: whole and in steps, of each area."""
    path = f"{path}.cpts_mpa_s"
    pressures = None if layout is None else Pressures.of(layout)
    if layout is None or pressures is None or not pressures.absolute:
        why.value(path, None, _NO_KPA)
        return None
    made: dict[str, Any] = {}
    present = area_of_cells(layout)
    for name in names_of_areas(layout):
        area = part.areas.get(name, Exposure())
        made[name] = None
        if area.measured_ns:
            made[name] = {
                "whole": area.whole * _MPA_S,
                "stepping": area.stepping * _MPA_S,
                "measured_s": area.measured_ns / 1e9,
            }
        else:
            why.value(f"{path}.{name}", None, "not measured" if name in present else NO_CELL)
    return made
