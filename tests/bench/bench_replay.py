"""How fast recordings are replayed, and what a day's walk of eight hours costs: time by family, and memory.

Run: PYTHONPATH=.:tests/kit python tests/bench/bench_replay.py FOLDER. Everything is measured side by side in this run,
on one core (but `underfoot replay`, which unpacks a file while it works on the one before). The eight hours are the
folder's recordings one after the other, again and again, each cell split into two neighbours with half of its codes, so
that a foot has 16.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from bench_kit import table
from bench_shares import Shares
from msgspec.structs import replace

from ingest.sources.replay import Recording, find_recordings, open_recording
from ingest.wire.block import Block, Codes
from ingest.wire.geometry import Side, checksum
from ingest.wire.messages import Layout
from processing.metrics.recipe import STEADY
from processing.rules.preset import load_preset
from processing.walk import Terms, Walk, run

START_NS = 1_700_000_000 * 10**9
BLOCK_ROWS = 12_000
DAY_S, HOUR_S, SHORT_S = 8 * 3600, 3600, 600


def fastest(work: Callable[[], object], times: int = 5) -> float:
    best = float("inf")
    for _ in range(times):
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return best


def terms(name: str) -> Terms:
    return Terms(walk=name, recipe=STEADY, rules=load_preset("clinical"), baseline=None)


def summarise(recordings: list[Recording]) -> None:
    for recording in recordings:
        run(terms(recording.name), chain(recording.layouts.values(), recording.blocks())).summary()


def split_layout(layout: Layout) -> Layout:
    cells = tuple(replace(cell, x=cell.x + aside) for aside in (-0.01, 0.01) for cell in layout.cells)
    return replace(layout, cells=cells, checksum=checksum(cells))


def split_codes(codes: Codes) -> Codes:
    half = codes // 2
    return np.concatenate([half, codes - half], axis=1)


def day(recordings: list[Recording], seconds: int) -> Iterator[Layout | Block]:
    """A walk of so many seconds; blocks are made when they are asked for, so that it is not held anywhere."""
    layouts = {side: split_layout(layout) for side, layout in recordings[0].layouts.items()}
    yield from layouts.values()
    row, end = 0, seconds * 100
    while row < end:
        for recording in recordings:
            feet = {side: recording.tracks[side].codes for side in Side}
            rows = min(*map(len, feet.values()), end - row)
            for first in range(0, rows, BLOCK_ROWS):
                for side, layout in layouts.items():
                    yield Block(
                        insole=layout.insole, side=side, boot=1, seq=row + first, ticks=(row + first) * 100,
                        tick_ns=100_000, t_ns=START_NS + (row + first) * 10**7, ns_per_row=10**7,
                        codes=split_codes(feet[side][first : min(first + BLOCK_ROWS, rows)]),
                        unit=layout.unit, scale=layout.scale,
                    )  # fmt: skip
            row += max(rows, 0)


def walk_a_day(recordings: list[Recording], seconds: int) -> None:
    walk = Walk(terms("day"))
    for item in day(recordings, seconds):
        walk.feed(item)
    walk.close()
    walk.summary()


def folder_table(folder: Path, files: list[Path], recordings: list[Recording]) -> None:
    codes = [recording.tracks[side].codes for recording in recordings for side in Side]
    rows = sum(len(each) for each in codes)
    walked_s = sum(max(track.ticks[-1] for track in each.tracks.values()) * 1e-4 for each in recordings)
    command = [sys.executable, "-m", "underfoot", "replay", str(folder), "--json"]
    floor = fastest(lambda: [each.sum() for each in codes])
    measured = (
        ("reading", fastest(lambda: [open_recording(file) for file in files], 3)),
        ("pipeline and summary", fastest(lambda: summarise(recordings), 3)),
        ("`underfoot replay`", fastest(lambda: subprocess.run(command, check=True, capture_output=True), 3)),
    )
    size = sum(each.nbytes for each in codes)
    lines: list[tuple[str, ...]] = [("", "s", "rows/s", "× real time", "× one numpy sum")]
    for name, seconds in measured:
        speed, times = f"{rows / seconds:,.0f}", f"{walked_s / seconds:,.0f}"
        lines.append((name, f"{seconds:.3f}", speed, times, f"{seconds / floor:,.0f}"))
    table(f"{len(files)} recordings, {walked_s:.0f} s of walking, {rows:,} rows of a foot, {size:,} bytes", lines)


def day_table(recordings: list[Recording]) -> None:
    hour = list(day(recordings, HOUR_S))
    floor = fastest(lambda: [item.codes.sum() for item in hour if isinstance(item, Block)], 3) * DAY_S / HOUR_S
    making = fastest(lambda: list(day(recordings, HOUR_S)), 3) * DAY_S / HOUR_S
    begin = time.process_time()
    walk_a_day(recordings, DAY_S)
    whole = time.process_time() - begin - making
    shares = Shares()
    with shares:
        walk_a_day(recordings, DAY_S)
    lines: list[tuple[str, ...]] = [("", "µs per second", "× one numpy sum", "share")]
    for name, seconds in shares.rows():
        part = f"{100 * seconds / shares.total_s:.0f} %"
        lines.append((name, f"{seconds / DAY_S * 1e6:.1f}", f"{seconds / floor:.1f}", part))
    title = f"8 h at 16 cells: {whole:.2f} s, {DAY_S / whole:,.0f} × real time, {whole / floor:,.0f} × one numpy sum"
    table(f"{title}; with a stop watch in it:", lines)


def peak_mb(folder: Path, seconds: int) -> float:
    """Of a process of its own that walks so long."""
    command = [sys.executable, __file__, str(folder), str(seconds)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(folder: Path) -> None:
    files = find_recordings(folder)
    recordings = [open_recording(file) for file in files]
    folder_table(folder, files, recordings)
    day_table(recordings)
    short, long = peak_mb(folder, SHORT_S), peak_mb(folder, DAY_S)
    print(f"\npeak memory of a process: {short:.0f} MB after 10 min, {long:.0f} MB after 8 h")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        walk_a_day([open_recording(file) for file in find_recordings(Path(sys.argv[1]))], int(sys.argv[2]))
        status = Path("/proc/self/status").read_text()  # not getrusage: its peak is that of the parent, too
        print(next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")))
    else:
        main(Path(sys.argv[1]))
