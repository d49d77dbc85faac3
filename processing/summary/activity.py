"""What the wearer did, and how long an area was pressed; definitions in `metrics.activity` and `metrics.sustained`."""

from __future__ import annotations

from typing import Any

from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.judged import Reasons, WalkFacts, absent
from processing.metrics.activity import ActivityTotals
from processing.metrics.load import area_of_cells

_NO_SECONDS = "no second of the walk was closed"
_NO_WINDOW = "no full 15 minutes were measured and judged"


def activity_figures(facts: WalkFacts, start_t_ns: int, why: Reasons) -> dict[str, Any]:
    """Keys `activity` and `sustained`; walks begin and end in s after `start_t_ns`, the walk's first row."""
    return {"activity": _activity(facts.activity, start_t_ns, why), "sustained": _sustained(facts, why)}


def _activity(totals: ActivityTotals | None, start_t_ns: int, why: Reasons) -> dict[str, Any] | None:
    if totals is None:
        why.value("activity", None, _NO_SECONDS)
        return None
    return {
        "unworn_s": totals.unworn_s,
        "seated_s": totals.seated_s,
        "standing_s": totals.standing_s,
        "walking_s": totals.walking_s,
        "unknown_s": totals.unknown_s,
        "standing_longest_s": totals.standing_longest_s,
        "standing_bouts": totals.standing_bouts,
        "walks": [
            {
                "start_s": (walk.start_t_ns - start_t_ns) / 1e9,
                "end_s": (walk.end_t_ns - start_t_ns) / 1e9,
                "steps": walk.steps,
            }
            for walk in totals.walks
        ],
    }


def _sustained(facts: WalkFacts, why: Reasons) -> dict[str, dict[str, float | None] | None]:
    return {side.value: _sustained_of(side, facts.layouts.get(side), facts, why) for side in Side}


def _sustained_of(side: Side, layout: Layout | None, facts: WalkFacts, why: Reasons) -> dict[str, float | None] | None:
    if layout is None:
        why.value(f"sustained.{side}", None, absent(side))
        return None
    highest = {} if facts.activity is None else facts.activity.sustained_highest_pct.get(side, {})
    areas = {area: highest.get(area) for area in dict.fromkeys(area_of_cells(layout))}
    if any(share is None for share in areas.values()):
        why.value(f"sustained.{side}", None, _NO_WINDOW)
    return areas
