"""Walks on which something goes wrong, from the foot to the summary, side by side through one broker.

Loss, jitter and drift; an insole that reboots; one that goes away and comes back; a dead, a stuck and a masked cell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from broker_kit import Mosquitto
from pair_kit import INSOLES, Left, Pair, walk_with

from ingest.sources.virtual.gait import Gait
from ingest.sources.virtual.trouble import Trouble
from ingest.sources.virtual.walker import NS_PER_ROW, walker
from ingest.wire.block import GapReason
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Metrics, Status, Stride

SHORT_S, LONG_S = 25.0, 36.0  # the clock's promise is for 30 s
AWAY_S, BACK_S = 8.0, 14.0
DEAD, STUCK, STUCK_CODE, MASKED = 3, 5, 1234, 9
GAIT = Gait(stride_wobble_pct=0.0)
FRAME_ROWS = 20  # more rows than any frame here carries

pytestmark = pytest.mark.timeout(180)


async def loses(pair: Pair) -> None:
    for side, drift_ppm in ((Side.LEFT, 50.0), (Side.RIGHT, -50.0)):
        pair.insoles[side].trouble = Trouble(loss_share=0.05, jitter_s=0.06, drift_ppm=drift_ppm)


async def reboots(pair: Pair) -> None:
    await pair.at(10.0)
    await pair.insoles[Side.RIGHT].reboot(down_s=1.0)


async def goes_away(pair: Pair) -> None:
    await pair.at(AWAY_S)
    pair.air.away(pair.controllers[Side.RIGHT])
    await pair.at(BACK_S)
    pair.air.back(pair.controllers[Side.RIGHT])


async def has_bad_cells(pair: Pair) -> None:
    pair.insoles[Side.LEFT].trouble = Trouble(dead=frozenset({DEAD}), stuck={STUCK: STUCK_CODE})
    pair.insoles[Side.RIGHT].trouble = Trouble(masked=frozenset({MASKED}))


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Left]:
    return asyncio.run(_walk_all(tmp_path_factory.mktemp("trouble")))


async def _walk_all(folder: Path) -> dict[str, Left]:
    acts = {
        "lossy": (loses, LONG_S),
        "rebooted": (reboots, SHORT_S),
        "away": (goes_away, SHORT_S),
        "cells": (has_bad_cells, SHORT_S),
    }
    async with Mosquitto(folder / "mosquitto") as broker, asyncio.TaskGroup() as tasks:
        walks = {
            name: tasks.create_task(walk_with(broker.address, folder, name, walker(GAIT, seconds=seconds), act))
            for name, (act, seconds) in acts.items()
        }
    return {name: task.result() for name, task in walks.items()}


@pytest.mark.parametrize("name", ["lossy", "rebooted", "away", "cells"])
def test_one_walk_and_every_row_that_was_received_is_stored_once(walked: Mapping[str, Left], name: str) -> None:
    left = walked[name]
    assert left.drained
    assert [walk.ended for walk in left.walks] == [True]
    for side in Side:
        books = left.spool[side]
        assert books.taken == books.received + books.missing
        assert len(left.stored[side]) == books.received == books.published
        assert books.waiting == 0
        lost = sum(gap.last - gap.first + 1 for gap in left.gaps[side])
        assert lost == books.missing


def test_lost_frames_are_rows_missing_by_radio_and_nothing_else(walked: Mapping[str, Left]) -> None:
    left = walked["lossy"]
    for side in Side:
        books = left.spool[side]
        assert books.taken == sum(left.taken_by_boot[side].values()) == LONG_S * 100
        assert 0 < books.missing < books.taken / 5
        assert {gap.reason for gap in left.gaps[side]} == {GapReason.RADIO}
        recorded = left.recorded[side]
        assert recorded.missing == 0  # all that is not there was declared
        (boot,) = left.taken_by_boot[side]
        there = {seq for _, seq in left.stored[side]}
        declared = {seq for gap in left.gaps[side] for seq in range(gap.first, gap.last + 1)}
        assert declared == set(range(books.taken)) - there
        assert {gap.boot for gap in left.gaps[side]} == {boot}


def test_coverage_is_what_was_received_of_what_was_taken(walked: Mapping[str, Left]) -> None:
    left = walked["lossy"]
    for side in Side:
        books = left.spool[side]
        covered = 100 * books.received / books.taken
        assert left.summary["coverage_pct"][side] == pytest.approx(covered, abs=0.3)  # the ends may be what was lost


def test_no_stride_reaches_across_a_gap(walked: Mapping[str, Left]) -> None:
    """All strides are alike; one that spans a lost contact would be twice as long."""
    left = walked["lossy"]
    stride_s = 120 / GAIT.cadence_spm
    told = [message for message in left.heard if isinstance(message, Stride)]
    assert told
    for side in Side:
        holes = _holes(left, side)
        for stride in (each for each in told if each.side is side):
            begin, end = stride.t_ns, stride.t_ns + round(stride.stride_s * 1e9)
            across = [hole for hole in holes if begin < hole[0] and hole[1] < end]
            assert stride.stride_s == pytest.approx(stride_s, abs=0.06), across
    assert left.summary["stride"]["mean_s"] == pytest.approx(stride_s, abs=0.01)


def _holes(left: Left, side: Side) -> list[tuple[int, int]]:
    times = sorted(left.stored[side].values())
    return [(a, b) for a, b in pairwise(times) if b - a > 1.5 * NS_PER_ROW]


def test_both_clocks_are_within_5_ms_of_each_other_after_30_s(walked: Mapping[str, Left]) -> None:
    left = walked["lossy"]
    late_ns = {side: _lateness_ns(left, side, from_s=30.0) for side in Side}
    medians_ms = {side: np.median(late) / 1e6 for side, late in late_ns.items()}
    assert abs(medians_ms[Side.LEFT] - medians_ms[Side.RIGHT]) < 5.0, medians_ms
    for side in Side:
        assert abs(medians_ms[side]) < 60.0  # what every frame waits for cannot be seen


def _lateness_ns(left: Left, side: Side, *, from_s: float) -> list[int]:
    """Stored UTC of each row against the time at which it was taken: row k is due 10 ms × k after the walk began."""
    return [
        t_ns - left.begun_utc_ns - seq * NS_PER_ROW
        for (_, seq), t_ns in left.stored[side].items()
        if seq * NS_PER_ROW > from_s * 1e9
    ]


def test_a_reboot_costs_the_rows_while_down_and_nothing_more(walked: Mapping[str, Left]) -> None:
    left = walked["rebooted"]
    assert left.spool[Side.LEFT].missing == 0
    taken = left.taken_by_boot[Side.RIGHT]
    assert len(taken) == 2
    stored = {boot: {seq for of, seq in left.stored[Side.RIGHT] if of == boot} for boot in taken}
    before, after = taken
    assert stored[before] == set(range(len(stored[before])))
    assert taken[before] - FRAME_ROWS <= len(stored[before]) <= taken[before]  # the last frame died with the insole
    assert stored[after] == set(range(taken[after]))
    books = left.spool[Side.RIGHT]
    assert books.received == len(stored[before]) + len(stored[after])
    assert 0 <= sum(taken.values()) - books.taken <= FRAME_ROWS  # what it never told of, nobody can know
    down_s = SHORT_S - sum(taken.values()) / 100
    assert 1.0 <= down_s < 8.0
    assert left.summary["coverage_pct"]["right"] == pytest.approx(100 - 100 * down_s / SHORT_S, abs=1.0)
    assert left.summary["stride"]["mean_s"] == pytest.approx(120 / GAIT.cadence_spm, abs=0.01)


def test_an_insole_that_was_away_leaves_a_gap_with_that_reason(walked: Mapping[str, Left]) -> None:
    left = walked["away"]
    assert left.spool[Side.LEFT].missing == 0
    gaps = left.gaps[Side.RIGHT]
    assert {gap.reason for gap in gaps} == {GapReason.AWAY}
    assert 100 * (BACK_S - AWAY_S) * 0.6 < left.spool[Side.RIGHT].missing < 100 * (BACK_S - AWAY_S + 5)
    assert [gap.reason for gap in left.recorded[Side.RIGHT].gaps] == [GapReason.AWAY] * len(gaps)
    assert left.recorded[Side.RIGHT].missing == 0
    links = [each.link for each in left.heard if isinstance(each, Status) and each.side is Side.RIGHT]
    assert LinkState.LOST in links


def test_seconds_without_the_foot_are_not_measured_and_no_alert_comes_below_its_limit(
    walked: Mapping[str, Left],
) -> None:
    left = walked["away"]
    gap_t_ns = _holes(left, Side.RIGHT)[0]
    inside = [
        each
        for each in left.heard
        if isinstance(each, Metrics) and gap_t_ns[0] < each.t_ns - 10**9 and each.t_ns < gap_t_ns[1]
    ]
    assert inside
    for metrics in inside:
        assert metrics.load.right.value is None
        assert metrics.load.right.reason
        assert metrics.load.left.value is not None
    assert not left.alerts
    assert left.summary["alerts"] == []


def test_spoilt_cells_are_stored_as_they_were_sent(walked: Mapping[str, Left]) -> None:
    left = walked["cells"]
    codes = np.concatenate([block.codes for block in left.blocks[Side.LEFT]])
    assert not codes[:, DEAD].any()
    assert (codes[:, STUCK] == STUCK_CODE).all()
    assert all(block.not_measured == 0 for block in left.blocks[Side.LEFT])
    assert all(block.not_measured == 1 << MASKED for block in left.blocks[Side.RIGHT])
    clean = np.concatenate([piece.codes for piece in walker(GAIT, seconds=SHORT_S)[Side.LEFT].rows_between(0, 10**12)])
    others = [cell for cell in range(codes.shape[1]) if cell not in (DEAD, STUCK)]
    assert np.array_equal(codes[:, others], clean[:, others])


def test_cells_that_are_not_measured_withhold_what_rests_on_them_and_say_why(walked: Mapping[str, Left]) -> None:
    summary = walked["cells"].summary
    found = {fault["cell"]: fault["kind"] for fault in summary["health"]["left"]["faults"]}
    assert found == {DEAD: "dead", STUCK: "stuck"}
    for side, area in (("left", "heel lateral front"), ("right", "second metatarsal head")):
        for path in ("forefoot_share_pct", "mean_force"):
            assert summary[path][side] is None
            assert area in summary["reasons"][f"{path}.{side}"]
        assert set(summary["region_share_pct"][side].values()) == {None}
        assert summary["stride"]["kept"][side]
    assert summary["asymmetry"]["load_si_pct"] is None
    assert [(alert["rule"], alert["side"]) for alert in summary["alerts"]] == [("T1", "left"), ("T1", "right")]


def test_the_insoles_are_the_ones_that_were_worn(walked: Mapping[str, Left]) -> None:
    assert all(set(left.walks[0].insoles) == set(INSOLES.values()) for left in walked.values())
