"""A healthy man's recorded walk against his own usual figures: silent as it is, told when a heel cell is dead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from long_walk import repeated

from ingest.sources.replay.reader import open_recording
from ingest.wire.alerts import Alert
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Metrics
from processing.metrics.recipe import STEADY
from processing.pipeline import Pipeline
from processing.rules.baseline import WALKS_NEEDED, Baseline, Usual, UsualPerFoot, learn_baseline
from processing.rules.engine import RuleEngine
from processing.rules.preset import load_preset
from processing.walk import REPLAY_S, Terms, Walk, run

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


def test_twenty_minutes_of_walking_are_no_sustained_load(gaitpdb: Path) -> None:
    """Every sensor is loaded for 51-62 % of the time (clinical basis 0.3); the recording again and again."""
    recording, rules = open_recording(gaitpdb / "GaCo01_01.txt.xz"), load_preset("clinical")
    terms = Terms(walk="w", recipe=STEADY, rules=rules, baseline=None, weight_kg=83)
    usual = run(terms, [*recording.layouts.values(), *repeated(recording, 660)]).summary()
    walk = Walk(replace(terms, baseline=learn_baseline([usual] * WALKS_NEEDED)), at_once_s=REPLAY_S)
    said = [
        each for item in (*recording.layouts.values(), *repeated(recording, 1200)) for each in walk.feed(item)
    ]  # fmt: skip
    last = [each for each in said if isinstance(each, Metrics)][-1]
    assert last.sustained is not None
    for foot in (last.sustained.left, last.sustained.right):
        assert foot.coverage_pct > 99
        assert all(share is not None and 30 < share < 75 for share in foot.areas_pct.values())
    assert [each for each in said if isinstance(each, Alert)] == []


@pytest.mark.parametrize("preset", ["clinical", "demo"])
def test_a_dead_heel_cell_is_told_as_what_it_is(gaitpdb: Path, preset: str) -> None:
    """It would look like a shift of load: +25 % asymmetry, +12 points of forefoot share (clinical basis 4.3)."""
    found = alerts(gaitpdb / "GaCo01_01.txt.xz", preset, dead=True)
    assert [(alert.rule, alert.side) for alert in found] == [("T1", Side.LEFT)]
    assert "dead cell 1 (heel)" in found[0].evidence
