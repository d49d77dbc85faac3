"""Prints the table that opens `ingest/clock.py`."""

from __future__ import annotations

import numpy as np
import pytest
from clock_kit import PATHS, errors_ms

MARKS = (1, 5, 30, 300)
RUNS = 40


@pytest.mark.bench
def test_print_the_clock_table() -> None:
    print("\n    path            drift      1 s      5 s     30 s    300 s   left-right 30 s   drift off   claim held")
    for name, delay in PATHS.items():
        for drift in (0, 50, -50):
            runs = [errors_ms(delay, drift, MARKS, seed) for seed in range(RUNS)]
            worst = np.percentile(np.abs([errors for errors, _, _ in runs]), 95, axis=0)
            others = [errors_ms(delay, -drift, MARKS[:3], seed + 1000)[0][2] for seed in range(RUNS)]
            apart = np.percentile(np.abs([run[0][2] - other for run, other in zip(runs, others, strict=True)]), 95)
            off = np.percentile(np.abs([(run[2] or 0.0) + drift for run in runs]), 95)
            held = np.mean([c is not None and abs(e) <= c for run in runs for e, c in zip(run[0], run[1], strict=True)])
            cells = "".join(f"{figure:9.2f}" for figure in worst)
            print(f"    {name:<16}{drift:>+5}{cells}{apart:>18.2f}{off:>12.1f}{held:>13.0%}")
