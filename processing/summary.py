"""The walk summary, `underfoot.walk/1`: one JSON-able object, the same bytes for the same rows.

A figure that cannot be judged is null, and `reasons` says why under its dotted path. What rests on one foot comes from
its own ticks or row numbers; double support and the load's symmetry compare the feet on the hub's clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ingest.wire.geometry import Side
from ingest.wire.messages import Alert
from processing.judged import JudgedFoot, Reasons, WalkRecord, absent, judge
from processing.metrics.recipe import Recipe
from processing.metrics.strides import cv_pct, mean
from processing.metrics.support import (
    Spans,
    double_support_of_strides_pct,
    double_support_of_walk_pct,
    grounded,
    measured,
)
from processing.summary_load import areas, forces, forefoot_share, load_si_pct, swing_and_stance_si

SCHEMA = "underfoot.walk/1"
UNITS = {
    "time": "s",
    "share": "%",
    "cadence": "steps/min",
    "asymmetry": "% of the feet's mean, + = right larger",
    "mean_force": "N",
    "impulse": "N s",
}
_NO_STRIDES = "no stride counts under this recipe"


def summarise(record: WalkRecord, recipe: Recipe, alerts: Sequence[Alert] = ()) -> dict[str, Any]:
    """The summary of a walk; keys always in the same order."""
    why = Reasons()
    start_t_ns = min((t for t in (rec.first_t_ns for _, rec in record.feet.values()) if t is not None), default=None)
    feet = {} if start_t_ns is None else judge(record, recipe, start_t_ns)
    duration_s = _duration_s(feet)
    return {
        "schema": SCHEMA,
        "walk": record.walk,
        "source": record.source,
        "recipe": recipe.name,
        "duration_s": why.value("duration_s", duration_s, "no row was measured"),
        "coverage_pct": {side.value: _coverage_pct(feet.get(side), duration_s) for side in Side},
        "steps": _steps(feet, why),
        **_timing(feet, why),
        "double_support_pct": _double_support(feet, recipe, why),
        **forces(feet, why),
        "forefoot_share_pct": forefoot_share(feet, why),
        **areas(feet, why),
        "asymmetry": {"load_si_pct": load_si_pct(feet, why), **swing_and_stance_si(feet, why)},
        "alerts": [_alert(alert, start_t_ns or 0) for alert in sorted(alerts, key=lambda a: (a.raised_t_ns, a.id))],
        "units": dict(UNITS),
        "calibration": {
            side.value: str(record.feet[side][0].calibration) if side in record.feet else None for side in Side
        },
        "reasons": dict(sorted(why.said.items())),
    }


def as_json(summary: dict[str, Any] | list[dict[str, Any]]) -> str:
    """One summary or several as they are printed everywhere."""
    return json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)


def _duration_s(feet: Mapping[Side, JudgedFoot]) -> float | None:
    """From the first row to the last: of the foot measured longest, unless one began or ended well apart from it."""
    if not feet:
        return None
    signals = [foot.kept.signal for foot in feet.values()]
    own_s = max(signal.own_s for signal in signals)
    span_s = float(max(s.walk_ns[-1] for s in signals) - min(s.walk_ns[0] for s in signals)) / 1e9
    return own_s if span_s - own_s < 0.1 else span_s  # below that it is the clock's noise, not the feet


def _coverage_pct(foot: JudgedFoot | None, duration_s: float | None) -> float:
    if foot is None or duration_s is None:
        return 0.0
    due = duration_s * 1e9 / foot.kept.signal.ns_per_row + 1
    return min(100.0, 100.0 * foot.kept.signal.rows / due)


def _steps(feet: Mapping[Side, JudgedFoot], why: Reasons) -> dict[str, int | None]:
    steps: dict[str, int | None] = {}
    for side in Side:
        foot = feet.get(side)
        steps[side.value] = None if foot is None else int(foot.contacts.begins_known.sum())
        if foot is None:
            why.value(f"steps.{side}", None, absent(side))
    return steps


def _timing(feet: Mapping[Side, JudgedFoot], why: Reasons) -> dict[str, Any]:
    used = [foot.used for foot in feet.values()]
    stride, stance, swing = (
        np.concatenate([getattr(strides, name) for strides in used] or [np.empty(0)])
        for name in ("stride_s", "stance_s", "swing_s")
    )
    reason = _NO_STRIDES if feet else "no foot was measured"
    mean_s = mean(stride)
    swing_pct = mean(100 * swing / stride)

    def cv(name: str) -> float | None:
        of_feet = [cv_pct(getattr(strides, name)) for strides in used if strides.count]
        known = [value for value in of_feet if value is not None]
        return sum(known) / len(known) if known and len(known) == len(of_feet) else None

    few = "each foot needs two strides that count"
    return {
        "cadence_spm": why.value("cadence_spm", 120 / mean_s if mean_s else None, reason),
        "stride": {
            "kept": {side.value: _kept(feet.get(side), side, why) for side in Side},
            "removed": _removed(feet, why),
            "mean_s": why.value("stride.mean_s", mean_s, reason),
            "cv_pct": why.value("stride.cv_pct", cv("stride_s"), few),
        },
        "stance": {
            "mean_s": why.value("stance.mean_s", mean(stance), reason),
            "pct": why.value("stance.pct", None if swing_pct is None else 100 - swing_pct, reason),
        },
        "swing": {
            "mean_s": why.value("swing.mean_s", mean(swing), reason),
            "pct": why.value("swing.pct", swing_pct, reason),
            "cv_pct": why.value("swing.cv_pct", cv("swing_s"), few),
        },
    }


def _removed(feet: Mapping[Side, JudgedFoot], why: Reasons) -> int | None:
    """Strides whose edges were seen and that the recipe leaves out."""
    if not feet:
        why.value("stride.removed", None, "no foot was measured")
        return None
    return sum(foot.found.count - foot.used.count for foot in feet.values())


def _kept(foot: JudgedFoot | None, side: Side, why: Reasons) -> int | None:
    if foot is None:
        why.value(f"stride.kept.{side}", None, absent(side))
        return None
    return foot.used.count


def _double_support(feet: Mapping[Side, JudgedFoot], recipe: Recipe, why: Reasons) -> float | None:
    for side in Side:
        if side not in feet:
            return why.value("double_support_pct", None, absent(side))
    both_measured, both_grounded = _both(feet)
    if recipe.double_support_of == "walk":
        of_walk = double_support_of_walk_pct(both_grounded, both_measured)
        return why.value("double_support_pct", of_walk, "the feet were never measured at the same time")
    of_strides = [
        double_support_of_strides_pct(foot.kept.signal, foot.contacts, foot.used, both_grounded, both_measured)
        for foot in feet.values()
    ]
    reason = "no stride counts during which both feet were measured"
    return why.value("double_support_pct", mean(np.concatenate(of_strides)), reason)


def _both(feet: Mapping[Side, JudgedFoot]) -> tuple[Spans, Spans]:
    """When both feet were measured, and when both were on the ground."""
    left, right = (feet[side] for side in Side)
    both_measured = measured(left.kept.signal) & measured(right.kept.signal)
    on_ground = grounded(left.kept.signal, left.contacts) & grounded(right.kept.signal, right.contacts)
    return both_measured, on_ground & both_measured


def _alert(alert: Alert, start_t_ns: int) -> dict[str, Any]:
    cleared = alert.cleared_t_ns
    return {
        "rule": alert.rule,
        "side": None if alert.side is None else alert.side.value,
        "level": alert.level.value,
        "raised_s": (alert.raised_t_ns - start_t_ns) / 1e9,
        "cleared_s": None if cleared is None else (cleared - start_t_ns) / 1e9,
        "evidence": alert.evidence,
    }
