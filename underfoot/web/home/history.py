"""The last 15 minutes in even steps for the chart; a step without a figure is null, never 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from underfoot.screen import HistoryPoint

_S = 1_000_000_000
SPAN_S = 15 * 60
STEP_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What is usual for this person and how far above it a rule speaks; None: not learned yet."""

    left_forefoot_share_pct: float | None = None
    right_forefoot_share_pct: float | None = None
    forefoot_margin_points: float | None = None
    load_si_pct: float | None = None
    load_si_margin_points: float | None = None


def binned(points: Sequence[HistoryPoint], usual: Usual, now_ns: int) -> dict[str, Any]:
    """Columns of SPAN_S / STEP_S values, the newest whole step last: the mean of what was measured in each."""
    steps = SPAN_S // STEP_S
    end_ns = now_ns // (STEP_S * _S) * STEP_S * _S  # the step under way would look like a gap
    start_ns = end_ns - SPAN_S * _S
    columns = {
        "left": [point.left_forefoot_share_pct for point in points],
        "right": [point.right_forefoot_share_pct for point in points],
        "asymmetry": [point.load_si_pct for point in points],
    }
    slots = [(point.t_ns - start_ns) // (STEP_S * _S) for point in points]
    return {
        "start_ms": start_ns // 1_000_000,
        "step_ms": STEP_S * 1000,
        **{name: _means(values, slots, steps) for name, values in columns.items()},
        "usual": {
            "left": usual.left_forefoot_share_pct,
            "right": usual.right_forefoot_share_pct,
            "forefoot_margin": usual.forefoot_margin_points,
            "asymmetry": usual.load_si_pct,
            "asymmetry_margin": usual.load_si_margin_points,
        },
    }


def _means(values: Sequence[float | None], slots: Sequence[int], steps: int) -> list[float | None]:
    found: list[list[float]] = [[] for _ in range(steps)]
    for value, slot in zip(values, slots, strict=True):
        if value is not None and 0 <= slot < steps:
            found[slot].append(value)
    return [round(sum(step) / len(step), 2) if step else None for step in found]
