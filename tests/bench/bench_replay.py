"""How fast a folder of recordings is replayed, from packed text to summaries, and against one numpy sum of its bytes.

Run: python tests/bench/bench_replay.py FOLDER. One process, everything measured side by side in this run; all on
one core but `underfoot replay`, which unpacks a file while it works on the one before.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np

from ingest.sources.replay import Recording, find_recordings, open_recording
from ingest.wire.geometry import Side
from processing.metrics.recipe import STEADY
from processing.rules.preset import load_preset
from processing.walk import Terms, run


def fastest(work: Callable[[], object], times: int = 5) -> float:
    best = float("inf")
    for _ in range(times):
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return best


def summarise(recordings: list[Recording]) -> None:
    rules = load_preset("clinical")
    for recording in recordings:
        terms = Terms(walk=recording.name, recipe=STEADY, rules=rules, baseline=None)
        run(terms, chain(recording.layouts.values(), recording.blocks())).summary()


def main(folder: Path) -> None:
    files = find_recordings(folder)
    recordings = [open_recording(file) for file in files]
    codes = [recording.tracks[side].codes for recording in recordings for side in Side]
    rows = sum(len(each) for each in codes)
    walked_s = sum(max(track.ticks[-1] for track in each.tracks.values()) * 1e-4 for each in recordings)
    reading = fastest(lambda: [open_recording(file) for file in files], 3)
    pipeline = fastest(lambda: summarise(recordings), 3)
    floor = fastest(lambda: [each.sum() for each in codes])
    command = [sys.executable, "-m", "underfoot", "replay", str(folder), "--json"]
    whole = fastest(lambda: subprocess.run(command, check=True, capture_output=True), 3)
    size = sum(each.nbytes for each in codes)
    print(f"{len(files)} recordings, {walked_s:.0f} s of walking, {rows:,} rows of a foot, {size:,} bytes")
    for name, seconds in (("reading", reading), ("pipeline and summary", pipeline), ("`underfoot replay`", whole)):
        print(f"{name:<22}{seconds:8.3f} s {rows / seconds:14,.0f} rows/s {walked_s / seconds:10,.0f} × real time")
    print(f"one numpy sum         {floor * 1e3:8.3f} ms; pipeline and summary take {pipeline / floor:,.0f} × as long")
    sys.stdout.flush()
    assert np.isfinite(whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
