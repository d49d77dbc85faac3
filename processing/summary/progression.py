"""Centre of pressure and walking direction of a walk. Formulas in `metrics.progression` and `metrics.direction`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.wire.geometry import Side
from processing.judged import Reasons, WalkFacts, absent
from processing.metrics.direction import DirectionPart
from processing.metrics.direction_runs import Direction, Tally
from processing.metrics.load import masked_areas
from processing.metrics.progression import ProgressionPart
from processing.metrics.symmetry import symmetry_index_pct

RESOLVED_PCT = 6.0  # of the insole's length: what a sparse insole tells apart (Morin 2022, Sensors 22:5628)
ENOUGH_STANCES = 30
_SINGLE = "a single stance has no spread"


def progression(parts: Mapping[Side, ProgressionPart], facts: WalkFacts, why: Reasons) -> dict[str, Any]:
    """The key `progression`: mean over the stances of each foot, and their SD."""
    made: dict[str, Any] = {side.value: _foot(side, parts.get(side), facts, why) for side in Side}
    made["gait_line_asymmetry_pct"] = _asymmetry(parts, why)
    return {"progression": made}


def _foot(side: Side, part: ProgressionPart | None, facts: WalkFacts, why: Reasons) -> dict[str, Any]:
    path = f"progression.{side}"
    stances = 0 if part is None else part.stances
    if part is None or not stances:
        why.value(path, None, _unsaid(side, part, facts))
        part = ProgressionPart()
    elif stances == 1:
        why.value(f"{path}.sd", None, _SINGLE)
        why.value(f"{path}.gait_line_sd", None, _SINGLE)
    figures = {
        "start_pct": part.start,
        "end_pct": part.end,
        "excursion_pct": part.excursion,
        "ml_deviation_pct": part.deviation,
        "path_pct": part.path,
    }
    return {
        **{name: moments.value for name, moments in figures.items()},
        "sd": {name: moments.sd for name, moments in figures.items()},
        "gait_line": _line(part, "value") if stances else None,
        "gait_line_sd": _line(part, "sd") if stances > 1 else None,
        "stances": stances,
    }


def _line(part: ProgressionPart, name: str) -> list[list[float | None]]:
    return [[getattr(across, name), getattr(along, name)] for across, along in part.line]


def _unsaid(side: Side, part: ProgressionPart | None, facts: WalkFacts) -> str:
    layout = facts.layouts.get(side)
    if part is None or layout is None:
        return absent(side)
    if part.withheld:
        return f"a missing cell moves the centre of pressure; not measured: {masked_areas(layout, part.missing)}"
    return "no whole stance in which the foot carries enough"


def _asymmetry(parts: Mapping[Side, ProgressionPart], why: Reasons) -> float | None:
    """Symmetry index of the excursions, stated only of a difference that the insoles resolve."""
    path = "progression.gait_line_asymmetry_pct"
    left, right = (parts.get(side, ProgressionPart()) for side in Side)
    if min(left.stances, right.stances) < ENOUGH_STANCES:
        return why.value(path, None, f"each foot needs {ENOUGH_STANCES} stances")
    apart = abs(right.excursion.mean - left.excursion.mean)
    if apart < RESOLVED_PCT:
        reason = f"the excursions differ by {apart:.1f} % of the insole's length, less than insoles resolve (6 %)"
        return why.value(path, None, reason)
    index = None
    if left.excursion.mean > 0 and right.excursion.mean > 0:
        index = symmetry_index_pct(left.excursion.mean, right.excursion.mean)
    elif left.excursion.mean < 0 and right.excursion.mean < 0:
        index = symmetry_index_pct(-left.excursion.mean, -right.excursion.mean)
    return why.value(path, index, "the feet go opposite ways")


def direction(part: DirectionPart | None, facts: WalkFacts, why: Reasons) -> dict[str, Any]:
    """The keys `direction` (stances of each foot) and `direction_min` (mean of the feet that were judged)."""
    counts: dict[str, Any] = {}
    judged: list[Tally] = []
    for side in Side:
        tally = None
        if part is None or side not in part.runs:
            why.value(f"direction.{side}", None, absent(side))
        elif part.unjudged.get(side) and part.unjudged[side] == part.runs[side].tally.total:
            missing = masked_areas(facts.layouts[side], facts.unfit.get(side, 0))
            few = "the cells that were measured span less than half of the insole"
            why.value(f"direction.{side}", None, f"not measured: {missing}" if missing else few)
        else:
            tally = part.runs[side].tally
            judged.append(tally)
        counts[side.value] = {each.name.lower(): None if tally is None else tally.stances[each] for each in _ORDER}
    if not judged:
        why.value("direction_min", None, "the direction of neither foot was judged")
    minutes = {
        each.name.lower(): sum(tally.lasts_ns[each] for tally in judged) / (len(judged) * 60e9) if judged else None
        for each in _ORDER
    }
    return {"direction": counts, "direction_min": minutes}


_ORDER = (Direction.FORWARD, Direction.BACKWARD, Direction.UNCLEAR)
