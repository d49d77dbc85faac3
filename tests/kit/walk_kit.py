"""Recordings through the pipeline, and blocks cut and dealt in any way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ingest.sources.replay import Recording, open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Calibration, Cell, Side, Unit, Zone, checksum
from ingest.wire.messages import Layout, Metrics, Stride
from processing.metrics.recipe import STEADY, Recipe
from processing.pipeline import Heartbeat, Pipeline

START_NS = 1_700_000_000 * 10**9


def layout(
    side: Side,
    *,
    zones: Sequence[Zone] = (Zone.REARFOOT, Zone.FOREFOOT),
    unit: Unit = Unit.NEWTON,
    scale: float = 1.0,
    calibration: Calibration = Calibration.MAKER,
    area_mm2: float | None = None,
) -> Layout:
    cells = tuple(
        Cell(area=f"area{n}", zone=zone, x=0.5, y=n / 10, area_mm2=area_mm2, full_scale=4000)
        for n, zone in enumerate(zones)
    )
    return Layout(
        insole=f"test:{side}", side=side, cells=cells, unit=unit, scale=scale, rate_hz=100.0,
        calibration=calibration, checksum=checksum(cells),
    )  # fmt: skip


def block(
    side: Side, codes: np.ndarray, *, seq: int = 0, boot: int = 1, t_ns: int | None = None, ticks: int | None = None,
    unit: Unit = Unit.NEWTON, scale: float = 1.0, not_measured: int = 0, lost_before: int = 0,
) -> Block:  # fmt: skip
    """Rows at 100 Hz that began with row 0 at START_NS."""
    return Block(
        insole=f"test:{side}", side=side, boot=boot, seq=seq, ticks=seq * 100 if ticks is None else ticks,
        tick_ns=100_000, t_ns=START_NS + seq * 10**7 if t_ns is None else t_ns, ns_per_row=10**7,
        codes=np.asarray(codes, dtype=np.int16), unit=unit, scale=scale, not_measured=not_measured,
        lost_before=lost_before,
    )  # fmt: skip


def gait(side: Side, seconds: float, *, stride_rows: int = 110, stance_rows: int = 70, peak: int = 800) -> np.ndarray:
    """Codes of an even walk, two cells, 60 % on the first; the right foot is half a stride later."""
    rows = np.arange(round(seconds * 100)) + (stride_rows // 2 if side is Side.LEFT else 0)
    phase = rows % stride_rows
    total = np.where(phase < stance_rows, np.sin(np.pi * (phase + 0.5) / stance_rows) * peak, 0)
    return np.stack([0.6 * total, 0.4 * total], axis=1).astype(np.int16)


def even_walk(seconds: float) -> list[Layout | Block]:
    """Both feet in blocks of 0.2 s, in the order of time."""
    items: list[Layout | Block] = [layout(side) for side in Side]
    feet = {side: gait(side, seconds) for side in Side}
    for first in range(0, round(seconds * 100), 20):
        items += [block(side, feet[side][first : first + 20], seq=first) for side in Side]
    return items


def through(
    items: Iterable[Layout | Block | Heartbeat], recipe: Recipe = STEADY, window_s: int = 60
) -> tuple[Pipeline, list[Metrics | Stride]]:
    pipeline = Pipeline(walk="w", recipe=recipe, window_s=window_s)
    said: list[Metrics | Stride] = []
    for item in items:
        said += pipeline.feed(item)
    return pipeline, said + pipeline.close()


def told_by_rows(summary: dict) -> dict:
    """Without what is told second by second, from which rows too late for their second are missing."""
    left = {key: value for key, value in summary.items() if key not in ("activity", "sustained", "health", "alerts")}
    reasons = {path: why for path, why in summary["reasons"].items() if path.partition(".")[0] in left}
    return {**left, "reasons": reasons}


def items_of(recording: Recording) -> list[Layout | Block]:
    return [*recording.layouts.values(), *recording.blocks()]


def summary_of(file: Path, recipe: Recipe = STEADY, seconds: float | None = None) -> dict:
    return through(items_of(open_recording(file, seconds)), recipe)[0].summary()


def cut_at_random(blocks: Iterable[Block], pick: Callable[[int, int], int]) -> list[Block]:
    """Every block in pieces whose lengths `pick(low, high)` chooses."""
    pieces: list[Block] = []
    for each in blocks:
        start = 0
        while start < each.rows:
            stop = min(start + pick(1, 120), each.rows)
            pieces.append(each.cut(start, stop))
            start = stop
    return pieces


def as_another_insole(each: Block, *, boot: int, ticks: int) -> Block:
    """The same rows as a device that booted at another time would have sent them."""
    return replace(each, boot=boot, ticks=each.ticks + ticks)
