"""A walk against what is usual for the person: change = figure − usual median, in the figure's own unit.

`spread` is 1.4826 · MAD of the baseline's walks; a change within a few spreads is what the person's walks do anyway.

Figures:
baseline.walks [count]: walks that the baseline rests on
baseline.FIGURE.usual [of the figure]: median of the figure over the baseline's walks
baseline.FIGURE.spread [of the figure]: 1.4826 × median absolute deviation over the baseline's walks
baseline.FIGURE.change [of the figure]: the walk's figure − usual
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.wire.geometry import Side
from processing.judged import Reasons
from processing.rules.baseline import FIGURES, Baseline, insoles, is_unfit, number

NO_BASELINE = "no baseline yet: it takes seven valid walks"


def against_baseline(summary: Mapping[str, Any], baseline: Baseline | None, why: Reasons) -> dict[str, Any] | None:
    """The summary's `baseline`: of each figure usual, spread and the walk's change. `summary`: its other keys."""
    if baseline is None:
        why.value("baseline", None, NO_BASELINE)
        return None
    made: dict[str, Any] = {"walks": baseline.walks}
    for path, usual in baseline.figures.items():
        value = number(summary, path)
        reason = _why_not(summary, path, baseline) or (None if value is not None else why.said.get(path))
        change = value - usual.median if value is not None and reason is None else None
        made[path] = {
            "usual": usual.median,
            "spread": usual.spread,
            "change": why.value(f"baseline.{path}.change", change, reason or "not measured"),
        }
    return made


def _why_not(summary: Mapping[str, Any], path: str, baseline: Baseline) -> str | None:
    """Why a figure that rests on cells cannot be set against the baseline's; None: it can."""
    worn = dict(zip(Side, insoles(summary), strict=True))
    for side in FIGURES.get(path, ()):
        if is_unfit(summary, side):
            return f"a cell of the {side} insole was found unfit"
        usual = baseline.cells.get(side)
        if usual is not None and worn[side] is not None and worn[side] != usual.checksum:
            return f"the {side} insole is not the one that the baseline was learned with"
    return None
