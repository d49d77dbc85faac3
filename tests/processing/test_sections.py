"""Sections of a walk: every row in one of them, nothing lost or doubled at a border, and none of them kept."""

from __future__ import annotations

import random

import numpy as np
import pytest
from cut_kit import cut_anew
from walk_kit import START_NS, block, gait, layout

from ingest.wire.block import Block
from ingest.wire.geometry import Side
from processing.metrics.load import LoadScale
from processing.metrics.rows import FootRows
from processing.metrics.section import MARGIN_NS, SECTION_NS
from processing.pipeline import Heartbeat, Pipeline

SECTION_ROWS, MARGIN_ROWS = SECTION_NS // 10**7, MARGIN_NS // 10**7
LEFT = layout(Side.LEFT)
CODES = gait(Side.LEFT, 1500)


def rows_of(blocks: list[Block]) -> FootRows:
    rows = FootRows(LEFT, LoadScale.of(LEFT))
    for each in blocks:
        rows.add(each)
    return rows


def walked(seconds: float, **how: int) -> Pipeline:
    pipeline = Pipeline(walk="w")
    feet = {side: block(side, gait(side, seconds, **how)) for side in Side}
    for side in Side:
        pipeline.feed(layout(side))
    for first in range(0, round(seconds * 100), 1000):
        for foot in feet.values():
            pipeline.feed(foot.cut(first, min(first + 1000, foot.rows)))
    pipeline.close()
    return pipeline


def test_every_row_lies_inside_one_section_with_a_margin_on_either_side() -> None:
    rows = rows_of([block(Side.LEFT, CODES)])
    sections = [rows.section(number, START_NS, 0) for number in range(4)]
    assert sections[3] is None
    inside = [section.codes[section.inside] for section in sections[:3]]
    assert np.array_equal(np.concatenate(inside), CODES)
    assert [(section.inside.start, section.signal.rows - section.inside.stop) for section in sections[:3]] == [
        (0, MARGIN_ROWS),
        (MARGIN_ROWS, MARGIN_ROWS),
        (MARGIN_ROWS, 0),
    ]
    second = sections[1].signal
    assert second.own_ns[MARGIN_ROWS] == second.walk_ns[MARGIN_ROWS] == SECTION_NS
    assert (
        second.load.tolist() == CODES[SECTION_ROWS - MARGIN_ROWS : 2 * SECTION_ROWS + MARGIN_ROWS].sum(axis=1).tolist()
    )
    assert second.stretches == ((0, second.rows),)


def test_rows_in_any_order_make_the_same_section() -> None:
    whole = rows_of([block(Side.LEFT, CODES)]).section(1, START_NS, 0)
    chance = random.Random(5)
    pieces = cut_anew([block(Side.LEFT, CODES)], chance)
    chance.shuffle(pieces)
    again = rows_of(pieces).section(1, START_NS, 0)
    assert np.array_equal(whole.codes, again.codes)
    assert np.array_equal(whole.signal.own_ns, again.signal.own_ns)
    assert whole.signal.stretches == again.signal.stretches
    assert whole.inside == again.inside


def test_the_insoles_own_time_rests_on_its_first_row_whenever_that_comes() -> None:
    early = block(Side.LEFT, CODES[:500])
    later = block(Side.LEFT, CODES[500:900], seq=500, t_ns=early.end_t_ns - 150_000_000)
    for order in ([early, later], [later, early]):
        assert rows_of(order).section(0, START_NS, 0).signal.own_ns.tolist() == [row * 10**7 for row in range(900)]


def test_a_hole_and_a_restart_end_a_stretch() -> None:
    parts = [
        block(Side.LEFT, CODES[:500]),
        block(Side.LEFT, CODES[530:900], seq=530),
        block(Side.LEFT, CODES[900:1000], boot=2, t_ns=START_NS + 9 * 10**9),
    ]
    signal = rows_of(parts).section(0, START_NS, 0).signal
    assert signal.stretches == ((0, 500), (500, 870), (870, 970))
    assert signal.own_ns[[500, 870]].tolist() == [5_300_000_000, 9_000_000_000]


def test_what_is_unfit_or_not_measured_weighs_nothing() -> None:
    parts = [block(Side.LEFT, CODES[:500]), block(Side.LEFT, CODES[500:1000], seq=500, not_measured=0b01)]
    signal = rows_of(parts).section(0, START_NS, 0).signal
    assert signal.load.tolist() == [*CODES[:500].sum(axis=1), *CODES[500:1000, 1]]
    assert rows_of(parts).section(0, START_NS, 0b10).signal.load.tolist() == [*CODES[:500, 0], *[0] * 500]


def test_what_is_forgotten_changes_no_later_section() -> None:
    clean = rows_of([block(Side.LEFT, CODES)])
    rows = rows_of(cut_anew([block(Side.LEFT, CODES)], random.Random(2)))
    for number in range(3):
        one, other = clean.section(number, START_NS, 0), rows.section(number, START_NS, 0)
        assert np.array_equal(one.codes, other.codes)
        assert np.array_equal(one.signal.own_ns, other.signal.own_ns)
        assert one.inside == other.inside
        rows.forget(number, START_NS)
        assert rows.held_rows <= max(len(CODES) - (number + 1) * SECTION_ROWS, 0) + MARGIN_ROWS + 100


@pytest.mark.parametrize(("seconds", "stride_rows"), [(700.0, 110), (1900.0, 113)])
def test_no_contact_is_lost_or_doubled_at_a_border(seconds: float, stride_rows: int) -> None:
    summary = walked(seconds, stride_rows=stride_rows).summary()
    for side in Side:
        loaded = gait(side, seconds, stride_rows=stride_rows).sum(axis=1) > 20
        assert summary["steps"][side.value] == int((loaded[1:] & ~loaded[:-1]).sum())
    assert summary["stride"]["mean_s"] == pytest.approx(stride_rows / 100, abs=1e-4)


def test_a_row_late_for_its_second_is_in_its_section_and_one_late_for_that_is_only_counted() -> None:
    feet = {side: block(side, gait(side, 1500)) for side in Side}

    def with_late(first: int) -> Pipeline:
        """Half a minute of the left foot comes after everything up to 800 s."""
        pipeline = Pipeline(walk="w")
        order = [
            feet[Side.LEFT].cut(0, first),
            feet[Side.LEFT].cut(first + 3000, 80_000),
            feet[Side.RIGHT].cut(0, 80_000),
        ]
        for item in (*map(layout, Side), *order, Heartbeat(START_NS + 800 * 10**9)):
            pipeline.feed(item)
        pipeline.feed(feet[Side.LEFT].cut(first, first + 3000))
        for side in Side:
            pipeline.feed(feet[side].cut(80_000, 150_000))
        pipeline.close()
        assert pipeline.late_rows == 3000
        return pipeline

    clean = walked(1500)
    assert with_late(70_000).summary()["stride"] == clean.summary()["stride"]
    assert with_late(70_000).summary()["coverage_pct"] == clean.summary()["coverage_pct"]
    assert with_late(20_000).summary()["coverage_pct"]["left"] == pytest.approx(98, abs=0.01)
