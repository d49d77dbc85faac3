"""The pure step: what comes out depends on the rows alone, and missing is never zero."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from walk_kit import START_NS, block, cut_at_random, even_walk, gait, items_of, layout, through, told_by_rows

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Calibration, Side, Unit
from ingest.wire.messages import Figure, Layout, Metrics, Stride
from processing.metrics.recipe import STEADY
from processing.pipeline import Heartbeat, Pipeline
from processing.rules.preset import load_preset
from processing.summary import as_json
from processing.walk import Terms, run

SECOND = 10**9


def figures(said: list[Metrics | Stride]) -> list[Metrics]:
    return [each for each in said if isinstance(each, Metrics)]


@cache
def part_of_a_walk(file: Path) -> tuple[list[Layout], list[Block], bytes, str]:
    items = items_of(open_recording(file, seconds=25))
    pipeline, said = through(items, window_s=10)
    return items[:2], items[2:], msgspec.json.encode(said), as_json(pipeline.summary())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_any_cut_and_any_order_of_the_feet_gives_the_same_bytes(gaitpdb: Path, seed: int) -> None:
    layouts, blocks, said, summary = part_of_a_walk(gaitpdb / "GaPt03_01.txt.xz")
    chance = random.Random(seed)
    pieces = cut_at_random(blocks, chance.randint)
    delay = {side: chance.random() * 1.0e9 for side in Side}
    order = sorted(
        pieces, key=lambda piece: (piece.t_ns + delay[piece.side] + (piece.rows * piece.ns_per_row), piece.seq)
    )
    again, said_again = through([*layouts, *order], window_s=10)
    assert again.late_rows == 0
    assert msgspec.json.encode(said_again) == said
    assert as_json(again.summary()) == summary


def test_repeated_blocks_change_nothing(gaitpdb: Path) -> None:
    layouts, blocks, said, summary = part_of_a_walk(gaitpdb / "GaPt03_01.txt.xz")
    doubled = [each for one in blocks for each in (one, one)]
    again, said_again = through([*layouts, *doubled], window_s=10)
    assert msgspec.json.encode(said_again) == said
    assert as_json(again.summary()) == summary
    assert again.repeated_rows == sum(each.rows for each in blocks)


def test_figures_of_an_even_walk() -> None:
    _, said = through(even_walk(80), window_s=60)
    last = figures(said)[-2]
    assert last.forefoot_share_pct.left.value == pytest.approx(40, abs=0.3)
    assert last.forefoot_share_pct.left.coverage_pct == 100
    assert abs(last.load_si_pct.value) < 1
    assert last.cadence_spm.value == pytest.approx(120 / 1.1, rel=0.002)
    assert last.cadence_spm.coverage_pct == 100
    assert last.steps == pytest.approx(2 * 79 / 1.1, abs=2)
    assert last.walking is True
    assert (last.unit, last.calibration) == ("N", Calibration.MAKER)
    assert last.t_ns == START_NS + 79 * SECOND
    strides = [each for each in said if isinstance(each, Stride)]
    assert len(strides) > 130
    assert all(each.stride_s == pytest.approx(1.1, abs=0.002) for each in strides)


def test_before_a_quarter_of_the_window_there_is_no_figure() -> None:
    _, said = through(even_walk(40), window_s=60)
    early, later = figures(said)[13], figures(said)[14]
    assert early.forefoot_share_pct.left.value is None
    assert early.forefoot_share_pct.left.reason == "only 14 s of the last 60 s measured on the left"
    assert later.forefoot_share_pct.left.value is not None
    assert later.forefoot_share_pct.left.coverage_pct == 25


def test_a_foot_that_is_away_is_not_measured_and_never_zero() -> None:
    items = [
        each
        for each in even_walk(90)
        if isinstance(each, Layout) or each.side is Side.RIGHT or not 3000 <= each.seq < 6000
    ]
    back = next(
        n for n, each in enumerate(items) if isinstance(each, Block) and each.side is Side.LEFT and each.seq >= 6000
    )
    items[back] = replace(items[back], lost_before=3000)
    pipeline, said = through(items, window_s=10)
    assert pipeline.late_rows == 0
    away = figures(said)[45]
    assert away.load.left.value is None
    assert away.load.left.reason == "no data from the left insole in this second"
    assert away.forefoot_share_pct.left.value is None
    assert away.forefoot_share_pct.left.coverage_pct == 0
    assert away.load_si_pct.value is None
    assert away.walking is None
    assert away.load.right.value is not None
    assert away.forefoot_share_pct.right.value == pytest.approx(40, abs=0.5)
    again = figures(said)[80]
    assert again.walking is True
    assert again.forefoot_share_pct.left.coverage_pct == 100
    coverage = pipeline.summary()["coverage_pct"]
    assert coverage["left"] == pytest.approx(100 * 6000 / 9000, abs=0.1)


def test_a_foot_in_the_air_weighs_nothing_and_that_is_a_number() -> None:
    codes = np.zeros((2000, 2))
    _, said = through([layout(Side.LEFT), block(Side.LEFT, codes)], window_s=10)
    last = figures(said)[-1]
    assert last.load.left.value == 0
    assert last.forefoot_share_pct.left.value is None
    assert "no load" in last.forefoot_share_pct.left.reason


def test_a_heartbeat_moves_time_on() -> None:
    pipeline = Pipeline(walk="w", window_s=10)
    said = []
    for each in even_walk(20):
        said += pipeline.feed(each)
    assert figures(said)[-1].t_ns <= START_NS + 20 * SECOND
    later = figures(pipeline.feed(Heartbeat(START_NS + 40 * SECOND)))
    assert later[-1].t_ns == START_NS + 37 * SECOND
    assert later[-1].load.left.value is None
    assert later[-1].walking is None
    assert later[-1].cadence_spm.value is None


def test_rows_that_come_after_their_second_was_closed_are_late_but_in_the_summary() -> None:
    items = even_walk(30)
    held = [each for each in items if isinstance(each, Block) and each.side is Side.LEFT and each.seq >= 1000]
    rest = [each for each in items if each not in held]
    pipeline, _ = through([*rest, Heartbeat(START_NS + 40 * SECOND), *held], window_s=10)
    assert pipeline.late_rows > 1000
    in_time, _ = through(items, window_s=10)
    assert told_by_rows(pipeline.summary()) == told_by_rows(in_time.summary())


def test_time_that_runs_backwards_is_left_out() -> None:
    codes = gait(Side.LEFT, 10)
    first = block(Side.LEFT, codes)
    boot2 = block(Side.LEFT, codes, boot=2, t_ns=START_NS + 5 * SECOND, ticks=0)
    pipeline, said = through([layout(Side.LEFT), first, boot2])
    assert pipeline.faults.counts == {"time-backwards": 474}
    assert figures(said)[-1].t_ns == START_NS + 15 * SECOND


def test_a_small_step_of_the_clock_loses_no_row() -> None:
    codes = gait(Side.LEFT, 10)
    stepped = block(Side.LEFT, codes[500:], seq=500, t_ns=START_NS + 5 * SECOND - 200_000_000)
    pipeline, _ = through([layout(Side.LEFT), block(Side.LEFT, codes[:500]), stepped])
    assert not pipeline.faults.counts
    summary = pipeline.summary()
    assert summary["duration_s"] == pytest.approx(9.99)


def test_two_insoles_for_one_foot_keep_the_first() -> None:
    stranger = replace(block(Side.LEFT, gait(Side.LEFT, 10)), insole="other")
    pipeline, _ = through([*even_walk(10), msgspec.structs.replace(layout(Side.LEFT), insole="other"), stranger])
    assert pipeline.faults.counts == {"side-taken": 1001}
    assert pipeline.summary() == through(even_walk(10))[0].summary()


def test_samples_wait_for_their_layout() -> None:
    blocks = [each for each in even_walk(10) if isinstance(each, Block)]
    early, late = blocks[:10], blocks[10:]
    pipeline, _ = through([*early, layout(Side.LEFT), layout(Side.RIGHT), *late])
    assert pipeline.faults.counts == {"layout-missing": 10}
    assert pipeline.summary() == through(even_walk(10))[0].summary()


def test_samples_that_do_not_fit_the_layout_are_refused() -> None:
    wrong = block(Side.LEFT, np.zeros((10, 3)), seq=2000)
    pipeline, _ = through([*even_walk(10), wrong, block(Side.LEFT, np.zeros((10, 2)), seq=2000, unit=Unit.RAW)])
    assert pipeline.faults.counts == {"layout-mismatch": 2}


def test_a_cell_that_is_not_measured_withholds_loads_and_keeps_timing() -> None:
    items = [replace(each, not_measured=0b10) if isinstance(each, Block) else each for each in even_walk(40)]
    pipeline, said = through(items, window_s=10)
    last = figures(said)[-2]
    assert last.forefoot_share_pct.left.value is None
    assert last.forefoot_share_pct.left.reason == "not measured on the left: area1"
    assert last.load_si_pct.value is None
    assert last.load_si_pct.reason.startswith("not measured on the left: area1")
    assert last.load.left == Figure(value=None, coverage_pct=100, reason="not measured on the left: area1")
    assert last.walking is True
    summary = pipeline.summary()
    assert summary["stride"]["mean_s"] == pytest.approx(1.1, abs=0.001)
    assert summary["mean_force"]["left"] is None
    assert summary["reasons"]["mean_force.left"] == "not measured throughout: area1"
    assert summary["region_share_pct"]["left"] == {"area0": None, "area1": None}


def test_a_masked_cell_is_not_silence() -> None:
    rules = load_preset("demo")
    assert rules.window_s <= 60
    items = [
        replace(each, not_measured=0b10)
        if isinstance(each, Block) and each.side is Side.LEFT and each.seq >= 3000
        else each
        for each in even_walk(120)
    ]
    walk = run(Terms(walk="w", recipe=STEADY, rules=rules, baseline=None), items)
    assert walk.alerts == ()
    gone = [each for each in items if isinstance(each, Layout) or each.side is Side.RIGHT or each.seq < 3000]
    assert [(alert.rule, alert.side) for alert in run(walk.terms, gone).alerts] == [("T2", Side.LEFT)]


def test_a_cell_that_lacks_in_some_rows_of_a_second_is_left_out_of_all_of_them() -> None:
    items = [
        replace(each, not_measured=0b10) if isinstance(each, Block) and each.seq % 100 < 40 else each
        for each in even_walk(40)
    ]
    _, said = through(items, window_s=10)
    last = figures(said)[-2]
    for figure in (last.load.left, last.forefoot_share_pct.left, last.load_si_pct):
        assert figure.value is None
        assert figure.reason.startswith("not measured on the left: area1")
        assert figure.coverage_pct == 100


def test_uncalibrated_loads_are_shares() -> None:
    items = []
    for each in even_walk(30):
        unit = {"unit": Unit.RAW}
        if isinstance(each, Layout):
            items.append(msgspec.structs.replace(each, calibration=Calibration.NONE, **unit))
        else:
            items.append(replace(each, **unit))
    pipeline, said = through(items, window_s=10)
    last = figures(said)[-2]
    assert last.unit == "%"
    assert last.load.left.value + last.load.right.value == pytest.approx(100)
    summary = pipeline.summary()
    assert summary["mean_force"] == {"left": None, "right": None}
    assert "not calibrated" in summary["reasons"]["impulse.right"]
    assert summary["forefoot_share_pct"]["left"] == pytest.approx(40, abs=0.3)
    assert summary["stride"]["mean_s"] == pytest.approx(1.1, abs=0.001)


@pytest.mark.parametrize("from_row", [0, 6000])
@pytest.mark.parametrize("name", ["GaCo01_01", "SiPt02_01", "JuPt18_01"])
def test_a_cell_that_sticks_leaves_the_strides_as_they_were(gaitpdb: Path, name: str, from_row: int) -> None:
    """50 N more on one cell, no contact at all in a fixed threshold; few strides are lost until it is found."""
    recording = open_recording(gaitpdb / f"{name}.txt.xz")
    clean = lefts(through(items_of(recording))[1])
    recording.tracks[Side.LEFT].codes[from_row:, 6] += round(50 / recording.layouts[Side.LEFT].scale)
    stuck = lefts(through(items_of(recording))[1])
    assert len(stuck) >= len(clean) - 5
    assert np.median(stuck) == pytest.approx(np.median(clean), rel=0.002)


def lefts(said: list[Metrics | Stride]) -> list[float]:
    return [each.stride_s for each in said if isinstance(each, Stride) and each.side is Side.LEFT]


def test_a_long_silence_does_not_flood() -> None:
    late = replace(block(Side.LEFT, gait(Side.LEFT, 10), seq=1000), t_ns=START_NS + 86_400 * SECOND, ticks=864_000_000)
    _, said = through([layout(Side.LEFT), block(Side.LEFT, gait(Side.LEFT, 10)), late], window_s=10)
    assert len(figures(said)) < 1000
    assert figures(said)[-1].t_ns == START_NS + 86_410 * SECOND
