"""The walk summary, `underfoot.walk/1`: one JSON-able object, the same bytes for the same rows.

One file for each family of figures: parts and facts in, keys of the summary out. A figure that cannot be judged is
null, and `reasons` says why under its dotted path. What rests on one foot comes from its own ticks or row numbers;
steps, support and the load's symmetry compare the feet on the hub's clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side
from processing.judged import Reasons, WalkFacts, absent
from processing.metrics.coverage import CoveragePart, duration_s
from processing.parts import Tally
from processing.summary.activity import activity_figures
from processing.summary.asymmetry import asymmetry
from processing.summary.baseline import against_baseline
from processing.summary.dose import dose
from processing.summary.health import health
from processing.summary.load import load
from processing.summary.progression import direction, progression
from processing.summary.regions import forefoot_rearfoot, regions
from processing.summary.timing import steps, support, timing

SCHEMA = "underfoot.walk/1"
UNITS = {
    "time": "s",
    "share": "%",
    "cadence": "steps/min",
    "asymmetry": "% of the feet's mean, + = right larger",
    "mean_force": "N",
    "impulse": "N s",
}


def summarise(
    tally: Tally,
    facts: WalkFacts,
    *,
    walk: str,
    source: str = "",
    start_t_ns: int | None = None,
    alerts: Sequence[Alert] = (),
) -> dict[str, Any]:
    """The summary of a walk; keys always in the same order. `start_t_ns`: UTC of the walk's first row."""
    why = Reasons()
    parts = tally.parts
    lasted_s = duration_s(parts.coverage)
    facts = replace(facts, duration_s=lasted_s)
    missing = next((absent(side) for side in Side if side not in parts.timing), None)
    summary: dict[str, Any] = {
        "schema": SCHEMA,
        "walk": walk,
        "source": source,
        "recipe": tally.recipe.name,
        "duration_s": why.value("duration_s", lasted_s, "no row was measured"),
        "coverage_pct": {side.value: _coverage_pct(parts.coverage.get(side), lasted_s) for side in Side},
        **steps(parts.timing, why),
        **timing(parts.timing, lasted_s, why),
        **support(parts.support, tally.recipe, missing, why),
        **load(parts.load, facts, why),
        **regions(parts.regions, facts, why),
        **forefoot_rearfoot(parts.regions, parts.load, facts, why),
        **asymmetry(parts.load, parts.regions, parts.timing, parts.support, facts, why),
        **progression(parts.progression, facts, why),
        **direction(parts.direction, facts, why),
        **dose(parts.dose, facts, why),
        **activity_figures(facts, start_t_ns or 0, why),
        **health(parts.load, facts, start_t_ns or 0, why),
    }
    summary["calibration"] = {
        side.value: str(facts.layouts[side].calibration) if side in facts.layouts else None for side in Side
    }
    summary["baseline"] = against_baseline(summary, facts.baseline, why)
    summary["alerts"] = [
        _alert(alert, start_t_ns or 0) for alert in sorted(alerts, key=lambda a: (a.raised_t_ns, a.id))
    ]
    summary["units"] = dict(UNITS)
    summary["reasons"] = dict(sorted(why.said.items()))
    return summary


def as_json(summary: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    """One summary or several as they are printed everywhere."""
    return json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)


def _coverage_pct(part: CoveragePart | None, lasted_s: float | None) -> float:
    return 0.0 if part is None or lasted_s is None else part.pct(lasted_s)


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
