"""Sensor health of a walk: what was found, what it taught about the cells, and load ratio = mean(L + R) / body weight.

Cells count from 0, in the order of the layout. The formulas stand in `metrics.health`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault
from processing.judged import Reasons, WalkFacts, absent
from processing.metrics.health import load_ratio
from processing.metrics.load_part import LoadPart
from processing.summary.load import UNCALIBRATED, FootLoad, foot_loads

_NOT_LEARNED = "not learned in this walk: it takes 20 stances in which every cell is healthy"


def health(parts: Mapping[Side, LoadPart], facts: WalkFacts, start_t_ns: int, why: Reasons) -> dict[str, Any]:
    """The key `health`; `start_t_ns`: UTC from which `found_s` counts."""
    of_feet = {side.value: _foot(side, facts, start_t_ns, why) for side in Side}
    feet = foot_loads(parts, facts)
    reason = _cannot_weigh(feet, facts)
    ratio = None
    if reason is None and facts.weight_kg is not None:
        left_n, right_n = (_mean_n(feet[side]) for side in Side)
        ratio = load_ratio(left_n, right_n, facts.weight_kg)
    return {"health": {**of_feet, "load_ratio": why.value("health.load_ratio", ratio, reason or "")}}


def _foot(side: Side, facts: WalkFacts, start_t_ns: int, why: Reasons) -> dict[str, Any]:
    learned = facts.learned_here.get(side)  # a baseline made anew of what an old one said would stay the old one
    if learned is None:
        why.value(f"health.{side}.cells", None, _NOT_LEARNED if side in facts.layouts else absent(side))
    return {
        "faults": [_fault(fault, start_t_ns) for fault in facts.faults if fault.side is side],
        "cells": learned and {"peak_codes": list(learned.peak_codes), "share_pct": list(learned.share_pct)},
    }


def _fault(fault: CellFault, start_t_ns: int) -> dict[str, Any]:
    found_s = (fault.t_ns - start_t_ns) / 1e9
    return {"cell": fault.cell, "area": fault.area, "kind": fault.kind.value, "found_s": found_s}


def _cannot_weigh(feet: Mapping[Side, FootLoad], facts: WalkFacts) -> str | None:
    """Why the feet cannot be weighed; None when they can."""
    for side in Side:
        foot = feet.get(side)
        if foot is None:
            return absent(side)
        if foot.incomplete is not None:
            return foot.incomplete
        if foot.scale.newton_per_unit is None:
            return UNCALIBRATED
    return "the body weight is not known" if facts.weight_kg is None else None


def _mean_n(foot: FootLoad) -> float:
    return foot.total / foot.rows * (foot.scale.newton_per_unit or 0.0)
