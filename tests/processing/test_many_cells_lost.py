"""A foot that loses most of its cells at once, or whose zero is off: told as such, never as rest or as a light foot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ingest.sources.replay import open_recording
from ingest.wire.block import Block, Codes
from ingest.wire.geometry import Side
from processing.metrics.recipe import STEADY
from processing.rules.preset import load_preset
from processing.walk import Terms, run

LOST = [0, 1, 2, 5, 6]


def walked(gaitpdb: Path, spoil: Callable[[Codes, np.ndarray], None]) -> dict[str, Any]:
    """A recording whose codes `spoil` has changed; it is given them and each row's s since the beginning."""
    recording = open_recording(gaitpdb / "SiCo01_01.txt.xz")

    def spoilt(block: Block) -> Block:
        codes = block.codes.copy()
        since_s = (block.t_ns - recording.start_t_ns + np.arange(block.rows) * block.ns_per_row) / 1e9
        spoil(codes, since_s)
        return replace(block, codes=codes)

    terms = Terms(walk="w", recipe=STEADY, rules=load_preset("clinical"), baseline=None)
    return run(terms, [*recording.layouts.values(), *map(spoilt, recording.blocks())]).summary()


def test_who_walks_on_cells_that_are_all_stuck_is_not_said_to_wear_nothing(gaitpdb: Path) -> None:
    def spoil(codes: Codes, _: np.ndarray) -> None:
        codes += 100

    activity = walked(gaitpdb, spoil)["activity"]
    assert (activity["unworn_s"], activity["seated_s"]) == (0, 0)
    assert activity["unknown_s"] > 30


def test_a_foot_that_loses_most_of_its_load_at_once_is_found(gaitpdb: Path) -> None:
    def spoil(codes: Codes, since_s: np.ndarray) -> None:
        codes[np.ix_(since_s >= 20, LOST)] = 0

    summary = walked(gaitpdb, spoil)
    for side in Side:
        assert {fault["cell"] for fault in summary["health"][side]["faults"]} == set(LOST)
        assert summary["forefoot_share_pct"][side] is None
        assert summary["mean_force"][side] is None


def test_less_than_nothing_is_not_a_load(gaitpdb: Path) -> None:
    def spoil(codes: Codes, _: np.ndarray) -> None:
        np.negative(codes, out=codes)

    summary = walked(gaitpdb, spoil)
    assert summary["mean_force"] == {"left": None, "right": None}
    assert "zero is off" in summary["reasons"]["mean_force.left"]
