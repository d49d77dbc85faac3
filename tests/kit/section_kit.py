"""Sections of recordings and of made-up rows, as the pipeline makes them of a whole short walk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ingest.sources.replay import Recording, open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.metrics.load import LoadScale
from processing.metrics.recipe import Recipe
from processing.metrics.rows import FootRows
from processing.metrics.section import FootSection, JudgedFoot
from processing.metrics.signal import FootSignal
from processing.pipeline import Pipeline


def sections_of(recording: Recording, number: int = 0) -> dict[Side, FootSection]:
    return sections_from(recording.layouts, recording.blocks(), number)


def sections_from(layouts: Mapping[Side, Layout], blocks: Iterable[Block], number: int = 0) -> dict[Side, FootSection]:
    feet = {side: FootRows(layout, LoadScale.of(layout)) for side, layout in layouts.items()}
    for block in blocks:
        feet[block.side].add(block)
    begins = [foot.first_t_ns for foot in feet.values() if foot.first_t_ns is not None]
    made = {side: foot.section(number, min(begins), 0) for side, foot in feet.items()} if begins else {}
    return {side: section for side, section in made.items() if section is not None}


def judged_walk(file: Path, recipe: Recipe) -> tuple[dict[Side, JudgedFoot], dict[str, Any]]:
    """A recording shorter than a section through the whole pipeline: its judged feet and its summary."""
    pipeline = Pipeline(walk=file.stem, recipe=recipe)
    feet: dict[Side, JudgedFoot] = {}
    pipeline.watch_sections(feet.update)
    recording = open_recording(file)
    for item in [*recording.layouts.values(), *recording.blocks()]:
        pipeline.feed(item)
    pipeline.close()
    return feet, pipeline.summary()


def signal_of(
    load: np.ndarray,
    *,
    newton_per_unit: float | None = 1.0,
    stretches: tuple[tuple[int, int], ...] = (),
    own_ns: np.ndarray | None = None,
) -> FootSignal:
    """Rows every 10 ms."""
    times = np.arange(load.size, dtype=np.int64) * 10**7 if own_ns is None else np.asarray(own_ns, dtype=np.int64)
    whole = stretches or ((0, int(load.size)),)
    return FootSignal(np.asarray(load, dtype=np.int64), newton_per_unit, times, times, 10**7, whole)
