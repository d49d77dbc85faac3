"""Walk summaries made by hand, with as much in them as baselines and periods read."""

from __future__ import annotations

from typing import Any

SIDES = ("left", "right")


def walk_summary(
    *,
    duration_s: float = 900.0,
    coverage_pct: float = 100.0,
    front_pct: float | None = 45.0,
    load_si_pct: float | None = 3.0,
    stride_s: float = 1.1,
    strides: int = 300,
    impulse_n_s: float | None = 300_000.0,
    unfit: tuple[str, ...] = (),
    insole: int | None = 7,
    calibration: str = "maker",
    **other: Any,
) -> dict[str, Any]:
    """Both feet alike; `insole`: checksum of both layouts, `unfit`: the feet of which a cell was found unfit."""
    cells = {"peak_codes": [100.0, 200.0], "share_pct": [40.0, 60.0]}
    health = {
        side: {"faults": [{"cell": 0, "kind": "dead"}] if side in unfit else [], "cells": cells} for side in SIDES
    }
    return {
        "duration_s": duration_s,
        "coverage_pct": dict.fromkeys(SIDES, coverage_pct),
        "steps": dict.fromkeys(SIDES, strides + 1),
        "cadence_spm": 120 / stride_s,
        "stride": {"kept": dict.fromkeys(SIDES, strides), "mean_s": stride_s, "cv_pct": 2.5},
        "stance": {"pct": 62.0},
        "impulse": dict.fromkeys(SIDES, impulse_n_s),
        "forefoot_share_pct": dict.fromkeys(SIDES, front_pct),
        "asymmetry": {"load_si_pct": load_si_pct},
        "calibration": dict.fromkeys(SIDES, calibration),
        "health": health,
        "layout": dict.fromkeys(SIDES, insole),
        "reasons": {},
    } | other
