"""A healthy man's recorded walk against his own usual figures: silent as it is, told when a heel cell is dead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.sources.replay.reader import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Alert, Metrics
from processing.pipeline import Pipeline
from processing.rules.baseline import Baseline, Usual, UsualPerFoot
from processing.rules.engine import RuleEngine
from processing.rules.preset import load_preset

HIS_OWN = Baseline(
    forefoot_share_pct=UsualPerFoot(left=Usual(median=42.5, spread=0.6), right=Usual(median=46.6, spread=0.6)),
    load_si_pct=Usual(median=7.9, spread=1.0),
    walks=7,
)


def with_dead_left_heel(block: Block) -> Block:
    if block.side is Side.RIGHT:
        return block
    codes = np.array(block.codes)
    codes[:, 0] = 0
    return replace(block, codes=codes)


def alerts(file: Path, preset: str, *, dead: bool) -> list[Alert]:
    recording, rules = open_recording(file), load_preset(preset)
    pipeline, engine = Pipeline(walk="w", window_s=rules.window_s), RuleEngine(rules, HIS_OWN, "w")
    figures = [figure for layout in recording.layouts.values() for figure in pipeline.feed(layout)]
    for block in recording.blocks():
        figures += pipeline.feed(with_dead_left_heel(block) if dead else block)
    figures += pipeline.close()
    return [alert for figure in figures if isinstance(figure, Metrics) for alert in engine.feed(figure)]


@pytest.mark.parametrize("preset", ["clinical", "demo"])
def test_silent_as_it_is(gaitpdb: Path, preset: str) -> None:
    assert alerts(gaitpdb / "GaCo01_01.txt.xz", preset, dead=False) == []


@pytest.mark.parametrize("preset", ["clinical", "demo"])
def test_a_dead_heel_cell_is_told_as_what_it_is(gaitpdb: Path, preset: str) -> None:
    """It would look like a shift of load: +25 % asymmetry, +12 points of forefoot share (clinical basis 4.3)."""
    found = alerts(gaitpdb / "GaCo01_01.txt.xz", preset, dead=True)
    assert [(alert.rule, alert.side) for alert in found] == [("T1", Side.LEFT)]
    assert "dead cell 1 (heel)" in found[0].evidence
